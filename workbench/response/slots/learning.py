"""From a panel to rates with their uncertainty: season, noise, inventory, surface, drift, cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.response.saturation import Floats
from workbench.response.slots import inventory, surface, weeks
from workbench.response.slots.basis import DAY, HOURS
from workbench.response.slots.inventory import Inventory
from workbench.response.slots.panel import Panel, exposure
from workbench.response.slots.surface import Cells, Surface


@dataclass(frozen=True, eq=False)
class Learnt:
    """What a panel taught.

    Attributes:
        cells: Discounted counts and exposures, in conversions that are worth one Poisson conversion each.
        surface: The surface. inventory: Where slots saturate.
        season: Factor of each week, shape (T,).
        noise: Variance ÷ mean of the counts of each slot, shape (G, 168).
        half_life: Weeks after which a week counts half; endless where rates stand still.
        drift: Variance of log rates from week to week that is not foreseen.
    """

    cells: Cells
    surface: Surface
    inventory: Inventory
    season: Floats
    noise: Floats
    half_life: float
    drift: float

    @property
    def rate(self) -> Floats:
        """Mean conversions for one unit of effective spend, shape (G, 168)."""
        shape, at = self.surface.shape, np.exp(self.surface.log_rate)
        return np.asarray((shape + self.cells.count) / (shape / at + self.cells.exposure))

    def draw(self, many: int, seed: int) -> tuple[Floats, Floats]:
        """Joint draws of (rates, inventories), shape (many, G, 168) or (1, G, 168)."""
        rng = np.random.default_rng(seed)
        rate = surface.drawn(self.cells, self.surface, rng, many)
        if self.drift:
            rate *= _moved(rng, rate.shape, self.drift)
        capacity = self.inventory.drawn(rng, many)
        if self.inventory.usual is not None:  # what was seen stands: a larger inventory has a lower rate
            usual = self.inventory.usual
            rate *= exposure(usual, self.inventory.capacity) / exposure(usual, capacity)
        return rate, capacity


def learn(panel: Panel, half_life: float | None) -> Learnt:
    """Fit a panel."""
    count = panel.count * panel.kept
    plain = _felt(panel, panel.capacity)
    factor = weeks.season(count, plain)
    steady = weeks.steadiness(count, plain * factor)
    slots = inventory.learnt(panel, factor, 1 + float(count.sum() / panel.rows.sum()) / steady)
    felt = (plain if slots.known else _felt(panel, slots.capacity)) * factor
    count, tree = np.where(felt > 0, count, 0.0), panel.tree
    every = np.ones(count.shape[2])
    cells = weeks.added(count, felt, every, np.ones(felt.shape[:2]), tree)
    found = surface.fit(cells)
    noise = weeks.noise(cells.exposure * np.exp(found.log_rate), steady)
    life = weeks.half_life(count, felt, cells, found, noise) if half_life is None else half_life
    if np.isfinite(life) or np.isfinite(steady):
        cells = weeks.added(count, felt, weeks.weights(len(every), life), noise, tree)
        found = surface.fit(cells, found)
    drift = weeks.surprise(count, felt, found, panel.tree, life, noise)
    return Learnt(cells, found, slots, factor, noise, life, drift)


def _moved(rng: np.random.Generator, shape: tuple[int, ...], drift: float) -> Floats:
    """Log-normal factors of mean 1 that neighbouring hours of a day share, over all days of a group."""
    many, groups, _ = shape
    points = rng.standard_normal((many, groups, DAY // weeks.BLOCK))
    hour = np.arange(HOURS) % DAY
    return np.asarray(np.exp(np.sqrt(drift) * points[..., hour // weeks.BLOCK] - drift / 2))


def _felt(panel: Panel, capacity: Any) -> Floats:
    """Effective spend of each row, shape (G, 168, T); holidays at 0."""
    if capacity is None:
        capacity = inventory.CENTRE * inventory.usual_spend(panel)
    spend = np.where(panel.kept, panel.spend, 0.0)
    return panel.length * exposure(spend / panel.length, capacity[..., None])
