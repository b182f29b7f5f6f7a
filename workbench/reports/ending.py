"""A runner that is asked to end: reports under way are given up, and nothing of them is kept or shown."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event

from workbench.forks import kin

_ASKED = Event()
_AT_WORK: set[int] = set()
"""Process ids of kernels of reports, and of the browsers that print them."""


class GivenUpError(Exception):
    """A report was given up because its runner is ending; it is no failure of the report."""


@contextmanager
def at_work(pid: int) -> Iterator[None]:
    """Remember a process that works for a report, so that it can be ended from another thread.

    Args:
        pid: Its process id.
    """
    _AT_WORK.add(pid)
    try:
        yield
    finally:
        _AT_WORK.discard(pid)


def asked() -> bool:
    """Whether everybody is asked to end."""
    return _ASKED.is_set()


def within(seconds: float) -> bool:
    """Wait, and say whether everybody was asked to end meanwhile.

    Args:
        seconds: How long at most.
    """
    return _ASKED.wait(seconds)


@contextmanager
def everybody() -> Iterator[None]:
    """End all that works for reports, and begin nothing new while threads are waited for inside."""
    _ASKED.set()
    try:
        for pid in tuple(_AT_WORK):
            kin.end(kin.below(pid))
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)  # its own thread takes its end note
        yield
    finally:
        _ASKED.clear()
