"""Confidence intervals of ratios of sums, with days as clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

LEVEL = 0.95
FEWEST_DAYS = 8


@dataclass(frozen=True)
class Ratio:
    """Ratios of sums by group, all arrays of one value a group.

    Attributes:
        value: The ratio; NaN where the denominator is 0 or unknown.
        low, high: 95% interval; NaN where there is none.
        variance: Variance of the ratio; NaN where there is none.
        freedom: Degrees of freedom behind the variance.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    variance: np.ndarray
    freedom: np.ndarray


def quotient(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Quotients; NaN where the denominator is 0 or unknown."""
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom != 0, top / bottom, np.nan)


def change(now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Relative change (now − before) / |before|; NaN where before is 0 or unknown."""
    import numpy as np

    return quotient(now - before, np.abs(before))


def exact(value: np.ndarray) -> Ratio:
    """Values without an interval: sums, targets, reach; as a yardstick they have no variance."""
    import numpy as np

    none = np.full(len(value), np.nan)
    return Ratio(value, none, none, np.zeros(len(value)), np.full(len(value), np.inf))


def ratio(
    value: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    group: np.ndarray,
    counts: tuple[bool, bool] = (True, True),
) -> Ratio:
    """Jackknife interval."""
    import numpy as np
    from scipy.special import stdtrit

    size = len(value)
    n = np.bincount(group, minlength=size).astype(float)
    whole = np.bincount(group, bottom, minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = bottom / whole[group]
        error = (top - np.where(np.isfinite(value), value, 0)[group] * bottom) / whole[group] / (1 - share)
        variance = np.bincount(group, error**2, minlength=size) * (n - 1) / n
    variance[(n < FEWEST_DAYS) | ~np.isfinite(variance) | ~np.isfinite(value)] = np.nan
    half = stdtrit(np.maximum(n - 1, 1), 0.5 + LEVEL / 2) * np.sqrt(variance)
    return Ratio(value, value - half, value + half, variance, n - 1)


def difference(now: Ratio, before: Ratio) -> dict[str, np.ndarray]:
    """Difference of two independent ratios: `diff`, `diff_low`, `diff_high`, `diff_p` (Welch)."""
    import numpy as np
    from scipy.special import stdtr, stdtrit

    with np.errstate(divide="ignore", invalid="ignore"):
        diff = now.value - before.value
        variance = now.variance + before.variance
        freedom = variance**2 / (now.variance**2 / now.freedom + before.variance**2 / before.freedom)
        error = np.sqrt(variance)
        variance[variance == 0] = np.nan
        half = stdtrit(freedom, 0.5 + LEVEL / 2) * error
        p = 2 * stdtr(freedom, -np.abs(diff) / error)
    return {"diff": diff, "diff_low": diff - half, "diff_high": diff + half, "diff_p": p}
