"""A proposal from the store alone: the plan of its curves, true to the planted world, every rule priced."""

from __future__ import annotations

import numpy as np
import pytest
from fits import hill

import workbench as wb
from workbench import plans
from workbench.errors import QuestionError
from workbench.plans.lines import lines
from workbench.response.saturation import value


@pytest.fixture(scope="module")
def today(demo_store):
    return plans.propose(demo_store)


@pytest.fixture(scope="module")
def regional(demo_store):
    return plans.propose(demo_store, by=["channel", "region"])


def told(curves, spend):
    """The curves from their definition."""
    rows = zip(curves.to_dict("records"), spend, strict=True)
    return np.array(
        [value(row["form"], x, row["scale"], row["half_saturation"], row["shape"]) for row, x in rows]
    )


def test_it_is_the_plan_of_the_fit_at_todays_budget(demo_store, today):
    curves = wb.response.from_store(demo_store, draws=0).curves()
    plan = wb.optimize.allocate(curves, budget=curves["current"].sum())
    assert today.plan.table["spend"].to_numpy() == pytest.approx(plan.table["spend"].to_numpy(), rel=1e-9)
    assert today.table["today"].to_numpy() == pytest.approx(curves["current"].to_numpy())
    assert today.now.total_response == pytest.approx(told(curves, curves["current"]).sum())
    assert today.table["response"].sum() == pytest.approx(told(curves, today.table["spend"]).sum())
    assert today.conserved
    assert today.plan.total_spend == pytest.approx(today.now.total_spend, rel=1e-9)


def test_on_the_planted_curves_the_proposal_beats_todays_split(demo_store, regional):
    """The fit has never seen the planted curves: they judge the plan at the same money."""
    truth = wb.demo.truth().response_curves
    both = truth.merge(regional.cells[["channel", "region", "spend"]], on=["channel", "region"])
    assert len(both) >= 40
    now = np.maximum(both["current"].to_numpy(), 1e-9)
    spend = np.maximum(both["spend"].to_numpy(), 1e-9)
    spend = spend * now.sum() / spend.sum()
    assert hill(both, spend).sum() > 1.04 * hill(both, now).sum()


@pytest.mark.parametrize("by", [["channel"], ["channel", "region"]])
def test_what_is_held_stays_and_the_total_is_kept(demo_store, by):
    found = plans.propose(
        demo_store,
        by=by,
        budget=150_000,
        held={"search": 40_000},
        floors={"outdoor": 9000},
        caps={"email": 5000},
    )
    table = found.table.set_index("channel")
    assert table.loc["search", "spend"] == pytest.approx(40_000, rel=1e-6)
    assert table.loc["outdoor", "spend"] >= 9000 * (1 - 1e-6)
    assert table.loc["email", "spend"] <= 5000 * (1 + 1e-6)
    assert table["spend"].sum() == pytest.approx(150_000, rel=1e-9)
    assert found.conserved
    assert table["at_bound"][["search", "email"]].tolist() == ["held", "cap"]
    free = 150_000 - 40_000 - 9000
    assert table.loc["display", "most"] == pytest.approx(min(free, table.loc["display", "reach"]))


def test_what_a_rule_costs_is_what_the_plan_without_it_brings_more(demo_store):
    rules = {"held": {"search": 40_000}, "caps": {"email": 5000, "display": 90_000}}
    costs = plans.rule_costs(demo_store, **rules)
    table = costs.table.set_index("channel")
    freed = plans.propose(demo_store, caps=rules["caps"])
    more = freed.plan.total_response - costs.proposal.plan.total_response
    assert table.loc["search", "cost"] == pytest.approx(more, rel=1e-9)
    assert table["binds"].to_dict() == {"search": True, "email": True, "display": False}
    assert table.loc["display", "cost"] == 0
    said = costs.sentences("en", {"search": "Search"})
    assert said[0].startswith("Search held at ¥40,000: costs ")
    assert said[-1].endswith("costs nothing.")
    assert "代价" in costs.sentences("zh")[0]


