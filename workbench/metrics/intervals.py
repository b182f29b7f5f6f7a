"""Confidence intervals of ratios of sums, with days as clusters.

A ratio N/D of day sums is linearised: with g = N_d/N and h = D_d/D the parts of day d,
var(log N/D) ≈ (n−1)/n · Σ (g−h)² / ((1−g)(1−h)), the delete-a-day jackknife to first order.
It treats both sides alike, so an interval of cost per conversion is that of conversions per cost,
and the log scale keeps it positive. It was chosen by simulated coverage over eleven others; the
table is in `docs/decisions/2026-11-22-ratio-intervals.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

LEVEL = 0.95
FEWEST_DAYS = 8
"""Under this many days with data a variance between days says too little."""

ENOUGH = 10
"""Counts a group needs to tell how much its days scatter more than chance."""


@dataclass(frozen=True)
class Ratio:
    """Ratios of sums by group; every array has one value a group.

    Attributes:
        value: The ratio; NaN where the denominator is 0 or unknown.
        error: Standard error: of the logarithm where `log`, else of the value; NaN where there is
            none, 0 for a value that is exact.
        log: Whether the interval is symmetric in the logarithm.
        freedom: Degrees of freedom: days with data, less one.
        shift: Constant that the ratio carries, such as −1 of revenue / cost − 1.
        bound: Upper end of the interval of a count of 0; NaN elsewhere.
    """

    value: np.ndarray
    error: np.ndarray
    log: np.ndarray
    freedom: np.ndarray
    shift: float
    bound: np.ndarray

    @property
    def few(self) -> np.ndarray:
        """Where a ratio has too few days for an interval."""
        import numpy as np

        few: np.ndarray = np.isfinite(self.value) & (self.freedom < FEWEST_DAYS - 1)
        return few

    def limits(self, freedom: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the 95% interval, with other degrees of freedom where given."""
        import numpy as np
        from scipy.special import stdtrit

        reach = stdtrit(np.maximum(self.freedom if freedom is None else freedom, 1), 0.5 + LEVEL / 2)
        reach = reach * self.error
        core = self.value - self.shift
        with np.errstate(over="ignore", invalid="ignore"):
            low = np.where(self.log, self.shift + core * np.exp(-reach), self.value - reach)
            high = np.where(self.log, self.shift + core * np.exp(reach), self.value + reach)
        none = ~np.isnan(self.bound)
        return np.where(none, self.value, low), np.where(none, self.bound, high)


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
    """Values that no days scatter: sums, targets, reach."""
    import numpy as np

    none = np.full(len(value), np.nan)
    plain = np.zeros(len(value), bool)
    return Ratio(value, np.zeros(len(value)), plain, np.full(len(value), np.inf), 0.0, none)


def ratio(
    value: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    group: np.ndarray,
    shift: float = 0.0,
    unit: float = 0.0,
) -> Ratio:
    """The variance of ratios of day sums.

    Args:
        value: The ratios by group, `shift` included.
        top: Numerator of each day without what `shift` stands for.
        bottom: Denominator of each day.
        group: Group of each day.
        shift: Constant part of the ratio.
        unit: What one more event adds to a numerator that counts events; 0 when it is an amount.
    """
    import numpy as np

    size = len(value)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        above, below = (np.bincount(group, side, minlength=size).astype(float) for side in (top, bottom))
        g, h = top / above[group], bottom / below[group]
        days = np.bincount(group, (top != 0) | (bottom != 0), minlength=size)
        log = _no(~((g >= 0) & (g <= 1) & (h >= 0) & (h <= 1)), group, size) & (above / below > 0)
        both = _jackknife((g - h) ** 2 / ((1 - g) * (1 - h)), group, days)
        rest = (top - (value - shift)[group] * bottom) / below[group] / (1 - h)
        error = np.where(log, both, _jackknife(rest**2, group, days))
        bound = _zero_bound(above, below, both, unit) + shift
    enough = (days >= FEWEST_DAYS) & np.isfinite(value)
    error[~enough | ~np.isfinite(error) | (above == 0)] = np.nan
    return Ratio(value, error, log, days - 1.0, shift, np.where(enough, bound, np.nan))


