"""Which tables have the clear shape of a chart, and which of their columns it shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.reports.formats.columns import Column
from workbench.reports.formats.content import Cell, Table

_MOST_BARS, _LEAST, _MOST_SERIES = 25, 2, 4
_MOST_BESIDE = 3
_OF_P = 3
"""Decimals that a p-value is told with."""
_SIZES = 20
"""How many times as long as another column's longest bar one may be beside it."""
_DRAWN = ("money", "count", "percent", "multiple")


@dataclass(frozen=True)
class Graph:
    """A chart of a table.

    Attributes:
        kind: `bar` for members, `line` for days.
        columns: Places of the columns that it shows, all of one unit.
        unit, currency, decimals: Of these.
        rows: The rows that it shows; totals are left out.
    """

    kind: str
    columns: tuple[int, ...]
    unit: str
    currency: str
    decimals: int
    rows: tuple[tuple[Cell, ...], ...]


def chosen(columns: Sequence[Column], table: Table) -> Graph | None:
    """The chart of a table: full columns of one unit as bars of its members, or as lines over days."""
    rows = _without_total(table.rows)
    names = [row[0] for row in rows]
    days = all(isinstance(name.amount, dt.date) for name in names)
    members = len({name.text for name in names}) == len(names) and all(name.amount is None for name in names)
    if len(rows) < _LEAST or not (days or (members and len(rows) <= _MOST_BARS)):
        return None
    full = [
        at
        for at, column in enumerate(columns)
        if at and column.part not in ("low", "high") and column.unit in _DRAWN
        and _differ(values := [column.value(row) for row in rows]) and not _is_p(column, values)
    ]  # fmt: skip
    if not full:
        return None
    kinds: dict[tuple[str, str], list[int]] = {}
    for at in full:
        kinds.setdefault((columns[at].unit, columns[at].currency), []).append(at)
    # over days the most lines of one unit; of members what the table says first, with what is alike
    (unit, currency), alike = max(kinds.items(), key=lambda kind: len(kind[1]) * days)
    shown = tuple(_of_one_size(alike, columns, rows)[: _MOST_SERIES if days else _MOST_BESIDE])
    decimals = max(columns[at].decimals for at in shown)
    return Graph("line" if days else "bar", shown, unit, currency, decimals, rows)


def _differ(values: Sequence[object]) -> bool:
    """Whether there is a number in every row, and something to see in them."""
    return all(isinstance(value, float) for value in values) and len(set(values)) > 1


def _is_p(column: Column, values: Sequence[object]) -> bool:
    """Whether these are probabilities of a test, which no bar makes clear."""
    return column.unit == "count" and column.decimals >= _OF_P and all(0 <= value <= 1 for value in values)  # type: ignore[operator]


def _of_one_size(
    places: Sequence[int], columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]
) -> list[int]:
    """The columns that one scale can show: beside hundreds of thousands a cost per click is no bar."""
    longest = {at: max(abs(float(columns[at].value(row))) for row in rows) for at in places}  # type: ignore[arg-type]
    return [at for at in places if longest[at] * _SIZES >= max(longest.values())]


def _without_total(rows: tuple[tuple[Cell, ...], ...]) -> tuple[tuple[Cell, ...], ...]:
    """The rows without a last one that adds up the others."""
    if len(rows) < 3:
        return rows
    for at in range(1, len(rows[0])):
        parts = [row[at].number for row in rows]
        if rows[-1][at].unit not in ("money", "count") or any(part is None for part in parts):
            continue
        *others, last = (part for part in parts if part is not None)
        if last and abs(sum(others) - last) <= 1e-6 * abs(last):
            return rows[:-1]
    return rows
