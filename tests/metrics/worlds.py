"""Small random worlds for the metric tests, committed through the real store."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.data import Change

START = dt.date(2026, 1, 1)


def facts(seed: int, days: int = 100, rows: int = 4000) -> pd.DataFrame:
    """Random delivery and outcomes of one account with nulls in dimensions, hours and facts."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "source": "generic",
            "account": "a1",
            "channel": rng.choice(["search", "feed", "video", None], rows, p=[0.4, 0.3, 0.25, 0.05]),
            "campaign": rng.choice(["c1", "c2", "c3", "c4", "c5"], rows),
            "creative": rng.choice(["k1", "k2", "k3"], rows),
            "region": rng.choice(["north", "south"], rows),
            "grain": "ad",
            "local_date": [START + dt.timedelta(days=int(d)) for d in rng.integers(0, days, rows)],
            "currency": "CNY",
            "impressions": rng.integers(50, 5000, rows),
        }
    )
    hour = rng.integers(0, 24, rows).astype(object)
    hour[rng.random(rows) < 0.2] = None
    frame["local_hour"] = hour
    frame["clicks"] = rng.binomial(frame["impressions"], 0.03)
    frame["cost_micros"] = frame["clicks"] * rng.integers(300_000, 900_000, rows)
    frame["conversions"] = rng.binomial(frame["clicks"], 0.1).astype(float)
    frame["revenue_micros"] = (frame["conversions"] * rng.integers(10, 90, rows) * 1_000_000).astype("int64")
    return frame


def delivery(frame: pd.DataFrame) -> pa.Table:
    return _table(frame.drop(columns=["conversions", "revenue_micros"], errors="ignore"))


def outcomes(frame: pd.DataFrame, kind: str = "order") -> pa.Table:
    kept = frame.drop(columns=["impressions", "clicks", "cost_micros"], errors="ignore")
    return _table(kept.assign(goal="purchase", kind=kind, is_goal=True, time_basis="click"))


def commit(store, frame: pd.DataFrame, kind: str = "order"):
    """Commit delivery and conversions of a frame; returns the store."""
    changes = [Change("performance", delivery(frame))]
    if "conversions" in frame:
        changes.append(Change("conversions", outcomes(frame, kind)))
    store.commit(changes)
    return store


def _table(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)
