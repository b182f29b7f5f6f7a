"""Work that takes longer than a page should wait: done beside the kernel's messages, one job at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

Outcome = Any
"""What a job returned, or the exception that ended it."""


def later(job: Callable[[], Any], then: Callable[[Outcome], None]) -> None:
    """Do a job in a thread and hand its outcome over where messages are heard; at once where no loop runs.

    Args:
        job: Without arguments; it must not touch what the page is drawn from.
        then: Called with what the job returned, or with the exception it raised.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        then(tried(job))
        return
    done = loop.run_in_executor(_worker(), tried, job)
    done.add_done_callback(lambda found: then(found.result()))


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
