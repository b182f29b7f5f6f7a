"""What lies in a watched folder, and whether a file is written to its end."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from workbench.errors import InputError
from workbench.sources.engine import EXPORTS

PATIENCE = 5.0
"""How many times the settling time a file that looks unfinished gets; then it is taken as it is."""

_ZIPPED = (".xlsx", ".xlsm", ".xlsb", ".ods")
_LEFT_OUT = (".", "~$")
"""Beginnings of names that are hidden, temporary or locks of an office program."""

Stamp = tuple[int, int]
"""(bytes, nanoseconds of the last change): what tells one state of a file from another."""


def located(folder: str | Path, root: Path) -> Path:
    """The folder to watch, as an absolute path.

    Raises:
        InputError: for something that is no folder, or lies in the workspace.
    """
    found = Path(folder).expanduser().resolve()
    if not found.is_dir():
        raise InputError(f"There is no folder {str(folder)!r}.", "Make it, or check the path.")
    if found == root or root in found.parents:
        raise InputError(
            "This folder is a part of the workspace.", "Watch a folder outside of it.", str(folder)
        )
    return found


def stamps(folder: Path, apart: Path) -> dict[str, Stamp]:
    """The exports in a folder and in those below it, the longest unchanged first.

    Args:
        folder: The folder.
        apart: Folder that is left out with all that is in it: the workspace.

    Returns:
        Path inside the folder → its stamp. Hidden and temporary files and empty ones are left out.

    Raises:
        OSError: where the folder itself cannot be read.
    """
    os.scandir(folder).close()
    found = {}
    for home, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if _is_shown(name) and Path(home, name) != apart]
        for name in files:
            path = Path(home, name)
            if _is_shown(name) and path.suffix.casefold() in EXPORTS and (stamp := stamp_of(path)):
                found[path.relative_to(folder).as_posix()] = stamp
    return dict(sorted(found.items(), key=lambda pair: (pair[1][1], pair[0])))


def stamp_of(path: Path) -> Stamp | None:
    """Size and time of a file; None for an empty one, and for what is gone or no file."""
    try:
        about = path.stat()
    except OSError:
        return None
    return (about.st_size, about.st_mtime_ns) if path.is_file() and about.st_size else None


def is_whole(file: Path) -> bool:
    """Whether a file ends as its kind does: text with a line end, archives with their directory."""
    kind = file.suffix.casefold()
    try:
        if kind in _ZIPPED:
            return zipfile.is_zipfile(file)
        if kind == ".xls":  # an old binary workbook has no mark at its end
            return True
        end = _end(file)
    except OSError:
        return False
    return end == b"PAR1" if kind == ".parquet" else b"\n" in end[-2:] or b"\r" in end[-2:]


@dataclass
class Settling:
    """Knows which files have come to rest.

    Attributes:
        seconds: How long a file has to stay the same.
    """

    seconds: float
    _since: dict[str, tuple[Stamp, float]] = field(default_factory=dict)

    def ripe(self, folder: Path, new: dict[str, Stamp], now: float) -> list[str]:
        """The files that have stayed the same for long enough, in the order given.

        Args:
            folder: The folder.
            new: Files that are to be imported, with their stamps as they are now.
            now: Seconds of a clock that never goes back.
        """
        known = {name: self._since.get(name) for name in new}
        self._since = {
            name: before if before and before[0] == new[name] else (new[name], now)
            for name, before in known.items()
        }
        rested = {name: now - since for name, (_, since) in self._since.items()}
        return [
            name
            for name, seconds in rested.items()
            if seconds >= self.seconds and (seconds >= self.seconds * PATIENCE or is_whole(folder / name))
        ]


def _is_shown(name: str) -> bool:
    return not name.startswith(_LEFT_OUT)


def _end(file: Path) -> bytes:
    with file.open("rb") as stream:
        stream.seek(max(0, stream.seek(0, os.SEEK_END) - 4))
        return stream.read()
