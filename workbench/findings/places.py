"""Regions and hours of a channel that convert far worse than the rest of it on the same days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.findings import beside
from workbench.findings.finding import Figure, Finding, Hours, Percent, metric_words
from workbench.findings.page import Key, Page, Test, keys_of, slug, total

if TYPE_CHECKING:
    import pandas as pd

    from workbench.metrics import intervals
    from workbench.metrics.sums import Sums

TERMS = ("conversions", "clicks")
METRIC = "cvr"
KINDS = {"region": "region", "hours": "hour"}
"""Kind of place → the dimension that its sums are asked by."""
HOURS_EACH = 6
"""Hours of a part of the day: single hours have too few conversions, and bids are rarely set by them."""


def tests(page: Page) -> list[Test]:
    """Test every region of a channel against its other regions, and every quarter of the day likewise.

    Args:
        page: The question.
    """
    return [test for kind in KINDS for test in _tests(page, kind)]


def ratios(page: Page) -> dict[str, tuple[float, float]]:
    """Id of each place → its rate, and that of the rest of its channel on the same days.

    Args:
        page: The question.
    """
    found: dict[str, tuple[float, float]] = {}
    for kind in KINDS:
        _, keys, sums = _places(page, kind)
        if not len(sums.group):
            continue
        pairs = beside.pairs(sums, beside.wholes(keys, "channel"), TERMS)
        rates = zip(keys, pairs.own.value, pairs.rest.value, strict=True)
        found |= {slug(f"place_{kind}", key): (float(own), float(rest)) for key, own, rest in rates}
    return found


def _places(page: Page, kind: str) -> tuple[str, list[Key], Sums]:
    """Currency, places of a kind, and their sums by day."""
    measured = page.measure(("channel", KINDS[kind]))
    keys, sums = keys_of(measured.keys), measured.now[True]
    if kind == "hours":
        keys, sums = _by_part(measured.keys, sums)
    return measured.currency.code, keys, sums


def _by_part(table: pd.DataFrame, sums: Sums) -> tuple[list[Key], Sums]:
    """Sums by quarter of the day; rows that know only their day are left out."""
    import numpy as np

    parts = [_part(row) for row in table.to_dict("records")]
    keys = list(dict.fromkeys(part for part in parts if part))
    number = {key: place for place, key in enumerate(keys)}
    of = np.array([number.get(part, -1) for part in parts], dtype="int64")
    return [dict(key) for key in keys], sums.regrouped(of)


def _part(row: dict[Any, Any]) -> tuple[tuple[str, Any], ...]:
    """The channel and part of the day of a row; empty where it knows no hour."""
    hour = row["hour"]
    if hour is None or hour != hour:
        return ()
    return (("channel", row["channel"]), ("hours", str(int(hour) // HOURS_EACH)))


def _tests(page: Page, kind: str) -> list[Test]:
    currency, keys, sums = _places(page, kind)
    if not len(sums.group):
        return []
    pairs, found = beside.pairs(sums, beside.wholes(keys, "channel"), TERMS), []
    cost = float(total(sums, "cost").sum())
    for group, key in enumerate(keys):
        p = float(pairs.p[group])
        if key[kind] is not None and p == p and pairs.expected[group] >= page.thresholds.events:
            large = p <= page.thresholds.alarm and _large(page, pairs, group, cost)
            finding = _finding(page, currency, kind, key, group, pairs) if large else None
            found.append(Test(p, finding, slug(kind, {"channel": key["channel"]})))
    return sorted(found, key=lambda test: -test.rank)  # of one channel the largest is said


def _large(page: Page, pairs: beside.Pairs, group: int, cost: float) -> bool:
    """Whether a place is far enough below, and that costs enough, to be worth a sentence."""
    low = pairs.own.value[group] <= page.thresholds.weak * pairs.rest.value[group]
    return bool(low and pairs.missing[group] * pairs.price[group] > page.thresholds.share * cost)


def _finding(page: Page, currency: str, kind: str, key: Key, group: int, pairs: beside.Pairs) -> Finding:
    entry, shown = page.store.metrics[METRIC], {name: key[name] for name in key if name != "hours"}
    values: dict[str, Any] = {
        "name": page.names(shown),
        "channel": page.names({"channel": key["channel"]}),
        "metric": metric_words(entry),
        "change": Percent(1 - float(pairs.own.value[group] / pairs.rest.value[group])),
        "now": _figure(pairs.own, group, entry.unit),
        "others": _figure(pairs.rest, group, entry.unit),
        "days": int(pairs.own.freedom[group]) + 1,
        **pairs.counts(group),
    }
    if kind == "hours":
        first = int(key["hours"] or 0) * HOURS_EACH
        values["hours"] = Hours(first, first + HOURS_EACH)
    return Finding(
        id=slug(f"place_{kind}", key),
        status="bad",
        code=f"place_{kind}",
        values=values,
        currency=currency,
        state=page.state(METRIC, shown),
        panel="timeslots" if kind == "hours" else "campaigns",
        **pairs.lost(group),
    )


def _figure(ratio: intervals.Ratio, group: int, unit: str) -> Figure:
    low, high = ratio.limits()
    return Figure(float(ratio.value[group]), unit, low=float(low[group]), high=float(high[group]))
