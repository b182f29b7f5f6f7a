"""Least squares on weekdays, a line and waves of the year, its errors correlated; and effects of events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.forecast.smoothing import Floats

CORRELATED = 0.9
"""Correlation of a day's error with the next one's: a level that wanders."""

DAMPED = 0.98
"""Damping of the line beyond the last day."""

MEMORY = 0.2
"""Weight of the newest error in the level that is carried on."""

BACK = 90
"""Days of errors that make the level."""

PATIENT_YEARS = 1.9
"""Years of history from which on waves of the year can be told from luck."""


@dataclass(frozen=True, eq=False)
class Waves:
    """Waves of the year over history and horizon.

    Attributes:
        values: Shape (T + H, q); q is 0 where they are not wanted. per_year: Steps a year.
    """

    values: Floats
    per_year: float


def waves(days: Any, per_year: float, pairs: int = 2) -> Waves:
    """Waves of the year on days (datetime64), if their history is long enough.

    Args:
        days: History and horizon. per_year: Steps a year. pairs: Sine and cosine of so many frequencies.
    """
    angle = 2 * np.pi * (days - np.datetime64("2000-01-01")).astype(int) / 365.25
    columns = [wave(number * angle) for number in range(1, pairs + 1) for wave in (np.sin, np.cos)]
    return Waves(np.stack(columns, axis=1) if columns else np.zeros((len(days), 0)), per_year)


def paths(z: Floats, first: Any, origins: Any, horizon: int, m: int, more: Waves) -> Floats:
    """Forecasts from every origin, (O, N, H).

    Args:
        z: Series without gaps, (N, T). first: First day of each. origins, horizon, m: As in `candidates`.
        more: Waves of the year; they count from the origin on that has two years before it.
    """
    days, origins = z.shape[1], np.asarray(origins)
    x = _columns(days + horizon, m, more.values)
    old = (origins + 1) >= PATIENT_YEARS * more.per_year
    beta = _solved(z, x, first, origins, more.values.shape[1], old)
    ahead = _ahead(x, origins, horizon)
    guess = np.einsum("ohp,onp->onh", ahead, beta)
    return np.asarray(guess + _level(z, x, beta, first, origins)[..., None])


def _columns(length: int, m: int, more: Floats) -> Floats:
    """Constant, line, season and waves, (length, p)."""
    step = np.arange(length)
    season = np.eye(m)[step % m][:, 1:] - np.eye(m)[step % m][:, :1]
    line = step / max(length, 1)
    return np.column_stack([np.ones(length), line, season, more])


def _solved(z: Floats, x: Floats, first: Any, origins: Any, waves: int, old: Any) -> Floats:
    """Coefficients at each origin by sums so far, (O, N, p)."""
    days, p = z.shape[1], x.shape[1]
    dx = x[1:days] - CORRELATED * x[: days - 1]
    dz = z[:, 1:] - CORRELATED * z[:, :-1]
    gram = np.concatenate([np.zeros((1, p, p)), np.cumsum(dx[:, :, None] * dx[:, None, :], axis=0)])
    cross = np.concatenate([np.zeros((1, len(z), p)), np.cumsum(dx[:, None, :] * dz.T[:, :, None], axis=0)])
    left = gram[origins][:, None] - gram[first][None]
    right = cross[origins] - cross[first, np.arange(len(z))][None]
    ridge = np.full((len(origins), p), 1e-6)
    ridge[:, 1] = 1e-2
    if waves:
        ridge[:, p - waves :] = np.where(old[:, None], 1e-1, 1e9)
    left = left + ridge[:, None, :, None] * np.eye(p)
    return np.asarray(np.linalg.solve(left, right[..., None])[..., 0])


def _ahead(x: Floats, origins: Any, horizon: int) -> Floats:
    """The columns beyond each origin, the line damped, (O, H, p)."""
    steps = np.arange(1, horizon + 1)
    ahead = x[origins[:, None] + steps]
    ahead[:, :, 1] = x[origins, 1][:, None] + np.cumsum(DAMPED**steps) * (x[1, 1] - x[0, 1])
    return np.asarray(ahead)


def _level(z: Floats, x: Floats, beta: Floats, first: Any, origins: Any) -> Floats:
    """Smoothed last errors, (O, N)."""
    back = np.arange(BACK)
    at = origins[:, None] - back
    inside = (at[:, None, :] >= first[None, :, None]) & (at[:, None, :] >= 0)
    weight = np.where(inside, (1 - MEMORY) ** back, 0.0)
    at = np.maximum(at, 0)
    error = z[:, at].transpose(1, 0, 2) - np.einsum("obp,onp->onb", x[at], beta)
    return np.asarray((weight * error).sum(axis=2) / np.maximum(weight.sum(axis=2), 1e-12))


@dataclass(frozen=True, eq=False)
class Effects:
    """What events do, in the scale of the series.

    Attributes:
        values: By column of the marks, (N, C); 0 where nothing tells. cov: Their covariances, (N, C, C).
        heard: Which columns the history of a series tells, (N, C).
    """

    values: Floats
    cov: Floats
    heard: Any


FLAT = 0.02
"""Scatter of a step at least, so that a series without any does not take luck for effects."""

SHRINK = 0.1
"""Squared scatter of a step in parts of what events may do before anything is known."""


def effects(z: Floats, marks: Floats, m: int) -> Effects:
    """Effects of events by generalised least squares beside season, line and a wandering level.

    Args:
        z: Series, (N, T), missing as nan. marks: Columns of events, (T, C). m: Season length.
    """
    (count, days), c = z.shape, marks.shape[1]
    x = np.column_stack([_columns(days, m, np.zeros((days, 0))), marks])
    dx, p = x[1:] - CORRELATED * x[:-1], x.shape[1]
    values, cov, heard = np.zeros((count, c)), np.zeros((count, c, c)), np.zeros((count, c), bool)
    steps = z[:, 1:] - CORRELATED * z[:, :-1]
    known = np.isfinite(steps)
    patterns, of = np.unique(known, axis=0, return_inverse=True)
    for number, kept in enumerate(patterns if c else patterns[:0]):
        rows = np.flatnonzero(of.ravel() == number)
        if kept.sum() <= p - c + 2:
            continue
        told = (marks[1:][kept] > 0).any(axis=0)
        beta, sd, inverse = _robust(dx[kept], steps[rows][:, kept], c)
        values[rows], heard[rows] = np.where(told, beta[:, p - c :], 0.0), told
        shared = np.where(told[:, None] & told, inverse[p - c :, p - c :], 0.0)
        cov[rows] = sd[:, None, None] ** 2 * shared
    return Effects(values, cov, heard)


def _robust(x: Floats, y: Floats, shrunk: int, rounds: int = 6) -> tuple[Floats, Floats, Floats]:
    """Huber regression of many series on the same columns, the last `shrunk` coefficients drawn to 0.

    By pseudo-values: what lies far off is cut to two standard deviations and fitted again, so that one
    inverse serves all.

    Args:
        x: (T, p). y: (N, T). shrunk: Columns. rounds: Of cutting.

    Returns:
        Coefficients (N, p), scatter (N,), inverse of the normal matrix (p, p).
    """
    ridge = np.full(x.shape[1], 1e-8)
    ridge[x.shape[1] - shrunk :] = SHRINK
    inverse = np.linalg.inv(x.T @ x + np.diag(ridge))
    to_beta = inverse @ x.T
    seen = y
    for _ in range(rounds):
        beta = seen @ to_beta.T
        fitted = beta @ x.T
        rest = y - fitted
        sd = np.maximum(1.4826 * np.median(np.abs(rest), axis=1), FLAT)
        seen = fitted + np.clip(rest, -2 * sd[:, None], 2 * sd[:, None])
    return beta, sd, inverse
