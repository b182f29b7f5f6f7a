"""What the system is asked for: descendants that come back to us, children that end with us."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

_DEATH_SIGNAL, _REAPER = 1, 36
"""PR_SET_PDEATHSIG and PR_SET_CHILD_SUBREAPER of prctl(2)."""
_ALLOCATORS = ("jemalloc_bg_thd",)
"""Threads that put themselves right at a fork: they have handlers for it."""
_WAIT_SECONDS = 5.0


def can_fork() -> bool:
    """Whether this system can do what forked kernels need."""
    return sys.platform == "linux" and hasattr(os, "fork") and Path("/proc/self/task").is_dir()


def adopt_descendants() -> None:
    """Make this process the parent of descendants whose own parent ends.

    Raises:
        OSError: when the system does not allow it.
    """
    _prctl(_REAPER, 1)


def end_with(parent: int) -> None:
    """Wait until `parent` is this process's parent; from then on the system ends us when it ends.

    Raises:
        OSError: when `parent` did not become our parent, or the system does not allow it.
    """
    until = time.monotonic() + _WAIT_SECONDS
    while os.getppid() != parent:
        if time.monotonic() > until:
            raise ProcessLookupError(f"Process {parent} did not become the parent.")
        time.sleep(0.001)
    _prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it ended in between, too early for the signal
        os._exit(1)


def foreign_threads() -> list[str]:
    """Names of this process's threads beside the main one that a fork would lose."""
    own = str(os.getpid())
    names = [
        (task / "comm").read_text(encoding="utf-8").strip()
        for task in Path("/proc/self/task").iterdir()
        if task.name != own
    ]
    return sorted(name for name in names if name not in _ALLOCATORS)


def _prctl(option: int, value: int) -> None:
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
