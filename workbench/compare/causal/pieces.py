"""Differences between treated and untreated units of linear functions of their outcomes, with their error.

An estimate is a weighted sum of pieces; a piece compares the mean of Σ_t c_t·Y_it over a group of treated
units with that over units which are not treated meanwhile. One cohort with one control group is the ordinary
difference in differences; a piece a cohort is the group-time estimate of Callaway & Sant'Anna (2021), which
never takes treated units as controls. Units are the clusters: with the correction CR2 the error of one cohort
is Welch's (Bell & McCaffrey 2002; Imbens & Kolesár 2016), with CR1 that of a two-way regression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, eq=False)
class Piece:
    """One comparison.

    Attributes:
        treated, control: Which units take part, shape (units,).
        coefficients: c_t, shape (times,).
        weight: Its share of the estimate.
    """

    treated: np.ndarray
    control: np.ndarray
    coefficients: np.ndarray
    weight: float


@dataclass(frozen=True, eq=False)
class Difference:
    """An estimate with its error.

    Attributes:
        value: The estimate.
        error: Standard error (CR2).
        freedom: Degrees of freedom (Satterthwaite).
        influence: What each unit adds to the variance is its square, shape (units,).
        lent: Variance of cohorts of one unit, lent by the controls; 0 where every cohort has two.
    """

    value: float
    error: float
    freedom: float
    influence: np.ndarray
    lent: float

    def limits(self, level: float = 0.95) -> tuple[float, float]:
        """Ends of the interval."""
        from scipy.special import stdtrit

        reach = float(stdtrit(self.freedom, 0.5 + level / 2)) * self.error
        return self.value - reach, self.value + reach

    @property
    def p(self) -> float:
        """Two-sided p-value of no difference."""
        from scipy.special import stdtr

        if not self.error > 0:
            return float("nan")
        return float(2 * stdtr(self.freedom, -abs(self.value / self.error)))


def difference(outcome: np.ndarray, pieces: Sequence[Piece]) -> Difference:
    """Add up pieces.

    Args:
        outcome: Shape (units, times).
        pieces: At least one, each with treated units and two controls or more.
    """
    import numpy as np

    value, lent = 0.0, 0.0
    treated, control = np.zeros((2, len(outcome)))
    parts: list[tuple[float, float]] = []
    for piece in pieces:
        change = outcome @ piece.coefficients
        one, two = change[piece.treated], change[piece.control]
        value += piece.weight * (one.mean() - two.mean())
        control[piece.control] -= piece.weight * _share(two)
        if len(one) > 1:
            own = piece.weight * _share(one)
            treated[piece.treated] += own
            parts.append((float((own**2).sum()), len(one) - 1))
        else:
            lent += piece.weight**2 * float(two.var(ddof=1))
    used = int((control != 0).sum())
    parts += [(float((control**2).sum()), max(used - 1, 1)), (lent, max(used - 1, 1))]
    influence = treated + control
    variance = float((influence**2).sum()) + lent
    freedom = variance**2 / max(sum(part**2 / free for part, free in parts), 1e-300)
    return Difference(float(value), variance**0.5, max(freedom, 1.0), influence, lent)


def _share(values: np.ndarray) -> np.ndarray:
    """What each unit adds to the error of the group's mean (CR2)."""
    import numpy as np

    size = len(values)
    share: np.ndarray = (values - values.mean()) / np.sqrt(size * (size - 1))
    return share
