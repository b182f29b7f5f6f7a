"""What is there twice: the same spend under two accounts, the same order under two ids."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from workbench.quality.answer import Item
from workbench.quality.asked import Asked, named

if TYPE_CHECKING:
    from workbench.data import Store

_ENOUGH = 1000
"""Impressions of a day under which equal figures may be chance."""


def check(asked: Asked) -> Iterator[Item]:
    """Look for accounts with the same figures, and orders with the same customer, time and amount."""
    for (one, other), days in _alike(asked.store).items():
        if len(days) >= asked.thresholds.alike:
            first, last = min(days), max(days)
            yield asked.item("duplicates", "alike", one, other=other, days=len(days), first=first, last=last)
    if "transactions" in asked.store.tables:
        yield from _orders(asked)


def _alike(store: Store) -> dict[tuple[str, str], list[dt.date]]:
    """Pairs of accounts → days on which both show the same impressions, clicks and cost."""
    if "performance_hourly" not in store.tables:
        return {}
    rows = store.query(
        "SELECT source, account, local_date, sum(impressions) AS shown, sum(clicks) AS clicks, "
        "sum(cost_micros) AS cost FROM performance_hourly WHERE preferred "
        "GROUP BY source, account, local_date"
    ).to_pylist()
    same = defaultdict(list)
    for row in rows:
        if (row["shown"] or 0) < _ENOUGH:
            continue
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