@pytest.mark.parametrize("by", [["channel"], ["channel", "region"]], ids=["channels", "regions"])
def test_the_price_of_a_rule_is_what_loosening_it_brings(demo_store, by):
    """Against the plan itself, solved again with the rule moved by 1."""
    cell = ["search · Beijing"] if len(by) == 2 else []
    rules = {
        "held": {"search": 40_000.0},
        "floors": {"outdoor": 15_000.0},
        "caps": dict.fromkeys(cell, 4000.0),
    }
    costs = plans.rule_costs(demo_store, by=by, **rules)
    for row in costs.table.to_dict("records"):
        moved = {**rules, row["kind"]: {**rules[row["kind"]], row["channel"]: row["amount"] + 1}}
        more = plans.propose(demo_store, by=by, **moved).plan.total_response
        gain = 1000 * (more - costs.proposal.plan.total_response)
        assert row["per_step"] == pytest.approx(gain, rel=0.01, abs=1e-6), row
    assert "more there" in costs.sentences("en")[0]
    assert any("less there" in said for said in costs.sentences("en"))
    assert "再调入" in costs.sentences("zh")[0]


def test_regions_have_rules_of_their_own(demo_store):
    rules = {
        "held": {"search": 40_000, "social · Beijing": 3000},
        "floors": {"display · Hubei": 2500},
        "caps": {"search · Beijing": 5000},
    }
    found = plans.propose(demo_store, by=["channel", "region"], **rules)
    table = found.steered.set_index("cell")
    assert table.loc["social · Beijing", "spend"] == pytest.approx(3000)
    assert table.loc["display · Hubei", "spend"] >= 2500 * (1 - 1e-9)
    assert table.loc["search · Beijing", "spend"] <= 5000 * (1 + 1e-9)
    assert found.table.set_index("channel").loc["search", "spend"] == pytest.approx(40_000)
    assert found.conserved
    assert table["spend"].sum() == pytest.approx(found.asked.budget, rel=1e-9)
    free = table[(table["channel"] == "search") & (table["at_bound"] == "")]
    one = free.index[0]
    most = plans.propose(
        demo_store,
        by=["channel", "region"],
        **{**rules, "held": {**rules["held"], one: table.loc[one, "most"]}},
    )
    assert most.steered.set_index("cell").loc[one, "spend"] == pytest.approx(table.loc[one, "most"])
    with pytest.raises(QuestionError, match="channel 'social · Nowhere'"):
        plans.propose(demo_store, by=["channel", "region"], held={"social · Nowhere": 1})


def test_in_min_cost_a_rule_costs_money(demo_store):
    costs = plans.rule_costs(demo_store, mode="min_cost", held={"outdoor": 12_000})
    free = plans.propose(demo_store, mode="min_cost")
    assert costs.table["cost"][0] == pytest.approx(
        costs.proposal.plan.total_spend - free.plan.total_spend, rel=1e-6
    )
    assert free.plan.total_response == pytest.approx(free.now.total_response, rel=1e-6)
    assert free.plan.total_spend < free.now.total_spend


@pytest.mark.parametrize(
    ("mode", "reached"),
    [
        ("target_roas", lambda plan: plan.total_value / plan.total_spend),
        ("target_cpa", lambda plan: plan.total_spend / plan.total_response),
    ],
)
def test_a_target_is_todays_unless_another_is_asked_for(demo_store, mode, reached):
    found = plans.propose(demo_store, mode=mode)
    assert reached(found.plan) == pytest.approx(reached(found.now), rel=1e-6)
    assert found.plan.total_response > found.now.total_response


def test_lines_and_points_are_the_curves(today, regional):
    curves = today.curves.set_index("channel")
    for channel, line in today.lines.groupby("channel"):
        row = curves.loc[channel]
        spend = line["spend"].to_numpy()
        known = value(row["form"], spend, row["scale"], row["half_saturation"], row["shape"])
        assert line["response"].to_numpy() == pytest.approx(known, rel=1e-9, abs=1e-9)
        inner = line.iloc[20:40]
        slope = np.gradient(inner["response"], inner["spend"])[1:-1]
        assert slope == pytest.approx(inner["marginal"].to_numpy()[1:-1], rel=0.02)
        assert (line["seen"] == (line["spend"] <= row["highest"])).all()
    plan = regional.points[regional.points["which"] == "plan"].set_index("channel")
    assert plan["response"].sum() == pytest.approx(regional.plan.total_response)
    drawn = lines(regional.curves, regional.plan.table["spend"], regional.fit.read)
    search = drawn[drawn["channel"] == "search"]
    at = np.interp(plan.loc["search", "spend"], search["spend"], search["response"])
    assert at == pytest.approx(plan.loc["search", "response"], rel=0.01)


