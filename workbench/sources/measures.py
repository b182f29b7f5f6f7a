"""The figures of one file: which cells they are in, in which money unit and currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.sources.mapping import Layout, money_unit
from workbench.sources.profile import COUNTS
from workbench.sources.values import SIGNS, Measure
from workbench.sources.words import FACTOR, heading, terms

if TYPE_CHECKING:
    from workbench.sources.grid import Grid


def measures(layout: Layout, grid: Grid) -> tuple[Measure, ...]:
    """The numeric columns of a file: delivery facts, reach, and each goal's count and value."""
    cell = {header: f"c{index}" for index, header in reversed(list(enumerate(grid.headers)))}
    found: list[Measure] = []
    for name, header in layout.columns.items():
        if name in (*COUNTS, "reach"):
            found += _terms(Measure(name, header, "", "count", name), cell)
        elif name == "cost":
            found += _terms(_amount("cost", header, "cost", layout), cell)
    for index, goal in enumerate(layout.goals):
        if goal.count:
            found += _terms(Measure(f"count{index}", goal.count, "", "float", "conversions"), cell)
        if goal.value:
            found += _terms(_amount(f"value{index}", goal.value, "revenue", layout), cell)
    return tuple(found)


def _terms(whole: Measure, cell: Mapping[str, str]) -> list[Measure]:
    """The column itself, or the columns that it adds up."""
    if whole.header in cell:
        return [replace(whole, cell=cell[whole.header])]
    return [
        replace(whole, name=f"{whole.name}_{place}", header=header, cell=cell[header], sum=whole.name)
        for place, header in enumerate(terms(whole.header))
    ]


def _amount(name: str, header: str, fact: str, layout: Layout) -> Measure:
    unit = money_unit(header, layout.units.get(fact))
    return Measure(name, header, "", "money", fact, FACTOR[unit])


def currency_of(layout: Layout, signs: Sequence[str]) -> str:
    """The currency that headers, the profile or signs of money say; empty where nothing does."""
    stated = stated_currency(layout) or layout.variant.currency or layout.profile.currency
    meant = {SIGNS.get(sign, (sign,))[0] for sign in signs}
    return stated or (meant.pop() if len(meant) == 1 else "")


def stated_currency(layout: Layout) -> str:
    """The currency in the header of the spend or of a value."""
    return next((found for header in _money(layout) if (found := heading(header).currency)), "")


def stated_unit(layout: Layout) -> str:
    """The money unit in the header of the spend or of a value."""
    return next((found for header in _money(layout) if (found := heading(header).unit)), "")


def _money(layout: Layout) -> list[str]:
    headers = [layout.columns.get("cost"), *(goal.value for goal in layout.goals)]
    return [term for header in headers if header for term in terms(header)]
