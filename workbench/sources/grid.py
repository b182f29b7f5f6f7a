"""Files as grids of text: a header, columns of strings with line numbers, and what does not fit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.sources import blocks, bombs, decode
from workbench.sources.decode import Encoding
from workbench.sources.header import PREVIEW, Found, locate
from workbench.sources.problems import Unusable
from workbench.sources.records import DELIMITERS, Record, csv_line, lines, records

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 1 << 16

Cells = Sequence[str]


@dataclass(frozen=True)
class Broken:
    """A row that does not have the header's cells: its line and how many cells it has."""

    line: int
    cells: int


@dataclass(frozen=True)
class Body:
    """The rows below a header.

    Attributes:
        cells: Arrow table of `line` and of one string column a header, named `c0`, `c1`, …; of a large text
            a Parquet file of them, where there is a folder for it.
        broken: Rows whose cells do not fit the header.
        cut: Whether the file ends in the middle of a row or character.
    """

    cells: pa.Table | Path
    broken: tuple[Broken, ...] = ()
    cut: bool = False


@dataclass(frozen=True)
class Grid:
    """One table as the file holds it; its rows are read when they are first asked for.

    Attributes:
        headers: As written; empty texts for unnamed columns.
        read_body: Reads the rows.
        raw: Lines → their text, read from the file again.
        serial: Whether a bare number in a date column is an Excel day number.
        encoding: Python codec; empty for binary formats.
        sheet: Name of the workbook's sheet that is read; empty for other formats.
        other_sheets: Names of its other sheets that have a known header and rows.
    """

    headers: tuple[str, ...]
    read_body: Callable[[], Body]
    raw: Callable[[Collection[int]], dict[int, str]]
    serial: bool = False
    encoding: str = ""
    sheet: str = ""
    other_sheets: tuple[str, ...] = ()

    @cached_property
    def body(self) -> Body:
        """The rows, read once."""
        return self.read_body()

    @property
    def cells(self) -> pa.Table:
        """The rows' cells in memory."""
        import pyarrow.parquet as pq

        cells = self.body.cells
        return pq.read_table(cells) if isinstance(cells, Path) else cells


def read(path: Path, known: Collection[str], encoding: str | None = None, spool: Path | None = None) -> Grid:
    """Read any file as a grid.

    Args:
        path: CSV or other delimited text, workbook (XLSX, XLS, ODS) or Parquet, told by content.
        known: Header words that are looked for, in normal form.
        encoding: Codec the user names for text.
        spool: Folder for the cells of a text; None: they are held in memory.

    Raises:
        Unusable: when the file is empty, damaged, of an unknown encoding or without a header.
    """
    kind = decode.kind(path)
    if kind == "empty":
        raise Unusable("empty", file=path.name)
    if kind == "parquet":
        return _parquet(path)
    if kind == "workbook":
        return _workbook(path, known)
    return _text(path, known, decode.encoding(path, encoding), spool)


def headers(path: Path, known: Collection[str], encoding: str | None = None) -> tuple[str, ...]:
    """The headers of any file, without reading a text file to its end.

    Args:
        path: As for `read`.
        known: Header words that are looked for, in normal form.
        encoding: Codec the user names for text.

    Raises:
        Unusable: when the file is empty, damaged, of an unknown encoding or without a header.
    """
    if decode.kind(path) != "text":
        return read(path, known, encoding).headers
    return _delimiter(_head(path, decode.encoding(path, encoding)), known, path.name)[1].cells


def _head(path: Path, encoding: Encoding) -> list[str]:
    head = [line for line, _ in zip(lines(path, encoding), range(PREVIEW * 2), strict=False)]
    if not any(line.strip() for line in head):
        raise Unusable("empty", file=path.name)
    return head


def _text(path: Path, known: Collection[str], encoding: Encoding, spool: Path | None) -> Grid:
    delimiter, found, line = _delimiter(_head(path, encoding), known, path.name)
    layout = blocks.Table(encoding, delimiter, len(found.cells), line)
    return Grid(
        found.cells,
        lambda: _body(path, layout, spool),
        lambda wanted: blocks.raw(path, layout, wanted),
        encoding=encoding.name,
    )


def _body(path: Path, layout: blocks.Table, spool: Path | None = None) -> Body:
    broken: list[Broken] = []
    last = 0
    with _Kept(_schema(layout.width), spool) as kept:
        for block in blocks.blocks(path, layout):
            cells = block.cells
            if cells is None:
                cells, bad = _columns(block.records, layout.width)
                broken += bad
            kept.add(cells)
            last = cells["line"][-1].as_py() if len(cells) else last
    ends = bool(broken) and broken[-1].line > last
    return Body(kept.cells, tuple(broken), layout.encoding.cut or ends)


class _Kept:
    """Cells that come in parts: an Arrow table, or a Parquet file in the spool."""

    def __init__(self, schema: pa.Schema, spool: Path | None) -> None:
        import pyarrow.parquet as pq

        self._file = spool and spool / "cells.parquet"
        self._parts = [schema.empty_table()]
        self._writer = pq.ParquetWriter(self._file, schema, compression="snappy") if self._file else None

    def __enter__(self) -> _Kept:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer:
            self._writer.close()

    def add(self, cells: pa.Table) -> None:
        """Take a part."""
        if self._writer:
            self._writer.write_table(cells)
        else:
            self._parts.append(cells)

    @property
    def cells(self) -> pa.Table | Path:
        """The parts as one."""
        import pyarrow as pa

        return self._file or pa.concat_tables(self._parts)


