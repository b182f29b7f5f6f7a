"""Delimited text as records with right line numbers, whatever the quotes do."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from workbench.sources.decode import Encoding

DELIMITERS = (",", "\t", ";", "|")
LONGEST = 500
"""Lines that one quoted record may span before its first quote counts as a stray one."""


class Record(NamedTuple):
    """One record: its first line, how many lines it spans, and its cells (None: it cannot be read)."""

    line: int
    span: int
    cells: list[str] | None


def lines(path: Path, encoding: Encoding) -> Iterator[str]:
    """The file's physical lines, with their ends."""
    with path.open("rb") as binary:
        binary.seek(encoding.skip)
        errors = "replace" if encoding.cut else "strict"
        with io.TextIOWrapper(binary, encoding.name, errors, newline="") as stream:
            yield from stream


def records(source: Iterable[str], delimiter: str, width: int | None = None) -> Iterator[Record]:
    """Split lines into records.

    Args:
        source: Physical lines.
        delimiter: One character.
        width: Cells of the header; a record over several lines that has another number of cells
            began with a stray quote: only its first line is given up.
    """
    feed = iter(source)
    waiting: deque[str] = deque()
    number = 0
    while True:
        line = waiting.popleft() if waiting else next(feed, None)
        if line is None:
            return
        number += 1
        if '"' not in line:
            yield Record(number, 1, line.rstrip("\r\n").split(delimiter))
            continue
        group = [line] if line.count('"') % 2 == 0 else _group(line, waiting, feed)
        cells = _cells(group, delimiter)
        if len(group) > 1 and (cells is None or (width is not None and len(cells) != width)):
            waiting.extendleft(reversed(group[1:]))
            group = group[:1]
            cells = _cells(group, delimiter)
        yield Record(number, len(group), cells)
        number += len(group) - 1


def csv_line(cells: Sequence[object]) -> str:
    """Cells as one line of CSV, without its end."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow(["" if cell is None else cell for cell in cells])
    return stream.getvalue()


def _group(line: str, waiting: deque[str], feed: Iterator[str]) -> list[str]:
    """The lines from `line` on until its quotes are closed."""
    group = [line]
    quotes = line.count('"')
    while quotes % 2 and len(group) < LONGEST:
        following = waiting.popleft() if waiting else next(feed, None)
        if following is None:
            break
        group.append(following)
        quotes += following.count('"')
    return group


def _cells(group: list[str], delimiter: str) -> list[str] | None:
    try:
        rows = list(csv.reader(group, delimiter=delimiter, strict=True))
    except csv.Error:
        return _literal(group, delimiter)
    return rows[0] if len(rows) == 1 else None


def _literal(group: list[str], delimiter: str) -> list[str] | None:
    """A line with quotes that are no quoting, as in `5" screen`; None where a cell opens with one."""
    cells = group[0].rstrip("\r\n").split(delimiter)
    if len(group) > 1 or any(cell.lstrip().startswith('"') for cell in cells):
        return None
    return cells
