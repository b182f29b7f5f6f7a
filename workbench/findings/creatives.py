"""Creatives far below the other creatives of their campaign on the same days."""

from __future__ import annotations

from workbench.findings import beside
from workbench.findings.finding import Figure, Finding, Percent, metric_words
from workbench.findings.page import Key, Page, Test, keys_of, slug, total
from workbench.metrics import intervals
from workbench.metrics.kpis import Measured

CHECKED = {"cvr": ("conversions", "clicks"), "ctr": ("clicks", "impressions")}


def tests(page: Page, measured: Measured) -> list[Test]:
    """Test every creative that has siblings.

    Args:
        page: The question.
        measured: Sums by campaign and creative.
    """
    keys, sums = keys_of(measured.keys), measured.now[True]
    if not len(sums.group):
        return []
    found, cost = [], float(total(sums, "cost").sum())
    for metric in CHECKED:
        pairs = beside.pairs(sums, beside.wholes(keys, "campaign"), CHECKED[metric])
        for group, key in enumerate(keys):
            p = float(pairs.p[group])
            if p == p and pairs.expected[group] >= page.thresholds.events:
                large = p <= page.thresholds.alarm and _large(page, pairs, group, cost)
                finding = _finding(page, measured, metric, key, group, pairs) if large else None
                found.append(Test(p, finding, slug("creative", key)))
    return found


def _large(page: Page, pairs: beside.Pairs, group: int, cost: float) -> bool:
    """Whether a creative is far enough below, and that costs enough, to be worth a sentence."""
    low = pairs.own.value[group] <= page.thresholds.below * pairs.rest.value[group]
    return bool(low and pairs.missing[group] * pairs.price[group] > page.thresholds.share * cost)


def _finding(
    page: Page, measured: Measured, metric: str, key: Key, group: int, pairs: beside.Pairs
) -> Finding:
    ratio = float(pairs.own.value[group] / pairs.rest.value[group])
    entry, currency = page.store.metrics[metric], measured.currency.code
    return Finding(
        id=slug(f"creative_{metric}", key),
        status="bad",
        code=f"creative_{metric}",
        values={
            "name": page.names({"creative": key["creative"]}),
            "campaign": page.names({"campaign": key["campaign"]}),
            "metric": metric_words(entry),
            "change": Percent(1 - ratio),
            "now": _figure(pairs.own, group, entry.unit),
            "others": _figure(pairs.rest, group, entry.unit),
            "days": int(pairs.own.freedom[group]) + 1,
            **pairs.counts(group),
        },
        currency=currency,
        state=page.state(metric, key),
        **pairs.lost(group),
    )


def _figure(ratio: intervals.Ratio, group: int, unit: str) -> Figure:
    low, high = ratio.limits()
    return Figure(float(ratio.value[group]), unit, low=float(low[group]), high=float(high[group]))
