"""Creatives far below the other creatives of their campaign on the same days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.findings.finding import Figure, Finding, Percent, metric_words
from workbench.findings.page import Key, Page, Test, keys_of, matrix, slug, total
from workbench.metrics import intervals
from workbench.metrics.kpis import Measured
from workbench.metrics.sums import Sums

if TYPE_CHECKING:
    import numpy as np

Grids = dict[str, "np.ndarray"]
"""Fact → creatives × days."""

CHECKED = {"cvr": ("conversions", "clicks"), "ctr": ("clicks", "impressions")}


@dataclass(frozen=True)
class Pairs:
    """Creatives beside the rest of their campaign: ratios, and the price of what is missing.

    Attributes:
        own: The creative's ratio.
        rest: That of its siblings on the creative's days.
        expected: What the creative would have brought at the siblings' ratio.
        missing: Expected less brought.
        price: Cost of one of them among the siblings.
        p: Chance of such a gap when both have the same rate.
    """

    own: intervals.Ratio
    rest: intervals.Ratio
    expected: np.ndarray
    missing: np.ndarray
    price: np.ndarray
    p: np.ndarray


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
        pairs = _pairs(sums, _campaigns(keys), metric)
        for group, key in enumerate(keys):
            p = float(pairs.p[group])
            if p == p and pairs.expected[group] >= page.thresholds.events:
                large = p <= page.thresholds.alarm and _large(page, pairs, group, cost)
                finding = _finding(page, measured, metric, key, group, pairs) if large else None
                found.append(Test(p, finding, slug("creative", key)))
    return found


def _campaigns(keys: list[Key]) -> np.ndarray:
    import pandas as pd

    codes: np.ndarray = pd.factorize(
        pd.Series([key["campaign"] for key in keys], dtype=object), use_na_sentinel=False
    )[0]
    return codes


def _pairs(sums: Sums, campaigns: np.ndarray, metric: str) -> Pairs:
    """Set every creative beside its campaign without it, over the days on which it ran."""
    import numpy as np

    days = np.unique(sums.day)
    own = {fact: matrix(sums, fact, days) for fact in {*CHECKED[metric], "cost"}}
    ran = own[CHECKED[metric][1]] > 0
    rest = {fact: _others(values, campaigns) * ran for fact, values in own.items()}
    top, bottom = CHECKED[metric]
    mine, theirs = _ratio(own[top], own[bottom]), _ratio(rest[top], rest[bottom])
    expected = np.nan_to_num(theirs.value) * own[bottom].sum(axis=1)
    price = intervals.quotient(rest["cost"].sum(axis=1), rest[top].sum(axis=1))
    return Pairs(
        mine,
        theirs,
        expected,
        expected - own[top].sum(axis=1),
        np.nan_to_num(price),
        _paired(own, rest, top, bottom),
    )


def _paired(own: Grids, rest: Grids, top: str, bottom: str) -> np.ndarray:
    """t-test over days of events less the share that equal rates would give (Mantel & Haenszel 1959).

    Both sides share their days, so what lifts or sinks a whole day cancels; a creative that broke in
    mid-period is found although its own days scatter.
    """
    import numpy as np
    from scipy.special import stdtr

    both = (own[bottom] > 0) & (rest[bottom] > 0) & (own[top] + rest[top] > 0)
    share = own[bottom] / np.maximum(own[bottom] + rest[bottom], 1.0)
    gap = np.where(both, own[top] - (own[top] + rest[top]) * share, 0.0)
    days = both.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = gap.sum(axis=1) / days
        error = np.sqrt((((gap - mean[:, None]) * both) ** 2).sum(axis=1) / (days - 1) / days)
        p: np.ndarray = 2 * stdtr(np.maximum(days - 1, 1), -np.abs(mean / error))
    return np.where(days >= intervals.FEWEST_DAYS, p, np.nan)


def _others(values: np.ndarray, campaigns: np.ndarray) -> np.ndarray:
    import numpy as np

    whole = np.zeros((int(campaigns.max(initial=-1)) + 1, values.shape[1]))
    np.add.at(whole, campaigns, values)
    others: np.ndarray = whole[campaigns] - values
    return others


def _ratio(top: np.ndarray, bottom: np.ndarray) -> intervals.Ratio:
    import numpy as np

    value = intervals.quotient(top.sum(axis=1), bottom.sum(axis=1))
    group = np.repeat(np.arange(len(top)), top.shape[1])
    return intervals.ratio(value, top.ravel(), bottom.ravel(), group, 0.0, 1.0)


def _large(page: Page, pairs: Pairs, group: int, cost: float) -> bool:
    """Whether a creative is far enough below, and that costs enough, to be worth a sentence."""
    low = pairs.own.value[group] <= page.thresholds.below * pairs.rest.value[group]
    return bool(low and pairs.missing[group] * pairs.price[group] > page.thresholds.share * cost)


def _finding(page: Page, measured: Measured, metric: str, key: Key, group: int, pairs: Pairs) -> Finding:
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
        },
        effect=float(-pairs.missing[group] * pairs.price[group]),
        currency=currency,
        state=page.state(metric, key),
    )


def _figure(ratio: intervals.Ratio, group: int, unit: str) -> Figure:
    low, high = ratio.limits()
    return Figure(float(ratio.value[group]), unit, low=float(low[group]), high=float(high[group]))
