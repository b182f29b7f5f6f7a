"""Hour-of-week and saturation curves, found again in the stored tables."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from workbench.demo import truth


@pytest.fixture(scope="module")
def planted():
    return truth()


def frame(store, sql):
    return store.query(sql).to_pandas()


@pytest.fixture(scope="module")
def hours(demo_store):
    return frame(
        demo_store,
        "SELECT channel, region, hour_of_week, sum(impressions) AS impressions, sum(clicks) AS clicks, "
        "sum(cost_micros) / 1e6 AS cost, sum(conversions) AS conversions FROM performance_hourly "
        "WHERE hour_of_week IS NOT NULL AND NOT (channel = 'display' AND local_date "
        "BETWEEN '2026-09-03' AND '2026-09-05') GROUP BY ALL",
    )


@pytest.mark.parametrize("channel", ["search", "social", "short_video", "display", "email"])
def test_hour_of_week_rates_follow_the_planted_curves(hours, planted, channel):
    both = hours[hours["channel"] == channel].merge(planted.slot_curves)
    both["click_index"] = both["clicks"] * both["cvr_index"]
    both["view_index"] = both["impressions"] * both["ctr_index"]
    week = both.groupby("hour_of_week")[
        ["impressions", "clicks", "conversions", "click_index", "view_index", "cost", "delivery_index"]
    ].sum()
    week = week[week["clicks"] > 300]
    cvr, expected = week["conversions"] / week["clicks"], week["click_index"] / week["clicks"]
    assert np.corrcoef(cvr, expected)[0, 1] > 0.85
    ctr, expected_ctr = week["clicks"] / week["impressions"], week["view_index"] / week["impressions"]
    assert np.corrcoef(ctr, expected_ctr)[0, 1] > 0.6
    assert np.corrcoef(week["cost"], week["delivery_index"])[0, 1] > 0.97


@pytest.mark.parametrize("region", ["Guangdong", "Sichuan", "Shaanxi", "Liaoning"])
def test_regions_have_their_own_evening(hours, planted, region):
    """The region's own curve explains its conversions better than Beijing's (Poisson likelihood)."""
    own = hours[hours["region"] == region].merge(planted.slot_curves)
    beijing = planted.slot_curves.query("region == 'Beijing'").drop(columns="region")
    own = own[own["clicks"] > 0]
    both = own.merge(beijing, on=["channel", "hour_of_week"], suffixes=("", "_beijing"))
    gain = 0.0
    for _, channel in both.groupby("channel"):
        for name, sign in (("cvr_index", 1), ("cvr_index_beijing", -1)):
            share = channel["clicks"] * channel[name]
            gain += sign * (channel["conversions"] * np.log(share / share.sum())).sum()
    assert gain > 10


@pytest.fixture(scope="module")
def days(demo_store):
    """Cost, conversions by channel × region × day, without the tracking outage."""
    return frame(
        demo_store,
        "SELECT channel, region, local_date, sum(cost_micros) / 1e6 AS cost, "
        "sum(conversions) AS conversions FROM performance_hourly GROUP BY ALL",
    )


def expected_conversions(days, planted):
    """Planted response to the stored cost: geometric carry-over, Hill, season; written anew."""
    days = days.copy()
    days["local_date"] = pd.to_datetime(days["local_date"]).dt.date
    calendar = planted.season["local_date"]
    found = []
    for cell in planted.response_curves.itertuples():
        part = days[(days["channel"] == cell.channel) & (days["region"] == cell.region)]
        part = part.set_index("local_date").reindex(calendar).fillna({"cost": 0.0, "conversions": 0.0})
        spend, carried, level = part["cost"].to_numpy(), [], part["cost"][:28].mean()
        for amount in spend:
            level = (1 - cell.adstock) * amount + cell.adstock * level
            carried.append(7 * level)
        power = np.power(carried, cell.shape)
        hill = cell.scale * power / (cell.half_saturation**cell.shape + power) / 7
        part["expected"] = np.where(spend > 0, hill * planted.season["demand"].to_numpy(), 0.0)
        part["per_week"] = carried
        found.append(part.assign(channel=cell.channel, region=cell.region).reset_index())
    every = pd.concat(found)
    every["week"] = pd.to_datetime(every["local_date"]).dt.to_period("W").dt.start_time
    last = pd.Timestamp(planted.last_date) - pd.Timedelta(days=34)
    return every[every["week"] < last]


@pytest.fixture(scope="module")
def response(days, planted):
    outage = dt.date(2026, 8, 19)
    kept = days[pd.to_datetime(days["local_date"]).dt.date != outage]
    kept = kept[
        ~(
            (kept["channel"] == "display")
            & (pd.to_datetime(kept["local_date"]).dt.date == dt.date(2026, 5, 14))
        )
    ]
    daily = expected_conversions(kept, planted)
    keys = ["channel", "region", "week"]
    return daily.groupby(keys)[["cost", "conversions", "expected"]].sum().reset_index()


@pytest.mark.parametrize("channel", ["search", "social", "short_video", "display", "email", "outdoor"])
def test_binned_response_lies_on_the_planted_curve(response, channel):
    """Five bins of weekly spend: observed over planted conversions is one in each, within 12%."""
    part = response[(response["channel"] == channel) & (response["cost"] > 0)]
    bins = part.groupby(pd.qcut(part["cost"], 5))[["conversions", "expected"]].sum()
    ratio = bins["conversions"] / bins["expected"]
    assert ratio.between(0.88, 1.12).all(), ratio.round(3).tolist()


@pytest.mark.parametrize("channel", ["social", "short_video", "display"])
def test_saturation_is_there_at_all(response, planted, channel):
    """A straight line through the origin fits worse than the curve where a channel is saturated."""
    part = response[(response["channel"] == channel) & (response["cost"] > 0)]
    season = planted.season.assign(
        week=lambda t: pd.to_datetime(t["local_date"]).dt.to_period("W").dt.start_time
    )
    part = part.merge(season.groupby("week")["demand"].mean().reset_index())
    line = part["cost"] * part["demand"]
    line = line * part["conversions"].sum() / line.sum()
    curve = part["expected"] * part["conversions"].sum() / part["expected"].sum()

    def fit(mean):
        return (part["conversions"] * np.log(mean) - mean).sum()

    assert fit(curve) - fit(line) > 30


def test_the_plan_is_not_the_optimum(planted):
    """Marginal conversions per CNY differ widely between cells, so money can move."""
    cells = planted.response_curves.query("current > 0")
    x, k, s = cells["current"], cells["half_saturation"], cells["shape"]
    marginal = cells["scale"] * s * x ** (s - 1) * k**s / (k**s + x**s) ** 2
    assert marginal.max() / marginal.min() > 5
