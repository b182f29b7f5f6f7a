"""Findings: what is planted is found, what is not there is not."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "metrics"))

import worlds

from workbench import data, findings, i18n
from workbench.findings.review import holm
from workbench.metrics import kpis

LAST = worlds.START + dt.timedelta(days=99)


def steady(seed: int, account: str = "a1", days: int = 100) -> pd.DataFrame:
    """Daily rows of 2 channels × 2 campaigns × 3 creatives on which nothing ever changes.

    Day shocks of 20% hit every creative of a campaign alike; volume follows the weekday.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for channel, campaign in (("search", "c1"), ("search", "c2"), ("feed", "c3"), ("feed", "c4")):
        for day in range(days):
            shock, volume = rng.gamma(25, 1 / 25), (1 + 0.2 * np.cos(day % 7)) * rng.lognormal(0, 0.15)
            for creative in ("k1", "k2", "k3"):
                shown = rng.poisson(9000 * volume)
                clicks = rng.poisson(shown * 0.02)
                orders = rng.poisson(clicks * 0.05 * shock)
                revenue = rng.gamma(max(orders, 1e-9) * 2, 30) if orders else 0.0
                rows.append(
                    {
                        "channel": channel,
                        "campaign": f"{campaign}-{account}",
                        "creative": f"{campaign}-{creative}",
                        "local_date": worlds.START + dt.timedelta(days=day),
                        "impressions": shown,
                        "clicks": clicks,
                        "cost_micros": int(clicks * rng.gamma(100, 0.01) * 1e6),
                        "conversions": float(orders),
                        "revenue_micros": int(revenue * 1e6),
                    }
                )
    same = {"source": "generic", "account": account, "grain": "ad", "currency": "CNY", "region": "north"}
    return pd.DataFrame(rows).assign(**same)


def found(store, **question):
    return {item.id: item for item in findings.review(store, limit=99, **question)}


def days_ago(frame, first, last=None):
    last = first if last is None else last
    ago = [(LAST - day).days for day in frame["local_date"]]
    return pd.Series([last <= number <= first for number in ago], index=frame.index)


def changed(new_store, change):
    frame = steady(1)
    change(frame)
    return worlds.commit(new_store, frame)


@pytest.fixture
def new_store(tmp_path):
    return data.open(tmp_path / "workspace")


def test_a_campaign_that_converts_better_is_told_once_with_its_worth(new_store):
    def better(frame):
        now = days_ago(frame, 27, 0) & (frame["campaign"] == "c1-a1")
        frame.loc[now, ["conversions", "revenue_micros"]] *= 2

    store = changed(new_store, better)
    items = [item for item in found(store).values() if item.status == "good"]
    assert [item.state["filters"].get("campaign") for item in items] == [("c1-a1",)]
    item = items[0]
    assert item.state["metric"] == "cpa"
    assert item.effect > 0
    assert item.p < 0.001
    assert re.search(r"c1-a1: CPA down (4|5)\d%", item.sentence("en"))
    assert re.search(r"c1-a1：转化成本下降 (4|5)\d%", item.sentence("zh"))
    assert "28" in item.evidence("en")
    counted = kpis(store, (), ["conversions"], "last_28_days", "previous_period", {"campaign": "c1-a1"})
    row = counted.table.iloc[0]
    assert (item.values["n"], item.values["n_before"]) == (row["conversions"], row["conversions_before"])
    assert re.search(r"28 and 28 days, conversions: [\d,]+ and [\d,]+", item.evidence("en"))
    assert item.worth("zh").startswith("+¥")


@pytest.mark.parametrize(
    ("column", "factor", "said"),
    [
        ("conversions", 2, "Mostly because the conversion rate is up"),
        ("cost_micros", 2, "Mostly because the cost per click is up"),
    ],
)
def test_the_factor_that_changed_is_the_cause(new_store, column, factor, said):
    def change(frame):
        frame.loc[days_ago(frame, 27, 0) & (frame["campaign"] == "c1-a1"), column] *= factor

    items = [item for item in found(changed(new_store, change)).values() if item.id.startswith("cpa:")]
    assert said in items[0].why("en")
    assert items[0].why("zh").startswith("主要因为")


