"""What occurs in the columns that rules ask for: suggestions for whoever writes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.segments.rules import shelf
from workbench.segments.rules.clock import clock
from workbench.segments.rules.operands import FIELDS, SOURCES
from workbench.segments.rules.resolving import currencies
from workbench.segments.rules.starting import Known

if TYPE_CHECKING:
    from workbench.store.store import Store

MOST = 40
"""Values of a column; with more of them it is a column to type into."""


def known(store: Store) -> Known:
    """Last day, frequent values and saved segments of a store.

    Values of customers' attributes, of the rows of behaviour, and tags; no personal value is among them,
    for rules read none.
    """
    homes = {home: name for home, name in _homes().items() if store.row_counts.get(home[0])}
    found: dict[str, tuple[str, ...]] = {}
    for table in dict.fromkeys(table for table, _ in homes):
        columns = [column for home, column in homes if home == table]
        there = [column for column in columns if column in store.table(table).columns]
        values = _occurring(store, table, there)
        found |= {homes[table, column]: values[column] for column in there}
    several = tuple(currencies(store, "transactions"))
    return Known(clock(store, None).as_of, found, shelf.names(store), several if len(several) > 1 else ())


def _homes() -> dict[tuple[str, str], str]:
    """(table, column) that values are read from → `source.column` that asks for it."""
    found = {("customers", name): f"customers.{name}" for name, kind in FIELDS.items() if kind == "text"}
    found[("tags", "tag")] = "tags.tag"
    for name, source in SOURCES.items():
        found |= {(source.table, column): f"{name}.{column}" for column in source.texts}
    # what was bought is told by the products
    return found | {("products", column): f"lines.{column}" for column in ("product", "category")}


def _occurring(store: Store, name: str, columns: list[str]) -> dict[str, tuple[str, ...]]:
    """The most frequent values of each column, in one query a table."""
    import ibis

    table = store.table(name)
    parts = []
    for column in columns:
        told = table.filter(table[column].notnull()).select(value=table[column].cast("string"))
        counted = told.group_by("value").aggregate(n=told.count())
        ranked = counted.order_by(ibis.desc("n"), "value").limit(MOST)
        parts.append(ranked.mutate(column_=ibis.literal(column)))
    rows = store.query(ibis.union(*parts) if len(parts) > 1 else parts[0]).to_pylist()
    rows.sort(key=lambda row: (-row["n"], row["value"]))
    return {column: tuple(row["value"] for row in rows if row["column_"] == column) for column in columns}
