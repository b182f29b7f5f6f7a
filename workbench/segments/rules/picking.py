"""What is chosen on the RFM map as a rule: named segments, and cells of recency × frequency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from workbench.arguments import right_kinds
from workbench.errors import QuestionError, unknown
from workbench.segments.cells import SEGMENTS
from workbench.segments.rules.nodes import All, Either, In, Node, Test
from workbench.segments.rules.operands import Behaviour, Condition, Field, Rfm

SCORES = range(1, 6)


def cell_name(r: int, f: int) -> str:
    """The name of a cell, such as `r5f4`."""
    return f"r{r}f{f}"


CELLS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {cell_name(r, f): (r, f) for f in SCORES for r in SCORES}
)
"""Name of a cell → its scores of recency and frequency."""

PICKS = (*SEGMENTS, *CELLS)
"""Everything that can be chosen."""


def checked(picks: Iterable[str]) -> tuple[str, ...]:
    """Picks, each once, in their fixed order.

    Raises:
        QuestionError: for what is neither a segment nor a cell.
    """
    given = set(picks)
    for pick in sorted(given - set(PICKS)):
        raise unknown("RFM segment or cell", pick, PICKS)
    return tuple(pick for pick in PICKS if pick in given)


@right_kinds
def picked(picks: Iterable[str], currency: str = "") -> Node:
    """The tree of whoever is in one of the segments or cells.

    Neighbouring scores of frequency at one score of recency become one range.

    Args:
        picks: Names of segments and cells.
        currency: ISO 4217 code of the amounts; needed where a store has several.

    Raises:
        QuestionError: for nothing, or for what is neither a segment nor a cell.
    """
    chosen = checked(picks)
    if not chosen:
        raise QuestionError("Nothing is chosen on the map.", "Choose a segment or a cell first.")
    named = tuple(pick for pick in chosen if pick in SEGMENTS)
    parts = [_is_one(Rfm("segment", currency=currency), named)] if named else []
    parts += [_column(r, low, high, currency) for r, low, high in _runs(chosen)]
    return parts[0] if len(parts) == 1 else Either(tuple(parts))


def all_in(ids: Iterable[str]) -> Node:
    """The tree of whoever is in every one of some saved segments.

    Raises:
        QuestionError: for none.
    """
    parts = tuple(In(id) for id in dict.fromkeys(ids))
    if not parts:
        raise QuestionError("No segment is chosen.", "Choose a square of the overlap.")
    return parts[0] if len(parts) == 1 else All(parts)


def one_of(segment: str, thresholds: Mapping[str, Sequence[float]], currency: str = "") -> Node:
    """The tree of whoever is in an RFM segment by given thresholds.

    Raises:
        QuestionError: for another segment.
    """
    if segment not in SEGMENTS:
        raise unknown("RFM segment", segment, SEGMENTS)
    edges = tuple(sorted((name, tuple(map(float, found))) for name, found in thresholds.items()))
    return Test(Rfm("segment", edges, currency), "==", segment)


REACTED_BY = ("method", "marketer", "kind", "region")
"""What a bar of reactions may be about for a rule to say who reacted."""


def reacted(by: str, member: str, since: dt.date, as_of: dt.date) -> Node:
    """The tree of whoever reacted well to a promotion since a day.

    Args:
        by: What the member is, one of `REACTED_BY`.
        member: Such as `email`.
        since: First day.
        as_of: Last day that counts.

    Raises:
        QuestionError: for another dimension.
    """
    if by not in REACTED_BY:
        raise unknown("dimension", by, REACTED_BY)
    told = {"kind": "marketing", "reaction": "positive", "direction": "outbound"}
    own = {by: member} if by != "region" else {}
    where = tuple(Condition(name, "==", value) for name, value in sorted((told | own).items()))
    liked = Test(Behaviour("interactions", "count", "", (as_of - since).days + 1, where), ">=", 1)
    return All((liked, Test(Field("region"), "==", member))) if by == "region" else liked


def between(first: str, last: str) -> tuple[str, ...]:
    """The cells of the rectangle that two cells span.

    Raises:
        QuestionError: for what is no cell.
    """
    for name in (first, last):
        if name not in CELLS:
            raise unknown("RFM cell", name, CELLS)
    (r, f), (s, g) = CELLS[first], CELLS[last]
    return tuple(
        name for name, (a, b) in CELLS.items() if min(r, s) <= a <= max(r, s) and min(f, g) <= b <= max(f, g)
    )


def toggled(picks: Iterable[str], pick: str) -> tuple[str, ...]:
    """Picks with one more, or without one that was among them."""
    kept = set(picks)
    return checked(kept ^ {pick})


def _runs(chosen: Iterable[str]) -> list[tuple[int, int, int]]:
    """(recency, lowest, highest frequency) of cells that lie next to one another."""
    cells = {CELLS[pick] for pick in chosen if pick in CELLS}
    runs = []
    for r in reversed(SCORES):
        for f in SCORES:
            if (r, f) in cells and (r, f - 1) not in cells:
                high = next(top for top in range(f, 6) if (r, top + 1) not in cells)
                runs.append((r, f, high))
    return runs


def _column(r: int, low: int, high: int, currency: str) -> Node:
    of = Rfm("f", currency=currency)
    f = Test(of, "==", low) if low == high else Test(of, "between", (low, high))
    return All((Test(Rfm("r", currency=currency), "==", r), f))


def _is_one(of: Rfm, names: tuple[str, ...]) -> Node:
    return Test(of, "==", names[0]) if len(names) == 1 else Test(of, "in", names)
