"""Exponential smoothing with damped trend and season, for many series and many parameters in one pass.

The state at day t is fed by days up to t alone, so every day of the past is a forecast origin for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

CLIP = 3.0
"""Standard deviations beyond which a surprise is cut, so that one broken day moves nothing."""

PATIENCE = 5
"""Surprises in a row on one side that are no outliers any more but a new level."""

SETTLING = 5
"""Seasons that the first state of the season counts for."""

FORGET = 0.04
"""Weight of the newest surprise in the running variance."""

LONG_MEMORY = 0.997
"""Weight of yesterday's loss when parameters are chosen."""


@dataclass(frozen=True)
class Grid:
    """Sets of smoothing parameters, arrays of one length.

    Attributes:
        alpha: Of the level. beta: Of the trend; 0: no trend. gamma: Of the season. phi: Damping.
    """

    alpha: Floats
    beta: Floats
    gamma: Floats
    phi: Floats

    @property
    def level_only(self) -> Floats:
        """Which sets have no trend."""
        return np.asarray(self.beta == 0)


def grid() -> Grid:
    """Sets that cover what day series need: from nearly constant to nearly a random walk."""
    trends = ((0.0, 0.0), (0.05, 0.97), (0.15, 0.9))
    rows = [
        (alpha, share * alpha, gamma, phi)
        for alpha, gamma, (share, phi) in product(
            (0.02, 0.06, 0.12, 0.22, 0.4, 0.7), (0.01, 0.06, 0.15), trends
        )
    ]
    return Grid(*np.array(rows).T)


@dataclass(frozen=True, eq=False)
class Start:
    """States before the first day.

    Attributes:
        level: Shape (N,). season: (N, m), by day modulo m. sd: (N,), of a day's surprise.
        first: First day with a value, (N,).
    """

    level: Floats
    season: Floats
    sd: Floats
    first: Any


def start(z: Floats, m: int, weeks: int = 4) -> Start:
    """Robust first states from the first `weeks` seasons with values.

    Args:
        z: Series, shape (N, T); missing as nan. m: Length of the season in steps; 1: none.
        weeks: Seasons to look at.
    """
    level, season, sd, first = [], [], [], []
    for row in z:
        at = int(np.argmax(np.isfinite(row)))
        part = row[at : at + max(weeks * m, 8)]
        of = (at + np.arange(len(part))) % m
        centre = float(np.nanmedian(part))
        own = np.array([_median(part[of == day]) - centre for day in range(m)])
        own = np.nan_to_num(own)
        rest = part - centre - own[of]
        spread = 1.4826 * _median(np.abs(rest)) * (weeks / max(weeks - 1, 1) if m > 1 else 1.0)
        level.append(centre + own.mean())
        season.append(own - own.mean())
        sd.append(spread)
        first.append(at)
    scale = np.array(sd)
    floor = 1e-3 * np.maximum(np.nanstd(z, axis=1), 1e-12)
    return Start(np.array(level), np.array(season), np.maximum(scale, floor), np.array(first))


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else 0.0


@dataclass(frozen=True, eq=False)
class Run:
    """One pass over N series with K sets of parameters.

    Attributes:
        ahead: One-step forecasts, shape (T, N, K).
        kept: Surprises as they were taken in, cut where they were outliers, (T, N, K).
        level, trend: At the asked days, (O, N, K). season: (O, N, K, m).
        loss: Discounted mean absolute surprise so far, (O, N, K). sd: Of a day's surprise, (O, N, K).
    """

    ahead: Floats
    kept: Floats
    level: Floats
    trend: Floats
    season: Floats
    loss: Floats
    sd: Floats


def run(
    z: Floats,
    sets: Grid,
    begin: Start,
    origins: Any,
    burn: int,
    clip: float = CLIP,
    patience: int = PATIENCE,
    settling: int = SETTLING,
) -> Run:
    """Pass over the series in their own order.

    Error-correction form of ETS(A, Ad, A) (Hyndman, Koehler, Ord & Snyder 2008, table 2.3), its surprises
    cut with a running robust scale (Gelper, Fried & Croux 2010).

    Args:
        z: Shape (N, T), missing as nan. sets: Parameters. begin: First states.
        origins: Days whose states are kept, ascending. burn: Days after the first whose losses do not count.
        clip: Where surprises are cut, in standard deviations. patience: Surprises in a row that stay whole.
        settling: Seasons that the first state of the season counts for: until more have passed, the season
            is learnt as a running mean; 0: by `gamma` from the first day on.
    """
    days = z.shape[1]
    now = _Now(z, sets, begin, burn, clip, patience, settling)
    ahead, kept = (np.empty((days, *now.level.shape)) for _ in range(2))
    wanted, found = set(np.asarray(origins).tolist()), []
    for day in range(days):
        ahead[day], kept[day] = now.step(day)
        if day in wanted:
            found.append(now.state())
    states = [np.array(part) for part in zip(*found, strict=True)]
    return Run(ahead, kept, *states)


