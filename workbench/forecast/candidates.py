"""Ways to forecast, each at every origin at once: what the last days say, smoothing, theta, regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.forecast import regression, smoothing
from workbench.forecast.smoothing import Floats

BASELINES = ("naive", "seasonal_naive")
"""What every other way must beat."""

METHODS = (*BASELINES, "seasonal_mean", "ets", "theta", "regression", "combination")
"""All ways, simplest first."""

WEEKS = 4
"""Seasons that `seasonal_mean` takes the mean of."""


@dataclass(frozen=True, eq=False)
class Paths:
    """Forecasts of every way.

    Attributes:
        values: Way → shape (O, N, H), in the scale in which the series were given.
        sd: Standard deviation of a day's surprise at each origin, (O, N).
        clean: Series with outliers cut and gaps filled, (N, T).
    """

    values: dict[str, Floats]
    sd: Floats
    clean: Floats


def paths(
    z: Floats, raw: Floats, origins: Any, horizon: int, m: int, more: regression.Waves, back: int = 0
) -> Paths:
    """Forecast from every origin in every way.

    Args:
        z: Series without the effects of events, shape (N, T), missing as nan.
        raw: The same with them; the baselines know of no event.
        origins: Last day known at each origin, ascending. horizon: Steps ahead. m: Length of the season.
        more: Waves of the year. back: Steps that seasonal-naive goes back; 0: m.
    """
    begin, sets = smoothing.start(z, m), smoothing.grid()
    done = smoothing.run(z, sets, begin, origins, burn=4 * m)
    chosen = smoothing.best(done.loss)
    clean = _clean(done, chosen[-1])
    back = back or m
    filled = filled_by_season(raw, back)
    found = {
        "naive": np.repeat(_last(raw)[:, origins].T[..., None], horizon, axis=2),
        "seasonal_naive": _repeated(filled, origins, horizon, back, 1),
        "seasonal_mean": _repeated(clean, origins, horizon, m, WEEKS),
        "ets": smoothing.path(done, sets, chosen, origins, horizon),
        "theta": _theta(done, sets, clean, begin.first, origins, horizon),
        "regression": regression.paths(clean, begin.first, origins, horizon, m, more),
    }
    mixed = ("seasonal_mean", "ets", "theta", "regression")
    found["combination"] = np.mean([found[name] for name in mixed], axis=0)
    return Paths(found, smoothing.picked(done.sd, chosen), clean)


def _clean(done: smoothing.Run, chosen: Any) -> Floats:
    """One-step forecasts plus what was taken in: the series as the chosen filter believed it."""
    of = np.arange(len(chosen))
    return np.asarray((done.ahead[:, of, chosen] + done.kept[:, of, chosen]).T)


def _last(z: Floats) -> Floats:
    """The last value known on each day; the first one before there is any."""
    known = np.isfinite(z)
    at = np.maximum.accumulate(np.where(known, np.arange(z.shape[1]), -1), axis=1)
    at = np.where(at < 0, np.argmax(known, axis=1)[:, None], at)
    return np.asarray(np.take_along_axis(z, at, axis=1))


def filled_by_season(z: Floats, m: int) -> Floats:
    """Gaps filled with the last value of the same season; the first one before there is any."""
    whole = z.copy()
    for of in range(m):
        part = z[:, of::m]
        if part.shape[1] and np.isfinite(part).any(axis=1).all():
            whole[:, of::m] = _last(part)
    return np.where(np.isfinite(whole), whole, _last(z))


def _repeated(z: Floats, origins: Any, horizon: int, m: int, seasons: int) -> Floats:
    """The mean of the last seasons, again and again, (O, N, H)."""
    steps = np.arange(horizon) % m
    base = np.asarray(origins)[:, None] - m + 1 + steps
    back = [np.maximum(base - m * number, base % m) for number in range(seasons)]
    return np.asarray(np.mean([z[:, part] for part in back], axis=0).transpose(1, 0, 2))


def _theta(
    done: smoothing.Run, sets: smoothing.Grid, clean: Floats, first: Any, origins: Any, horizon: int
) -> Floats:
    """Simple smoothing with drift: half of the slope of the line through all days so far.

    Hyndman & Billah (2003), *Unmasking the Theta method*.
    """
    chosen = smoothing.best(done.loss, sets.level_only)
    drift = slopes(clean, first, origins) / 2
    alpha = sets.alpha[chosen]
    days = np.asarray(origins)[:, None] - first + 1
    lag = (1 - (1 - alpha) ** np.maximum(days, 1)) / alpha - 1
    path = smoothing.path(done, sets, chosen, origins, horizon, drift)
    return np.asarray(path + (drift * lag)[..., None])


def slopes(z: Floats, first: Any, origins: Any) -> Floats:
    """Slope of the least-squares line through the days from `first` to each origin, (O, N)."""
    days = np.arange(z.shape[1])
    inside = days >= first[:, None]
    n, t, tt, y, ty = (
        np.cumsum(np.where(inside, values, 0.0), axis=1)[:, origins]
        for values in (np.ones_like(z), days + 0 * z, days**2 + 0 * z, z, days * z)
    )
    below = n * tt - t * t
    return np.asarray(np.where(below > 0, (n * ty - t * y) / np.maximum(below, 1e-300), 0.0).T)
