"""Small whole workspaces (delivery, targets, orders, cases) in which one thing goes wrong, or nothing."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from card_rows import fill

from workbench import data

LAST = dt.date(2026, 10, 18)
DAILY = {"search": 1000.0, "feed": 600.0}
"""Cost of a day in the mean."""
PEOPLE = 500
ORDER_DAYS = 45.0
"""Days between two orders of a customer in the mean."""
HISTORY = 400
"""Days of orders."""


def delivery(rng: np.random.Generator, days: int = 110) -> pd.DataFrame:
    """Daily rows of two channels."""
    rows = []
    for channel, mean in DAILY.items():
        for shift in range(days):
            day = LAST - dt.timedelta(days=shift)
            clicks = int(rng.poisson(mean / 2 * rng.gamma(100, 0.01)))
            rows.append((channel, day, clicks, rng.binomial(clicks, 0.05)))
    frame = pd.DataFrame(rows, columns=["channel", "local_date", "clicks", "conversions"])
    same = {"source": "generic", "account": "a", "grain": "campaign", "currency": "CNY", "region": "north"}
    return frame.assign(
        **same,
        campaign=frame.channel + "-c",
        impressions=frame.clicks * 20,
        cost_micros=frame.clicks * 2_000_000,
        conversions=frame.conversions.astype(float),
        revenue_micros=(frame.conversions * 90_000_000).astype("int64"),
    )


def planned(spend: float = 1.0) -> pd.DataFrame:
    """What the days of the month bring where nothing goes wrong; `spend` times that cost of search."""
    rows = [
        {
            "channel": channel,
            "month": "2026-10",
            "cost": 31 * mean * (spend if channel == "search" else 1),
            "revenue": 31 * mean / 2 * 0.05 * 90,
        }
        for channel, mean in DAILY.items()
    ]
    return pd.DataFrame(rows)


def orders(rng: np.random.Generator, gone: float = 0.0) -> list[dict[str, object]]:
    """Orders of customers by their own rhythm; part of them stop three months before the end."""
    rows = []
    for person in range(PEOPLE):
        rhythm, stops = ORDER_DAYS * rng.gamma(4, 0.25), 91 if rng.random() < gone else 0
        day = HISTORY - rng.exponential(rhythm)
        while day >= stops:
            number = {"transaction_id": f"t{len(rows)}", "customer_id": f"u{person}", "kind": "order"}
            amount = {"currency": "CNY", "amount_micros": int(rng.gamma(4, 25) * 1e6), "channel": "search"}
            rows.append({**number, **amount, **when(int(day))})
            day -= rng.exponential(rhythm)
    return rows


def cases(rng: np.random.Generator, complaints: float = 1.0, waits: float = 1.0) -> list[dict[str, object]]:
    """Cases of the last half year; in its second part complaints are as many times more, answers slower."""
    rows = []
    for shift in range(180):
        now = shift < 90
        for kind, mean in (("complaint", 1.2), ("question", 4.0)):
            more = complaints if now and kind == "complaint" else 1.0
            for _ in range(rng.poisson(mean * more)):
                at = when(shift)
                wait = dt.timedelta(hours=float(rng.lognormal(0, 0.8)) * (waits if now else 1.0))
                rows.append(
                    {
                        "interaction_id": f"i{len(rows)}",
                        "customer_id": f"u{rng.integers(PEOPLE)}",
                        "method": "chat",
                        "direction": "inbound",
                        "kind": kind,
                        **at,
                        "first_response_time": at["time"] + wait,
                        "resolution_time": at["time"] + 3 * wait,
                    }
                )
    return rows


def when(days: int) -> dict[str, object]:
    noon = dt.datetime.combine(LAST, dt.time(4), dt.UTC)
    return {"time": noon - dt.timedelta(days=days), "local_date": LAST - dt.timedelta(days=days)}


def world(folder, seed: int, *, spend=1.0, gone=0.0, complaints=1.0, waits=1.0):
    """A workspace with everything in it."""
    import worlds

    rng = np.random.default_rng(seed)
    store = worlds.commit(data.open(folder), delivery(rng))
    data.load_targets(store, planned(spend), currency="CNY")
    return fill(store, transactions=orders(rng, gone), interactions=cases(rng, complaints, waits))
