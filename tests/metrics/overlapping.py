"""Reports of the same spend side by side, and a slow way to tell which of them answers."""

from __future__ import annotations

import datetime as dt
import random

import pandas as pd

from workbench.schema import GRAINS

START = dt.date(2026, 3, 2)
REPORTS = {
    ("account", "", ""): (),
    ("campaign", "", ""): ("campaign",),
    ("ad", "", ""): ("campaign", "creative"),
    ("campaign", "region", ""): ("campaign", "region"),
    ("campaign", "device", ""): ("campaign", "device"),
    ("account", "region,device", ""): ("region", "device"),
    ("campaign", "hour", ""): ("campaign", "local_hour"),
    ("keyword", "", "brand"): ("campaign",),
}
"""Slice → columns that its rows know."""

VALUES = {
    "campaign": ["c1", "c2"],
    "creative": ["k1", "k2", "k3"],
    "region": ["north", "south"],
    "device": ["mobile", "desktop"],
    "local_hour": [8, 20],
}


def delivery(seed: int, days: int = 6) -> pd.DataFrame:
    """Rows of several accounts; each account has some reports, some of them incomplete on some days."""
    pick, rows = random.Random(seed), []
    for account in ("a", "b", None):
        reports = pick.sample(list(REPORTS), pick.randint(1, 5))
        for day in range(days):
            cost = {campaign: pick.randint(1, 9) * 24_000_000 for campaign in VALUES["campaign"]}
            for report in reports:
                if pick.random() < 0.9:
                    part = pick.choice([1.0, 1.0, 1.0, 0.996, 0.9])
                    rows += _rows(account, START + dt.timedelta(day), report, cost, part, pick)
    return pd.DataFrame(rows)


def _rows(account, day, report, cost, part, pick):
    grain, breakdown, scope = report
    known = REPORTS[report]
    unknown_share = pick.choice([0.0, 0.0, 0.25])
    for campaign, amount in cost.items():
        cells = [{}]
        for column in known:
            if column != "campaign":
                cells = [{**cell, column: value} for cell in cells for value in VALUES[column]]
        for number, cell in enumerate(cells):
            unknown = number and pick.random() < unknown_share / 5
            yield {
                "source": "meta_ads",
                "account": account,
                "grain": grain,
                "breakdown": breakdown,
                "scope": scope,
                "local_date": day,
                "currency": "CNY",
                "campaign": campaign if "campaign" in known else None,
                "creative": None,
                "region": None,
                "device": None,
                "local_hour": None,
                **(dict.fromkeys(cell) if unknown else cell),
                "impressions": 1000,
                "cost_micros": round(amount * part / len(cells)),
            }


def answering(frame: pd.DataFrame, needed: tuple[str, ...]) -> pd.DataFrame:
    """The rows that answer a question which needs some columns, by plain loops.

    A column that no report knows on a day is not asked for.
    """
    kept = []
    for _, day in frame.groupby(["source", "account", "local_date"], dropna=False):
        asked = tuple(name for name in needed if day[name].notna().any())
        kept.append(day[_slice(day) == _chosen(day, asked)])
    return pd.concat(kept)


def _slice(rows):
    return rows["grain"] + "|" + rows["breakdown"] + "|" + rows["scope"]


def _chosen(day, needed):
    most = max(part["cost_micros"].sum() for _, part in day.groupby(_slice(day)))
    complete = {
        name: part for name, part in day.groupby(_slice(day)) if part["cost_micros"].sum() >= 0.995 * most
    }

    def known(part):
        rows = part[part[list(needed)].notna().all(axis=1)] if needed else part
        return rows["cost_micros"].sum() / part["cost_micros"].sum()

    def coarseness(name):
        grain, breakdown, scope = name.split("|")
        return (-GRAINS.index(grain), breakdown != "", scope != "", breakdown, scope)

    usual = min(complete, key=coarseness)
    best = max(known(part) for part in complete.values())
    if known(complete[usual]) >= best - 0.005:
        return usual
    return min((name for name, part in complete.items() if known(part) >= best - 0.005), key=coarseness)
