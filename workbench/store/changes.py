"""What a commit may do to a table, checked and cast to the canonical columns before anything is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.errors import StoreError, unknown
from workbench.schema import GRAINS, TABLES
from workbench.store import parquet

if TYPE_CHECKING:
    import pyarrow as pa

FACTS = ("performance", "conversions")
ROLLUP = "performance_hourly"
LEDGER = "imports"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_REQUIRED = ("source", "grain", "local_date", "currency")


@dataclass(frozen=True)
class Slice:
    """What one report covers: it is replaced as a whole when the report is imported again.

    Attributes:
        source: Platform.
        account: Account; None: the rows whose account is unknown.
        grain: One of `schema.GRAINS`.
        breakdown: Extra breakdown of the report, empty for none.
        scope: Filter of the report, empty for none.
        start: First local date.
        end: Last local date, included.
    """

    source: str
    account: str | None
    grain: str
    breakdown: str
    scope: str
    start: date
    end: date


@dataclass(frozen=True)
class Keys:
    """The rows that have the same values in some columns as one of the new rows.

    Attributes:
        columns: Names; values in them are never null.
    """

    columns: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """Rows for one table, and what they replace.

    Attributes:
        table: Canonical table, or an own one.
        rows: Rows with the table's columns; missing columns are null. Many facts may be a Parquet file with
            exactly these columns instead; or a folder of such files, made by `parquet.write`, which move into
            that of the table.
        replace: A slice, keys, `"all"`, or None to append.
        imports: Of a slice, the ids of the imports whose rows are replaced, an empty one for rows without;
            None: all rows of the slice.
    """

    table: str
    rows: pa.Table | Path
    replace: Slice | Keys | Literal["all"] | None = None
    imports: tuple[str, ...] | None = None


def checked(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes with rows in canonical columns and types.

    Raises:
        StoreError: naming the table and column that does not fit.
    """
    return tuple(replace(change, rows=_rows(change)) for change in changes)