def test_the_marginal_is_the_same_wherever_nothing_is_in_the_way(today):
    free = today.table[(today.table["at_bound"] == "") & (today.table["spend"] > 1)]
    assert len(free) >= 3
    price = today.plan.shadow_prices["budget"]
    assert free["marginal"].to_numpy() == pytest.approx(price, rel=1e-6)
    assert free["per_step"].to_numpy() == pytest.approx(1000 * price, rel=1e-6)


def test_sentences_say_claim_optimism_and_what_it_rests_on(demo_store):
    found = plans.propose(demo_store, draws=True, budget=400_000)
    gain = found.plan.gain
    assert f"{gain.corrected:,.0f}" in found.gain("en")
    assert "optimism" in found.gain("en")
    assert "乐观偏差" in found.gain("zh")
    notes = " ".join(found.notes("en", {"email": "E-mail"}))
    assert "was not random" in notes
    assert "above its highest week" in notes
    assert "E-mail stands at twice its highest week" in notes
    assert "平台口径" in found.model.source("zh")
    assert {"low", "high"} <= set(found.table)
    assert (found.table["low"] <= found.table["high"]).all()


def test_a_cautious_plan_is_better_on_bad_curves(demo_store):
    found = plans.propose(demo_store, risk=1.0)
    assert found.plan.risk.bad >= found.plan.risk.bad_neutral
    assert "worst 10%" in found.risk("en")


def test_an_advertiser_gets_a_proposal_of_its_own(demo_store, today):
    names = demo_store.members("advertiser")
    each = [plans.propose(demo_store, where={"advertiser": name}) for name in names]
    assert sum(one.now.total_spend for one in each) == pytest.approx(today.now.total_spend, rel=0.02)
    assert all(one.plan.total_response >= one.now.total_response * (1 - 1e-9) for one in each)


def test_a_fit_is_made_once_a_data_version(demo_store, monkeypatch):
    plans.propose(demo_store, budget=120_000)
    monkeypatch.setattr("workbench.response.from_store", lambda *_a, **_k: pytest.fail("fitted again"))
    assert plans.propose(demo_store, budget=130_000).plan.budget == 130_000
    again = wb.open(demo_store.path)
    assert plans.propose(again, budget=130_000).plan.budget == 130_000


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"budget": 1000, "floors": {"search": 5000}}, "below the floors"),
        ({"held": {"tv": 5}}, "channel 'tv'"),
        ({"floors": {"search": "much"}}, "amount of 'search'"),
        ({"floors": {"search": 50_000}, "caps": {"search": 40_000}}, "above its cap"),
        ({"outcome": "ctr"}, "outcome 'ctr'"),
    ],
)
def test_a_question_that_is_none_gets_a_sentence(demo_store, asked, words):
    with pytest.raises(QuestionError, match=words):
        plans.propose(demo_store, **asked)


def test_a_workspace_with_few_weeks_says_what_is_missing(tmp_path):
    with pytest.raises(QuestionError, match=r"no delivery|whole weeks"):
        plans.propose(wb.data.open(tmp_path))


def test_channels_have_bands_where_regions_are_planned(demo_store):
    """Of the sum over a channel's regions in each draw, as every draw planned by itself has it."""
    found = plans.propose(demo_store, by=["channel", "region"], draws=True)
    bands = found.table.set_index("channel")[["low", "high"]]
    each = []
    for _, curves in found.fit.draws.groupby("draw"):
        own = wb.optimize.allocate(curves.drop(columns="draw"), found.asked.budget, effort=0)
        each.append(own.table["spend"].groupby(curves["channel"].to_numpy()).sum())
    known = np.quantile(each, [0.05, 0.95], axis=0)
    assert np.abs(bands.loc[each[0].index].to_numpy().T - known).max() < 0.02 * found.asked.budget
