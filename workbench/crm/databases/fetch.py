"""Rows of a database as a sheet: streamed into one temporary Parquet file, boundary rows told apart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.crm.databases import overlap
from workbench.crm.databases.address import Address
from workbench.crm.databases.reader import Reader
from workbench.crm.sheet import Sheet
from workbench.sources import decode
from workbench.sources.records import csv_line
from workbench.sources.values import quoted
from workbench.store import parquet

if TYPE_CHECKING:
    import pyarrow as pa

Mark = Callable[[str], str]
"""What makes a keyed mark of a text."""


@dataclass(frozen=True)
class Boundary:
    """Where a load begins or ends: the watermark's value, and a mark of the rows in the stretch before it.

    A mark tells whether those rows are the ones that were loaded already.
    """

    value: str | None = None
    mark: str = ""

    @property
    def begin(self) -> str | None:
        """From where on rows are read."""
        return None if self.value is None else overlap.begin(self.value)


@dataclass(frozen=True)
class Fetched:
    """A sheet of new rows, its rows, where the next load begins, and whether rows lie in the future."""

    sheet: Sheet
    rows: int
    end: Boundary
    is_ahead: bool = False


def fetch(
    reader: Reader, address: Address, columns: Sequence[str], folder: Path, start: Boundary, mark: Mark
) -> Fetched:
    """Read what is newer than a boundary.

    Args:
        reader: Open transaction.
        address: What is read.
        columns: Headers to read; the watermark among them.
        folder: Temporary folder; the sheet lives as long as it.
        start: Where the last load ended; empty: read everything.
        mark: Keyed mark of a text.
    """
    newest = reader.newest(address.watermark) if address.watermark else None
    ahead = overlap.is_ahead(newest)
    if ahead:  # one wrong clock would hide every later change
        newest = reader.newest(address.watermark, overlap.latest())
    file = folder / "rows.parquet"
    count = _write(reader, address, columns, file, start)
    place = columns.index(address.watermark) if address.watermark else -1
    if count and start.value is not None and _marked(file, columns, place, start.value, mark) == start.mark:
        file, count = _without(file, folder / "newer.parquet", place, start.value)
    end = (
        Boundary(newest, _marked(folder / "rows.parquet", columns, place, newest, mark)) if newest else start
    )
    sheet = Sheet(
        address.shown, "" if address.is_query else address.what, tuple(columns), file, (),
        lambda lines: _raw(file, len(columns), lines), decode.digest(file),
        source=address.kind, exact=True,
    )  # fmt: skip
    return Fetched(sheet, count, end, ahead)


def _write(reader: Reader, address: Address, columns: Sequence[str], file: Path, start: Boundary) -> int:
    """Stream rows into a Parquet file; returns how many."""
    import pyarrow.parquet as pq

    schema, count = _schema(len(columns)), 0
    with pq.ParquetWriter(file, schema, compression="snappy") as writer:
        for batch in reader.rows(columns, address.watermark, start.begin):
            writer.write_batch(_batch(batch, count, schema))
            count += len(batch)
    return count


def _schema(width: int) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([("line", pa.int64()), *((f"c{index}", pa.string()) for index in range(width))])


def _batch(rows: Sequence[Sequence[str | None]], before: int, schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    numbers = pa.array(range(before + 1, before + len(rows) + 1), pa.int64())
    texts = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.RecordBatch.from_arrays([numbers, *texts], schema=schema)


def _marked(file: Path, columns: Sequence[str], place: int, value: str | None, mark: Mark) -> str:
    """Mark of the rows in the stretch before a watermark, whatever their order."""
    if value is None:
        return ""

    cells = ", ".join(f"c{index}" for index in range(len(columns)))
    with parquet.connect() as connection:
        rows = connection.execute(
            f"SELECT sha256(to_json([{cells}])::VARCHAR) AS row FROM read_parquet({quoted(str(file))}) "
            f"WHERE {overlap.stretch(f'c{place}', value)} ORDER BY row"
        ).fetchall()
    return mark("\n".join([*columns, *(row for (row,) in rows)]))


def _without(file: Path, kept: Path, place: int, value: str) -> tuple[Path, int]:
    """The rows that are not in the stretch before a watermark."""
    with parquet.connect() as connection:
        newer = (
            f"SELECT * FROM read_parquet({quoted(str(file))}) "
            f"WHERE ({overlap.stretch(f'c{place}', value)}) IS NOT TRUE ORDER BY line"
        )
        connection.execute(f"COPY ({newer}) TO {quoted(str(kept))} (FORMAT parquet)")
        count = connection.execute(f"SELECT count(*) FROM read_parquet({quoted(str(kept))})").fetchall()[0][0]
    return kept, count


def _raw(file: Path, width: int, lines: Collection[int]) -> dict[int, str]:
    """Rows as lines of CSV."""
    import duckdb

    if not lines:
        return {}
    cells = ", ".join(f"c{index}" for index in range(width))
    wanted = ", ".join(map(str, sorted(lines)))
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT line, {cells} FROM read_parquet({quoted(str(file))}) WHERE line IN ({wanted})"
        ).fetchall()
    return {line: csv_line(row) for line, *row in found}
