"""Regions with shared factors, a weekly season and errors that remember, as long frames."""

from __future__ import annotations

import numpy as np
import pandas as pd

START = pd.Timestamp("2026-01-01")


def series(rng, shape, memory):
    """Autoregressive noise with variance 1."""
    noise = rng.normal(size=shape)
    for at in range(1, shape[-1]):
        noise[..., at] = memory * noise[..., at - 1] + np.sqrt(1 - memory**2) * noise[..., at]
    return noise


def outcomes(rng, units=8, times=88, memory=0.3, noise=0.08, start=60, lift=0.0):
    """Units × times; the first unit has `lift` from `start` on."""
    week = 1 + 0.2 * np.sin(2 * np.pi * np.arange(times) / 7)
    factors = 0.05 * series(rng, (3, times), 0.9) * 2
    loadings = rng.dirichlet(np.ones(3), units)
    level = rng.uniform(50, 200, units)[:, None]
    values = level * week * np.exp(loadings @ factors + noise * series(rng, (units, times), memory))
    values[0, start:] *= 1 + lift
    return values


def frame(values, treated=1, start=60, **columns):
    """The long form, with `treated` 1 for the first units from `start` on."""
    units, times = values.shape
    flags = (np.arange(units) < treated)[:, None] & (np.arange(times) >= start)
    found = pd.DataFrame(
        {
            "region": np.repeat([f"r{at:02d}" for at in range(units)], times),
            "day": np.tile(pd.date_range(START, periods=times), units),
            "orders": values.ravel(),
            "treated": flags.ravel().astype(int),
        }
    )
    return found.assign(**columns)