class _Now:
    """The states of a pass at one day, (N, K)."""

    def __init__(
        self, z: Floats, sets: Grid, begin: Start, burn: int, clip: float, patience: int, settling: int
    ) -> None:
        many = len(sets.alpha)
        self.sets, self.burn, self.clip, self.patience = sets, burn, clip, patience
        self.settling, self.first, self.m = settling, begin.first[:, None], begin.season.shape[1]
        self.known = np.isfinite(z)
        self.values = np.where(self.known, z, 0.0)
        self.level = np.repeat(begin.level[:, None], many, 1)
        self.trend, self.loss, self.streak, self.side = (np.zeros_like(self.level) for _ in range(4))
        self.season = np.repeat(begin.season[:, None, :], many, 1)
        self.variance = np.repeat(begin.sd[:, None] ** 2, many, 1)
        self.least = 1e-4 * self.variance
        self.weight = np.zeros((len(z), 1))

    def step(self, day: int) -> tuple[Floats, Floats]:
        """Go one day on: what was expected of it, and what was taken in."""
        of, seen = day % self.m, self.known[:, day, None]
        damped = self.sets.phi * self.trend
        guess = self.level + damped + self.season[:, :, of]
        error = np.where(seen, self.values[:, day, None] - guess, 0.0)
        sd = np.sqrt(self.variance)
        new = self._lasting(error, sd, seen)
        taken = np.where(new, error, np.clip(error, -self.clip * sd, self.clip * sd))
        alpha = np.where(new, np.maximum(self.sets.alpha, 0.5), self.sets.alpha)
        self.level = self.level + damped + alpha * taken
        self.trend = damped + self.sets.beta * taken
        self.season[:, :, of] += np.where(new, 0.0, self._gamma(day)) * taken
        self._remember(day, error, sd, seen)
        return guess, taken

    def state(self) -> tuple[Floats, ...]:
        """Level, trend, season, loss and scatter as they are now."""
        loss = self.loss / np.maximum(self.weight, 1e-9)
        return self.level, self.trend, self.season.copy(), loss, np.sqrt(self.variance)

    def _lasting(self, error: Floats, sd: Floats, seen: Any) -> Any:
        """Where enough surprises in a row on one side make a new level."""
        far, sign = np.abs(error) > self.clip * sd, np.sign(error)
        again = np.where(sign == self.side, self.streak + 1, 1.0)
        self.streak = np.where(far, again, np.where(seen, 0.0, self.streak))
        self.side = np.where(seen, sign, self.side)
        return self.streak >= self.patience

    def _gamma(self, day: int) -> Floats:
        """Weight of a surprise in the season: that of a running mean until enough seasons have passed."""
        if not self.settling:
            return self.sets.gamma
        seasons = self.settling + np.maximum(day - self.first, 0) // self.m
        return np.asarray(np.maximum(self.sets.gamma, 1 / seasons))

    def _remember(self, day: int, error: Floats, sd: Floats, seen: Any) -> None:
        """Scatter by a bounded loss (biweight), and the loss by which parameters are chosen."""
        part = np.minimum(np.abs(error) / (2 * sd + 1e-300), 1.0) ** 2
        bounded = 2.52 * (1 - (1 - part) ** 3)
        grown = np.maximum((1 - FORGET + FORGET * bounded) * self.variance, self.least)
        self.variance = np.where(seen, grown, self.variance)
        counts = seen & (day >= self.first + self.burn)
        self.loss = np.where(counts, LONG_MEMORY * self.loss + np.abs(error), self.loss)
        self.weight = np.where(counts, LONG_MEMORY * self.weight + 1, self.weight)


def best(loss: Floats, allowed: Any = None) -> Any:
    """Set with the least loss so far, by origin and series, shape (O, N)."""
    whole = loss if allowed is None else np.where(allowed, loss, np.inf)
    return np.argmin(whole, axis=-1)


def picked(values: Floats, chosen: Any) -> Floats:
    """The chosen set's values: (O, N, K, …) → (O, N, …)."""
    index = chosen.reshape(*chosen.shape, *([1] * (values.ndim - 2)))
    return np.take_along_axis(values, index, axis=2).squeeze(axis=2)


def path(
    done: Run, sets: Grid, chosen: Any, origins: Any, horizon: int, drift: Floats | None = None
) -> Floats:
    """Forecasts of the chosen sets, shape (O, N, H).

    Args:
        done: The pass. sets: Its parameters. chosen: Set by origin and series.
        origins: Its days. horizon: H. drift: Added per step, (O, N); with it the trend is left out.
    """
    level, season = picked(done.level, chosen), picked(done.season, chosen)
    steps = np.arange(1, horizon + 1)
    m = season.shape[-1]
    of = (np.asarray(origins)[:, None] + steps) % m
    seasonal = np.take_along_axis(season, np.broadcast_to(of[:, None, :], (*level.shape, horizon)), axis=2)
    if drift is not None:
        return np.asarray(level[..., None] + seasonal + drift[..., None] * steps)
    phi = sets.phi[chosen][..., None]
    grown = np.cumsum(phi**steps, axis=-1)
    return np.asarray(level[..., None] + seasonal + picked(done.trend, chosen)[..., None] * grown)
