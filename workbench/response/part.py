"""One fit with its draws, in the units of the question: curves, contributions, what it says of a period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from workbench.response import fitting
from workbench.response.columns import columns
from workbench.response.data import Data, lagged
from workbench.response.fitting import Draws, Solution
from workbench.response.layout import media, unit
from workbench.response.problem import Problem
from workbench.response.saturation import Floats


@dataclass(frozen=True, eq=False)
class Curves:
    """Parameters of curves in currency units a period and units of the outcome, shape (..., C, R)."""

    scale: Floats
    half: Floats
    shape: Floats


@dataclass(frozen=True, eq=False)
class Part:
    """A fit.

    Attributes:
        problem: What was minimised. best: Its bottom. draws: Plausible fits; None where none were made.
        forms: Form of each channel's curve. lags: Periods that carry over.
        aside: Names of regions or channels that the cells' names do without.
    """

    problem: Problem
    best: Solution
    forms: tuple[str, ...]
    lags: int
    draws: Draws | None = field(default=None)

    @property
    def data(self) -> Data:
        """The data."""
        return self.problem.data

    def cells(self) -> Iterator[tuple[int, int, str]]:
        """(channel, region, name) of each cell of a plan."""
        for c, channel in enumerate(self.data.channels):
            for r, region in enumerate(self.data.regions):
                yield c, r, f"{channel} · {region}" if region else channel

    def every(self) -> Iterator[tuple[Floats, Floats]]:
        """Parameters of the draws."""
        if self.draws is not None:
            yield from zip(self.draws.z, self.draws.w, strict=True)

    def curves(self, z: Floats, w: Floats) -> Curves:
        """The curves of a set of parameters."""
        data, lay = self.data, self.problem.lay
        free = lay.free(z)
        half, shape = np.ones(len(data.channels)), np.ones(len(data.channels))
        for group in lay.groups:
            if group.half is not None:
                half[group.channels] = np.exp(free[group.half])
            if group.shape is not None:
                shape[group.channels] = np.exp(free[group.shape])
        scale = self.problem.media(w).T / unit(lay, z)[:, None] * data.level * data.size
        return Curves(
            scale, (half * data.usual)[:, None] * data.size, np.repeat(shape[:, None], len(data.size), 1)
        )

    def contributions(self, z: Floats, w: Floats) -> Floats:
        """What each channel brings in each region and period, in units of the outcome, shape (C, R, T)."""
        found, _ = media(self.problem.lay, self.problem.lags[:, : self.problem.y.size], z, slopes=False)
        return self._in_units(self.data, found, w)

    def _in_units(self, data: Data, found: Floats, w: Floats) -> Floats:
        regions, periods = len(data.regions), len(data.times)
        each = found.reshape(len(found), regions, periods)
        level = self.data.level * data.size[:, None] * data.season
        return np.asarray(each * self.problem.media(w).T[..., None] * level)

    def linear(self, w: Floats, data: Data | None = None) -> Floats:
        """What each linear column brings, in units of the outcome, shape (q, R, T)."""
        data = data or self.data
        cols = (
            self.problem.cols if data is self.data else columns(data, self.problem.base, self.problem.priors)
        )
        level = self.data.level * self.data.size[:, None] * data.season
        return np.asarray((cols.values * w[: len(cols.names)]).transpose(2, 0, 1) * level)

    def projected(self, data: Data, z: Floats, w: Floats) -> Floats:
        """What each channel brings with another spend but the same past, from the first period on."""
        unit = self.data.usual[:, None, None] * self.data.size[:, None]
        windows = lagged(data.spend / unit, self.lags, self.data.spend / unit)
        found, _ = media(self.problem.lay, windows.reshape(len(unit), -1, self.lags), z, slopes=False)
        return self._in_units(data, found, w)

    @cached_property
    def totals(self) -> Floats:
        """Each draw's contributions over all periods, shape (D, C, R)."""
        found = [self.contributions(z, w).sum(axis=2) for z, w in self.every()]
        return np.array(found).reshape(len(found), len(self.data.channels), len(self.data.regions))

    @cached_property
    def sampled(self) -> Curves:
        """The draws' curves, shape (D, C, R)."""
        found = [self.curves(z, w) for z, w in self.every()]
        return Curves(
            *(np.array([getattr(one, name) for one in found]) for name in ("scale", "half", "shape"))
        )

    @cached_property
    def fitted(self) -> Floats:
        """What the fit says of each region and period, in units of the outcome."""
        best = self.best
        return np.asarray(self.contributions(best.z, best.w).sum(axis=0) + self.linear(best.w).sum(axis=0))

    def drawn(self, draws: int, method: str, seed: int, progress: Any) -> Part:
        """The same with draws."""
        made = fitting.bootstrap(self.problem, self.best, draws, method, seed, progress)
        return Part(self.problem, self.best, self.forms, self.lags, made)
