"""Passes that were ended before their time: one small file that every server of this user looks at."""

from __future__ import annotations

import os
import time
from functools import lru_cache
from pathlib import Path

from workbench import settings


def add(mark: str, until: int) -> None:
    """Note that a pass has ended; passes that would have ended by now anyway are forgotten.

    Args:
        mark: What tells it from others; opens nothing.
        until: Second at which it would have ended by itself.
    """
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = {**_read(file), mark: until}
    lines = [f"{mark} {until}\n" for mark, until in kept.items() if until > time.time()]
    part = file.with_suffix(f".{os.getpid()}.part")
    part.touch(mode=0o600)
    part.write_text("".join(lines), encoding="ascii")
    os.replace(part, file)


def marks() -> frozenset[str]:
    """The passes that have been ended."""
    try:
        about = _file().stat()
    except OSError:
        return frozenset()
    return _known(_file(), about.st_mtime_ns, about.st_ino)


def _file() -> Path:
    return settings.home() / "state" / "ended-links"


@lru_cache(maxsize=4)
def _known(file: Path, _time: int, _inode: int) -> frozenset[str]:
    return frozenset(_read(file))


def _read(file: Path) -> dict[str, int]:
    try:
        lines = file.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return {}
    return {mark: int(until) for mark, _, until in (line.partition(" ") for line in lines)}
