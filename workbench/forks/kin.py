"""Processes that a kernel has left: those below it, and those that carry its mark in their environment.

A process that begins a session of its own does not end with the kernel's group. Where it has been given up
by its parent, too, only what it inherited shows where it came from.
"""

from __future__ import annotations

import os
import signal
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_PROCESSES = Path("/proc")
_WAIT_SECONDS, _LOOK_SECONDS = 2.0, 0.005


def below(pid: int) -> list[int]:
    """Process ids of all that descend from a process, as far as the system shows them.

    Args:
        pid: The process; itself not among them.
    """
    children: dict[int, list[int]] = defaultdict(list)
    for one in _every():
        children[_parent(one)].append(one)
    found, left = [], [pid]
    while left:
        mine = children.get(left.pop(), [])
        found += mine
        left += mine
    return found


def carrying(mark: str) -> list[int]:
    """Process ids of all others that were started with this in their environment.

    Args:
        mark: `NAME=value`, which nobody else has.
    """
    own, wanted = os.getpid(), mark.encode()
    return [pid for pid in _every() if pid != own and wanted in _environment(pid).split(b"\0")]


def end(pids: Iterable[int]) -> None:
    """End processes at once, and wait a moment for those that are ours until they are gone."""
    ended = list(pids)
    for pid in ended:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + _WAIT_SECONDS
    while ended and time.monotonic() < until:
        ended = [pid for pid in ended if not _reaped(pid)]
        time.sleep(_LOOK_SECONDS if ended else 0)


def _reaped(pid: int) -> bool:
    """Whether nothing of a process is left for us to take care of."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:  # somebody else's
        return True


def _every() -> Iterator[int]:
    if _PROCESSES.is_dir():
        yield from (int(entry.name) for entry in _PROCESSES.iterdir() if entry.name.isdigit())


def _parent(pid: int) -> int:
    try:
        said = (_PROCESSES / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has ended meanwhile
        return 0
    return int(said.rpartition(")")[2].split()[1])  # its name, in brackets, may hold anything


def _environment(pid: int) -> bytes:
    try:
        return (_PROCESSES / str(pid) / "environ").read_bytes()
    except OSError:  # it has ended, or is somebody else's
        return b""
