"""Rolling-origin back-test: what each way would have said, day after day of the past, against what came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.forecast.candidates import BASELINES, METHODS
from workbench.forecast.smoothing import Floats

MOST_ORIGINS = 60
"""Origins of a back-test."""

YEARS = 1.5
"""How far back they reach."""

FEWEST_SEASONS = 6
"""Seasons before the first origin."""

WORTH = 0.98
"""Error, in parts of the best baseline's, that a way must stay under to be chosen instead of it."""

CLOSE = 1.01
"""A way within this of the least error is as good; then the combination is taken, for it is steadiest."""


def origins_of(steps: int, m: int, per_year: float) -> Any:
    """Last known steps of the back-test, ascending, and then the last step of all.

    Args:
        steps: T. m: Season. per_year: Steps a year.
    """
    earliest = max(FEWEST_SEASONS * m, 12, int(steps - 1 - YEARS * per_year))
    latest = steps - 2
    if latest < earliest:
        return np.array([steps - 1])
    stride = max(1, -(-(latest - earliest + 1) // MOST_ORIGINS))
    if stride % m == 0 and m > 1:
        stride += 1  # else every origin would be the same weekday
    past = np.arange(latest, earliest - 1, -stride)[::-1]
    return np.concatenate([past, [steps - 1]])


@dataclass(frozen=True, eq=False)
class Trial:
    """A back-test of N series.

    Attributes:
        origins: Last known steps, the last one without what came after, (O,).
        actual: What came, (O − 1, N, H); nan where it is not known or does not count.
        mase: Way → mean absolute error in parts of the seasonal-naive one-season error of the history, (N,).
        rmsse: Way → root of the mean squared error in parts of the same, (N,).
        chosen: Way of each series. refused: Whether a baseline was taken because nothing beat it.
        tested: Number of forecasts that could be scored, (N,).
    """

    origins: Any
    actual: Floats
    mase: dict[str, Floats]
    rmsse: dict[str, Floats]
    chosen: tuple[str, ...]
    refused: tuple[bool, ...]
    tested: Any


def trial(
    values: Floats, points: dict[str, Floats], origins: Any, horizon: int, m: int, counts: Any
) -> Trial:
    """Score every way.

    Args:
        values: Series, (N, T). points: Way → forecasts, (O, N, H), in units of the series.
        origins: As `origins_of` gives them. horizon: H. m: Steps that seasonal-naive goes back.
        counts: Which steps are scored, (N, T); days of an event that came once are not.
    """
    actual = _actual(np.where(counts, values, np.nan), origins[:-1], horizon, values.shape[1])
    actual = np.where((origins[:-1, None] >= _begun(values, m))[..., None], actual, np.nan)
    size = _season_error(values, m)
    tested = np.isfinite(actual).sum(axis=(0, 2))
    mase, rmsse = {}, {}
    for name in METHODS:
        error = actual - points[name][:-1]
        mase[name] = _mean(np.abs(error), tested) / size[0]
        rmsse[name] = np.sqrt(_mean(error**2, tested)) / size[1]
    picks = [_pick({name: float(mase[name][n]) for name in METHODS}) for n in range(len(values))]
    chosen, refused = tuple(way for way, _ in picks), tuple(flag for _, flag in picks)
    return Trial(origins, actual, mase, rmsse, chosen, refused, tested)


def _begun(values: Floats, m: int) -> Any:
    """First origin of each series: it has seen enough of itself."""
    first = np.argmax(np.isfinite(values), axis=1)
    return first + max(FEWEST_SEASONS * m if m < 52 else 13, 12)


def _actual(values: Floats, past: Any, horizon: int, steps: int) -> Floats:
    at = np.asarray(past)[:, None] + np.arange(1, horizon + 1)
    found = values[:, np.minimum(at, steps - 1)].transpose(1, 0, 2)
    return np.asarray(np.where((at < steps)[:, None, :], found, np.nan))


def _season_error(values: Floats, m: int) -> tuple[Floats, Floats]:
    """Mean absolute and root mean squared difference from a season before (Hyndman & Koehler 2006)."""
    back = min(m, values.shape[1] - 1)
    step = values[:, back:] - values[:, :-back]
    known = np.isfinite(step).sum(axis=1)
    absolute, squared = _total(np.abs(step)), _total(step**2)
    least = 1e-12 * np.maximum(np.nanmax(np.abs(values), axis=1), 1e-300)
    mean = np.maximum(absolute / np.maximum(known, 1), least)
    return mean, np.maximum(np.sqrt(squared / np.maximum(known, 1)), least)


def _total(values: Floats) -> Floats:
    return np.asarray(np.where(np.isfinite(values), values, 0.0).sum(axis=1))


def _mean(errors: Floats, count: Any) -> Floats:
    whole = np.where(np.isfinite(errors), errors, 0.0).sum(axis=(0, 2))
    return np.asarray(np.where(count > 0, whole / np.maximum(count, 1), np.nan))


def _pick(error: dict[str, float]) -> tuple[str, bool]:
    """The way to take, and whether it is a baseline because no other was better."""
    if not np.isfinite(error["seasonal_naive"]):
        return "seasonal_naive", False
    baseline = min(BASELINES, key=lambda name: error[name])
    others = {name: value for name, value in error.items() if name not in BASELINES}
    least = min(others, key=lambda name: others[name])
    if others[least] > WORTH * error[baseline]:
        return baseline, True
    return ("combination" if others["combination"] <= CLOSE * others[least] else least), False
