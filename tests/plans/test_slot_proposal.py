"""A plan of hours from a workspace: budgets and rules kept, what was planted found, files fit platforms."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from workbench import plans
from workbench.errors import QuestionError
from workbench.optimize import allocate_slots
from workbench.plans.slots import ALL, rules
from workbench.plans.slots.files import half_hours_csv

NIGHT = tuple(24 * day + hour for day in range(7) for hour in range(5))


@pytest.fixture(scope="module")
def proposal(demo_store):
    return plans.propose_slots(demo_store, windows=6, draws=True)


def test_each_group_keeps_its_budget_and_brings_more(proposal):
    board = proposal.board
    np.testing.assert_allclose(board["spend"], board["today"], rtol=1e-6)
    assert (board["response"] > board["response_today"]).all()
    assert proposal.relative > 0.1
    assert proposal.spend == pytest.approx(proposal.today, rel=1e-3)
    assert board["response"].sum() == pytest.approx(proposal.response, rel=1e-9)
    assert (proposal.schedule.to_frame().groupby(["channel", "weekday"]).size() <= 6).all()


def test_the_same_plan_comes_from_the_same_curves_by_hand(proposal, demo_store):
    model = plans.slot_model(demo_store)
    curves = model.curves()
    today = curves.groupby("channel")["current"].sum().to_dict()
    found = allocate_slots(curves, weekly_budget=today)
    assert found.total_response == pytest.approx(proposal.plan.total_response, rel=1e-6)
    assert found.before == pytest.approx(proposal.before, rel=1e-9)


def test_shared_budgets_bring_more_than_kept_ones(proposal, demo_store):
    free = plans.propose_slots(demo_store, windows=6, split="free")
    assert free.plan.total_response > proposal.plan.total_response
    assert free.per_step > 0
    assert proposal.per_step == pytest.approx(_worth_of_100(proposal), rel=0.02)


def _worth_of_100(found):
    """What 100 more bring, planned again."""
    more = {name: (found.asked.budget + 100) * share for name, share in found.fit.shares.items()}
    return allocate_slots(found.fit.curves, weekly_budget=more).total_response - found.plan.total_response


def test_money_is_the_gain_without_optimism_and_what_windows_lose(proposal):
    middle, low, high = proposal.money
    told = proposal.plan.gain
    assert low < middle < high
    assert middle == pytest.approx((told.corrected - proposal.schedule.lost) * proposal.worth, rel=1e-3)
    bands = proposal.brought
    assert ((bands["low"] < bands["spend"]) & (bands["spend"] < bands["high"])).all()


def test_the_planted_best_hours_get_the_money(proposal):
    """The demo's evening is planted as its best hours: money moves there, and the index says so."""
    from workbench.demo import truth

    planted = truth().slot_curves
    planted = planted.assign(index=planted["ctr_index"] * planted["cvr_index"])
    for channel in ("search", "social", "short_video"):
        mean = planted[planted["channel"] == channel].groupby("hour_of_week")["index"].mean()
        week = proposal.week(channel).set_index("hour_of_week")
        assert np.corrcoef(mean, week["index"].reindex(mean.index))[0, 1] > 0.8, channel
        best, worst = mean.nlargest(24).index, mean.nsmallest(24).index
        assert week.loc[best, "change"].sum() > 0 > week.loc[worst, "change"].sum(), channel


def test_painted_hours_are_kept_in_plan_and_windows(demo_store):
    found = plans.propose_slots(demo_store, windows=3, forbid={ALL: NIGHT}, require={"search": [30, 54]})
    table = found.table
    night = table["hour_of_week"].isin(NIGHT)
    own = (table["group"] == "search") & table["hour_of_week"].isin([30, 54])
    assert (table.loc[night, ["spend", "scheduled"]].to_numpy() == 0).all()
    assert (table.loc[own, "scheduled"] > 0).all()
    assert set(table.loc[night, "ruled"]) == {"forbid"}
    costs = plans.slot_costs(demo_store, windows=3, forbid={ALL: NIGHT}, require={"search": [30, 54]}).table
    assert (costs["cost"] >= 0).all()
    assert costs.set_index("kind").loc["forbid", "cost"] > 0


