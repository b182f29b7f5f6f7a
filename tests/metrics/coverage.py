"""Simulated worlds with a known ratio, for the coverage of its interval.

Day volumes are log-normal around a weekday pattern, the day's true rate is gamma-shocked around
another one, counts are Poisson, order values skewed. The true ratio is that of the expectations over
a week, so weekday rates are part of it.
"""

from __future__ import annotations

from itertools import product

import numpy as np

KINDS = {
    "ctr": "clicks / impressions",
    "cvr": "conversions / clicks",
    "many": "conversions / clicks, over 1",
    "cpa": "cost / conversions",
    "roas": "revenue / cost",
    "aov": "revenue / orders",
}
EVENTS = (5, 20, 100, 1000)
SHOCKS = (0.0, 0.3, 0.7)
VOLUMES = (0.2, 0.8)
DAYS = (8, 14, 28, 90)

_WEEK = 2 * np.pi * np.arange(7) / 7
_VOLUME, _RATE = 1 + 0.3 * np.cos(_WEEK), 1 + 0.2 * np.sin(_WEEK)
_TILT = float((_VOLUME * _RATE).sum() / _VOLUME.sum())


def grid():
    """Every scenario: kind, expected events, shock, volume spread, days."""
    return product(KINDS, EVENTS, SHOCKS, VOLUMES, DAYS)


def world(rng, kind, events, shock, volume, days, worlds):
    """Numerators and denominators (worlds × days) and the true ratio."""
    shape = (worlds, days)
    weekday = (np.arange(days) + rng.integers(0, 7, (worlds, 1))) % 7
    spread = np.exp(volume * rng.standard_normal(shape) - volume**2 / 2)
    rate_shock = rng.gamma(1 / shock**2, shock**2, shape) if shock else np.ones(shape)
    base = {"ctr": 20000.0, "many": 0.5 * events / days}.get(kind, 300.0)
    rate = events / days / base
    shown = rng.poisson(base * _VOLUME[weekday] * spread).astype(float)
    counted = rng.poisson(shown * rate * rate_shock * _RATE[weekday]).astype(float)
    cost = shown * rng.gamma(25, 1 / 25, shape)
    # the sum of k log-normal orders (sd 1 of the log) is about gamma with 0.58 k
    revenue = np.where(counted > 0, rng.gamma(np.maximum(counted, 1e-9) * 0.58, 1 / 0.58), 0.0)
    sides = {"cpa": (cost, counted), "roas": (revenue, cost), "aov": (revenue, counted)}
    top, bottom = sides.get(kind, (counted, shown))
    truth = {"cpa": 1 / (rate * _TILT), "aov": 1.0}.get(kind, rate * _TILT)
    return top, bottom, truth


def flat(top, bottom):
    """Worlds as groups, as the product's function takes them."""
    group = np.repeat(np.arange(len(top)), top.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        value = top.sum(axis=1) / bottom.sum(axis=1)
    return value, top.ravel(), bottom.ravel(), group


def usable(top, bottom):
    """Worlds with a ratio and enough days."""
    days = ((top != 0) | (bottom != 0)).sum(axis=1)
    return (top.sum(axis=1) > 0) & (bottom.sum(axis=1) > 0) & (days >= 8)
