"""Anomalies, the broken creative and recent changes, found again in the stored tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.demo import truth


@pytest.fixture(scope="module")
def planted():
    return truth()


def frame(store, sql):
    return store.query(sql).to_pandas()


def robust_z(value, baseline):
    """Distance from the median in robust standard deviations (1.4826 · MAD)."""
    middle = np.median(baseline)
    return (value - middle) / (1.4826 * np.median(np.abs(baseline - middle)))


def daily(store, measure, where):
    table = frame(
        store,
        f"SELECT local_date, {measure} AS value FROM performance_hourly WHERE {where} "
        "GROUP BY local_date ORDER BY local_date",
    )
    return table.set_index(pd.to_datetime(table["local_date"]).dt.date)["value"].astype(float)


@pytest.mark.parametrize(
    ("id", "measure", "sign"),
    [
        ("tracking_outage", "sum(conversions) / sum(clicks)", -1),
        ("cost_spike", "ln(sum(cost_micros))", 1),
        ("click_spam", "ln(sum(clicks) / sum(impressions))", 1),
    ],
)
def test_anomalies_stand_out_by_more_than_five_sigma(demo_store, planted, id, measure, sign):
    entry = planted.anomalies.set_index("id").loc[id]
    where = " AND ".join(f"{name} = '{value}'" for name, value in entry["where"].items())
    series = daily(demo_store, measure, where)
    start, end = entry["start"], entry["end"]
    around = [day for day in series.index if abs((day - start).days) <= 35 and not start <= day <= end]
    for day in (day for day in series.index if start <= day <= end):
        assert sign * robust_z(series[day], series[around]) > 5, (id, day)


def test_all_planted_anomalies_are_tested(planted):
    assert set(planted.anomalies["id"]) == {"tracking_outage", "cost_spike", "click_spam"}


def clicks_and_conversions(store, where):
    table = frame(
        store,
        "SELECT sum(impressions) AS impressions, sum(clicks) AS clicks, sum(conversions) AS conversions "
        f"FROM performance_hourly WHERE {where}",
    )
    return table.iloc[0].astype(float)


def test_the_broken_creative_keeps_its_clicks_and_loses_its_conversions(demo_store, planted):
    broken = planted.broken_creative
    name, start = broken["creative"], broken["start"]
    before = clicks_and_conversions(demo_store, f"creative = '{name}' AND local_date < '{start}'")
    after = clicks_and_conversions(demo_store, f"creative = '{name}' AND local_date >= '{start}'")
    others = clicks_and_conversions(
        demo_store,
        f"campaign = '{broken['campaign']}' AND creative <> '{name}' AND local_date >= '{start}'",
    )
    ctr = after["clicks"] / after["impressions"] / (before["clicks"] / before["impressions"])
    assert ctr == pytest.approx(1, abs=0.1)
    rate = others["conversions"] / others["clicks"]
    expected = after["clicks"] * rate
    assert after["conversions"] < 0.35 * expected
    assert (expected - after["conversions"]) / np.sqrt(1.5 * expected) > 5
    assert before["conversions"] / before["clicks"] > 0.5 * rate


@pytest.mark.parametrize("id", ["better_campaign", "region_up"])
def test_changes_of_the_last_weeks_are_clear(demo_store, planted, id):
    """The slice's CVR rises against everything else's, beyond day-to-day noise."""
    entry = planted.changes.set_index("id").loc[id]
    ((dimension, value),) = entry["where"].items()
    rate = "sum(conversions) / sum(clicks)"
    inside = daily(demo_store, rate, f"{dimension} = '{value}' AND clicks IS NOT NULL")
    rest = daily(demo_store, rate, f"{dimension} <> '{value}' AND clicks IS NOT NULL")
    ratio = np.log(inside / rest)
    after = ratio[[day for day in ratio.index if entry["start"] <= day <= entry["end"]]]
    before = ratio[[day for day in ratio.index if 0 < (entry["start"] - day).days <= 56]]
    gain = after.mean() - before.mean()
    se = np.sqrt(after.var() / len(after) + before.var() / len(before))
    assert gain > 4 * se
    assert gain == pytest.approx(np.log(entry["factor"]), abs=3.5 * se)


def test_delivery_complaints_rise_in_one_region(demo_store, planted):
    entry = planted.changes.set_index("id").loc["delivery_complaints"]
    region, start = entry["where"]["region"], entry["start"]
    counts = frame(
        demo_store,
        f"SELECT c.region = '{region}' AS hit, i.local_date >= '{start}' AS late, count(*) AS n "
        "FROM interactions i JOIN customers c USING (customer_id) "
        f"WHERE kind = 'complaint' AND message = 'delivery' AND i.local_date >= '{start}'::DATE - 60 "
        "GROUP BY ALL",
    ).set_index(["hit", "late"])["n"]
    length = (entry["end"] - start).days + 1
    usual = counts[True, False] * length / 60
    assert counts[True, True] > usual + 2.5 * np.sqrt(usual * (1 + length / 60))
    elsewhere = counts[False, False] * length / 60
    assert counts[False, True] == pytest.approx(elsewhere, abs=3 * np.sqrt(elsewhere * 1.2))