def _delimiter(head: list[str], known: Collection[str], file: str) -> tuple[str, Found, int]:
    """The delimiter whose header row knows most words, that row, and its last line."""
    best: tuple[tuple[int, int], str, Found, Record] | None = None
    for delimiter in DELIMITERS:
        rows = [record for record in records(head, delimiter) if record.cells is not None]
        found = locate([record.cells or [] for record in rows], known)
        if found and (best is None or (found.known, len(found.cells)) > best[0]):
            best = (found.known, len(found.cells)), delimiter, found, rows[found.index]
    if best is None:
        raise Unusable("no_header", file=file)
    _unlike(best[2], file)
    _, delimiter, found, record = best
    return delimiter, found, record.line + record.span - 1


def _unlike(found: Found, file: str) -> None:
    """Refuse headers of which nobody can tell which is which."""
    if found.alike:
        raise Unusable("alike_headers", file=file, headers=", ".join(map(repr, found.alike)))


def _columns(body: Iterable[Record], width: int) -> tuple[pa.Table, tuple[Broken, ...]]:
    """Records as Arrow string columns, and those that have another width."""
    import pyarrow as pa

    schema = _schema(width)
    batches, rows, numbers, broken = [], [], [], []
    for record in body:
        cells = _fitting(record.cells, width)
        if cells is None:
            broken.append(Broken(record.line, len(record.cells or ())))
        elif cells:
            rows.append(cells)
            numbers.append(record.line)
        if len(rows) >= BATCH:
            batches.append(_batch(numbers, rows, schema))
            rows, numbers = [], []
    if rows:
        batches.append(_batch(numbers, rows, schema))
    return pa.Table.from_batches(batches, schema), tuple(broken)


def _schema(width: int) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([("line", pa.int64()), *((f"c{index}", pa.string()) for index in range(width))])


def _fitting(cells: Cells | None, width: int) -> Cells | None:
    """The row's cells; empty for a blank row; None where their number does not fit."""
    if cells is None:
        return None
    if len(cells) == width:
        return cells if any(map(str.strip, cells)) else ()
    if not any(map(str.strip, cells)):
        return ()
    if len(cells) > width and not any(map(str.strip, cells[width:])):
        return cells[:width]
    return None


def _batch(numbers: list[int], rows: list[Cells], schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    columns = [
        pa.array(numbers, pa.int64()),
        *(pa.array(column, pa.string()) for column in zip(*rows, strict=True)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _workbook(path: Path, known: Collection[str]) -> Grid:
    """The sheet whose header knows most words."""
    bombs.check_workbook(path)
    best: tuple[str, Found, list[list[str]]] | None = None
    tables = []
    for name, sheet in _sheets(path):
        found = locate(sheet, known)
        if found and (best is None or found.known > best[1].known):
            best = name, found, sheet
        if found and found.known >= 2 and any(any(map(str.strip, row)) for row in sheet[found.index + 1 :]):
            tables.append(name)
    if best is None:
        raise Unusable("no_header", file=path.name)
    _unlike(best[1], path.name)
    taken, found, sheet = best
    others = tuple(name for name in tables if name != taken)
    rows = (Record(index + 1, 1, row) for index, row in enumerate(sheet) if index > found.index)
    body = Body(*_columns(rows, len(found.cells)))
    return Grid(
        found.cells,
        lambda: body,
        lambda wanted: _joined(sheet, wanted),
        True,
        sheet=taken,
        other_sheets=others,
    )


def _sheets(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            for sheet in book.sheets_metadata:
                if sheet.typ == SheetTypeEnum.WorkSheet:
                    rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
                    yield sheet.name, [[_shown(value) for value in row] for row in rows]
    except (CalamineError, OSError, ValueError) as error:
        raise Unusable("damaged", file=path.name, reason=_first_line(error)) from None


def _shown(value: Any) -> str:
    """A cell as text: exact whole numbers without a point, times in ISO form."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time(0):
        return value.date().isoformat()
    return str(value)


def _joined(sheet: list[list[str]], wanted: Collection[int]) -> dict[int, str]:
    return {line: csv_line(sheet[line - 1]) for line in wanted}


def _parquet(path: Path) -> Grid:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        bombs.check_cells(path, file.metadata.num_rows, file.metadata.num_columns)
        table = file.read()
        columns = [_texts(table.column(index)) for index in range(table.num_columns)]
    except (pa.ArrowException, OSError, ValueError, NotImplementedError) as error:
        raise Unusable("damaged", file=path.name, reason=_first_line(error)) from None
    names = [f"c{index}" for index in range(len(columns))]
    numbers = pa.array(range(1, len(table) + 1), pa.int64())
    cells = pa.table([numbers, *columns], names=["line", *names])
    return Grid(tuple(table.column_names), lambda: Body(cells), lambda wanted: _rows(cells, wanted))


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Any column as texts; times in ISO form, nested values as Python shows them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz:
        return pc.strftime(column.cast(pa.timestamp("s", "UTC"), safe=False), "%Y-%m-%d %H:%M:%SZ")
    if pa.types.is_timestamp(kind):
        return pc.strftime(column.cast(pa.timestamp("s"), safe=False), "%Y-%m-%d %H:%M:%S")
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.chunked_array([pa.array([str(value) for value in column.to_pylist()], pa.string())])
    return column.cast(pa.string())


def _rows(cells: pa.Table, wanted: Collection[int]) -> dict[int, str]:
    return {
        line: csv_line([value.as_py() for value in row])
        for line in wanted
        for row in ([cells[name][line - 1] for name in cells.column_names[1:]],)
    }


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
