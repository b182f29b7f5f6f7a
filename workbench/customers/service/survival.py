"""Waiting times with some still waiting: Kaplan–Meier quantiles with intervals, and the log-rank test.

Sources: Kaplan & Meier (1958); Brookmeyer & Crowley (1982), "A confidence interval for the median survival
time", on the scale log(−log); Mantel (1966), the log-rank test.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, eq=False)
class Waits:
    """Waiting times, equal ones counted once.

    Attributes:
        time: Seconds, ascending, each once.
        ended: Waits that ended then.
        censored: Waits that were still going on after so long.
    """

    time: np.ndarray
    ended: np.ndarray
    censored: np.ndarray

    @property
    def n(self) -> int:
        """All waits."""
        return int(self.ended.sum() + self.censored.sum())

    @property
    def open(self) -> int:
        """Waits that had not ended."""
        return int(self.censored.sum())


@dataclass(frozen=True)
class Quantile:
    """A quantile of a waiting time in seconds and its interval; infinite: beyond what was seen."""

    value: float
    low: float
    high: float


def waits(time: np.ndarray, ended: np.ndarray, count: np.ndarray) -> Waits:
    """Bring waiting times into order.

    Args:
        time: Seconds.
        ended: Whether the wait ended then; else it was still going on.
        count: Waits that are alike.
    """
    import numpy as np

    values, at = np.unique(time, return_inverse=True)
    over, still = (np.bincount(at, count * flag, len(values)) for flag in (ended, ~ended))
    return Waits(values, over, still)


def quantile(found: Waits, share: float, level: float = 0.95) -> Quantile:
    """The time within which a share of the waits ends.

    Args:
        found: Waits; those still open count as long as they were seen.
        share: For example 0.5 for the median.
        level: Of the interval.
    """
    import numpy as np
    from scipy.special import ndtri

    seen = found.ended > 0
    if not seen.any():
        return Quantile(math.inf, math.inf, math.inf)
    time, left, error = _curve(found)
    time, left, error = time[seen], left[seen], error[seen]
    reached = np.flatnonzero(left <= 1 - share + 1e-12)
    value = float(time[reached[0]]) if len(reached) else math.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = error / np.abs(left * np.log(left))
        away = (np.log(-np.log(left)) - math.log(-math.log(1 - share))) / spread
    inside = np.flatnonzero(np.abs(away) <= ndtri((1 + level) / 2))
    if not len(inside):
        return Quantile(value, value, value)
    after = inside[-1] + 1
    return Quantile(value, float(time[inside[0]]), float(time[after]) if after < len(time) else math.inf)


def _curve(found: Waits) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, share that still waits, its standard error (Greenwood)."""
    import numpy as np

    risk = _at_risk(found)
    left = np.cumprod(1 - found.ended / risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = left * np.sqrt(np.cumsum(found.ended / (risk * (risk - found.ended))))
    return found.time, left, error


def _at_risk(found: Waits) -> np.ndarray:
    """Waits that last at least so long."""
    all_ = found.ended + found.censored
    risk: np.ndarray = all_[::-1].cumsum()[::-1]
    return risk


def log_rank(one: Waits, other: Waits) -> float:
    """p-value of two groups waiting alike; NaN where nothing ended."""
    import numpy as np
    from scipy.special import chdtrc

    times = np.union1d(one.time[one.ended > 0], other.time[other.ended > 0])
    ended, risk = (np.stack([read(group, times) for group in (one, other)]) for read in (_ended_at, _risk_at))
    all_ended, all_risk = ended.sum(axis=0), risk.sum(axis=0)
    share = risk[0] / all_risk
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(all_risk > 1, (all_risk - all_ended) / (all_risk - 1), 0.0)
    spread = (all_ended * share * (1 - share) * factor).sum()
    if not spread > 0:
        return math.nan
    return float(chdtrc(1, (ended[0].sum() - (all_ended * share).sum()) ** 2 / spread))


def _ended_at(found: Waits, times: np.ndarray) -> np.ndarray:
    import numpy as np

    out = np.zeros(len(times))
    kept = found.ended > 0
    out[np.searchsorted(times, found.time[kept])] = found.ended[kept]
    return out


def _risk_at(found: Waits, times: np.ndarray) -> np.ndarray:
    import numpy as np

    risk = np.append(_at_risk(found), 0.0)
    out: np.ndarray = risk[np.searchsorted(found.time, times)]
    return out
