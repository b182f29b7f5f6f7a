"""Intervals from the errors of the back-test, day by day ahead and for sums of days (conformal)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.forecast.smoothing import Floats

FEWEST = 5
"""Errors that tell a scatter."""

ENOUGH = 8.0
"""Sums of the past, not overlapping, that tell on their own how far a sum is off."""

LEAST_FREEDOM = 4.0
"""Degrees of freedom below which an interval is not widened further: it would say nothing."""


@dataclass(frozen=True, eq=False)
class Spread:
    """How far forecasts of one series were off.

    Attributes:
        width: Half width of the interval by step ahead, in the scale of the forecast, (H,).
        coverage: Share of the past inside of intervals that the other half of the past made; nan without.
        errors: Actual minus forecast in that scale, (O, H). blocks: Independent pieces among them.
    """

    width: Floats
    coverage: float
    errors: Floats
    blocks: float


def spread(errors: Floats, origins: Any, level: float, sd: float) -> Spread:
    """The scatter of one series.

    Scores are errors in parts of the typical error so many steps ahead; their quantile is widened for how
    few independent pieces of the past there are, as Student's t does for a mean.

    Args:
        errors: (O, H), nan where nothing came. origins: (O,). level: Of the interval.
        sd: Of one step's surprise, where the back-test has too little.
    """
    horizon = errors.shape[1]
    blocks = _blocks(errors, origins)
    size = _sizes(errors, sd)
    width = _quantile(errors / size, level) * _inflation(blocks, level) * size
    if np.isfinite(errors).sum() < FEWEST:
        width = normal(level) * sd * np.sqrt(np.arange(1, horizon + 1))
        return Spread(width, float("nan"), errors, blocks)
    return Spread(width, _coverage(errors, origins, level, sd), errors, blocks)


def _blocks(errors: Floats, origins: Any) -> float:
    """Pieces of the past that do not overlap: its length by half of the horizon, but a week at least."""
    if not len(origins):
        return 0.0
    length = float(origins[-1] - origins[0] + 1)
    return max(float(length / max(errors.shape[1] / 2, 7.0)), 1.0)


def _sizes(errors: Floats, sd: float) -> Floats:
    """Typical error by step ahead: smooth, and never smaller than nearer by."""
    horizon = errors.shape[1]
    known = np.isfinite(errors)
    count = known.sum(axis=0)
    mean = np.where(known, np.abs(errors), 0.0).sum(axis=0) / np.maximum(count, 1)
    enough = count >= FEWEST
    if not enough.any():
        return np.asarray(max(sd, 1e-12) * np.sqrt(np.arange(1, horizon + 1)))
    steps = np.arange(1, horizon + 1)
    smooth = np.array([_around(mean, enough, at) for at in range(horizon)])
    size = np.maximum.accumulate(smooth)
    last = int(np.flatnonzero(enough)[-1])
    size[last:] = size[last] * np.sqrt(steps[last:] / steps[last])
    return np.maximum(size, 1e-12)


def _around(mean: Floats, enough: Any, at: int, reach: int = 3) -> float:
    """Mean over the steps around one, itself an odd number of them so that a week weighs evenly."""
    part = slice(max(0, at - reach), at + reach + 1)
    known = mean[part][enough[part]]
    return float(known.mean()) if len(known) else 0.0


def _quantile(scores: Floats, level: float) -> float:
    """The conformal quantile of absolute scores."""
    known = np.sort(np.abs(scores[np.isfinite(scores)]))
    if not len(known):
        return normal(level)
    rank = min(int(np.ceil((len(known) + 1) * level)), len(known))
    return float(known[rank - 1])


def _inflation(blocks: float, level: float) -> float:
    """Student's quantile in parts of the normal one."""
    from scipy.special import stdtrit

    return float(stdtrit(max(blocks - 1, LEAST_FREEDOM), (1 + level) / 2)) / normal(level)


def normal(level: float) -> float:
    """Half width of an interval of the normal, in standard deviations."""
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))


def _coverage(errors: Floats, origins: Any, level: float, sd: float) -> float:
    """Each half of the past judged by the other one."""
    half = len(errors) // 2
    if half < FEWEST:
        return float("nan")
    inside: list[Any] = []
    for learn, judge in ((slice(0, half), slice(half, None)), (slice(half, None), slice(0, half))):
        size = _sizes(errors[learn], sd)
        blocks = _blocks(errors[learn], origins[learn])
        width = _quantile(errors[learn] / size, level) * _inflation(blocks, level) * size
        seen = errors[judge][np.isfinite(errors[judge])]
        inside.append((np.abs(errors[judge]) <= width)[np.isfinite(errors[judge])] if len(seen) else [])
    together = np.concatenate(inside)
    return float(together.mean()) if len(together) else float("nan")


def sum_width(
    actual: Floats, guess: Floats, origins: Any, level: float, ratio: bool, together: float
) -> float:
    """Half width of the interval of a sum of steps: of its logarithm with `ratio`, else in its unit.

    Where the past holds few sums of that length, the width leans on that of a sum whose steps all err the
    same way, which is the widest there can be.

    Args:
        actual: What came, (O, W), nan where it is not known. guess: What was said, (O, W).
        origins: (O,). level: Of the interval. ratio: Whether sums are compared as quotients.
        together: Half width of a sum whose steps err together.

    Returns:
        nan where fewer than `FEWEST` origins know at least four fifths of the steps.
    """
    known = np.isfinite(actual)
    whole = known.mean(axis=1) >= 0.8
    came = np.where(known, actual, 0.0).sum(axis=1)[whole]
    said = np.where(known, guess, 0.0).sum(axis=1)[whole]
    if ratio:
        fine = (came > 0) & (said > 0)
        errors = np.log(came[fine] / said[fine])
        fine_origins = origins[whole][fine]
    else:
        errors, fine_origins = came - said, origins[whole]
    if len(errors) < FEWEST:
        return float("nan")
    blocks = max((fine_origins[-1] - fine_origins[0] + 1) / max(actual.shape[1], 7.0), 1.0)
    own = _quantile(errors, level) * _inflation(blocks, level)
    doubt = max(0.0, ENOUGH - blocks) / 2
    return float((blocks * own + doubt * max(together, own)) / (blocks + doubt))
