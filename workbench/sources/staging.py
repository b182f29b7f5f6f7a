"""Files on their way in: pieces of an upload, written to a private folder and deleted afterwards.

A name that a browser sends is a label, never a path; what is left of it is the last part without anything
that a file system or a page could take for more.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import InputError

MEGABYTE = 1_000_000
MOST = 20
"""Files on their way at the same time."""

_PREFIX = "wb-upload-"
_LONGEST = 120
"""Bytes of a file's name that are kept, its ending included."""


@dataclass
class Upload:
    """One file on its way in.

    Attributes:
        number: Its number in this staging.
        name: What it is called.
        size: Bytes that were announced.
        path: Where it is written.
        got: Bytes that have come.
    """

    number: int
    name: str
    size: int
    path: Path
    got: int = 0

    @property
    def whole(self) -> bool:
        """Whether all of it has come."""
        return self.got >= self.size


class Staging:
    """A private folder for uploads; it is made with the first one.

    Args:
        megabytes: Size of the largest file that is taken.
        refusal: What is said of a file that is too large, from its name.
    """

    def __init__(self, megabytes: int, refusal: Callable[[str], str]) -> None:
        self._limit, self._refusal = megabytes * MEGABYTE, refusal
        self._folder: Path | None = None
        self._uploads: dict[int, Upload] = {}
        self._last = 0

    def begin(self, name: str, size: int) -> Upload:
        """Make room for one file.

        Raises:
            InputError: for one that is too large, or when too many are on their way.
        """
        label = safe_name(name)
        if not 0 <= size <= self._limit:
            raise InputError(self._refusal(label))
        if len(self._uploads) >= MOST:
            raise InputError(f"{MOST} files are open already.", "Import or close one of them first.")
        self._last += 1
        folder = self._root() / str(self._last)
        folder.mkdir(mode=0o700)
        path = folder / label
        path.touch(mode=0o600)
        self._uploads[self._last] = Upload(self._last, label, size, path)
        return self._uploads[self._last]

    def add(self, number: int, offset: int, piece: bytes) -> Upload:
        """Write one piece of a file.

        Raises:
            InputError: for a file that is not on its way, a piece that lies outside of it, a full disk.
        """
        upload = self._uploads.get(number)
        if upload is None or not 0 <= offset <= offset + len(piece) <= upload.size or upload.whole:
            raise InputError("This piece belongs to no file that is on its way.", "Choose the file again.")
        try:
            with upload.path.open("r+b") as file:
                file.seek(offset)
                file.write(piece)
        except OSError as error:
            self.drop(number)
            what = f"{upload.name} could not be kept: {error.strerror or error}."
            raise InputError(what, "Free some space and choose it again.") from None
        upload.got += len(piece)
        return upload

    def drop(self, number: int) -> None:
        """Delete a file; one that is gone already is nothing to speak of."""
        if upload := self._uploads.pop(number, None):
            shutil.rmtree(upload.path.parent, ignore_errors=True)

    def close(self) -> None:
        """Delete everything."""
        self._uploads.clear()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _root(self) -> Path:
        if self._folder is None or not self._folder.is_dir():
            sweep()
            self._folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        return self._folder


def safe_name(name: str) -> str:
    """The last part of a name, with plain characters only, its ending kept, no longer than a disk takes."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(mark for mark in last if unicodedata.category(mark)[0] != "C" and mark not in '<>:"|?*')
    stem, dot, ending = plain.strip(" .").rpartition(".")
    stem, ending = (stem, ending) if dot else (ending, "")
    kept = stem.encode()[: _LONGEST - len(ending.encode()[:10]) - 1].decode(errors="ignore").strip(" .")
    tail = ending.encode()[:10].decode(errors="ignore")
    return f"{kept or 'file'}.{tail}" if tail else kept or "file"


def sweep() -> None:
    """Delete the folders of processes of this user that ended without doing so, as a killed kernel does."""
    mine = Path(tempfile.gettempdir()).glob(f"{_PREFIX}*") if os.name == "posix" else ()
    for folder in mine:
        with suppress(OSError, ValueError):
            if folder.stat().st_uid == os.getuid() and not _runs(int(folder.name.split("-")[2])):
                shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
