"""From two arms' estimates to effect, interval, lift and p-value, for many segments at once.

Sources: Welch (1947); Fieller (1954), "Some problems in interval estimation".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np


@runtime_checkable
class Looks(Protocol):
    """How often the data may be looked at; without one, once."""

    def critical(self, degrees: np.ndarray, n: np.ndarray, alpha: float, /) -> np.ndarray:
        """How many standard errors wide half an interval is."""

    def p_value(self, ratio: np.ndarray, degrees: np.ndarray, n: np.ndarray, alpha: float, /) -> np.ndarray:
        """p-value of effect / standard error."""


@dataclass(frozen=True)
class Once:
    """A look at a sample whose size was fixed before."""

    def critical(self, degrees: np.ndarray, _n: np.ndarray, alpha: float) -> np.ndarray:
        """Student's t quantile."""
        import numpy as np
        from scipy.special import stdtrit

        return np.asarray(stdtrit(degrees, 1 - alpha / 2))

    def p_value(self, ratio: np.ndarray, degrees: np.ndarray, _n: np.ndarray, _alpha: float) -> np.ndarray:
        """Two-sided p-value of Student's t."""
        import numpy as np
        from scipy.special import stdtr

        return np.asarray(2 * stdtr(degrees, -np.abs(ratio)))


def one_sided(
    gain: np.ndarray, se: np.ndarray, degrees: np.ndarray, n: np.ndarray, looks: Looks, alpha: float
) -> np.ndarray:
    """p-value of a gain of at most 0: half of the two-sided one, so that the plan of looks holds for it too.

    Args:
        gain, se: Estimate and its standard error.
        degrees: Degrees of freedom.
        n: Units in both arms.
        looks: How often the data may be looked at.
        alpha: 1 − confidence of the two-sided interval.
    """
    import numpy as np

    with np.errstate(all="ignore"):
        known = (se > 0) & ~np.isnan(degrees)
        half = looks.p_value(np.where(known, gain / se, np.nan), degrees, n, alpha) / 2
        return np.where(known, np.where(gain > 0, half, 1 - half), np.nan)


@dataclass(frozen=True, eq=False)
class Difference:
    """An arm against the control, by segment.

    Attributes:
        effect, se, low, high: Absolute effect, its standard error and interval.
        lift, lift_low, lift_high: Relative effect and its interval; infinite where it has no end.
        p_value: Of no effect.
        degrees: Degrees of freedom.
    """

    effect: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    lift: np.ndarray
    lift_low: np.ndarray
    lift_high: np.ndarray
    p_value: np.ndarray
    degrees: np.ndarray


def difference(
    value: np.ndarray,
    control: np.ndarray,
    variance: np.ndarray,
    control_variance: np.ndarray,
    covariance: np.ndarray,
    degrees: np.ndarray,
    n: np.ndarray,
    looks: Looks,
    alpha: float,
) -> Difference:
    """Compare two estimates.

    Args:
        value, control: Estimates of arm and control.
        variance, control_variance, covariance: Of those estimates.
        degrees: Degrees of freedom of the difference.
        n: Units in both arms.
        looks: How often the data may be looked at.
        alpha: 1 − confidence.
    """
    import numpy as np

    effect = value - control
    with np.errstate(all="ignore"):
        se = np.sqrt(np.maximum(variance + control_variance - 2 * covariance, 0.0))
        known = (se > 0) & np.isfinite(degrees)
        ratio = np.where(known, effect / se, np.nan)
        width = np.where(known, looks.critical(degrees, n, alpha), np.nan)
        p = np.where(known, looks.p_value(ratio, degrees, n, alpha), np.nan)
        lift = np.where(control != 0, effect / control, np.nan)
    ends = fieller(value, control, variance, control_variance, covariance, width)
    half = width * np.where(known, se, np.nan)
    return Difference(effect, se, effect - half, effect + half, lift, *ends, p, degrees)


def fieller(
    value: np.ndarray,
    control: np.ndarray,
    variance: np.ndarray,
    control_variance: np.ndarray,
    covariance: np.ndarray,
    width: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of effect / control; from −∞ to ∞ where the control may be zero.

    The set {r : (effect − r·control)² ≤ width² · Var(effect − r·control)} is an interval only while the
    control differs from zero by more than `width` standard errors (Fieller 1954). It is solved for the
    relative effect itself, its discriminant multiplied out: value / control loses every digit of a small
    effect on a large control.
    """
    import numpy as np

    with np.errstate(all="ignore"):
        effect, square = value - control, width**2
        of_effect = np.maximum(variance + control_variance - 2 * covariance, 0.0)
        both = covariance - control_variance
        a = control**2 - square * control_variance
        b = effect * control - square * both
        rest = of_effect * control**2 - 2 * effect * control * both + control_variance * effect**2
        root = width * np.sqrt(np.maximum(rest + square * (both**2 - control_variance * of_effect), 0.0))
        bounded = a > 0
        low = np.where(bounded, (b - root) / a, -np.inf)
        high = np.where(bounded, (b + root) / a, np.inf)
    known = np.isfinite(width) & np.isfinite(a)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)
