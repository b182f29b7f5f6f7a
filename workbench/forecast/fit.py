"""Everything about N series at once: scale, events, ways, back-test, choice and intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from workbench.forecast import backtest, candidates, delays, events, foreseen, regression, spread
from workbench.forecast.bundle import STEPS, Bundle, following
from workbench.forecast.candidates import BASELINES
from workbench.forecast.events import Event, Marks
from workbench.forecast.scale import Scale, scale_of
from workbench.forecast.smoothing import Floats

CHUNK = 48
"""Series that are worked on together: more would only fill memory."""

WIDTHS = {"day": 1, "week": 7, "month": 30}
"""Days of a step."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Forecasts of N series.

    Attributes:
        days: Steps ahead, unfinished ones of the history first, (H,). steps: Steps of the history used.
        point, low, high: (N, H). middle: Forecasts at every origin of the chosen way, (O, N, H).
        trial: The back-test. spreads: Of each series.
        scale: Of the series. marks: Of events, over history and horizon. effects: Of them.
        followed: Which kinds of event count for which series, (N, E).
        level: Of the intervals. values: Series as they were used, (N, steps).
    """

    days: Any
    steps: int
    point: Floats
    low: Floats
    high: Floats
    middle: Floats
    trial: backtest.Trial
    spreads: tuple[spread.Spread, ...]
    scale: Scale
    marks: Marks
    effects: regression.Effects
    followed: Any
    level: float
    values: Floats


def fit(bundle: Bundle, horizon: int, named: tuple[Event, ...], level: float) -> list[Fit]:
    """Forecast the series of a bundle, in chunks.

    Args:
        bundle: The series. horizon: Steps ahead. named: Events: somebody's own count, public holidays where a
            series follows them. level: Of the intervals.
    """
    values = delays.learnt(bundle)
    steps = int(np.flatnonzero(np.isfinite(values).any(axis=0))[-1]) + 1
    ahead = horizon + values.shape[1] - steps
    parts = [values[at : at + CHUNK, :steps] for at in range(0, len(values), CHUNK)]
    return [_fit(replace(bundle, days=bundle.days[:steps]), part, ahead, named, level) for part in parts]


def _fit(bundle: Bundle, values: Floats, horizon: int, named: tuple[Event, ...], level: float) -> Fit:
    m, steps = bundle.season, values.shape[1]
    ahead = following(bundle.days[-1], bundle.step, horizon)
    days = np.concatenate([bundle.days, ahead])
    marks = events.marks(named, days, steps, WIDTHS[bundle.step])
    scale = scale_of(values)
    z = scale.to(values)
    effects, kept = _effects(z, marks, named, m)
    origins = backtest.origins_of(steps, m, STEPS[bundle.step])
    shift = effects.values @ marks.values.T
    more = regression.waves(days, STEPS[bundle.step])
    found = candidates.paths(z - shift[:, :steps], z, origins, horizon, m, more, bundle.repeat)
    points = _points(found, scale, shift, origins, horizon)
    counts = ~marks.inside(marks.times < 2)[:steps]
    tried = backtest.trial(
        values, points, origins, horizon, bundle.repeat, counts[None, :] & np.isfinite(values)
    )
    return _chosen(values, points, found.sd[-1], tried, scale, marks, effects, kept, level, ahead)


def _effects(z: Floats, marks: Marks, named: tuple[Event, ...], m: int) -> tuple[regression.Effects, Any]:
    """What the events do that each series follows; and which these are, (N, E)."""
    found = regression.effects(z, marks.values[: z.shape[1]], m)
    public = {event.name for event in named if event.country}
    tried = np.array([name in public for name in marks.names], bool)
    if not tried.any():
        return found, np.ones((len(z), len(marks.names)), bool)
    kept = foreseen.followed(z, marks, tried, found, m)
    patterns, of = np.unique(kept, axis=0, return_inverse=True)
    for number, kinds in enumerate(patterns):
        rows = np.flatnonzero(of.ravel() == number)
        columns = np.flatnonzero(kinds[marks.kind])
        part = regression.effects(z[rows], marks.values[: z.shape[1], columns], m)
        found = _with(found, rows, columns, part)
    return found, kept


def _with(whole: regression.Effects, rows: Any, columns: Any, part: regression.Effects) -> regression.Effects:
    """Effects in which some rows have some columns only, as a fit without the others gave them."""
    values, cov, heard = whole.values.copy(), whole.cov.copy(), whole.heard.copy()
    values[rows], cov[rows], heard[rows] = 0.0, 0.0, False
    values[np.ix_(rows, columns)], heard[np.ix_(rows, columns)] = part.values, part.heard
    cov[np.ix_(rows, columns, columns)] = part.cov
    return regression.Effects(values, cov, heard)


def _points(
    found: candidates.Paths, scale: Scale, shift: Floats, origins: Any, horizon: int
) -> dict[str, Floats]:
    """Forecasts in units of the series; effects of known events come back, but not to the baselines."""
    at = np.asarray(origins)[:, None] + np.arange(1, horizon + 1)
    known = shift[:, at].transpose(1, 0, 2)
    return {
        name: scale.back(path) if name in BASELINES else scale.back(path + known, found.sd[..., None])
        for name, path in found.values.items()
    }


def _chosen(
    values: Floats,
    points: dict[str, Floats],
    sd: Floats,
    tried: backtest.Trial,
    scale: Scale,
    marks: Marks,
    effects: regression.Effects,
    kept: Any,
    level: float,
    ahead: Any,
) -> Fit:
    """The chosen way of each series with its intervals."""
    count, steps = values.shape
    middle = np.stack([points[name][:, n] for n, name in enumerate(tried.chosen)], axis=1)
    centre = np.stack([scale.to(row) for row in middle])
    came = np.stack([scale.to(row) for row in tried.actual]) if len(tried.actual) else tried.actual
    past = tried.origins[:-1]
    spreads = tuple(
        spread.spread(came[:, n] - centre[:-1, n], past, level, float(sd[n])) for n in range(count)
    )
    width = np.stack([part.width for part in spreads])
    unsure = _unsure(marks.values[steps:], effects.cov, level)
    width = np.sqrt(width**2 + unsure**2)
    low, high = scale.back(centre[-1] - width), scale.back(centre[-1] + width)
    point = middle[-1]
    return Fit(
        ahead, steps, point, low, high, middle, tried, spreads, scale, marks, effects, kept, level, values
    )


def _unsure(marks: Floats, cov: Floats, level: float) -> Floats:
    """What the effects of the events of a step add to its half width, (N, H)."""
    from scipy.special import ndtri

    variance = np.einsum("hc,ncd,hd->nh", marks, cov, marks)
    return np.asarray(float(ndtri((1 + level) / 2)) * np.sqrt(np.maximum(variance, 0.0)))
