"""Order statistics of many values: a small sample says where they lie, and only values near there are sorted.

The bracket of Floyd & Rivest (1975), "Expected time bounds for selection". It never decides the result: where
a wanted rank lies outside of it, all values are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Batches = Sequence[tuple[np.ndarray, np.ndarray]]

FEWEST = 100_000
"""Under so many values sorting all of them is as quick."""

SAMPLED = 1 << 16
"""Values that place the bracket."""

ERRORS = 6.0
"""Half width of the bracket in standard errors of a sample's rank."""

PIECE = 1 << 17
"""Rows that are looked at together: as many as stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Known values of one arm and group.

    Attributes:
        values: One a unit; of a narrowed sample only those inside of the bracket.
        cluster: Number of each unit's cluster; None where every unit was randomised by itself.
        below, above: Values that were left out on either side.
        whole: Gives all values of a narrowed sample.
    """

    values: np.ndarray
    cluster: np.ndarray | None = None
    below: int = 0
    above: int = 0
    whole: Callable[[], np.ndarray] | None = None

    @property
    def n(self) -> int:
        """Known values."""
        return self.below + len(self.values) + self.above

    @property
    def clusters(self) -> int:
        """Randomised units."""
        import numpy as np

        return self.n if self.cluster is None else len(np.unique(self.cluster))

    def ranked(self, wanted: Sequence[int]) -> dict[int, float]:
        """Rank (from 0) → the value that has it."""
        import numpy as np

        values, below = self.values, self.below
        if self.whole and not below <= min(wanted) <= max(wanted) < below + len(values):
            values, below = self.whole(), 0
        part = np.partition(values, [rank - below for rank in wanted])
        return {rank: float(part[rank - below]) for rank in wanted}


def batches(table: Any, values: str, arm: str) -> Batches:
    """Values and arms of an Arrow table in pieces, without a copy where nothing is missing."""
    import numpy as np

    pieces = []
    for batch in table.to_batches(max_chunksize=PIECE):
        columns = (batch.column(name).to_numpy(zero_copy_only=False) for name in (values, arm))
        pieces.append((np.asarray(next(columns), float), next(columns)))
    return pieces


def narrowed(pieces: Batches, arms: int, q: float) -> list[Sample]:
    """The samples of all arms, each with the values around its quantile alone.

    Args:
        pieces: Values, missing ones as NaN, and numbers of arms.
        arms: How many arms there are.
        q: Which quantile.
    """
    import numpy as np

    low, high = _bracket(pieces, arms, q)
    below, rows = np.zeros((2, arms), int)
    near, owner = [], []
    for values, arm in pieces:
        under = values < low
        at = np.flatnonzero(~(under | (values > high)))  # missing values are on neither side
        near.append(values[at])
        owner.append(arm[at])
        own = [arm == place for place in range(arms)]
        below += [np.count_nonzero(mine & under) for mine in own]
        rows += [np.count_nonzero(mine) for mine in own]
    kept, whose = np.concatenate(near), np.concatenate(owner)
    known = ~np.isnan(kept)
    found = []
    for place in range(arms):
        mine = whose == place
        inside = kept[mine & known]
        above = int(rows[place] - below[place] - np.count_nonzero(mine))
        found.append(Sample(inside, None, int(below[place]), above, partial(of_arm, pieces, place)))
    return found


def of_arm(pieces: Batches, place: int) -> np.ndarray:
    """All known values of one arm."""
    import numpy as np

    every = np.concatenate([values[arm == place] for values, arm in pieces] or [np.zeros(0)])
    return np.asarray(every[~np.isnan(every)])


def _bracket(pieces: Batches, arms: int, q: float) -> tuple[float, float]:
    """Where the quantiles of all arms lie, by every k-th row."""
    import numpy as np

    step = max(1, sum(len(values) for values, _ in pieces) // SAMPLED)
    few = [(values[::step], arm[::step]) for values, arm in pieces]
    ends = []
    for place in range(arms):
        values = np.sort(of_arm(few, place))
        if not len(values):
            return -np.inf, np.inf
        middle, reach = q * len(values), ERRORS * (q * (1 - q) * len(values)) ** 0.5 + 2
        low, high = int(np.floor(middle - reach)), int(np.ceil(middle + reach))
        ends.append((values[low] if low >= 0 else -np.inf, values[high] if high < len(values) else np.inf))
    return min(low for low, _ in ends), max(high for _, high in ends)
