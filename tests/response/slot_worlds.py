"""Simulated weeks of time slots whose truth is known, written apart from the package."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

CHANNELS, REGIONS, HOURS = 4, 3, 168
GROUPS = CHANNELS * REGIONS


@dataclass(frozen=True)
class World:
    """Slots and what they truly bring; arrays of shape (groups, 168)."""

    rate: np.ndarray
    capacity: np.ndarray
    spend: np.ndarray

    @property
    def budget(self):
        """Spend a week."""
        return float(self.spend.sum())

    def value(self, spend, rate=None):
        """What spends bring a week."""
        rate = self.rate if rate is None else rate
        return float((rate * felt(spend, self.capacity)).sum())

    def best(self, rate=None):
        """The best spends for rates, by bisection on the price."""
        rate = np.maximum(self.rate if rate is None else rate, 1e-12)
        low, high = -60.0, 20.0
        for _ in range(200):
            price = (low + high) / 2
            spend = self.capacity * np.maximum(np.log(rate) - price, 0.0)
            low, high = (price, high) if spend.sum() > self.budget else (low, price)
        return spend

    def regret(self, spend, rate=None):
        """How far spends stay behind the best ones, as a share of these."""
        best = self.value(self.best(rate), rate)
        return 1 - self.value(spend, rate) / best


def felt(spend, capacity):
    """Effective spend."""
    return -capacity * np.expm1(-spend / capacity)


def world(seed, per_cell=1.3, rough=0.15):
    """Two daily peaks a channel, moved and scaled by region and at the weekend; cells a little rough."""
    rng = np.random.default_rng(seed)
    hour = np.arange(HOURS)
    weekend = hour // 24 >= 5
    rate = np.zeros((GROUPS, HOURS))
    for channel in range(CHANNELS):
        level, later = rng.uniform(0.02, 0.06), rng.normal(0, 2)
        peaks, widths, heights = rng.uniform(0, 24, 2), rng.uniform(1.5, 4, 2), rng.uniform(0.6, 2.2, 2)
        quieter = rng.lognormal(0, 0.3)
        for region in range(REGIONS):
            own = np.full(HOURS, 0.6)
            shift = rng.normal(0, 2)
            for peak, width, height in zip(peaks, widths, heights, strict=True):
                away = (hour % 24 - (peak + shift + later * weekend) + 12) % 24 - 12
                own += height * rng.lognormal(0, 0.3) * np.exp(-0.5 * (away / width) ** 2)
            own *= np.where(weekend, quieter, 1) * np.repeat(rng.lognormal(0, 0.1, 7), 24)
            rough_cells = np.exp(rng.normal(-(rough**2) / 2, rough, HOURS))
            rate[channel * REGIONS + region] = level * rng.lognormal(0, 0.4) * own * rough_cells
    capacity = rng.lognormal(np.log(60), 0.5, rate.shape)
    spend = 20 * rng.lognormal(0, 0.3, rate.shape)
    rate *= per_cell / (rate * felt(spend, capacity)).mean()
    return World(rate, capacity, spend)


def frame(capacity, spend, count, week=None):
    """Rows as `fit_slots` takes them; `spend` and `count` of shape (groups, 168)."""
    group, hour = np.indices((GROUPS, HOURS)).reshape(2, -1)
    table = pd.DataFrame(
        {
            "channel": np.array([f"c{at // REGIONS}" for at in range(GROUPS)])[group],
            "region": np.array([f"r{at % REGIONS}" for at in range(GROUPS)])[group],
            "hour_of_week": hour,
            "cost": spend.ravel(),
            "conversions": count.ravel().astype(float),
            "capacity": capacity.ravel(),
        }
    )
    return table if week is None else table.assign(week=week)


def once(made, seed):
    """One row a slot: what one week brought."""
    rng = np.random.default_rng(10_000 + seed)
    return frame(made.capacity, made.spend, rng.poisson(made.rate * felt(made.spend, made.capacity)))


def weekly(made, seed, weeks, drift=0.0, noise=None):
    """(rows of some weeks, rates of the last one): level and daily waves of each group wander by `drift`.

    All weeks together bring what one week of `made` does; `noise` is the shape of gamma shocks.
    """
    rng = np.random.default_rng(20_000 + seed)
    angle = 2 * np.pi * np.arange(HOURS) / 24
    waves = np.stack([np.ones(HOURS), *(f(n * angle) for n in (1, 2) for f in (np.sin, np.cos))])
    path = np.cumsum(rng.normal(0, drift, (weeks, GROUPS, 5)), axis=0) @ waves
    rates = made.rate * np.exp(path - path.mean(axis=0)) / weeks
    parts = []
    for week, rate in enumerate(rates):
        spend = made.spend * rng.lognormal(0, 0.2, made.spend.shape)
        mean = rate * felt(spend, made.capacity)
        shock = 1 if noise is None else rng.gamma(noise, 1 / noise, mean.shape)
        parts.append(frame(made.capacity, spend, rng.poisson(mean * shock), week))
    return pd.concat(parts, ignore_index=True), rates[-1]


def covers(low, high, truth):
    """Share of the slots whose interval holds the truth."""
    return float(((truth >= low) & (truth <= high)).mean())
