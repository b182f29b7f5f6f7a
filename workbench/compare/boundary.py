"""An arm in which nothing happened: its true rate is not known to be 0, only to be small.

With no event in an exposure D, rates up to −ln(tail)/D are not refuted: at 95% about 3.7 events, the
two-sided rule of three (Hanley & Lippman-Hand 1983, "If nothing goes wrong, is everything all right?"). The
variance that is taken for such an arm puts the end of its interval exactly there. How much one event is worth
is read off the other arm: its sum of squares over its sum, 1 for shares and the typical amount of a buyer for
amounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.compare.cube import Moments
from workbench.compare.estimates import Estimates
from workbench.compare.measures import Measure

if TYPE_CHECKING:
    import numpy as np

NOTHING = 1e-9
"""Share of the other arms' mean that is no more than what sums around a centre leave of a 0."""


def effective(value: np.ndarray, variance: np.ndarray, n: np.ndarray) -> np.ndarray:
    """(Σx)² / Σx²: as many equal events would scatter as much; the number of events of a share.

    Args:
        value, variance: Mean or ratio of values that are 0 or more, and the variance of that estimate.
        n: Units behind it.
    """
    import numpy as np

    with np.errstate(all="ignore"):
        return np.asarray(np.nan_to_num(value**2 / (variance + value**2 / n)))


@dataclass(frozen=True, eq=False)
class Unseen:
    """Arms without an event, beside arms that tell what one is worth.

    Attributes:
        empty: (segments, arms) nothing happened there.
        exposure: (segments, arms) units, or what the ratio divides by.
        worth: (segments, arms) what one event adds to the arm's sum; NaN where nothing happened.
    """

    empty: np.ndarray
    exposure: np.ndarray
    worth: np.ndarray

    def variance(self, arm: int, other: int, width: np.ndarray) -> np.ndarray:
        """Variance that puts the end of an empty arm's interval at the rate that is just not refuted; else 0.

        Args:
            arm, other: The arm, and the one that tells what an event is worth.
            width: Half width of the interval in standard errors.
        """
        import numpy as np
        from scipy.special import log_ndtr

        with np.errstate(all="ignore"):
            most = -log_ndtr(-width) * self.worth[:, other] / self.exposure[:, arm]
            known = self.empty[:, arm] & (most > 0)
            return np.asarray(np.where(known, (most / width) ** 2, 0.0))


def unseen(measure: Measure, cells: Moments, found: Estimates) -> Unseen | None:
    """Which arms saw no event; None where none did, or where that cannot be said.

    Strata and covariates move the estimates of an arm apart from its own values, and values below 0 are no
    count of anything.

    Args:
        measure: Mean or ratio.
        cells: Moments as (segments, strata, arms).
        found: Its estimates.
    """
    import numpy as np

    if measure.covariates or cells.n.shape[1] > 1:
        return None
    n, top = cells.n[:, 0], measure.columns.index(measure.term[0])
    mean, spread = cells.means[:, 0, :, top], cells.spread[:, 0, :, top, top]
    least = NOTHING * np.abs(mean).max(axis=1, keepdims=True)
    empty = (n > 0) & (np.abs(mean) <= least) & (spread <= n * least * np.abs(mean).max())
    if not empty.any() or (np.nan_to_num(cells.low) < 0).any():
        return None
    exposure = n
    if measure.term[1] is not None:
        exposure = n * cells.means[:, 0, :, measure.columns.index(measure.term[1])]
    with np.errstate(all="ignore"):
        events = effective(found.value, found.own, found.n)
        worth = np.where(events > 0, found.value * exposure / events, np.nan)
    return Unseen(empty, exposure, worth)