def test_a_cap_of_a_day_holds_for_the_windows_too(demo_store):
    free = plans.propose_slots(demo_store, windows=2)
    cap = 0.92 * free.schedule.hours.reshape(-1, 7, 24).sum(axis=(0, 2)).max()
    for platform in ("any", "google", "tencent"):
        found = plans.propose_slots(demo_store, windows=2, daily_cap=cap, platform=platform)
        days = found.schedule.hours.reshape(-1, 7, 24).sum(axis=(0, 2))
        assert days.max() <= cap * (1 + 1e-9), platform
        assert found.spend > 0.97 * found.plan.total_spend, platform


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"forbid": [168]}, "no hour of a week"),
        ({"forbid": {"sarch": [1]}}, "Did you mean 'search'"),
        ({"split": "half"}, "kept"),
        ({"budget": 0}, "spends nothing"),
        ({"forbid": range(168)}, "No slot is left"),
        ({"forbid": [3], "require": [3]}, "both required and forbidden"),
        ({"daily_cap": 10, "require": range(0, 168, 2), "budget": 100_000}, "cap of a day cannot"),
        ({"platform": "bing"}, "platform"),
    ],
    ids=["hour", "group", "split", "no money", "no hour", "both", "no plan", "platform"],
)
def test_what_cannot_be_is_said(demo_store, asked, words):
    with pytest.raises(QuestionError, match=words):
        plans.propose_slots(demo_store, **asked)


def test_files_fit_their_platforms(proposal, demo_store):
    sheets = pd.read_excel(io.BytesIO(proposal.to_xlsx()), sheet_name=None)
    assert set(sheets) == {"windows", "hours", "groups", "about"}
    assert sheets["windows"]["spend"].sum() == pytest.approx(proposal.spend, rel=1e-6)
    halves = plans.half_hours(proposal)
    assert len(halves) == 7 * len(proposal.groups)
    assert halves["half_hours"].str.fullmatch("[01]{48}").all()
    np.testing.assert_array_equal(halves["half_hours"].str.count("1"), 2 * halves["hours"])
    assert halves["budget"].sum() == pytest.approx(proposal.plan.total_spend, rel=0.01)
    assert half_hours_csv(proposal).count(b"\r\n") == len(halves) + 1
    with pytest.raises(QuestionError, match="google_ads"):
        plans.google_schedule(demo_store, proposal)


def test_painting_is_a_rectangle_that_toggles():
    groups = ["search", "social"]
    hours = rules.rectangle(26, 3)
    assert hours == (2, 3, 26, 27)
    first = rules.painted({}, "forbid", ALL, hours, groups)
    assert first == {"forbid": {ALL: hours}, "require": {}}
    assert rules.painted(first, "forbid", ALL, hours, groups) == {"forbid": {}, "require": {}}
    own = rules.painted(first, "require", "search", (2,), groups)
    assert own == {"forbid": {ALL: (3, 26, 27), "social": (2,)}, "require": {"search": (2,)}}
    assert rules.by_group(own["forbid"], own["require"], groups)["search"] == (3, 26, 27)
    assert rules.painted(own, "free", ALL, (2, 3, 26, 27), groups) == {"forbid": {}, "require": {}}


@pytest.mark.parametrize("seed", range(5))
def test_painting_never_leaves_an_hour_both_forbidden_and_required(seed):
    rng = np.random.default_rng(seed)
    groups, state = ["a", "b", "c"], {"forbid": {}, "require": {}}
    for _ in range(60):
        brush, group = rng.choice(rules.BRUSHES), rng.choice([*groups, ALL])
        hours = rules.rectangle(*map(int, rng.integers(0, 168, 2)))
        state = rules.painted(state, brush, group, hours, groups)
        one, other = (rules.by_group(state[a], state[b], groups) for a, b in (rules.KINDS, rules.KINDS[::-1]))
        for name in groups:
            assert not set(one.get(name, ())) & set(other.get(name, ()))


def test_hours_from_a_list_go_over_midnight_and_the_end_of_the_week():
    assert rules.span([6], 22, 2) == (0, 1, 166, 167)
    assert rules.span([0], 0, 24) == tuple(range(24))
    with pytest.raises(QuestionError, match="same hour"):
        rules.span([0], 5, 5)
    assert rules.read_runs(rules.written_runs([0, 1, 2, 9, 11, 12])) == [0, 1, 2, 9, 11, 12]


def test_the_test_gives_every_weekday_both_schedules(demo_store):
    found = plans.slot_test(demo_store, weeks=6, block_hours=12)
    assert found.table["date"].min() > demo_store.as_of
    assert len(found.weeks) == 6
    assert all(len(days) == 7 and all(len(blocks) == 2 for blocks in days) for _, days in found.weeks)
    each = found.table.groupby(["place", "arm"]).size()
    assert (each == 3).all()
    assert found.to_csv().count(b"\r\n") == len(found.table) + 1