def test_two_factors_that_share_a_change_are_no_cause():
    from workbench.findings import causes

    one = np.ones(1)
    half = {"cpc": (1.2 * one, one), "cvr": (one, 1.2 * one)}
    assert causes.cause(half, "cpa", 0, 0.6) is None
    most = {"cpc": (1.01 * one, one), "cvr": (one, 1.2 * one)}
    assert causes.cause(most, "cpa", 0, 0.6).values["change"].value == pytest.approx(1 - 1 / 1.2)
    assert causes.cause({}, "ctr", 0, 0.6) is None
    assert causes.cause({"cpc": (np.nan * one, one), "cvr": (0.1 * one, one)}, "cpa", 0, 0.6) is None
    assert causes.cause({"cpc": (one, one), "cvr": (one, one)}, "cpa", 0, 0.6) is None


def test_the_effect_is_the_money_the_same_results_would_have_cost_more(new_store):
    from workbench import metrics

    def dearer(frame):
        frame.loc[days_ago(frame, 57, 30), "cost_micros"] *= 2  # so old that no conversion is still to come

    store, period = changed(new_store, dearer), f"{LAST - dt.timedelta(57)}..{LAST - dt.timedelta(30)}"
    campaigns = [item for item in found(store, period=period).values() if item.id.startswith("cpa:")]
    assert {item.status for item in campaigns} == {"bad"}
    table = metrics.kpis(
        store, ["channel", "campaign"], ["cpa", "conversions"], period, compare="previous_period"
    ).table
    expected = (table["cpa_before"] - table["cpa"]) * table["conversions"]
    told = sum(item.effect for item in campaigns if "campaign" in item.state["filters"])
    assert told == pytest.approx(expected.sum())


def test_a_channel_is_told_when_no_campaign_of_it_explains_the_change(new_store):
    def slightly(frame):
        now = days_ago(frame, 27, 0) & (frame["channel"] == "feed")
        frame.loc[now, "clicks"] = (frame.loc[now, "clicks"] * 1.15).astype(int)

    store = changed(new_store, slightly)
    items = found(store)
    told = {tuple(item.state["filters"]) for item in items.values()}
    assert told <= {("channel",), ("channel", "campaign")}
    both = [item for item in items.values() if tuple(item.state["filters"]) == ("channel",)]
    inside = [item for item in items.values() if "campaign" in item.state["filters"]]
    assert both or inside
    assert not (len(inside) == 2 and both), "a channel whose campaigns tell it all is not told again"


def test_a_broken_creative_is_found_also_when_it_broke_in_mid_period(new_store):
    def broken(frame):
        now = days_ago(frame, 19, 0) & (frame["creative"] == "c2-k2")
        frame.loc[now, ["conversions", "revenue_micros"]] = 0

    item = found(changed(new_store, broken))["creative_cvr:campaign=c2-a1:creative=c2-k2"]
    assert item.status == "bad"
    assert item.effect < 0
    assert item.state["filters"] == {"campaign": ("c2-a1",), "creative": ("c2-k2",)}
    assert "c2-k2" in item.sentence("zh")
    assert re.search(r"converts 7\d% worse", item.sentence("en"))
    others = item.values["others"].value
    clicks = item.values["n"] / item.values["now"].value
    assert item.values["expected"] == pytest.approx(others * clicks, rel=0.02)


def test_a_creative_nobody_clicks_is_found_by_its_ctr(new_store):
    def dull(frame):
        now = days_ago(frame, 27, 0) & (frame["creative"] == "c3-k1")
        few = (frame.loc[now, "clicks"] * 0.3).astype(int)
        frame.loc[now, "clicks"] = few
        frame.loc[now, "conversions"] = (few * 0.05).round()

    items = found(changed(new_store, dull), compare=None)
    assert [item.code for item in items.values()] == ["creative_ctr"]


def test_a_tracking_outage_is_no_fall_of_the_campaign(new_store):
    def lost(frame):
        day = days_ago(frame, 10, 9) & (frame["channel"] == "search")
        frame.loc[day, ["conversions", "revenue_micros"]] = 0

    item = next(item for item in found(changed(new_store, lost)).values() if item.code == "outage")
    assert item.status == "warn"
    assert item.state["filters"] == {"channel": ("search",)}
    assert "30 Mar 2026 – 31 Mar 2026: 0 conversions" in item.evidence("en") or "31 Mar" in item.evidence(
        "en"
    )
    assert item.effect < 0


