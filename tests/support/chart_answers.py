"""Answers to draw: real `MetricTable`s of made-up numbers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench import charts, segments
from workbench.catalogue import builtin
from workbench.metrics.answer import MetricTable
from workbench.metrics.periods import Period
from workbench.segments import Cohorts, Drift, TargetMarket

END = dt.date(2026, 11, 20)
CHANNELS = ("search", "feed", "short_video", "display", "email", "outdoor")
LABELS = {("channel", "search"): "搜索广告", ("channel", "feed"): "信息流"}


def answer(table: pd.DataFrame, metric: str, by: Sequence[str], days: int = 28) -> MetricTable:
    start = END - dt.timedelta(days - 1)
    before = Period(start - dt.timedelta(days), start - dt.timedelta(1), "previous_period")
    return MetricTable(
        table=table,
        metrics=(builtin()[metric],),
        by=tuple(by),
        period=Period(start, END, f"last_{days}_days"),
        compare=before,
        where={},
        currency="CNY",
        as_of=END,
        data_version=1,
        code_version="test",
        notes=(),
        sql="",
    )


def daily(metric: str = "cost", days: int = 28, level: float = 45_000, seed: int = 1) -> MetricTable:
    random = np.random.default_rng(seed)
    now = level * (1 + 0.2 * random.random(days))
    columns = {"date": pd.date_range(end=END, periods=days), metric: now, f"{metric}_before": now * 0.9}
    if builtin()[metric].is_ratio:
        columns |= {f"{metric}_low": now * 0.95, f"{metric}_high": now * 1.05}
    return answer(pd.DataFrame(columns | {"n": days}), metric, ["date"], days)


def daily_by(members: Sequence[str | None], metric: str = "cost", days: int = 28) -> MetricTable:
    parts = [daily(metric, days, 10_000 * (i + 1), i).table.assign(channel=m) for i, m in enumerate(members)]
    return answer(pd.concat(parts), metric, ["date", "channel"], days)


def members(
    names: Sequence[str | None] = CHANNELS, metric: str = "cpa", by: str = "channel", seed: int = 3
) -> MetricTable:
    random = np.random.default_rng(seed)
    now = 60 * np.exp(0.5 * random.standard_normal(len(names)))
    table = pd.DataFrame({by: list(names), metric: now, "n": 28})
    table[f"{metric}_low"], table[f"{metric}_high"], table[f"{metric}_before"] = (
        now * 0.9,
        now * 1.1,
        now * 0.8,
    )
    return answer(table, metric, [by])


def parts(names: Sequence[str] = CHANNELS, rest: float = 0.0) -> pd.DataFrame:
    values = np.arange(len(names), 0, -1) * 1000.0
    found = pd.DataFrame({"channel": list(names), "value": values})
    if rest:
        found.loc[len(found)] = ["other", rest]
    return found.assign(share=found["value"] / found["value"].sum())


def slots(blank: Sequence[int] = (), metric: str = "cvr", seed: int = 5) -> MetricTable:
    random = np.random.default_rng(seed)
    hours = np.arange(168)
    now = 0.02 * (1 + 0.5 * (hours % 24 > 18)) * (1 + 0.02 * random.standard_normal(168))
    table = pd.DataFrame({"hour_of_week": hours, metric: now, "n": 28})
    table[f"{metric}_low"], table[f"{metric}_high"] = now * 0.8, now * 1.2
    return answer(table.drop(index=list(blank)), metric, ["hour_of_week"])


def effects() -> list[charts.Effect]:
    """Rows of a forest plot: better, worse, undecided without end, and far too wide."""
    return [
        charts.Effect("b", "Revenue", 0.245, 0.08, 0.41, "better"),
        charts.Effect("c", "Orders", -0.1, -0.18, -0.02, "worse", "n = 4,474"),
        charts.Effect("d", "Buyers", 0.05, -math.inf, math.inf),
        charts.Effect("e", "Few", 0.1, -2, 3, "unknown"),
        charts.Effect("f", "Nothing", math.nan),
    ]


def moves(ordered: bool) -> Drift:
    """Customers who went between segments, some new and some gone."""
    random = np.random.default_rng(1)
    names = ["champions", "loyal", "at_risk", "lost"]
    tables = [
        pd.DataFrame({"customer_id": np.arange(500) + 60 * at, "segment": random.choice(names, 500)})
        for at in (0, 1)
    ]
    return dataclasses.replace(segments.drift(*tables), ordered=ordered)


def cohort_answer(by: str) -> Cohorts:
    """Cohorts of made-up orders, the youngest with open cells."""
    random = np.random.default_rng(2)
    days = pd.to_datetime("2026-01-01") + pd.to_timedelta(random.integers(0, 240, 3000), "D")
    who = random.integers(0, 700, 3000)
    orders = pd.DataFrame({"customer_id": who, "order_time": days.date, "amount": 10.0})
    return segments.cohorts(orders, "2026-08-20", by, groups={n: f"g{n % 3}" for n in range(700)})


def market(by: Sequence[str]) -> TargetMarket:
    """A segment found more in one region; small cells hidden."""
    random = np.random.default_rng(3)
    regions, interests = ["north", "south", "island"], ["tea", "coffee", "cocoa"]
    frame = pd.DataFrame(
        {
            "region": random.choice(regions, 4000, p=[0.5, 0.48, 0.02]),
            "interest": random.choice(interests, 4000),
            "sex": random.choice(["f", "m"], 4000),
        }
    )
    inside = random.random(4000) < np.where(frame["region"] == "north", 0.4, 0.2)
    return segments.target_market(frame, np.flatnonzero(inside) + 1, by=by)


def gallery(lang: str) -> dict[str, charts.Chart]:
    """One chart of every kind and state."""
    none: Any = answer(daily().table.iloc[:0], "cost", ["date"])
    long_names = [
        [f"{name} {n}" for n in range(24)]
        for name in ("Autumn sale, brand search", "2026 双十一 品牌曝光 搜索")
    ]
    names = LABELS if lang == "zh" else {}
    return {
        "trend": charts.trend(daily("cvr", level=0.03), None, lang),
        "trend of a sum": charts.trend(daily(), None, lang),
        "trend by group": charts.trend(daily_by(CHANNELS), None, lang, names, CHANNELS),
        "breakdown": charts.breakdown(members(), None, lang, names, CHANNELS, select=True),
        "breakdown of many": charts.breakdown(
            members(long_names[lang == "zh"], by="campaign"), None, lang, top=20
        ),
        "pie": charts.share(parts(rest=500.0), "cost", lang, "pie", names, "CNY", CHANNELS),
        "bar": charts.share(parts(), "cost", lang, "bar", names, "CNY", CHANNELS, True),
        "heat": charts.heat(slots(blank=(3, 50, 99)), lang),
        "forest": charts.forest(effects(), lang, title="Lift"),
        "forest in money": charts.forest(effects(), lang, "money", "CNY", None, select=True),
        "empty": charts.trend(none, None, lang),
        "flow": charts.flow(moves(ordered=True), lang, select=True),
        "flow without order": charts.flow(moves(ordered=False), lang),
        "retention": charts.retention(cohort_answer("month"), lang),
        "retention of groups": charts.retention(cohort_answer("group"), lang, select=True),
        "index": charts.index_map(market(["region", "interest"]), lang, select=True),
        "index of a habit": charts.index_map(market(["region", "sex", "interest"]), lang, {"sex": "f"}),
    }
