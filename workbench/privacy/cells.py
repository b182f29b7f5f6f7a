"""Small-cell suppression of tables made from persons, with what protects each cell from subtraction.

A cell under the limits is hidden, and with it the corners of a hypercube of other cells: along it values
can move up and down without changing any row, column or other total, so nobody can work a hidden cell
out. Where no such cube of published cells exists, totals are withheld. The hypercube method: Repsilber
(1994); Giessing and Repsilber, in Domingo-Ferrer (ed.), Inference Control in Statistical Databases (2002).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import compress, product
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown

if TYPE_CHECKING:
    import pandas as pd

TOTAL = "(total)"
"""How the sum over a dimension is named in `Suppressed.withheld`."""
SUPPRESSED = "suppressed"
MAX_DIMENSIONS = 4


@dataclass(frozen=True)
class Suppressed:
    """A table that may leave.

    Attributes:
        table: The rows as they came, with `suppressed`; hidden cells have no people and no values.
        withheld: Totals that must not be published beside it: dimension → value or `TOTAL`.
        small: How many cells were under a limit; the other hidden ones protect them.
        limits: People and outcomes that a published cell has at least.
    """

    table: pd.DataFrame
    withheld: tuple[Mapping[str, Any], ...] = ()
    small: int = 0
    limits: Mapping[str, int] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """The table as records, with what was withheld."""
        return {
            "table": self.table.to_dict("records"),
            "withheld": [dict(total) for total in self.withheld],
            "limits": dict(self.limits),
        }

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, na_rep="–"))


def suppress(
    frame: pd.DataFrame,
    by: str | Sequence[str],
    people: str,
    values: Sequence[str] = (),
    least_people: int = 50,
    least_outcomes: int = 10,
    *,
    outcomes: Sequence[str] | None = None,
    rates: Sequence[str] = (),
    hide: Collection[int] = (),
) -> Suppressed:
    """Hide the cells of a table that say too much about few persons, and those that would give them away.

    Only for values derived from persons: delivery totals and hour maps are none, and other columns stay.
    All totals of the table over any of its dimensions are taken to be known, except those in `withheld`.

    Args:
        frame: One row a cell.
        by: Dimensions, at most 4; each combination stands once.
        people: Column with the number of persons in a cell.
        values: Columns with sums over these persons, not negative.
        least_people: Persons that a published cell has at least.
        least_outcomes: Outcomes that a published cell has at least.
        outcomes: Those of `values` that count outcomes; None: the ones of whole numbers.
        rates: Columns made of them, hidden together with them.
        hide: Positions of rows to hide in any case, from a difference check.

    Returns:
        The table, and the totals that may not be published with it.

    Raises:
        QuestionError: for missing columns, a cell that stands twice, or negative or unknown numbers.
    """
    names = [by] if isinstance(by, str) else list(by)
    _check(frame, names, people, values, rates)
    counts = [name for name in values if _is_count(frame[name])] if outcomes is None else list(outcomes)
    cube = _Cube(frame, names, [people, *values], hide)
    least = {people: least_people, **dict.fromkeys(counts, least_outcomes)}
    small = cube.small(least)
    hidden = _protected(cube, small, least)
    rows = cube.rows(hidden)
    table = frame.copy()
    for name in (people, *values, *rates):
        table[name] = table[name].where(~rows)
    table[SUPPRESSED] = rows
    limits = {"people": least_people, "outcomes": least_outcomes}
    return Suppressed(table, cube.totals(hidden), int(cube.rows(small).sum()), limits)


class _Cube:
    """A table with all its totals: one array a column, one position more a dimension for the sum."""

    def __init__(
        self, frame: pd.DataFrame, by: Sequence[str], columns: Sequence[str], hide: Collection[int]
    ) -> None:
        import pandas as pd

        coded = [pd.factorize(frame[name], use_na_sentinel=False) for name in by]
        self.by = by
        self.codes = tuple(codes for codes, _ in coded)
        self.members = [list(members) for _, members in coded]
        shape = tuple(len(members) + 1 for members in self.members)
        self.there = np.zeros(shape, bool)
        self.asked = np.zeros(shape, bool)
        self.there[self.codes] = True
        chosen = np.array(sorted(hide), np.int64)
        self.asked[tuple(codes[chosen] for codes in self.codes)] = True
        self.sums = {name: self._with_totals(frame[name].to_numpy(float)) for name in columns}
        self.people = self.sums[columns[0]]
        for axis in range(len(shape)):
            total = [slice(None)] * len(shape)
            total[axis] = slice(-1, None)
            self.there[tuple(total)] = self.there.any(axis=axis, keepdims=True)

    def _with_totals(self, values: np.ndarray) -> np.ndarray:
        cells = np.zeros(self.there.shape)
        cells[self.codes] = np.nan_to_num(values)
        for axis in range(cells.ndim):
            total = [slice(None)] * cells.ndim
            total[axis] = slice(-1, None)
            cells[tuple(total)] = cells.sum(axis=axis, keepdims=True)
        return cells

    def small(self, limits: Mapping[str, int]) -> np.ndarray:
        """Cells and totals under a limit, and those that are hidden in any case."""
        under = np.zeros(self.there.shape, bool)
        for name, least in limits.items():
            under |= self.sums[name] < least
        return (under & self.there) | self.asked

    def strong(self, limits: Mapping[str, int]) -> np.ndarray:
        """Cells that could lose a publishable number of people and outcomes, and some of every value."""
        enough = self.there.copy()
        for name, sums in self.sums.items():
            nothing = sums[(-1,) * sums.ndim] == 0
            enough &= ((sums >= limits.get(name, 0)) & (sums > 0)) | nothing
        return enough

    def rows(self, cells: np.ndarray) -> np.ndarray:
        """Whether each row of the frame is one of some cells."""
        found: np.ndarray = cells[self.codes]
        return found

    def totals(self, hidden: np.ndarray) -> tuple[dict[str, Any], ...]:
        """Names of hidden totals."""
        ends = np.array(hidden.shape) - 1
        return tuple(
            {
                name: (*members, TOTAL)[at]
                for name, members, at in zip(self.by, self.members, place, strict=True)
            }
            for place in np.argwhere(hidden)
            if (place == ends).any()
        )


def _protected(cube: _Cube, small: np.ndarray, limits: Mapping[str, int]) -> np.ndarray:
    """The small cells, and with each the cheapest cube that hides it."""
    hidden = small.copy()
    strong = cube.strong(limits)
    for place in sorted(map(tuple, np.argwhere(small)), key=lambda place: -cube.people[place]):
        for corner in _cheapest(cube, place, hidden, strong):
            hidden[corner] = True
    return hidden


def _cheapest(
    cube: _Cube, place: tuple[int, ...], hidden: np.ndarray, strong: np.ndarray
) -> Iterator[tuple[int, ...]]:
    """Corners of the hypercube around a cell that hides the fewest totals, then the fewest people."""
    shape = cube.there.shape
    ends = np.array(shape) - 1
    partners = [[at for at in range(size) if at != here] for size, here in zip(shape, place, strict=True)]
    grid = np.ix_(*partners)
    against = [
        (other != end) & (here != end) for other, here, end in zip(grid, place, ends, strict=True)
    ]  # two members move against each other, a member and the total move together
    cost = np.zeros(tuple(map(len, partners)))
    dear = cube.people[tuple(ends)] + 1
    for moved in product((False, True), repeat=len(shape)):
        at = tuple(
            other if use else np.full_like(other, here)
            for use, other, here in zip(moved, grid, place, strict=True)
        )
        odd = reduce(np.logical_xor, compress(against, moved), np.False_)
        is_total = reduce(np.logical_or, (corner == end for corner, end in zip(at, ends, strict=True)))
        extra = ~hidden[at] * (cube.people[at] + dear * is_total)
        cost = cost + np.where(cube.there[at] & (~odd | strong[at]), extra, np.inf)
    best = np.unravel_index(int(np.argmin(cost)), cost.shape)
    chosen = [partner[at] for partner, at in zip(partners, best, strict=True)]
    yield from product(*zip(place, chosen, strict=True))


def _is_count(column: pd.Series) -> bool:
    known = column.dropna()
    return bool((known == known.round()).all())


def _check(
    frame: pd.DataFrame, by: Sequence[str], people: str, values: Sequence[str], rates: Sequence[str]
) -> None:
    for name in (*by, people, *values, *rates):
        if name not in frame.columns:
            raise unknown("column", name, map(str, frame.columns))
    if not 0 < len(by) <= MAX_DIMENSIONS:
        raise QuestionError(f"by has {len(by)} dimensions.", f"Give 1 to {MAX_DIMENSIONS}.")
    if frame.duplicated(list(by)).any():
        raise QuestionError("A cell stands twice in the table.", f"Sum it first: groupby({list(by)}).sum().")
    numbers = frame[[people, *values]]
    if numbers[[people]].isna().any(axis=None) or (numbers < 0).any(axis=None):
        raise QuestionError("A number of people is unknown, or a value is negative.", "Fill or correct it.")
