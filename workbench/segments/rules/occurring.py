"""What occurs in the columns that rules ask for: suggestions for whoever writes one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.segments.rules import shelf
from workbench.segments.rules.clock import clock
from workbench.segments.rules.operands import FIELDS, SOURCES
from workbench.segments.rules.resolving import currencies, own_kinds
from workbench.segments.rules.starting import Known

if TYPE_CHECKING:
    from workbench.store.store import Store

PLACES = MappingProxyType(
    {"lowest": 0.0, "quarter": 0.25, "half": 0.5, "three_quarters": 0.75, "nine_tenths": 0.9, "highest": 1.0}
)
"""Places among the values of an attribute → share of the values below."""

EXACT = 10_000
FEW = 12
"""So many different figures are chosen from a list."""

MOST = 40
"""Values of a column; with more of them it is a column to type into."""


@right_kinds
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
    own = own_kinds(store)
    found |= _own_values(store, own)
    several = tuple(currencies(store, "transactions"))
    return Known(
        day=clock(store, None).as_of,
        values=found,
        segments=shelf.names(store),
        currencies=several if len(several) > 1 else (),
        own=own,
        marks=_marks(store, own),
    )


def _own_values(store: Store, own: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """`customers.name` of an own attribute → its most frequent texts, or its figures where they are few."""
    rows = store.table("traits")
    if not own or not store.row_counts.get("traits"):
        return {}
    import ibis

    number = rows.number
    told = rows.mutate(one_=number.cast("string").coalesce(rows.value)).filter(lambda t: t.one_.notnull())
    counted = told.group_by("trait", "one_").aggregate(n=told.count(), figure=told.number.max())
    order = ibis.window(group_by="trait", order_by=[ibis.desc(counted.n), counted.one_])
    ranked = counted.mutate(place=ibis.row_number().over(order)).filter(lambda t: t.place < MOST)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in store.query(ranked).to_pylist():
        found.setdefault(row["trait"], []).append(row)
    return {
        f"customers.{name}": _shown(found[name], kind)
        for name, kind in own.items()
        if name in found and (kind == "text" or (kind == "number" and len(found[name]) <= FEW))
    }


def _shown(rows: list[dict[str, Any]], kind: str) -> tuple[str, ...]:
    """Texts by frequency; figures by size, as they are typed."""
    if kind == "number":
        return tuple(f"{row['figure']:.15g}" for row in sorted(rows, key=lambda row: row["figure"] or 0))
    return tuple(row["one_"] for row in sorted(rows, key=lambda row: row["place"]))


def _marks(store: Store, own: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Name of an attribute → places among its values, rounded: bounds that a rule may take."""
    tables = []
    if any(kind != "text" for kind in own.values()):
        rows = store.table("traits")
        day = rows.day.epoch_seconds().cast("float64")
        tables.append(rows.select(name=rows.trait, at=rows.number.coalesce(day)))
    if store.row_counts.get("customers"):
        people = store.table("customers")
        dates = [name for name, kind in FIELDS.items() if kind == "date"]
        tables += [_days_of(people, name) for name in dates]
    found: dict[str, dict[str, Any]] = {}
    for table in tables:
        asked = {f"q{place}": table["at"].quantile(share) for place, share in enumerate(PLACES.values())}
        known = table.filter(table["at"].notnull())
        for row in store.query(known.group_by("name").aggregate(**asked)).to_pylist():
            kind = own.get(row["name"], "date")
            found[row["name"]] = _distinct(kind, [row[f"q{place}"] for place in range(len(PLACES))])
    return {name: marks for name, marks in found.items() if own.get(name) != "text"}


def _days_of(people: Any, name: str) -> Any:
    import ibis

    return people.select(name=ibis.literal(name), at=people[name].epoch_seconds().cast("float64"))


def _distinct(kind: str, values: list[float]) -> dict[str, Any]:
    """Places whose value no earlier one has."""
    found: dict[str, Any] = {}
    for name, value in zip(PLACES, values, strict=True):
        mark = dt.datetime.fromtimestamp(value, dt.UTC).date() if kind == "date" else _round(value)
        if mark not in found.values():
            found[name] = mark
    return found


def _round(value: float) -> int | float:
    """Three digits of a number, as people say a bound; small whole ones (years, counts) as they are."""
    exact = float(value).is_integer() and abs(value) < EXACT
    told = value if exact else float(f"{value:.3g}")
    return int(told) if float(told).is_integer() else told


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
