"""A small workspace to monitor: 45 days of two campaigns, a plan for April, and reports that correct days."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pandas as pd

import workbench as wb

FIRST, DAYS = dt.date(2026, 3, 1), 45
HEAD = "Day,Customer ID,Campaign,Campaign ID,Currency code,Impr.,Clicks,Cost,Conversions,Conv. value\n"


def report(days: int = DAYS, account: str = "acct", first: dt.date = FIRST, factor: float = 1.0) -> str:
    """A Google Ads report with a week in it; `factor` on its costs."""
    rows = []
    for number in range(days):
        day = first + dt.timedelta(number)
        cost = factor * (100 + 20 * math.sin(day.weekday()) + number % 3)
        rows.append(f"{day},{account},Brand,1,USD,1000,50,{cost:.2f},{4 + number % 2},{30 + number % 5}.00\n")
    return HEAD + "".join(rows)


def filled(folder: Path, plan: float | None = 3000.0) -> wb.Store:
    """A workspace with the report, and with a plan of April's spend unless that is None."""
    store = wb.open(folder / "workspace")
    file = folder / "first.csv"
    file.write_text(report(), encoding="utf-8")
    wb.data.load(store, file)
    if plan is not None:
        channel = store.members("channel")[0]
        wb.data.load_targets(
            store, pd.DataFrame({"channel": [channel], "month": ["2026-04"], "cost": [plan]}), "USD"
        )
    return store