def difference(now: Ratio, before: Ratio) -> dict[str, np.ndarray]:
    """Difference of two independent ratios, with its 95% interval and p-value.

    The interval joins those of both (Zou & Donner 2008, MOVER), the p-value is Welch's test of the
    logarithms; both take the degrees of freedom of Satterthwaite. Sums have neither here: see `totals`.

    Returns:
        `diff`, `diff_low`, `diff_high`, `diff_p` by group.
    """
    import numpy as np
    from scipy.special import stdtr

    with np.errstate(all="ignore"):
        diff = now.value - before.value
        z, freedom = _welch(now, before)
        (low, high), (low_before, high_before) = now.limits(freedom), before.limits(freedom)
        below = np.hypot(now.value - low, high_before - before.value)
        above = np.hypot(high - now.value, before.value - low_before)
        p = np.where(np.isnan(now.bound), 2 * stdtr(freedom, -np.abs(z)), _zero_p(now, before))
        p = np.where(np.isnan(before.bound), p, _zero_p(before, now))
    known = (now.error != 0) | (before.error != 0)
    ends = {"diff_low": diff - below, "diff_high": diff + above, "diff_p": p}
    return {"diff": diff} | {name: np.where(known, values, np.nan) for name, values in ends.items()}


def _jackknife(squares: np.ndarray, group: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Standard error from the squared influence of each day."""
    import numpy as np

    total = np.bincount(group, squares, minlength=len(days))
    error: np.ndarray = np.sqrt(total * (days - 1) / days)
    return error


def _no(flag: np.ndarray, group: np.ndarray, size: int) -> np.ndarray:
    """Groups in which no day has the flag."""
    import numpy as np

    none: np.ndarray = np.bincount(group, flag, minlength=size) == 0
    return none


def _zero_bound(above: np.ndarray, below: np.ndarray, error: np.ndarray, unit: float) -> np.ndarray:
    """Upper 97.5% bound of a count of 0 over `below`: −log(0.025) events, times their overdispersion.

    A group of zeros cannot tell its own scatter; that of the groups beside it stands in (median,
    at least Poisson's).
    """
    import numpy as np

    if not unit:
        return np.full(len(above), np.nan)
    events = above / unit
    scatter = (error**2 * events)[(events >= ENOUGH) & np.isfinite(error)]
    excess = max(1.0, float(np.median(scatter))) if len(scatter) else 1.0
    return np.where((above == 0) & (below > 0), _zero_events() * excess * unit / below, np.nan)


def _zero_events() -> float:
    """Mean of a Poisson count that is 0 with the probability of one tail."""
    import math

    return -math.log((1 - LEVEL) / 2)


def _welch(now: Ratio, before: Ratio) -> tuple[np.ndarray, np.ndarray]:
    """The statistic, on the log scale where both sides have it, and its degrees of freedom."""
    import numpy as np

    core, core_before = now.value - now.shift, before.value - before.shift
    log = now.log & before.log
    gap = np.where(log, np.log(core / core_before), now.value - before.value)
    one = now.error * np.where(now.log & ~log, core, 1.0)
    two = before.error * np.where(before.log & ~log, core_before, 1.0)
    variance = one**2 + two**2
    freedom = variance**2 / (one**4 / now.freedom + two**4 / before.freedom)
    freedom = np.where(np.isnan(freedom), np.fmin(now.freedom, before.freedom), freedom)
    return gap / np.sqrt(variance), freedom


def _zero_p(none: Ratio, some: Ratio) -> np.ndarray:
    """Two-sided p of no event against a rate known from 1/error² effective events (negative binomial)."""
    import numpy as np

    events = 1 / some.error**2
    expected = (some.value - some.shift) * _zero_events() / (none.bound - none.shift)
    p: np.ndarray = np.minimum(1.0, 2 * (1 + expected / events) ** -events)
    return p
