"""A table's columns as a spreadsheet wants them: one number a cell, intervals in columns of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.reports.formats.asked import Asked
from workbench.reports.formats.content import Cell, Table
from workbench.reports.formats.numbers import both, decimals

_NOTHING = ("", "–")
_ARROW = ("before", "after")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: Its heading.
        at: Which column of the page's table it comes from.
        part: `amount`, or an end of the interval: `low` or `high`; of `107 → 48.7` what stands `before` and
            `after` the arrow.
        unit, currency: Of its numbers; empty for words.
        decimals: Of its numbers on the page, the most of any row.
    """

    name: str
    at: int
    part: str = "amount"
    unit: str = ""
    currency: str = ""
    decimals: int = 0

    def value(self, row: Sequence[Cell]) -> float | dt.date | str | None:
        """What stands in a row: the number or day, else the words; None for nothing."""
        cell = row[self.at]
        if self.part in _ARROW:
            cell = (both(cell.text) or (cell, cell))[_ARROW.index(self.part)]
            return None if cell.text in _NOTHING else scaled(cell.amount, cell.unit)
        if self.part != "amount":
            bound: float | None = getattr(cell, self.part)
            return scaled(bound, cell.unit)
        if cell.amount is None:
            return None if cell.text in _NOTHING else cell.text
        return scaled(cell.amount, cell.unit)


def scaled(amount: float | dt.date | None, unit: str) -> float | dt.date | None:
    """The amount as its column shows it: a difference of rates counts percentage points."""
    return amount * 100 if unit == "points" and isinstance(amount, float) else amount


def columns(table: Table, asked: Asked) -> tuple[Column, ...]:
    """A table's columns, each behind it the ends of its intervals where it shows some."""
    found: list[Column] = []
    for at, head in enumerate(table.head):
        cells = [row[at] for row in table.rows]
        if pairs := _pairs(cells):
            found += [_side(asked, head, at, part, [pair[side] for pair in pairs])
                      for side, part in enumerate(_ARROW)]  # fmt: skip
            continue
        unit, currency = _common(cells)
        shown = max((decimals(cell.text) for cell in cells if cell.number), default=0)
        found.append(Column(head, at, "amount", unit, currency, shown))
        if any(cell.low is not None for cell in cells):
            found += [
                Column(asked.say(f"column_{part}", column=head), at, part, unit, currency, shown)
                for part in ("low", "high")
            ]
    return tuple(found)


def _pairs(cells: Sequence[Cell]) -> list[tuple[Cell, Cell]]:
    """What every cell says before and after its arrow; empty where a column has none, or other words."""
    told = [cell.text for cell in cells if cell.text not in _NOTHING]
    found = [both(words) for words in told]
    return [pair for pair in found if pair] if any("→" in words for words in told) and all(found) else []


def _side(asked: Asked, head: str, at: int, part: str, cells: Sequence[Cell]) -> Column:
    unit, currency = _common(cells)
    shown = max((decimals(cell.text) for cell in cells), default=0)
    return Column(asked.say(f"column_{part}", column=head), at, part, unit, currency, shown)


def _common(cells: Sequence[Cell]) -> tuple[str, str]:
    """The unit and the currency that all numbers share; empty where there is none."""
    units = {cell.unit for cell in cells if cell.amount is not None}
    currencies = {cell.currency for cell in cells if cell.amount is not None}
    return (units.pop() if len(units) == 1 else "", currencies.pop() if len(currencies) == 1 else "")
