"""Made-up experiments with a known truth, and the oracles' closed forms on raw rows."""

from __future__ import annotations

import numpy as np
import pandas as pd


def frame(
    n: int = 4000, seed: int = 1, arms: tuple[str, ...] = ("A", "B", "C"), lift: float = 0.1
) -> pd.DataFrame:
    """One row a unit: arm, region, revenue, buyers, clicks of impressions, waits, and the time before."""
    random = np.random.default_rng(seed)
    made = pd.DataFrame({"customer_id": np.arange(n), "variant": random.choice(arms, n)})
    made["region"] = random.choice(["north", "south", "west"], n, p=[0.5, 0.3, 0.2])
    taste = random.gamma(2, 1, n) * (1 + 0.5 * (made["region"] == "north"))
    better = 1 + lift * (made["variant"] != "A")
    made["revenue_before"] = taste * random.gamma(3, 10, n)
    made["visits_before"] = random.poisson(3 * taste)
    made["revenue"] = taste * better * random.gamma(3, 10, n)
    made["converted"] = (random.random(n) < 0.1 * better).astype(float)
    made["impressions"] = random.poisson(8 * taste) + 1.0
    made["clicks"] = random.binomial(made["impressions"].astype(int), 0.1).astype(float)
    made["wait"] = random.lognormal(1, 1, n)
    made["store"] = random.integers(0, 90, n)
    return made


def arm(data: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of one arm."""
    return data[data["variant"] == name]


def row(comparison, metric: str, name: str = "B") -> pd.Series:
    """The one row of a metric and an arm."""
    table = comparison.table
    return table[(table["metric"] == metric) & (table["arm"] == name)].iloc[0]
