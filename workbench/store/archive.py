"""Archives and folders as one thing: named files written one after another, and read again."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from workbench.errors import StoreError
from workbench.store import pointer

FORMATS = {".tar.zst": "zstd", ".tar.gz": "gzip", ".tgz": "gzip", ".tar": ""}
"""Ending of an archive → its compression."""

Add = Callable[[str, IO[bytes], int], None]
"""Writes one file: name, content, size."""


def ending(file: Path) -> str:
    """The ending that makes a path an archive; empty for a folder."""
    return next((known for known in FORMATS if file.name.casefold().endswith(known)), "")


@contextmanager
def writer(part: Path, kind: str) -> Iterator[Add]:
    """Begin an archive with an ending of `FORMATS`, or a folder."""
    if not kind:
        part.mkdir()
        yield lambda name, source, _size: _written(part / name, source)
        return
    with _compressed(part, FORMATS[kind]) as stream, tarfile.open(fileobj=stream, mode="w|") as packed:
        yield lambda name, source, size: packed.addfile(_member(name, size), source)
    pointer.sync(part)


@contextmanager
def reader(taken: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """Names and contents of the files in an archive or a folder.

    Raises:
        StoreError: for something else, a damaged archive, or one with names that lead out of it.
    """
    if taken.is_dir():
        yield _of_folder(taken)
        return
    kind = ending(taken)
    if not kind:
        raise unusable("This is no backup of a workspace", taken)
    import pyarrow as pa

    try:
        with taken.open("rb") as raw:
            stream: Any = raw
            if FORMATS[kind]:
                stream = pa.CompressedInputStream(pa.PythonFile(raw, "r"), FORMATS[kind])
            with tarfile.open(fileobj=stream, mode="r|") as packed:
                yield _of_archive(packed, taken)
    except (tarfile.TarError, EOFError, pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # of the disk, not of the archive
            raise
        raise unusable("This archive is damaged or cut short", taken) from None


def linked(path: Path, file: Path) -> bool:
    """Link a file that never changes instead of copying it; False where the disk cannot."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, file)
    except OSError:
        return False
    return True


def unusable(what: str, taken: Path) -> StoreError:
    """The error for a backup that cannot be used."""
    return StoreError(f"{what}.", "Nothing was restored; use another backup.", str(taken))


@contextmanager
def _compressed(part: Path, kind: str) -> Iterator[Any]:
    import pyarrow as pa

    with part.open("wb") as raw:
        if not kind:
            yield raw
            return
        with pa.CompressedOutputStream(pa.PythonFile(raw, "w"), kind) as stream:
            yield stream


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    return member


def _written(file: Path, source: IO[bytes]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        shutil.copyfileobj(source, stream, 1 << 20)
        stream.flush()
        os.fsync(stream.fileno())


def _of_archive(packed: tarfile.TarFile, taken: Path) -> Iterator[tuple[str, IO[bytes]]]:
    for member in packed:
        stream = packed.extractfile(member) if member.isreg() else None
        if stream is None:
            raise unusable(f"This archive holds {member.name!r}, which is no plain file", taken)
        yield _safe(member.name, taken), stream


def _of_folder(taken: Path) -> Iterator[tuple[str, IO[bytes]]]:
    for file in sorted(taken.rglob("*")):
        if file.is_file():
            with file.open("rb") as stream:
                yield file.relative_to(taken).as_posix(), stream


def _safe(name: str, taken: Path) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not path.parts:
        raise unusable(f"This archive holds {name!r}, which would lie outside of the workspace", taken)
    return name
