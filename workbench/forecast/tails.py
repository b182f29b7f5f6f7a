"""Chances of values: gamma-Poisson for counts, Student's t for everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.forecast.scale import Scale
from workbench.forecast.smoothing import Floats

LEAST_SCATTER = 0.02
"""Coefficient of variation that the mean of a count has at least."""

FEW = 200
"""Values under which the thickness of the tails is not learnt."""

CAUTIOUS = 8.0
"""Degrees of freedom then."""

OUTER = (0.95, 0.98)
"""Quantiles of absolute values that tell how thick the tails are; the thickest is believed."""

THICKNESS = (4.0, 5.0, 6.0, 8.0, 12.0, 20.0, 40.0, 200.0)
"""Degrees of freedom that are tried."""

RARE, RARELY = 5.0, 0.25
"""Mean under which a count is rare, and the part of it that it has on every weekday."""


FLAT = 0.01
"""Scatter that a series has at least: of its logarithm, or in parts of its usual size."""


@dataclass(frozen=True)
class Own:
    """The scale of one series: whether in logarithms, offset, unit, and never below 0."""

    log: bool
    offset: float
    unit: float
    positive: bool

    def back(self, z: Floats, sd: float = 0.0) -> Floats:
        """Values of the scale in units of the series."""
        found = np.exp(np.minimum(z + sd**2 / 2, 700.0)) - self.offset if self.log else z
        found = found * self.unit
        return np.asarray(np.maximum(found, 0.0) if self.positive else found)

    def aged(self, z: Floats, shares: Floats) -> Floats:
        """What is to be expected when only part of a value has arrived."""
        return np.asarray(z + np.log(shares) if self.log else z * shares)


def of(scale: Scale, n: int) -> Own:
    """The scale of series `n`."""
    return Own(bool(scale.log[n]), float(scale.offset[n]), float(scale.unit[n]), bool(scale.positive[n]))


def judged(
    values: Floats, own: Own, z: Floats, guess: Floats, rest: Floats, nearer: Floats, level: float = 0.95
) -> tuple[Floats, Floats, Floats, Floats, float]:
    """Expected values, their limits, the chance of each value, and the scatter.

    A count must be unlikely as a count and beside its own other days: campaigns that come and go make the
    tails of their sums thicker than luck alone.

    Args:
        values: (T,). own: Their scale. z: The same in it. guess: What was expected there.
        rest: What the scatter is learnt from: z − guess, nan on days that do not count.
        nearer: The smaller of both views' surprises, which changes of level do not enlarge.
        level: Of the limits.
    """
    known = rest[np.isfinite(rest)]
    sd = _robust_sd(known)
    freedom = thickness(known, nearer[np.isfinite(nearer)])
    size = max(sd / 1.4826 / _quantile_of_t(freedom, 0.75), FLAT)
    p = _two_sided((z - guess) / size, freedom)
    if not (counts(values) and own.positive):
        far = size * _quantile_of_t(freedom, (1 + level) / 2)
        return own.back(guess, sd), own.back(guess - far), own.back(guess + far), p, sd
    mean = np.maximum(own.back(guess, sd if own.log else 0.0), _least(values))
    learnt = np.isfinite(rest) & np.isfinite(values)
    spread = dispersion(values[learnt], mean[learnt])
    low, high = count_limits(mean, spread, level)
    chance = count_chance(values, mean, spread)
    return mean, low, high, np.maximum(chance, p) if own.log else chance, sd


def counts(values: Floats) -> bool:
    """Whether all values are whole numbers, and small enough for their luck to matter."""
    known = values[np.isfinite(values)]
    return bool(len(known) and (np.abs(known - np.round(known)) < 1e-6).all() and np.median(known) < 1e5)


def _least(values: Floats) -> float:
    """Mean that a rare count has at least on every weekday: four of them tell too little to say none."""
    usual = float(np.nanmean(values))
    return RARELY * usual if usual < RARE else 0.0


def _robust_sd(rest: Floats) -> float:
    if not len(rest):
        return 1e-12
    return max(1.4826 * float(np.median(np.abs(rest))), 1e-12)


def _quantile_of_t(freedom: float, level: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, level))


def _two_sided(t: Floats, freedom: float) -> Floats:
    from scipy.special import stdtr

    return np.asarray(2 * stdtr(freedom, -np.abs(t)))


def thickness(rest: Floats, nearer: Floats) -> float:
    """Degrees of freedom of Student's t by quantiles of absolute values over the median.

    Between what all surprises say and what the smaller ones say: changes of level thicken the first.

    Quantiles, so that a few anomalies do not thicken the tails that they are to be found by.
    """
    if len(rest) < FEW:
        return CAUTIOUS
    middle = max(float(np.median(np.abs(rest))), 1e-300)
    found = [
        min(_matching(float(np.quantile(np.abs(values), level)) / middle, level) for level in OUTER)
        for values in (rest, nearer)
    ]
    return float(np.sqrt(found[0] * found[1]))


def _matching(ratio: float, level: float) -> float:
    """Degrees of freedom whose quantile of absolute values is nearest to `ratio` medians."""
    half = (1 + level) / 2
    off = [abs(_quantile_of_t(df, half) / _quantile_of_t(df, 0.75) - ratio) for df in THICKNESS]
    return THICKNESS[int(np.argmin(off))]


def dispersion(values: Floats, mean: Floats, rounds: int = 6) -> float:
    """Squared coefficient of variation of the mean of gamma-Poisson counts; values far off are cut."""
    found = LEAST_SCATTER**2
    usual = mean > 0
    values, mean = values[usual], mean[usual]
    if not len(values):
        return found
    relative = np.abs(values - mean) / np.sqrt(mean)
    found = max(found, float((1.4826 * np.median(relative)) ** 2 - 1) / float(np.median(mean)))
    for _ in range(rounds):
        variance = mean + found * mean**2
        off = np.minimum((values - mean) ** 2, 9 * variance)
        found = max(LEAST_SCATTER**2, float(((off - mean) * mean**2).sum() / (mean**4).sum()))
    return found


def count_chance(values: Floats, mean: Floats, spread: float) -> Floats:
    """Twice the smaller tail of gamma-Poisson counts."""
    from scipy.special import betainc

    shape, mean = 1 / spread, np.maximum(mean, 1e-9)
    number = np.where(np.isfinite(values), np.round(values), 0.0)
    below = betainc(shape, number + 1, shape / (shape + mean))
    above = np.where(number > 0, betainc(np.maximum(number, 1), shape, mean / (shape + mean)), 1.0)
    chance = np.minimum(1.0, 2 * np.minimum(below, above))
    return np.asarray(np.where(np.isfinite(values), chance, np.nan))


def count_limits(mean: Floats, spread: float, level: float) -> tuple[Floats, Floats]:
    """Limits between which gamma-Poisson counts lie, by a Wilson–Hilferty gamma around them."""
    from scipy.special import gammaincinv

    variance = mean + spread * mean**2
    shape = np.maximum(mean, 1e-9) ** 2 / np.maximum(variance, 1e-12)
    size = variance / np.maximum(mean, 1e-9)
    low = gammaincinv(shape, (1 - level) / 2) * size
    high = gammaincinv(shape, (1 + level) / 2) * size
    return np.floor(low), np.ceil(high)


def adjusted(p: Any, correction: str) -> Floats:
    """p-values with the false discovery rate in hand; nan stays nan.

    Benjamini & Hochberg (1995), or with `BY` Benjamini & Yekutieli (2001), which holds however tests depend.
    """
    flat = np.asarray(p, float).ravel()
    known = np.flatnonzero(np.isfinite(flat))
    count = len(known)
    found = np.full(len(flat), np.nan)
    if not count:
        return found.reshape(np.shape(p))
    order = known[np.argsort(flat[known], kind="stable")]
    factor = float((1 / np.arange(1, count + 1)).sum()) if correction == "BY" else 1.0
    raw = flat[order] * count * factor / np.arange(1, count + 1)
    found[order] = np.minimum(1.0, np.minimum.accumulate(raw[::-1])[::-1])
    return found.reshape(np.shape(p))
