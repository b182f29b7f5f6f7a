"""Reports of the same spend that do not agree: ad level shows less cost than campaign level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.findings.finding import Days, Figure, Finding, Percent, metric_words, translated
from workbench.findings.page import Key, Page, Test, slug
from workbench.metrics.dimensions import UNKNOWN
from workbench.metrics.kpis import Measured
from workbench.metrics.levels import Level
from workbench.schema import GRAINS
from workbench.store.levels import PART, Part

if TYPE_CHECKING:
    import pandas as pd

_MEASURES = {"cost": "cost_micros", "impressions": "impressions", "clicks": "clicks"}
"""What is compared, the first that both reports know → its column."""

_ACCOUNT = ("source", "account")
"""Filters under which every report of an account still covers the same spend."""


def tests(page: Page, measured: Measured) -> list[Test]:
    """Compare every report of an account with its coarsest one, on the days that both cover.

    Args:
        page: The question.
        measured: Any sums of it, for days, filters and currency.
    """
    question = measured.question
    if not page.store.side_by_side or set(question.where) - set(_ACCOUNT):
        return []
    found = page.store.slices().to_pandas(date_as_object=False)
    days = found["local_date"].dt.date
    inside = (days >= question.period.start) & (days <= question.period.end) & (found["scope"] == "")
    for name, values in question.where.items():
        inside &= found[name].fillna(UNKNOWN).isin(list(values))
    return [
        test
        for (source, account), reports in found[inside].groupby(list(_ACCOUNT), dropna=False)
        for test in _of_account(page, measured, {"source": source, "account": _text(account)}, reports)
    ]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


@dataclass(frozen=True)
class _Pair:
    """Two reports on the days that both cover: the sums of the first measure that both know."""

    part: Part
    coarse: Part
    metric: str
    shown: float
    whole: float
    days: Days


def _of_account(page: Page, measured: Measured, key: Key, reports: pd.DataFrame) -> list[Test]:
    """The disagreements of one account, the largest first: only that one is said."""
    parts: dict[Part, pd.DataFrame] = {
        (str(grain), str(breakdown), str(scope)): rows.set_index("local_date")
        for (grain, breakdown, scope), rows in reports.groupby(list(PART))
    }
    coarsest = min(parts, key=_fineness)
    pairs = [_pair(part, coarsest, parts) for part in parts if part != coarsest]
    apart = [pair for pair in pairs if pair and abs(pair.shown / pair.whole - 1) > page.thresholds.mismatch]
    ranked = sorted(apart, key=lambda pair: -abs(pair.shown - pair.whole))
    return [_test(page, measured, key, pair) for pair in ranked]


def _fineness(part: Part) -> tuple[bool, int, str]:
    return (part[1] != "", GRAINS.index(part[0]), part[1])


def _pair(part: Part, coarse: Part, parts: dict[Part, pd.DataFrame]) -> _Pair | None:
    for metric, column in _MEASURES.items():
        both = parts[part][[column]].join(parts[coarse][column], how="inner", rsuffix="_coarse").dropna()
        shown, whole = (float(total) for total in both.sum())
        if whole > 0:
            days = Days(both.index.min().date(), both.index.max().date())
            return _Pair(part, coarse, metric, shown, whole, days)
    return None


def _test(page: Page, measured: Measured, key: Key, pair: _Pair) -> Test:
    entry, currency = page.store.metrics[pair.metric], measured.currency.code
    unit = 1e-6 if pair.metric == "cost" else 1.0
    named = {name: value for name, value in key.items() if name == "account" and value is not None}
    finding = Finding(
        id=slug("levels:" + ":".join(pair.part), key),
        status="warn",
        code="levels",
        values={
            "name": page.names(named or {"source": key["source"]}),
            "level": Level(pair.part),
            "other": Level(pair.coarse),
            "metric": metric_words(entry),
            "direction": translated("findings.less" if pair.shown < pair.whole else "findings.more"),
            "change": Percent(abs(pair.shown / pair.whole - 1), 1),
            "value": Figure(pair.shown * unit, entry.unit, currency),
            "reference": Figure(pair.whole * unit, entry.unit, currency),
            "when": pair.days,
        },
        effect=None,
        currency=currency,
        state=page.state(pair.metric, named),
    )
    price = unit if pair.metric == "cost" else 0.0
    return Test(0.0, finding, slug("levels", key), weight=abs(pair.shown - pair.whole) * price)
