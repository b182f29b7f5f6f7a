"""How much of a ratio comes from rows that know only one of its sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.catalogue import FACTS
from workbench.metrics.notes import Note
from workbench.metrics.question import Question, additive, of_money

if TYPE_CHECKING:
    import numpy as np

    from workbench.catalogue import Linear
    from workbench.metrics.money import Currency
    from workbench.metrics.sums import Grid

LEAST = 0.005
"""Share of a side under which there is nothing to say."""


def notes(question: Question, cells: Grid, currency: Currency) -> tuple[Note, ...]:
    """A note on the ratios that rows of unknown clicks (or cost, …) enter with their other side.

    Only delivery can be unknown in a row: no conversions reported with it may as well be none.
    """
    if cells.unknown is None:
        return ()
    found = []
    for metric in question.metrics:
        top, bottom = question.terms(metric)
        if bottom and additive(top, bottom):
            rows = cells.chosen(0, currency.only if of_money(top, bottom) else None)
            share = max(
                _share(question, cells, rows, top, bottom), _share(question, cells, rows, bottom, top)
            )
            found += [(metric, share)] if share >= LEAST else []
    return (Note.of("unknown_part", metrics=tuple(found)),) if found else ()


def _share(question: Question, cells: Grid, rows: np.ndarray, known: Linear, other: Linear) -> float:
    """The part of one side in rows that do not know the other, over the groups that have a ratio."""
    import numpy as np

    flags = question.flags()
    bits = sum(1 << flags.index(FACTS[fact]) for fact in other if FACTS[fact] in flags)
    sides = {fact: factor for fact, factor in known.items() if fact not in other}
    if not bits or not sides or cells.unknown is None:
        return 0.0
    blank = np.any([np.isnan(cells.facts[FACTS[fact]]) for fact in other], axis=0)
    answered = np.bincount(cells.group, rows & ~blank, minlength=len(cells.keys)) > 0
    rows = rows & answered[cells.group]
    amounts = [abs(factor) * np.abs(cells.facts[FACTS[fact]]) for fact, factor in sides.items()]
    size = np.nansum(amounts, axis=0)
    lacking = rows & ((cells.unknown & bits) > 0)
    whole = float(size[rows].sum())
    return float(size[lacking].sum()) / whole if whole else 0.0
