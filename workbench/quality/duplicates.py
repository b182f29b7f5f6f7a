"""What is there twice: the same spend under two accounts, the same order under two ids."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from workbench.quality.answer import Item
from workbench.quality.asked import Asked, named

_ENOUGH = 1000
"""Impressions of a day under which equal figures may be chance."""


def check(asked: Asked) -> Iterator[Item]:
    """Look for accounts with the same figures, and orders with the same customer, time and amount."""
    for (one, other), days in _alike(asked).items():
        if len(days) >= asked.thresholds.alike:
            first, last = min(days), max(days)
            yield asked.item("duplicates", "alike", one, other=other, days=len(days), first=first, last=last)
    if "transactions" in asked.store.tables:
        yield from _orders(asked)


def _alike(asked: Asked) -> dict[tuple[str, str], list[dt.date]]:
    """Pairs of accounts → recent days on which both show the same impressions, clicks and cost."""
    recent = asked.recent()
    sums = recent.group_by("source", "account", "local_date").agg(
        shown=recent.impressions.sum(), clicks=recent.clicks.sum(), cost=recent.cost_micros.sum()
    )
    rows = asked.store.query(sums.filter(sums.shown >= _ENOUGH)).to_pylist()
    same = defaultdict(list)
    for row in rows:
        name = named(row["source"], row["account"])
        same[row["local_date"], row["shown"], row["clicks"], row["cost"]].append(name)
    found: dict[tuple[str, str], list[dt.date]] = defaultdict(list)
    for (day, *_), names in same.items():
        for pair in combinations(sorted(names), 2):
            found[pair].append(day)
    return found


def _orders(asked: Asked) -> Iterator[Item]:
    """Orders that equal another one in everything but their id."""
    row = asked.store.query(
        "SELECT CAST(sum(n) AS BIGINT) AS every, CAST(sum(n - 1) AS BIGINT) AS copies FROM ("
        "SELECT count(*) AS n FROM transactions WHERE time IS NOT NULL AND customer_id IS NOT NULL "
        "AND amount_micros > 0 GROUP BY customer_id, time, amount_micros, kind) AS orders"
    ).to_pylist()[0]
    if (row["copies"] or 0) > asked.thresholds.copied * (row["every"] or 0):
        yield asked.item("duplicates", "copies", copies=row["copies"], all=row["every"])
