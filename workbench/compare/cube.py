"""The moment cube: counts, means and scatter of every measure by arm and dimension.

It is a few kilobytes for millions of units; every slice is analysed from it without touching a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.compare.measures import Measure
from workbench.errors import unknown

if TYPE_CHECKING:
    import numpy as np

ARM = "arm"


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of one measure by cell; cells are joined without loss of digits (Chan, Golub & LeVeque 1983).

    Attributes:
        n: (…) units that know every column of the measure.
        means: (…, columns) means; 0 without units.
        spread: (…, columns, columns) sums of products of deviations from the cell's own means.
        low, high: (…) smallest and largest value of the measured column; NaN where not fetched.
    """

    n: np.ndarray
    means: np.ndarray
    spread: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def regrouped(self, groups: np.ndarray, count: int) -> Moments:
        """Moments of cells that have the same group.

        Args:
            groups: (cells,) group of each cell.
            count: Number of groups.
        """
        import numpy as np

        def total(values: np.ndarray) -> np.ndarray:
            made = np.zeros((count, *values.shape[1:]))
            np.add.at(made, groups, values)
            return made

        n = total(self.n)
        centre = np.average(self.means, 0, self.n) if self.n.sum() else np.zeros(self.means.shape[-1])
        offset = total(self.n[:, None] * (self.means - centre))
        means = centre + offset / np.maximum(n, 1)[:, None]
        apart = self.means - means[groups]
        between = self.n[:, None, None] * apart[:, :, None] * apart[:, None, :]
        low, high = np.full(count, np.inf), np.full(count, -np.inf)
        np.fmin.at(low, groups, self.low)
        np.fmax.at(high, groups, self.high)
        return Moments(n, means, total(self.spread + between), low, high)

    def shaped(self, *shape: int) -> Moments:
        """The cells as an array of `shape`."""
        return Moments(*(part.reshape(*shape, *part.shape[1:]) for part in self._parts))

    def kept(self, cells: np.ndarray) -> Moments:
        """Some of the cells."""
        return Moments(*(part[cells] for part in self._parts))

    def narrowed(self, columns: Sequence[int]) -> Moments:
        """Only some of the columns."""
        few = list(columns)
        return replace(self, means=self.means[..., few], spread=self.spread[..., few, :][..., few])

    @property
    def covariances(self) -> np.ndarray:
        """(…, columns, columns) sample covariances (divided by n − 1); NaN under two units."""
        import numpy as np

        freedom = np.where(self.n > 1, self.n - 1, np.nan)
        return np.asarray(self.spread / freedom[..., None, None])

    @property
    def _parts(self) -> tuple[np.ndarray, ...]:
        return self.n, self.means, self.spread, self.low, self.high


@dataclass(frozen=True, eq=False)
class Dimension:
    """One key of the cells: its members in order, and the place of each cell's member.

    Attributes:
        members: Distinct values; None for missing.
        codes: (cells,) index into `members`.
    """

    members: tuple[Any, ...]
    codes: np.ndarray


@dataclass(frozen=True, eq=False)
class Cube:
    """Moments of every measure by arm and dimension.

    Attributes:
        dimensions: `arm` and what else the cells are broken down by.
        rows: (cells,) analysis units, those with missing values too.
        assigned: (cells,) units that were randomised: clusters where there are any.
        measures: In the order of the question.
        moments: Measure's name → its moments.
    """

    dimensions: Mapping[str, Dimension]
    rows: np.ndarray
    assigned: np.ndarray
    measures: tuple[Measure, ...]
    moments: Mapping[str, Moments]

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, sorted."""
        return self.dimensions[ARM].members

    @property
    def sizes(self) -> dict[str, int]:
        """Arm → randomised units."""
        import numpy as np

        counts = np.bincount(self.dimensions[ARM].codes, self.assigned, len(self.arms))
        return {arm: int(count) for arm, count in zip(self.arms, counts, strict=True)}

    def of_arms(self, arms: Sequence[str]) -> Cube:
        """The cells of some arms; the others are no longer known."""
        import numpy as np

        kept = self.where({ARM: list(arms)})
        old = kept.dimensions[ARM]
        members = tuple(arm for arm in old.members if arm in arms)
        place = np.array([members.index(arm) if arm in members else -1 for arm in old.members])
        return replace(kept, dimensions={**kept.dimensions, ARM: Dimension(members, place[old.codes])})

    def where(self, filters: Mapping[str, Any]) -> Cube:
        """The cells whose dimensions have one of the given values.

        Raises:
            QuestionError: for a dimension that the cube does not hold.
        """
        import numpy as np

        kept = np.ones(len(self.rows), bool)
        for name, wanted in filters.items():
            values = list(wanted) if isinstance(wanted, list | tuple | set | frozenset) else [wanted]
            dimension = self._dimension(name)
            codes = [at for at, member in enumerate(dimension.members) if member in values]
            kept &= np.isin(dimension.codes, codes)
        return self._kept(kept)

    def grouped(self, by: Sequence[str]) -> tuple[list[tuple[Any, ...]], np.ndarray]:
        """(members of each group, group of each cell); one group where there is no dimension."""
        import numpy as np

        found = [self._dimension(name) for name in by]
        if not found:
            return [()], np.zeros(len(self.rows), np.int64)
        sizes = [len(item.members) for item in found]
        flat = np.ravel_multi_index([item.codes for item in found], sizes) if len(self.rows) else self.rows
        present, codes = np.unique(flat, return_inverse=True)
        places = np.unravel_index(present.astype(np.int64), sizes)
        named = [[item.members[at] for at in place] for item, place in zip(found, places, strict=True)]
        groups = list(zip(*named, strict=True))
        return groups, codes

    def _dimension(self, name: str) -> Dimension:
        if name not in self.dimensions:
            raise unknown("dimension", name, self.dimensions, where="this comparison")
        return self.dimensions[name]

    def _kept(self, kept: np.ndarray) -> Cube:
        dimensions = {
            name: Dimension(item.members, item.codes[kept]) for name, item in self.dimensions.items()
        }
        moments = {measure: item.kept(kept) for measure, item in self.moments.items()}
        return replace(
            self,
            dimensions=dimensions,
            rows=self.rows[kept],
            assigned=self.assigned[kept],
            moments=moments,
        )