def fit(table: str, rows: pa.Table) -> pa.Table:
    """Return `rows` with the columns and types of the canonical table called `table`.

    Raises:
        StoreError: for an unknown column, or values that its type cannot hold.
    """
    import pyarrow as pa

    schema = TABLES[table].arrow()
    names = rows.column_names
    for name in names:
        if name not in schema.names or names.count(name) > 1:
            raise unknown("column", name, schema.names, StoreError, table)
    columns = [
        _cast(table, rows.column(field.name), field)
        if field.name in names
        else pa.nulls(len(rows), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def ledger(rows: pa.Table) -> pa.Table:
    """Return ledger rows in canonical columns.

    Raises:
        StoreError: when they do not fit, or an import is not named exactly once.
    """
    import pyarrow.compute as pc

    rows = fit(LEDGER, rows)
    ids = rows["import_id"]
    if ids.null_count or len(pc.unique(ids)) < len(ids):
        raise StoreError(
            "An import_id is empty or given twice.", "Give each import its own.", f"{LEDGER}.import_id"
        )
    return rows


def predicate(table: str, part: Slice) -> str:
    """The rows of `part` in a table, as SQL that DuckDB and Delta both read.

    Raises:
        StoreError: when the table is not made of slices.
    """
    names = TABLES[table].names if table in TABLES else ()
    if not {"source", "account", "grain"} <= set(names):
        raise StoreError(f"Table {table!r} has no slices.", "Replace all of it, or append.", table)
    terms = [same(name, getattr(part, name)) for name in ("source", "account", "grain")]
    terms += [same(name, getattr(part, name)) for name in ("breakdown", "scope") if name in names]
    first, last = ("local_date",) * 2 if "local_date" in names else ("start_date", "end_date")
    return " AND ".join([*terms, f"{first} >= {literal(part.start)}", f"{last} <= {literal(part.end)}"])


def keyed(part: Keys, incoming: str) -> str:
    """The rows of `part` in a table, as SQL for DuckDB; `incoming` names the new rows."""
    unit = "{" + ", ".join(f"'{name}': {name}" for name in part.columns) + "}"
    return f"{unit} IN (SELECT {unit} FROM {incoming})"


def same(column: str, value: str | None) -> str:
    """SQL for 'the column has this value', where None means unknown."""
    return f"{column} IS NULL" if value is None else f"{column} = {literal(value)}"


def among(column: str, values: Sequence[str]) -> str:
    """SQL for 'the column has one of these values'."""
    return f"{column} IN ({', '.join(map(literal, values))})" if values else "false"


def between(column: str, first: date, last: date) -> str:
    """SQL for 'the day is one of first to last', both included."""
    return f"{column} >= {literal(first)} AND {column} <= {literal(last)}"


def literal(value: str | date) -> str:
    """SQL literal of a text or a date."""
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return "'" + value.replace("'", "''") + "'"


def _rows(change: Change) -> pa.Table | Path:
    if change.table in (ROLLUP, LEDGER):
        raise StoreError(
            f"Table {change.table!r} is kept by the store.",
            "Change the facts, or pass the ledger.",
            change.table,
        )
    if isinstance(change.rows, Path):
        return _file(change, change.rows)
    if change.table not in TABLES:
        return _own(change, change.rows)
    rows = fit(change.table, change.rows)
    if change.table in FACTS:
        rows = _facts(change.table, rows)
    if isinstance(change.replace, Slice):
        _check_inside(change.table, rows, change.replace)
    return rows


def _file(change: Change, file: Path) -> Path:
    """A Parquet file that its writer has already cast; what Arrow rows would be checked for."""
    import pyarrow.parquet as pq

    schemas = [pq.read_schema(path) for path in (sorted(file.glob("*.parquet")) if file.is_dir() else [file])]
    wanted = _types(TABLES[change.table].arrow())
    if change.table not in FACTS or any(_types(schema) != wanted for schema in schemas):
        raise StoreError(
            f"The file does not have exactly the columns of facts in table {change.table!r}.",
            "Cast its rows first, or pass an Arrow table.",
            str(file),
        )
    required = [*_REQUIRED, "breakdown", "scope"]
    empty = " OR ".join(f"{name} IS NULL" for name in required)
    grains = ", ".join(map(literal, GRAINS))
    if _count(file, f"{empty} OR grain NOT IN ({grains})"):
        raise StoreError(
            f"Rows lack one of {', '.join(required)}, or have another grain than {', '.join(GRAINS)}.",
            "Fill them.",
            change.table,
        )
    if isinstance(change.replace, Slice):
        _check_inside(change.table, file, change.replace)
    return file


def _types(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    return [(field.name, field.type) for field in schema]


def _own(change: Change, rows: pa.Table) -> pa.Table:
    import pyarrow as pa

    if not _NAME.fullmatch(change.table):
        raise StoreError(
            f"{change.table!r} is no name for a table.", "Use small letters, digits and _, a letter first."
        )
    if isinstance(change.replace, Slice):
        predicate(change.table, change.replace)
    fields = [pa.field(field.name, _plain(field.name, field.type)) for field in rows.schema]
    return pa.table(
        [_cast(change.table, rows.column(index), field) for index, field in enumerate(fields)],
        schema=pa.schema(fields),
    )


def _plain(name: str, type: pa.DataType) -> pa.DataType:
    """The type that keeps a column of an own table in every reader of Delta."""
    import pyarrow as pa

    kinds = pa.types
    if kinds.is_dictionary(type):
        return _plain(name, type.value_type)
    if (
        kinds.is_null(type)
        or kinds.is_string(type)
        or kinds.is_large_string(type)
        or kinds.is_string_view(type)
    ):
        return pa.string()
    if kinds.is_integer(type):
        return pa.int64()
    if kinds.is_floating(type) or kinds.is_decimal(type):
        return pa.float64()
    if kinds.is_boolean(type) or kinds.is_date32(type):
        return type
    if kinds.is_timestamp(type):
        return pa.timestamp("us", tz="UTC")
    raise StoreError(
        f"Column {name!r} holds {type}, which no table can keep.", "Convert it to text or numbers."
    )


def _cast(table: str, column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    where = f"{table}.{field.name}"
    if pa.types.is_timestamp(field.type) and field.type.tz and not _has_zone(column.type):
        raise StoreError(
            f"Column {field.name!r} holds times without a time zone.", "Give UTC instants (tz='UTC').", where
        )
    try:
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        column = column.cast(field.type)
    except pa.ArrowException as error:
        raise StoreError(
            f"Column {field.name!r} holds {column.type} where {field.type} is needed: {_first_line(error)}",
            "Convert it first.",
            where,
        ) from None
    if not pa.types.is_floating(field.type):
        return column
    if pc.any(pc.is_inf(column)).as_py():
        raise StoreError(
            f"Column {field.name!r} holds an infinite number.", "Correct it or leave it empty.", where
        )
    return pc.if_else(pc.is_nan(column), pa.scalar(None, field.type), column)


def _has_zone(type: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_null(type) or (pa.types.is_timestamp(type) and type.tz is not None)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") + "."


def _facts(table: str, rows: pa.Table) -> pa.Table:
    """Facts always know their source, grain, day and currency; no breakdown is an empty one."""
    import pyarrow.compute as pc

    for name in ("breakdown", "scope"):
        filled = pc.fill_null(rows[name], "")
        rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), filled)
    for name in _REQUIRED:
        if rows[name].null_count:
            line = pc.index(pc.is_null(rows[name]), True).as_py()
            raise StoreError(f"Column {name!r} is empty in row {line + 1}.", "Fill it.", f"{table}.{name}")
    for grain in pc.unique(rows["grain"]).to_pylist():
        if grain not in GRAINS:
            raise unknown("grain", grain, GRAINS, StoreError, f"{table}.grain")
    return rows


def _check_inside(table: str, rows: pa.Table | Path, part: Slice) -> None:
    """Rows outside of the slice they replace would be doubled by the same import again."""
    if part.start > part.end:
        raise StoreError(f"The slice ends ({part.end}) before it starts ({part.start}).", "Swap them.", table)
    count = _count(rows, f"({predicate(table, part)}) IS NOT TRUE")
    if count:
        raise StoreError(
            f"{count} of {_count(rows, 'true')} rows lie outside of the slice that they replace.",
            f"Give every row the slice's source, account, grain, breakdown, scope and a day in it: {part}.",
            table,
        )


def _count(rows: pa.Table | Path, condition: str) -> int:
    with parquet.connect() as connection:
        parquet.name_rows(connection, "rows_", rows)
        found: int = connection.execute(f"SELECT count(*) FROM rows_ WHERE {condition}").fetchall()[0][0]
    return found
