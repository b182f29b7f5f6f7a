"""A kernel walls itself in before any page's code runs: it reaches its own files, and nothing else.

Landlock (Linux 5.19 and newer) lets a process without privileges give up what it may do, for itself and its
children, for good. What is not named is refused: other kernels' folders and keys, the home folder, secrets
of the server, every TCP connection, signals to processes outside. Older systems know less of it, others
nothing; `level` says how much. `python -m workbench.forks.walls -f FILE` is a kernel that does this first.

Source: landlock(7) and <linux/landlock.h>.
"""

from __future__ import annotations

import ctypes
import json
import os
import stat
import struct
import sys
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import asdict, dataclass
from functools import cache

VARIABLE = "WORKBENCH_WALLS"
"""Variable with a kernel's walls, as JSON; a kernel takes it out of its environment when it has them."""
_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""System calls, by the same numbers on every processor."""
_VERSION, _BENEATH, _NO_NEW_PRIVILEGES = 1, 1, 38
_EXECUTE, _WRITE, _READ, _LIST, _TRUNCATE, _IOCTL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_ON_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
_LOOKING = _READ | _LIST
_MAKING = sum(1 << bit for bit in (4, 5, 7, 8, 9, 10, 12, 13)) | _WRITE | _TRUNCATE
"""Remove folders and files, make folders, files, sockets, pipes and links, move between folders, write."""
_TCP = 1 << 0 | 1 << 1
"""Bind and connect."""
_OUTSIDE = 1 << 0 | 1 << 1
"""Abstract sockets and signals of processes outside."""
_KNOWN = {2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Version of Landlock → accesses to files that it knows, from that version on."""
LEAST, _WITH_TCP, _WITH_SCOPES = 2, 4, 6


@dataclass(frozen=True)
class Walls:
    """What a kernel may still reach; a path that is not there opens nothing.

    Attributes:
        run: Files and folders to read and to start programs from.
        read: Files and folders to read.
        write: Files and folders to read and change.
        offline: Whether no TCP connection may be made or taken.
    """

    run: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    offline: bool = True

    def order(self) -> str:
        """As the variable says it."""
        return json.dumps(asdict(self))


@cache
def level() -> int:
    """Version of Landlock that this system offers; 0: none, or one that is too old to work within."""
    if sys.platform != "linux":
        return 0
    version = int(_library().syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION)))
    return version if version >= LEAST else 0


def enter(environ: MutableMapping[str, str] = os.environ) -> bool:
    """Put up the walls that the environment asks for; there is no way back.

    Must be called while the process has one thread: it holds for this one and those that come later.

    Returns:
        Whether there are walls now.

    Raises:
        OSError: when the system refuses; whoever asked for walls must not go on without.
    """
    asked = environ.pop(VARIABLE, "")
    if not asked or not level():
        return False
    given = json.loads(asked)
    run, read, write = (tuple(given[name]) for name in ("run", "read", "write"))
    _confine(Walls(run, read, write, given["offline"]), level())
    _forget_folders()
    return True


def _confine(walls: Walls, version: int) -> None:
    files = _KNOWN[max(known for known in _KNOWN if known <= version)]
    parts = [files]
    if version >= _WITH_TCP:
        parts.append(_TCP if walls.offline else 0)
    if version >= _WITH_SCOPES:
        parts.append(_OUTSIDE)
    wanted = struct.pack(f"={len(parts)}Q", *parts)
    rules = _call(_CREATE, wanted, ctypes.c_size_t(len(wanted)), ctypes.c_uint32(0))
    try:
        for path, access in _opened(walls):
            _allow(rules, path, access & files)
        if _library().prctl(_NO_NEW_PRIVILEGES, ctypes.c_ulong(1), 0, 0, 0) != 0:
            raise _refused()
        _call(_RESTRICT, ctypes.c_int(rules), ctypes.c_uint32(0))
    finally:
        os.close(rules)


def _opened(walls: Walls) -> Iterator[tuple[str, int]]:
    yield from ((path, _LOOKING | _EXECUTE) for path in walls.run)
    yield from ((path, _LOOKING) for path in walls.read)
    yield from ((path, _LOOKING | _MAKING) for path in walls.write)


def _allow(rules: int, path: str, access: int) -> None:
    """Open one path; one that is not there, or not ours to look at, stays closed."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            access &= _ON_FILES
        rule = struct.pack("=Qi", access, place)
        _call(_ADD, ctypes.c_int(rules), ctypes.c_int(_BENEATH), rule, ctypes.c_uint32(0))
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    found = int(_library().syscall(number, *arguments))
    if found < 0:
        raise _refused()
    return found


def _refused() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"The kernel cannot be confined: {os.strerror(number)}")


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _forget_folders() -> None:
    """Let what remembers a folder for temporary files from before look again."""
    import tempfile

    tempfile.tempdir = None


def existing(paths: Iterable[str | os.PathLike[str]]) -> tuple[str, ...]:
    """Those paths that are there, each once."""
    return tuple(dict.fromkeys(str(path) for path in paths if str(path) and os.path.exists(path)))


def main() -> None:
    """Be an ordinary kernel behind walls."""
    import runpy

    enter()
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
