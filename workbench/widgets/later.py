"""Work that takes longer than a page should wait: done beside the kernel's messages, one job at a time."""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

Outcome = Any
"""What a job returned, or the exception that ended it."""


class Stopped(BaseException):
    """Raised inside work for which nobody waits any more; no `except Exception` holds it up."""


def later(job: Callable[[], Any], then: Callable[[Outcome], None]) -> Callable[[], None]:
    """Do a job in a thread and hand its outcome over where messages are heard; at once where no loop runs.

    Args:
        job: Without arguments; it must not touch what the page is drawn from.
        then: Called with what the job returned, or with the exception it raised; not after a stop.

    Returns:
        What stops the job: one that has not begun never begins, one at work ends at its next step.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        then(tried(job))
        return lambda: None
    at_work = AtWork()
    done = loop.run_in_executor(_worker(), at_work.do, lambda: tried(job))

    def came(found: asyncio.Future[Any]) -> None:
        if not found.cancelled() and not isinstance(found.exception(), Stopped):
            then(found.result())

    def stop() -> None:
        done.cancel()
        at_work.stop()
        _worker.cache_clear()  # what comes next has a thread of its own, however this one ends

    done.add_done_callback(came)
    return stop


class AtWork:
    """The threads that work on something, which may be stopped."""

    def __init__(self) -> None:
        self._threads: set[int] = set()
        self._turn = threading.Lock()

    def do(self, job: Callable[[], Any]) -> Any:
        """Do a job in this thread.

        Raises:
            Stopped: where it was stopped meanwhile.
        """
        thread = threading.get_ident()
        self._threads.add(thread)
        try:
            return job()
        finally:
            with self._turn:  # after it nobody stops this thread, which goes on to other work
                self._threads.discard(thread)

    def stop(self) -> None:
        """End what is done: `Stopped` is raised in each thread at its next step of Python."""
        with self._turn:
            for thread in self._threads:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Stopped))


def from_beside(call: Callable[[], None]) -> Callable[[], None]:
    """A call that a job may make from its thread, done where messages are heard; nothing without a loop."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return lambda: None

    def told() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(call)

    return told


def runs_beside() -> bool:
    """Whether a job is done beside the kernel's messages, and not at once."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def tried(job: Callable[[], Any]) -> Outcome:
    """What a job returns, or the exception it raises."""
    try:
        return job()
    except Exception as error:  # noqa: BLE001 - it is told where the outcome is shown
        return error


@cache
def _worker() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="workbench")
