"""Weeks ahead from the store alone: season, carry-over, committed and spent money, other aims."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import plans
from workbench.errors import QuestionError
from workbench.plans import goals, seasons

BOOKED = "outdoor · 2026-11-16"


@pytest.fixture(scope="module")
def ahead(demo_store):
    return plans.schedule(demo_store)


def test_the_weeks_follow_the_data_and_spend_the_budget(demo_store, ahead):
    assert len(ahead.weeks) == 13
    assert ahead.weeks[0] > demo_store.as_of
    assert {week.weekday() for week in ahead.weeks} == {0}
    assert ahead.table["spend"].sum() == pytest.approx(13 * ahead.proposal.asked.budget, rel=1e-9)
    assert ahead.gap < 1e-3
    assert ahead.found.bound >= ahead.found.aim
    assert "13 weeks" in ahead.sentence("en")
    assert "13 周" in ahead.sentence("zh")


def test_it_is_at_least_as_good_as_the_steady_plan(ahead):
    """The proposal of every week, spent evenly, is one of the plans within the rules."""
    found = ahead.proposal
    model = found.model
    even = found.plan.table["spend"].to_numpy()
    held = found.curves.assign(min=even, max=even)
    steady = wb.optimize.allocate_periods(
        held,
        ahead.plan.budget * (1 + 1e-9),
        ahead.weeks,
        season=seasons.season(model, ahead.weeks)[0],
        carryover=seasons.carryover(model),
    )
    assert ahead.plan.objective >= steady.objective * (1 - 1e-9)
    assert ahead.found.bound >= steady.objective


def test_carry_over_and_season_are_those_of_the_fit(demo_store, ahead):
    model = ahead.proposal.model
    kernels = seasons.carryover(model)
    assert set(kernels) == set(ahead.proposal.curves["cell"])
    assert all(weights.sum() == pytest.approx(1) and (weights >= 0).all() for weights in kernels.values())
    data = model.parts[0].data
    days = [day.astype(object) for day in data.times]
    own, known = seasons.season(model, days[:3])
    assert known == 3
    assert own[1] == pytest.approx(np.dot([0.25, 0.5, 0.25], data.season[:3]))
    later = [day.replace(year=day.year + 20) for day in days[:2]]
    assert seasons.season(model, later) == ([1.0, 1.0], 0)
    season = ahead.by_week.set_index("week")["season"]
    spend = ahead.by_week.set_index("week")["spend"]
    assert spend[season.idxmax()] > spend[season.idxmin()]


def test_this_quarter_keeps_what_is_spent_and_booked(demo_store):
    found = plans.schedule(demo_store, span="quarter", committed={BOOKED: 9000})
    assert found.over == 3
    past = found.table[found.table["past"]]
    period = f"{min(past['week'])}..{max(past['week']) + np.timedelta64(6, 'D').astype(object)}"
    known = wb.metrics.kpis(demo_store, ["channel"], ["cost"], period).table.set_index("channel")["cost"]
    assert past.groupby("channel")["spend"].sum().to_dict() == pytest.approx(known.to_dict())
    assert found.spent == pytest.approx(known.sum())
    assert found.pacing == pytest.approx(known.sum() / (3 * found.proposal.asked.budget))
    row = found.table[(found.table["channel"] == "outdoor") & (found.table["committed"] > 0)].iloc[0]
    assert row["spend"] >= 9000 * (1 - 1e-9)
    assert row["week"].isoformat() == "2026-11-16"
    assert "3 weeks are over" in found.sentence("en")
    assert b"platform-claimed" in found.to_csv()


def test_a_schedule_is_saved_week_by_week(demo_store, tmp_path):
    found = plans.schedule(demo_store)
    kept = plans.save(wb.data.open(tmp_path / "w"), "Weeks", found)
    pd.testing.assert_series_equal(kept.table["spend"], found.plan.table["spend"])
    assert kept.table["period"].tolist() == found.plan.table["period"].tolist()
    assert (kept.start, kept.days, (kept.end - kept.start).days + 1) == (found.weeks[0], 7, 13 * 7)
    assert kept.source == "platform-claimed"


def test_rules_hold_every_week(demo_store):
    found = plans.schedule(demo_store, held={"search": 40_000}, caps={"email": 5000})
    wide = found.table.pivot(index="week", columns="channel", values="spend")
    assert wide["search"].to_numpy() == pytest.approx(40_000)
    assert wide["email"].max() <= 5000 * (1 + 1e-6)


def test_the_least_cost_reaches_the_target_and_less_money_does_not(demo_store):
    found = plans.schedule(demo_store, mode="min_cost", target=2000.0)
    assert found.plan.objective == pytest.approx(13 * 2000, rel=1e-5)
    assert found.found.bound <= found.plan.total_spend
    assert found.gap < 1e-3
    less = plans.schedule(demo_store, budget=0.999 * found.found.bound / 13)
    assert less.found.bound < 13 * 2000


@pytest.mark.parametrize("mode", ["target_roas", "target_cpa"])
def test_a_return_is_kept_and_more_money_does_not_keep_it(demo_store, mode):
    found = plans.schedule(demo_store, mode=mode)
    target, plan = found.proposal.asked.target, found.plan
    reached = (
        plan.objective / plan.total_spend if mode == "target_roas" else plan.total_spend / plan.objective
    )
    assert reached == pytest.approx(target, rel=1e-4)
    assert found.found.bound >= found.found.aim
    assert found.gap < 1e-3


def test_a_target_beyond_reach_says_so_with_the_nearest(demo_store):
    found = plans.schedule(demo_store, mode="min_cost", target=1e7)
    assert not found.found.met
    assert "cannot be met" in found.sentence("en")
    assert found.reached == pytest.approx(found.plan.objective / 13)
    assert f"the nearest is {found.reached:,.0f} conversions" in found.sentence("en")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"mode": "target_mroas"}, "no target marginal ROAS"),
        ({"span": "year"}, "span 'year'"),
        ({"committed": {"tv · 2026-11-16": 1}}, "cell 'tv'"),
        ({"committed": {"outdoor · 2026-11-17": 1}}, "period '2026-11-17'"),
    ],
    ids=["mode", "span", "cell", "week"],
)
def test_a_question_about_weeks_that_is_none_gets_a_sentence(demo_store, asked, words):
    with pytest.raises(QuestionError, match=words):
        plans.schedule(demo_store, **asked)


class _Line:
    """A plan on a known concave curve: the square root of the money."""

    status = "optimal"

    def __init__(self, money):
        self.total_spend = money
        self.objective = self.upper_bound = money**0.5
        self.shadow_prices = {"budget": 0.5 * money**-0.5}


@pytest.mark.parametrize(
    ("mode", "target", "money"),
    [("min_cost", 30.0, 900.0), ("target_roas", 0.05, 400.0), ("target_cpa", 20.0, 400.0)],
    ids=["least-cost", "return", "cost-each"],
)
def test_the_search_finds_the_closed_form(mode, target, money):
    found = goals.reached(mode, target, 10_000.0, _Line)
    assert found.plan.total_spend == pytest.approx(money, rel=1e-5)
    assert found.gap == pytest.approx(0, abs=1e-4)
    with pytest.raises(QuestionError, match="no target"):
        goals.reached(mode, None, 1.0, _Line)


class _Straight(_Line):
    """Two for each unit of money, whatever it is."""

    def __init__(self, money):
        self.total_spend = money
        self.objective = self.upper_bound = 2 * money
        self.shadow_prices = {"budget": 2.0}


def test_a_return_beyond_reach_gives_the_best_return():
    found = goals.reached("target_roas", 3.0, 10_000.0, _Straight)
    assert not found.met
    assert found.plan.objective / found.plan.total_spend == 2.0
