"""campaigns(): the demo's planted differences, agreement with kpis, and a sentence for bad input."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
import statsmodels.stats.multitest as multitest
from portable import problems

import workbench as wb
from workbench.compare.matrix import contacts_of
from workbench.data import Change
from workbench.errors import QuestionError
from workbench.sources.maturity import moving


def row(answer, arm):
    """The row of one arm."""
    return answer.table.set_index("arm").loc[arm]


def test_levels_are_those_of_the_key_figures(demo_store):
    answer = wb.compare.campaigns(demo_store, by="channel", metric="cpa", versus=None)
    known = wb.metrics.kpis(demo_store, by=["channel"], metrics=["cpa"]).table.set_index("channel")
    for _, found in answer.table.iterrows():
        assert found["level"] == pytest.approx(known.loc[found["arm"], "cpa"], rel=1e-12)
        assert found["level_low"] == pytest.approx(known.loc[found["arm"], "cpa_low"], rel=1e-12)
    assert answer.table["p_value"].isna().all()


@pytest.mark.parametrize(("correction", "name"), [("holm", "holm"), ("bh", "fdr_bh")])
def test_p_values_are_corrected_over_all_members(demo_store, correction, name):
    table = wb.compare.campaigns(demo_store, by="creative", metric="cvr", correction=correction).table
    known = table[table["p_value"].notna()]
    oracle = multitest.multipletests(known["p_value"], method=name)[1]
    assert known["p_adjusted"].to_numpy() == pytest.approx(oracle, rel=1e-9)


def test_the_best_stands_first_whatever_better_means(demo_store):
    cheap = wb.compare.campaigns(demo_store, by="channel", metric="cpa").table
    rich = wb.compare.campaigns(demo_store, by="channel", metric="roas").table
    assert cheap["shrunk"].is_monotonic_increasing
    assert rich["shrunk"].is_monotonic_decreasing
    assert cheap["arm"].iloc[0] == rich["arm"].iloc[0] == "email"
    assert cheap["verdict"].iloc[0] == rich["verdict"].iloc[0] == "better"
    assert list(rich["rank"]) == [1, 2, 3, 4, 5, 6]


def test_planted_changes_are_found_and_inside_their_intervals(demo_store):
    truth = wb.demo.truth()
    for by, kind in (("region", "region_up"), ("campaign", "better_campaign")):
        planted = truth.changes.set_index("id").loc[kind]
        period = f"{planted['start']}..{planted['end']}"
        before = f"{planted['start'] - dt.timedelta(days=28)}..{planted['start'] - dt.timedelta(days=1)}"
        answer = wb.compare.campaigns(demo_store, by=by, metric="cvr", period=period, compare=before)
        found = row(answer, planted["where"][by])
        assert found["verdict"] == "better"
        assert found["lift_low"] + 1 < planted["factor"] < found["lift_high"] + 1
        assert found["control"] == "before"


def test_the_broken_creative_is_worse_than_the_others_of_its_campaign(demo_store):
    broken = wb.demo.truth().broken_creative
    period = f"{broken['start']}..{broken['end']}"
    answer = wb.compare.campaigns(
        demo_store,
        "creative",
        "cvr",
        period,
        where={"campaign": broken["campaign"]},
        adjust=["region", "device"],
    )
    found = row(answer, broken["creative"])
    assert found["verdict"] == "worse"
    assert found["rank"] == len(answer.table)
    assert found["lift_high"] < 0


def test_devices_differ_as_planted_when_compared_like_with_like(demo_store):
    planted = wb.demo.truth().devices.set_index("device")["cvr"]
    answer = wb.compare.campaigns(
        demo_store,
        by="device",
        metric="cvr",
        period="last_90_days",
        versus="mobile",
        adjust=["campaign", "region"],
        age=7,
    )
    for arm in ("desktop", "tablet"):
        found = row(answer, arm)
        assert found["lift_low"] + 1 < planted[arm] / planted["mobile"] < found["lift_high"] + 1


def test_young_days_are_left_out_for_everybody(demo_store):
    plain = wb.compare.campaigns(demo_store, by="channel", metric="cvr")
    aged = wb.compare.campaigns(demo_store, by="channel", metric="cvr", age=7)
    assert "young_days" in {item.code for item in plain.warnings}
    assert "left_out_young" in {item.code for item in aged.warnings}
    assert aged.details["period"].end == demo_store.as_of - dt.timedelta(days=7)
    # late orders are still missing in the newest days
    assert row(aged, "display")["level"] > row(plain, "display")["level"]


def test_final_days_are_those_that_no_platform_corrects(demo_store):
    answer = wb.compare.campaigns(demo_store, "channel", "cvr", "last_90_days", age="final")
    longest = max(item.days for item in moving(demo_store))
    assert (demo_store.as_of - answer.details["period"].end).days == longest
    with pytest.raises(QuestionError, match="No day of the period"):
        wb.compare.campaigns(demo_store, "channel", "cvr", "last_7_days", age="final")


def test_the_past_is_seen_as_young_as_the_present(tmp_path):
    """Orders of the last five days come in halves: against the finished past that looks like a fall."""
    store, rng = wb.data.open(tmp_path), np.random.default_rng(4)
    start = dt.date(2026, 1, 1)
    late = rng.poisson(30, (56, 2))
    bases = {"source": "generic", "account": "a", "grain": "campaign", "currency": "CNY"}
    for last in (28, 56):
        sent, won = [], []
        for day in range(last):
            for at, name in enumerate(("one", "two")):
                key = bases | {"campaign": name, "local_date": start + dt.timedelta(days=day)}
                orders = late[day, at] * (0.5 if day >= last - 5 else 1.0)
                sent.append(key | {"impressions": 9000, "clicks": 600, "cost_micros": 10**7})
                won.append(key | {"goal": "order", "kind": "order", "is_goal": True, "time_basis": "click",
                                  "conversions": orders, "revenue_micros": int(orders * 10**7)})  # fmt: skip
        changes = {"performance": sent, "conversions": won}
        store.commit([Change(name, pa.Table.from_pylist(rows), "all") for name, rows in changes.items()])
        store.refresh()
    asked = {"metric": "cvr", "period": "last_28_days", "compare": "previous_period"}
    plain = wb.compare.campaigns(store, **asked)
    equal = wb.compare.campaigns(store, **asked, age="equal", adjust="account")
    assert plain.table["lift"].max() < -0.04
    assert equal.table["lift"].abs().max() < 0.06
    whole = {name: late[:23, at].sum() + late[23:28, at].sum() / 2 for at, name in enumerate(("one", "two"))}
    for _, found in equal.table.iterrows():
        assert found["mean_control"] == pytest.approx(whole[found["arm"]] / (28 * 600))
    assert "equal_age_past" in {item.code for item in equal.warnings}


def test_a_negative_revenue_and_an_empty_campaign_are_answered(tmp_path):
    store = wb.data.open(tmp_path)
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=at) for at in range(20)]
    rng = np.random.default_rng(2)

    def rows(campaign, revenue, clicks=1000):
        return [
            {"source": "generic", "campaign": campaign, "local_date": day, "grain": "campaign",
             "currency": "CNY", "impressions": 10000, "clicks": clicks,
             "cost_micros": 10**8, "revenue": revenue(day)}
            for day in days
        ]  # fmt: skip

    made = [
        *rows("good", lambda _: int(rng.gamma(9, 4e7))),
        *rows("fair", lambda _: int(rng.gamma(9, 2e7))),
        *rows("bad", lambda _: -(10**7)),
        *rows("none", lambda _: 0),
    ]
    sent = [{k: v for k, v in item.items() if k != "revenue"} for item in made]
    won = [
        {k: item[k] for k in ("source", "campaign", "local_date", "grain", "currency")}
        | {"goal": "order", "kind": "order", "is_goal": True, "time_basis": "click",
           "conversions": float(rng.poisson(3) * (item["revenue"] > 0)), "revenue_micros": item["revenue"]}
        for item in made
    ]  # fmt: skip
    store.commit(
        [Change("performance", pa.Table.from_pylist(sent)), Change("conversions", pa.Table.from_pylist(won))]
    )
    answer = wb.compare.campaigns(store, metric="roas", period="all")
    bad = row(answer, "bad")
    assert bad["mean"] < 0
    assert np.isnan(bad["shrunk"])
    assert bad["verdict"] == "worse"
    assert row(answer, "good")["verdict"] == "better"
    rate = wb.compare.campaigns(store, metric="cvr", period="all")
    none = row(rate, "none")
    assert none["mean"] == 0
    assert none["verdict"] == "worse"
    assert none["lift_low"] == -1 < none["lift_high"] < 0


def test_two_members_head_to_head(demo_store):
    answer = wb.compare.head_to_head(demo_store, "search", "display", by="channel", metrics=["cvr", "cpa"])
    assert list(answer.table["metric"]) == ["cvr", "cpa"]
    assert list(answer.table["verdict"]) == ["better", "better"]
    assert answer.table["p_adjusted"].ge(answer.table["p_value"]).all()
    assert "Search is really better than Display" in answer.sentence("en")
    assert "搜索" in answer.sentence("zh")


def test_the_funnel_leads_from_impressions_to_revenue(demo_store):
    broken = wb.demo.truth().broken_creative
    answer = wb.compare.funnel(
        demo_store, "creative", broken["creative"], where={"channel": broken["channel"]}
    )
    table = answer.table.set_index("metric")
    assert list(table.index) == ["ctr", "cvr", "aov"]
    assert table.loc["cvr", "lift_high"] < 0
    assert table.loc["cvr", "p_adjusted"] < 0.05
    assert table.loc["ctr", "end"] == table.loc["cvr", "start"]
    assert table.loc["ctr", "mean"] == pytest.approx(table.loc["ctr", "end"] / table.loc["ctr", "start"])
    whole = wb.compare.funnel(demo_store)
    assert whole.table["p_value"].isna().all()
    assert (whole.table["level_low"] < whole.table["mean"]).all()


def test_the_broken_creative_looks_tired_and_no_other_does(demo_store):
    answer = wb.compare.fatigue(demo_store, metric="cvr")
    tired = answer.table[answer.table["verdict"] == "tired"]
    assert list(tired["arm"]) == [wb.demo.truth().broken_creative["creative"]]
    assert wb.demo.truth().broken_creative["creative"] in answer.sentence("en")


@pytest.mark.parametrize("against", ["days", "impressions"])
def test_no_creative_of_the_demo_loses_clicks_with_time(demo_store, against):
    table = wb.compare.fatigue(demo_store, metric="ctr", against=against).table
    known = table["p_value"].dropna()
    assert (table["verdict"] != "tired").all()
    assert (known < 0.05).mean() < 0.09


def test_the_contacts_question_is_portable(demo_store):
    assert not problems(contacts_of(demo_store, "value_class"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"metric": "clicks"}, "how much there is"),
        ({"metric": "frequency"}, "how much there is|no sum"),
        ({"metric": "roaz"}, "Did you mean 'roas'"),
        ({"by": "chanel"}, "Did you mean 'channel'"),
        ({"by": ["channel", "region"]}, "cannot be ranked at once"),
        ({"versus": "nobody"}, "Unknown campaign 'nobody'"),
        ({"versus": "search", "compare": "previous_period"}, "its past and with another one"),
        ({"adjust": ["region", "region"]}, "names a dimension twice"),
        ({"adjust": "campaign"}, "names a dimension twice"),
        ({"age": 1.5}, "no number of days"),
        ({"age": "equal"}, "no past to compare with"),
        ({"age": "equal", "compare": "previous_period"}, "No kept data version"),
        ({"compare": "target"}, "A target has no days"),
        ({"correction": "bonferroni"}, "Unknown correction"),
    ],
)
def test_a_question_that_makes_no_sense_gets_a_sentence(demo_store, arguments, sentence):
    with pytest.raises(QuestionError, match=sentence):
        wb.compare.campaigns(demo_store, **arguments)


def test_an_empty_workspace_has_nothing_to_rank(tmp_path):
    answer = wb.compare.campaigns(wb.data.open(tmp_path))
    assert answer.table.empty
    assert "nothing to rank" in answer.sentence("en")


def test_a_member_cannot_fight_itself(demo_store):
    with pytest.raises(QuestionError, match="itself"):
        wb.compare.head_to_head(demo_store, "search", "search", by="channel")


def test_texts_are_in_both_languages(demo_store):
    answer = wb.compare.campaigns(demo_store, by="week", metric="cvr", period="last_90_days", age=3)
    assert answer.sentence("en") != answer.sentence("zh")
    assert all(item.sentence("zh") for item in answer.warnings)
    assert answer.to_dict()["rows"]
    assert "<table>" in answer._repr_html_()
