"""What rows change in their table: by key new, changed, the same, or older than what is there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.crm.spec import Spec
from workbench.privacy.people import CUSTOMER, WRITTEN
from workbench.schema import TABLES
from workbench.store import parquet, pointer
from workbench.store.changes import Change, Keys, among

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from workbench.store.store import Store

_OURS = ("import_id", "line")


@dataclass(frozen=True)
class Merged:
    """What a sheet does to its table.

    Attributes:
        rows: The new and the changed rows, whole: what the sheet does not fill stays as it is stored.
        new, changed, same, older: Rows by what they are to the table.
    """

    rows: pa.Table
    new: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0


def current(store: Store, table: str) -> str:
    """SELECT of a table at the newest version."""
    return parquet.select(store.path, table, pointer.read(store.path).tables.get(table))


def merge(
    connection: DuckDBPyConnection,
    store: Store,
    spec: Spec,
    rows: pa.Table,
    forgotten: Collection[str] = (),
) -> Merged:
    """Compare rows with their table.

    Args:
        connection: DuckDB connection in UTC.
        store: The workspace.
        spec: The table.
        rows: Canonical columns, one row a key.
        forgotten: Pseudonyms of customers who were forgotten. What is stored of their rows keeps the stranger
            that took their place, and what was written about them stays out.
    """
    connection.register("given", rows)
    query = f"SELECT {_unlinked(spec.table, rows.column_names, forgotten)} FROM given"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {query}")
    filled = [name for name in rows.column_names if name not in (*_OURS, *spec.key)]
    columns = [
        f"{_value(spec.table, name, name in rows.column_names)} AS {name}"
        for name in TABLES[spec.table].names
    ]
    joined = " AND ".join(f"fresh.{name} = held.{name}" for name in spec.key)
    columns.append(f"{_state(spec, filled)} AS state")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE merged AS SELECT {', '.join(columns)} "
        f"FROM fresh LEFT JOIN ({current(store, spec.table)}) AS held ON {joined}"
    )
    connection.execute("DROP TABLE fresh")
    connection.unregister("given")
    counts = dict(connection.execute("SELECT state, count(*) FROM merged GROUP BY state").fetchall())
    moved = connection.sql(
        "SELECT * EXCLUDE (state) FROM merged WHERE state IN ('new', 'changed') ORDER BY line"
    ).to_arrow_table()
    return Merged(moved.cast(TABLES[spec.table].arrow()), **counts)


def _unlinked(table: str, columns: Sequence[str], forgotten: Collection[str]) -> str:
    """SELECT list of rows without forgotten customers and what was written about them; `gone` marks these."""
    if CUSTOMER not in columns or not forgotten:
        return "*, false AS gone"
    told = [name for name in (CUSTOMER, *WRITTEN.get(table, ())) if name in columns]
    theirs = f"coalesce({among(CUSTOMER, sorted(forgotten))}, false)"
    emptied = ", ".join(f"CASE WHEN NOT {theirs} THEN {name} END AS {name}" for name in told)
    return f"* REPLACE ({emptied}), {theirs} AS gone"


def _value(table: str, name: str, is_given: bool) -> str:
    if not is_given:
        return f"held.{name}"
    if name in (CUSTOMER, *WRITTEN.get(table, ())):
        return f"CASE WHEN fresh.gone THEN held.{name} ELSE fresh.{name} END"
    return f"fresh.{name}"


def with_details(found: Merged, details: Merged) -> Merged:
    """The same with rows as changed of which only details in another table (own attributes) moved.

    Args:
        found: Of the rows.
        details: Of what belongs to them, by the same line numbers.
    """
    rows, moved = (set(part.rows["line"].to_pylist()) for part in (found, details))
    count = min(len(moved - rows), found.same)
    return replace(found, changed=found.changed + count, same=found.same - count)


def change(spec: Spec, merged: Merged) -> tuple[Change, ...]:
    """The change to commit; none where nothing moves."""
    return (Change(spec.table, merged.rows, Keys(spec.key)),) if len(merged.rows) else ()


def strangers(
    connection: DuckDBPyConnection,
    store: Store,
    rows: pa.Table,
    column: str,
    table: str,
    forgotten: Collection[str] = (),
) -> list[int] | None:
    """Lines of rows whose reference no row of another table has; None where that table holds nothing.

    Args:
        connection: DuckDB connection.
        store: The workspace.
        rows: Rows with pseudonyms.
        column: Column that refers.
        table: Table whose key it should be in.
        forgotten: Customers who are missed by nobody.
    """
    if table not in store.tables:
        return None
    key = TABLES[table].with_role("key")[0]
    connection.register("fresh", rows)
    found = connection.execute(
        f"SELECT line FROM fresh WHERE {column} IS NOT NULL AND {_but(column, forgotten)}{column} NOT IN "
        f"(SELECT {key} FROM ({current(store, table)}) WHERE {key} IS NOT NULL) ORDER BY line"
    ).fetchall()
    connection.unregister("fresh")
    return [line for (line,) in found]


def _but(column: str, forgotten: Collection[str]) -> str:
    return f"NOT {among(column, sorted(forgotten))} AND " if forgotten else ""


def gone(
    connection: DuckDBPyConnection, store: Store, spec: Spec, rows: pa.Table, former: Sequence[str]
) -> int:
    """How many rows that some imports brought are not among `rows`.

    Args:
        connection: DuckDB connection.
        store: The workspace.
        spec: The table.
        rows: All rows that their source has now, with pseudonyms.
        former: Ids of the imports.
    """
    if not former or spec.table not in store.tables:
        return 0
    connection.register("fresh", rows)
    unit = "{" + ", ".join(f"'{name}': {name}" for name in spec.key) + "}"
    found = connection.execute(
        f"SELECT count(*) FROM ({current(store, spec.table)}) WHERE {among('import_id', former)} "
        f"AND {unit} NOT IN (SELECT {unit} FROM fresh)"
    ).fetchall()
    connection.unregister("fresh")
    return int(found[0][0])


def _state(spec: Spec, filled: list[str]) -> str:
    fresh = "{" + ", ".join(f"'{name}': {_value(spec.table, name, True)}" for name in filled) + "}"
    held = "{" + ", ".join(f"'{name}': held.{name}" for name in filled) + "}"
    differs = f"{fresh} IS DISTINCT FROM {held}" if filled else "false"
    older = f"WHEN fresh.{spec.latest} < held.{spec.latest} THEN 'older' " if spec.latest in filled else ""
    new = f"WHEN held.{spec.key[0]} IS NULL THEN 'new'"
    return f"CASE {new} {older}WHEN {differs} THEN 'changed' ELSE 'same' END"
