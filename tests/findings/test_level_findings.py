"""Reports of the same spend that disagree are told, with the difference of the days both cover."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest

from workbench import data, findings
from workbench.data import Change

START = dt.date(2026, 3, 2)


def report(grain, costs, breakdown="", account="a"):
    """One row a day of one report; None: the report has no such day."""
    return [
        {
            "source": "meta_ads",
            "account": account,
            "grain": grain,
            "breakdown": breakdown,
            "local_date": START + dt.timedelta(day),
            "currency": "CNY",
            "campaign": "c1",
            "cost_micros": round(cost * 1_000_000),
            "impressions": 1000,
        }
        for day, cost in enumerate(costs)
        if cost is not None
    ]


@pytest.fixture
def store(tmp_path):
    return data.open(tmp_path / "workspace")


def told(store, *reports, **question):
    rows = pd.DataFrame([row for rows in reports for row in rows])
    store.commit([Change("performance", pa.Table.from_pandas(rows, preserve_index=False))])
    review = findings.review(store, "all", None, limit=99, **question)
    return [item for item in review if item.code == "levels"]


def test_an_ad_level_that_shows_less_than_the_campaign_level_is_told(store):
    (item,) = told(store, report("campaign", [100] * 10), report("ad", [100] * 5 + [93.8] * 5))
    assert item.sentence("en") == "a: ad level shows 3.1% less cost than campaign level"
    assert item.sentence("zh") == "a：广告层级的消耗比计划层级少 3.1%"
    assert "¥" in item.evidence("en") or "CNY" in item.evidence("en")
    assert item.state["filters"] == {"account": ("a",)}
    assert item.status == "warn"
    assert item.to_dict()["en"]["action"]


def test_only_days_that_both_reports_cover_are_compared(store):
    assert not told(store, report("campaign", [100, 100, 100, None]), report("ad", [100, 100, None, 900]))


@pytest.mark.parametrize(("cost", "found"), [(99.6, 0), (100.4, 0), (99.4, 1), (100.6, 1)])
def test_half_a_percent_is_the_limit(store, cost, found):
    items = told(store, report("campaign", [100] * 4), report("keyword", [cost] * 4))
    assert len(items) == found
    if found:
        assert ("more" if cost > 100 else "less") in items[0].sentence("en")


def test_breakdowns_are_compared_and_the_largest_difference_of_an_account_is_said(store):
    items = told(
        store,
        report("campaign", [100] * 4),
        report("ad", [98] * 4),
        report("campaign", [90] * 4, "region"),
        report("account", [50] * 4, account="b"),
        report("campaign", [49] * 4, account="b"),
    )
    assert [item.sentence("en") for item in items] == [
        "a: campaign level by region shows 10.0% less cost than campaign level",
        "b: campaign level shows 2.0% less cost than account level",
    ]


def test_filters_that_not_every_report_knows_compare_nothing(store):
    reports = (report("campaign", [100] * 4), report("ad", [90] * 4))
    assert not told(store, *reports, where={"campaign": "c1"})
    assert findings.review(store, "all", None, where={"account": "a"})


def test_the_period_limits_what_is_compared(store):
    told(store, report("campaign", [100] * 6), report("ad", [90] * 3 + [100] * 3))
    late = f"{START + dt.timedelta(3)}..{START + dt.timedelta(5)}"
    assert not [item for item in findings.review(store, late, None) if item.code == "levels"]
