"""Delimited text in blocks of whole records: columns at once where a block is plain, else record by record.

A block is plain when every line is one record of the header's width and every quote opens, closes or
doubles as the format says. Anything else goes to `records`, so that both ways give the same cells.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.sources.decode import Encoding
from workbench.sources.records import Record, records

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK = 1 << 22
"""Bytes that are read at a time; they hold far more than the longest record over several lines."""

_QUOTE, _LINE, _RETURN = b'"\n\r'
_BLANK = "".join(letter for letter in map(chr, range(0x3001)) if letter.isspace())


@dataclass(frozen=True)
class Table:
    """How a file writes its table: encoding, delimiter, cells of the header and the header's last line."""

    encoding: Encoding
    delimiter: str
    width: int
    header: int


@dataclass(frozen=True)
class Block:
    """Some whole records.

    Attributes:
        first: Number of the first line.
        text: The lines, in UTF-8.
        cells: Columns `line`, `c0`, `c1`, … without blank rows; None where the block is not plain.
        records: What it holds instead, with their line numbers in the file.
    """

    first: int
    text: bytes
    cells: pa.Table | None = None
    records: tuple[Record, ...] = field(default=())


def blocks(path: Path, layout: Table) -> Iterator[Block]:
    """The rows below a header, block by block.

    Args:
        path: Text file that can be read in the layout's encoding.
        layout: How it writes its table.
    """
    first, rest = layout.header + 1, b""
    pieces = _pieces(path, layout)
    piece = next(pieces, None)
    while piece is not None:
        following = next(pieces, None)
        text = rest + piece
        cells = plain(text, layout, first)
        found: tuple[Record, ...] = ()
        rest = b""
        if cells is None:
            found, rest = _one_by_one(text, layout, first, following is None)
        whole = text[: len(text) - len(rest)]
        yield Block(first, whole, cells, found)
        first += len(_lines(whole))
        piece = following


def raw(path: Path, layout: Table, wanted: Collection[int]) -> dict[int, str]:
    """The text of records by their first line, read from the file again."""
    found: dict[int, str] = {}
    for block in blocks(path, layout):
        spans = {record.line: record.span for record in block.records}
        near = [line for line in wanted if block.first <= line]
        lines = _lines(block.text) if near else []
        for line in near:
            place = line - block.first
            if place < len(lines):
                found[line] = "".join(lines[place : place + spans.get(line, 1)]).rstrip("\r\n")
    return found


def plain(text: bytes, layout: Table, first: int) -> pa.Table | None:
    """A plain block as columns; None where it is not plain.

    Args:
        text: Whole lines.
        layout: How the file writes its table.
        first: Number of the first line.
    """
    import pyarrow as pa
    from pyarrow import csv

    returns = text.count(b"\r")
    if (returns and returns != text.count(b"\r\n")) or text.startswith(codecs.BOM_UTF8):
        return None
    quoted = b'"' in text
    if quoted and not _well_quoted(text, layout.delimiter):
        return None
    names = [f"c{place}" for place in range(layout.width)]
    try:
        cells = csv.read_csv(
            io.BytesIO(text),
            csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
            csv.ParseOptions(
                delimiter=layout.delimiter, quote_char='"' if quoted else False, ignore_empty_lines=False
            ),
            csv.ConvertOptions(
                check_utf8=False, column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    count = text.count(b"\n") + (not text.endswith(b"\n"))
    return _numbered(cells, first) if len(cells) == count else None


def _numbered(cells: pa.Table, first: int) -> pa.Table:
    """Cells with their line numbers, without the rows that are blank."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = pa.array(np.arange(first, first + len(cells), dtype="int64"))
    table = pa.table([numbers, *cells.columns], names=["line", *cells.column_names])
    blank = None
    for column in cells.columns:
        empty = pc.equal(pc.utf8_trim(column, characters=_BLANK), "")
        blank = empty if blank is None else pc.and_(blank, empty)
        if not pc.any(blank).as_py():
            return table
    return table.filter(pc.invert(blank))


def _well_quoted(text: bytes, delimiter: str) -> bool:
    """Whether quotes stand only where the format has them, and no line ends inside of them."""
    import numpy as np

    data = np.frombuffer(b"\n" + text + b"\n", "uint8")
    at = np.flatnonzero(data == _QUOTE)
    if len(at) % 2:
        return False
    before, after = data[at[::2] - 1], data[at[1::2] + 1]
    around = [ord(delimiter), _LINE, _QUOTE]
    ends = np.searchsorted(at, np.flatnonzero(data == _LINE))
    return bool(
        np.isin(before, around).all() and np.isin(after, [*around, _RETURN]).all() and not (ends % 2).any()
    )


def _one_by_one(text: bytes, layout: Table, first: int, last: bool) -> tuple[tuple[Record, ...], bytes]:
    """The records of a block, and the text of those that only the next block can settle."""
    lines = _lines(text)
    feed = _Feed(lines)
    found: list[Record] = []
    for record in records(feed, layout.delimiter, layout.width):
        if feed.ended and not last:
            return tuple(found), "".join(lines[record.line - 1 :]).encode()
        found.append(record._replace(line=record.line + first - 1))
    return tuple(found), b""


class _Feed:
    """Lines, and whether a record asked for more than there are."""

    def __init__(self, lines: list[str]) -> None:
        self._lines, self.ended = iter(lines), False

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        for line in self._lines:
            return line
        self.ended = True
        raise StopIteration


def _lines(text: bytes) -> list[str]:
    return list(io.StringIO(text.decode(), newline=""))


def _pieces(path: Path, layout: Table) -> Iterator[bytes]:
    """The text below the header in UTF-8, in pieces that end with a line."""
    rest, skip = b"", layout.header
    for chunk in _utf8(path, layout.encoding):
        text = rest + chunk
        end = text.rfind(b"\n") + 1
        piece, rest = text[:end], text[end:]
        if piece and skip:
            piece, skip = _below(piece, skip)
        if piece:
            yield piece
    if rest and skip:
        rest, skip = _below(rest, skip)
    if rest:
        yield rest


def _below(text: bytes, skip: int) -> tuple[bytes, int]:
    """The text without its first lines, and how many are still to go."""
    lines = _lines(text)
    return "".join(lines[skip:]).encode(), max(0, skip - len(lines))


def _utf8(path: Path, encoding: Encoding) -> Iterator[bytes]:
    as_it_is = codecs.lookup(encoding.name).name == "utf-8" and not encoding.cut
    decoder = codecs.getincrementaldecoder(encoding.name)("replace" if encoding.cut else "strict")
    with path.open("rb") as stream:
        stream.seek(encoding.skip)
        while chunk := stream.read(BLOCK):
            yield chunk if as_it_is else decoder.decode(chunk).encode()
    if not as_it_is:
        yield decoder.decode(b"", final=True).encode()
