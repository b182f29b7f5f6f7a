"""Small files that unpack to more than a machine holds: refused before any reader opens them.

A workbook's reader lays out the box around all cells of a sheet, so one stray cell in its last corner
takes half a terabyte and the whole process with it.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import IO

from workbench.sources.problems import Unusable

CELLS = 100_000_000
"""Cells of one sheet's box, or of one Parquet file, that are read at most."""

UNPACKED, TIMES = 32 << 20, 300
"""Bytes from which a workbook may not unpack to more than so many times its size; reports reach a tenth."""

ROWS = 1 << 20
"""Rows of the largest sheet: with fewer columns than `CELLS / ROWS` its box is never too large."""

_CHUNK, _EDGE = 1 << 22, 32
_FAR = re.compile(rb'r="(?:[A-Z]{3}|[D-Z][A-Z]|C[R-Z])[0-9]')
_CELL = re.compile(rb'r="([A-Z]{1,3})([0-9]{1,7})"')
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    NotImplementedError,
)


def check_workbook(path: Path) -> None:
    """Refuse a workbook that is small on disk and vast in memory.

    Raises:
        Unusable: for one that unpacks to far more than its size, or has a cell far from all others.
    """
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(path, archive)
            for name in archive.namelist():
                if name.endswith(".xml"):
                    _check_box(path, archive, name)
    except _UNREADABLE:
        return  # the workbook's reader says what is wrong with it


def check_cells(path: Path, rows: int, columns: int) -> None:
    """Refuse a Parquet file that repeats few values more often than memory holds.

    Raises:
        Unusable: for more cells than are read, in fewer bytes than they could be told apart in.
    """
    if rows * columns > CELLS and rows * columns > TIMES * path.stat().st_size:
        raise Unusable("unpacks", file=path.name, cells=f"{rows * columns:,}")


def _check_size(path: Path, archive: zipfile.ZipFile) -> None:
    size = sum(item.file_size for item in archive.infolist())
    if size > UNPACKED and size > TIMES * path.stat().st_size:
        raise Unusable("unpacks", file=path.name, cells=f"{size:,}")


def _check_box(path: Path, archive: zipfile.ZipFile, name: str) -> None:
    """Look for columns that only a box too large can have; where there are any, measure the box."""
    with archive.open(name) as stream:
        if not any(_FAR.search(chunk) for chunk in _chunks(stream)):
            return
    columns, rows = 0, 0
    with archive.open(name) as stream:
        for chunk in _chunks(stream):
            found = _CELL.findall(chunk)
            columns = max([columns, *(_number(letters) for letters in {letters for letters, _ in found})])
            rows = max([rows, *map(int, {number for _, number in found})])
    if columns * rows > CELLS:
        raise Unusable("far_cell", file=path.name, rows=f"{rows:,}", columns=f"{columns:,}")


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """Pieces of a stream that overlap, so that nothing short is cut in two."""
    edge = b""
    while piece := stream.read(_CHUNK):
        yield edge + piece
        edge = piece[-_EDGE:]


def _number(letters: bytes) -> int:
    """`AB` → 28."""
    return reduce(lambda number, letter: number * 26 + letter - 64, letters, 0)