def test_a_cost_spike_without_conversions_is_found_and_one_with_them_is_not(new_store, tmp_path):
    def spike(frame):
        frame.loc[days_ago(frame, 8), "cost_micros"] *= 5

    def promotion(frame):
        spike(frame)
        frame.loc[days_ago(frame, 8), "conversions"] *= 5

    item = next(item for item in found(changed(new_store, spike)).values() if item.code == "spike_cost")
    assert item.effect < 0
    assert re.search(r"[456]\.\d times", item.sentence("en"))
    other = changed(data.open(tmp_path / "other"), promotion)
    assert "spike_cost" not in {found_.code for found_ in found(other).values()}


def test_clicks_nobody_made_are_found_where_they_are(new_store):
    def spam(frame):
        frame.loc[frame["creative"].str.endswith("k3"), "region"] = "south"
        days = days_ago(frame, 12, 10) & (frame["channel"] == "feed") & (frame["region"] == "south")
        frame.loc[days, "clicks"] *= 9

    item = next(item for item in found(changed(new_store, spam)).values() if item.code == "spike_clicks")
    assert item.state["filters"] == {"channel": ("feed",), "region": ("south",)}
    assert item.unit == "count"
    assert item.worth("en").endswith("clicks")


def test_days_missing_from_an_account_are_found(new_store):
    frame = steady(1)
    worlds.commit(new_store, frame[~days_ago(frame, 6, 5)])
    item = next(item for item in found(new_store).values() if item.code == "gap")
    assert item.sentence("en") == "a1: no data for 2 days"
    assert item.effect is None
    assert item.worth("en") == ""


def test_old_trouble_is_not_told_again(new_store):
    def lost(frame):
        frame.loc[days_ago(frame, 60), ["conversions", "revenue_micros"]] = 0
        frame.loc[days_ago(frame, 50), "cost_micros"] *= 6

    assert not {"outage", "spike_cost"} & {item.code for item in found(changed(new_store, lost)).values()}


@pytest.mark.parametrize(
    ("period", "kind"),
    [
        ("2026-08", "outage:channel=search"),
        ("2026-05", "spike_cost:account="),
        ("2026-09", "spike_clicks:channel=display:region=Guangdong:device=mobile"),
        ("last_28_days", "creative_cvr:campaign="),
    ],
)
def test_the_planted_trouble_of_the_demo_world_is_found(demo_store, period, kind):
    items = found(demo_store, period=period)
    assert any(name.startswith(kind) for name in items), list(items)


def test_findings_are_json_have_texts_in_both_languages_and_open_panels(demo_store):
    items = findings.review(demo_store, "2026-06")
    assert 0 < len(items) <= 5
    assert [abs(item.effect) for item in items] == sorted((abs(item.effect) for item in items), reverse=True)
    for item in items:
        record = json.loads(json.dumps(item.to_dict(), allow_nan=False))
        for lang in i18n.LANGUAGES:
            assert all(record[lang][part] for part in ("sentence", "evidence", "action"))
            assert "{" not in "".join(record[lang].values())
        for name, values in item.state["filters"].items():
            assert set(values) <= set(demo_store.members(name))


def test_a_finding_says_labels_not_ids(demo_store):
    item = next(
        item for item in findings.review(demo_store, "2026-09", limit=9) if item.code == "spike_clicks"
    )
    assert "广东" in item.sentence("zh")
    assert "Mobile" in item.sentence("en")


def test_filters_periods_and_comparisons_of_every_kind_are_answered(demo_store):
    assert all(
        item.state["filters"]["channel"] == ("search",)
        for item in findings.review(demo_store, "2026-08", where={"channel": "search"})
    )
    for question in (
        {"compare": None},
        {"compare": "target"},
        {"compare": "previous_year"},
        {"period": "2020"},
    ):
        assert isinstance(findings.review(demo_store, **question), tuple)


def test_an_empty_workspace_has_no_findings(tmp_path):
    assert findings.review(data.open(tmp_path)) == ()


def test_holm_equals_statsmodels():
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(2).beta(0.3, 2, 60)
    np.testing.assert_allclose(holm(list(p)), multipletests(p, method="holm")[1])
