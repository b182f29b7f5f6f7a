"""Day series with known truth, for tests of forecasts and anomalies."""

from __future__ import annotations

import numpy as np
import pandas as pd

WEEK = np.array([0.0, 0.05, 0.1, 0.1, 0.15, -0.2, -0.2])


def weekly(kind: str, days: int, count: int, seed: int) -> np.ndarray:
    """`count` series, shape (count, days): `steady`, `wandering`, `trend`, `counts`, else a walk around 0."""
    rng, t = np.random.default_rng(seed), np.arange(days)
    week = WEEK[t % 7]
    noise = rng.normal(0, 1, (count, days))
    steps = np.cumsum(rng.normal(0, 1, (count, days)), axis=1)
    if kind == "steady":
        return 1000 * np.exp(week + 0.15 * noise)
    if kind == "wandering":
        return 1000 * np.exp(week + 0.03 * steps + 0.1 * noise)
    if kind == "trend":
        return 1000 * np.exp(week + 0.002 * t + 0.12 * noise)
    if kind == "counts":
        mean = 20 * np.exp(week + 0.01 * steps)
        return rng.poisson(mean * rng.gamma(10, 0.1, (count, days))).astype(float)
    return 5 * steps + 5 * noise


def long(values: np.ndarray, start: str = "2025-01-01") -> pd.DataFrame:
    """Series as a long frame with the columns `series`, `date`, `value`."""
    count, days = values.shape
    dates = pd.date_range(start, periods=days)
    return pd.DataFrame(
        {
            "series": np.repeat([f"s{number:03d}" for number in range(count)], days),
            "date": np.tile(dates, count),
            "value": values.ravel(),
        }
    )


def one(values: np.ndarray, start: str = "2025-01-01") -> pd.Series:
    """One series with days as its index."""
    return pd.Series(values, index=pd.date_range(start, periods=len(values)), name="cost")
