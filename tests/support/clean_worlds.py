"""Worlds in which nothing happens, of several kinds: whatever a review of them finds is a false alarm."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

START = dt.date(2026, 1, 1)
DAYS = 150
KINDS = ("steady", "wandering", "rare", "promotions", "growing")
"""Same volume but for weekdays; volume that wanders and has quiet weekends; a handful of conversions a day;
days with four times the volume that also convert; campaigns that start late and grow."""


def volume(kind: str, rng: np.random.Generator, campaign: int) -> np.ndarray:
    """Expected impressions of one creative by day."""
    day = np.arange(DAYS)
    weekday = 1 + 0.2 * np.cos(day % 7)
    noise = rng.lognormal(0, 0.15, DAYS)
    if kind == "wandering":
        steps = rng.normal(0, 0.08, DAYS)
        walk = np.array(
            [steps[max(0, at - 40) : at + 1] @ 0.9 ** np.arange(min(at, 40), -1, -1) for at in day]
        )
        return 9000 * np.where(day % 7 >= 5, 0.45, 1.0) * noise * np.exp(walk)
    if kind == "rare":
        return 700 * weekday * noise
    if kind == "promotions":
        return 9000 * weekday * noise * np.where(rng.random(DAYS) < 0.03, 4.0, 1.0)
    if kind == "growing":
        first = 70 * (campaign % 2)
        return 9000 * weekday * noise * np.where(day < first, 0.0, 0.6 + 0.8 * day / DAYS)
    return 9000 * weekday * noise


def page(kind: str, seed: int, account: str, scatter: float = 0.2) -> pd.DataFrame:
    """One account: two channels, four campaigns, twelve creatives; day shocks that siblings share."""
    rng = np.random.default_rng(seed)
    parts = []
    for campaign, channel in enumerate(("search", "search", "feed", "feed")):
        shown_usually, shock = volume(kind, rng, campaign), rng.gamma(scatter**-2, scatter**2, DAYS)
        for creative in range(3):
            shown = rng.poisson(shown_usually)
            clicks = rng.poisson(shown * 0.02)
            orders = rng.poisson(clicks * 0.05 * shock)
            frame = {
                "channel": channel,
                "campaign": f"c{campaign}-{account}",
                "creative": f"c{campaign}-k{creative}",
                "region": ("north", "south", "east")[creative],
                "local_date": [START + dt.timedelta(days=number) for number in range(DAYS)],
                "impressions": shown,
                "clicks": clicks,
                "cost_micros": (clicks * rng.gamma(100, 0.01, DAYS) * 1e6).astype("int64"),
                "conversions": orders.astype(float),
                "revenue_micros": (rng.gamma(np.maximum(orders, 1e-9) * 2, 30) * (orders > 0) * 1e6).astype(
                    "int64"
                ),
            }
            parts.append(pd.DataFrame(frame))
    rows = pd.concat(parts)
    same = {"source": "generic", "account": account, "grain": "ad", "currency": "CNY"}
    return rows[rows["impressions"] > 0].assign(**same)
