"""Plans of time slots against cvxpy and brute force, their rules, prices and windows."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.errors import QuestionError
from workbench.optimize import allocate_slots

CHANNELS, REGIONS = ("search", "social"), ("north", "south")
BUDGET = 900.0


def curves(seed=0, hours=range(168), low_high=True):
    """A CurveTable of four groups."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        itertools.product(CHANNELS, REGIONS, hours), columns=["channel", "region", "hour_of_week"]
    )
    table["cell"] = [" · ".join(map(str, row)) for row in table.itertuples(index=False)]
    table["form"], table["shape"] = "exponential", 1.0
    table["half_saturation"] = rng.lognormal(1.5, 0.5, len(table))
    table["scale"] = table["half_saturation"] * rng.lognormal(0, 0.6, len(table))
    table["current"] = BUDGET / len(table)
    if low_high:
        table["scale_low"], table["scale_high"] = 0.8 * table["scale"], 1.2 * table["scale"]
    return table


def convex(table, *, budgets=(), days=(), floor=0.0, shut=()):
    """The best response by cvxpy: budgets are (slots, most), days (slots, least, most)."""
    import cvxpy as cp

    half, scale = table["half_saturation"].to_numpy(), table["scale"].to_numpy()
    part = cp.Variable(len(table))  # spend in units of half-saturation
    rules = [part >= np.broadcast_to(floor, half.shape) / half]
    rules += [half[inside] @ part[inside] <= most for inside, most in budgets]
    for inside, least, most in days:
        own = half[inside] @ part[inside]
        rules += [own >= least, own <= most]
    rules += [part[slot] == 0 for slot in shut]
    problem = cp.Problem(cp.Maximize(scale @ (1 - cp.exp(-part))), rules)
    return float(problem.solve(solver=cp.CLARABEL))


def inside(table, **where):
    """Numbers of the slots of a channel, region or day."""
    day = table["hour_of_week"] // 24
    kept = np.ones(len(table), bool)
    for name, value in where.items():
        kept &= (day if name == "day" else table[name]) == value
    return np.flatnonzero(kept)


EVERY = slice(None)


def asked(table):
    """(what is asked, the same for cvxpy) of several mixtures of rules."""
    days = [inside(table, day=day) for day in range(7)]
    search, social = inside(table, channel="search"), inside(table, channel="social")
    north = inside(table, region="north")
    even = BUDGET / len(table)
    night = [slot for slot in range(len(table)) if table["hour_of_week"][slot] % 24 < 6]
    pairs = [inside(table, channel=c, region=r, day=d) for c in CHANNELS for r in REGIONS for d in range(7)]
    whole = [(np.arange(len(table)), BUDGET)]
    return [
        ({"weekly_budget": BUDGET}, {"budgets": whole}),
        ({"daily_budget": BUDGET / 7}, {"budgets": whole}),
        (
            {"daily_budget": BUDGET / 7, "daily_cap": BUDGET / 6.8},
            {"budgets": whole, "days": [(own, 0, BUDGET / 6.8) for own in days]},
        ),
        (
            {"weekly_budget": {"search": 300, "social": 400}},
            {"budgets": [(search, 300), (social, 400)]},
        ),
        (
            {"weekly_budget": {"search": 500, "social": 500, "north": 350}, "daily_cap": 130},
            {
                "budgets": [(search, 500), (social, 500), (north, 350)],
                "days": [(own, 0, 130) for own in days],
            },
        ),
        (
            {"weekly_budget": BUDGET, "pacing": 0.05, "explore": 0.2},
            {
                "budgets": whole,
                "days": [(own, 0.95 * BUDGET / 7, 1.05 * BUDGET / 7) for own in days],
                "floor": 0.2 * even,
            },
        ),
        (
            {
                "weekly_budget": BUDGET,
                "presence": 25,
                "forbid": [(day, h) for day in range(7) for h in range(6)],
            },
            {"budgets": whole, "days": [(own, 25, 1e6) for own in pairs], "shut": night},
        ),
    ]


@pytest.mark.parametrize("number", range(7))
def test_a_plan_is_as_good_as_the_convex_solvers_and_says_so(number):
    table = curves(number)
    wish, same = asked(table)[number]
    plan = allocate_slots(table, **wish)
    best = convex(table, **same)
    assert plan.status == "optimal"
    assert plan.total_response == pytest.approx(best, rel=2e-6)
    assert plan.upper_bound >= best * (1 - 1e-6)
    assert plan.gap < 1e-6


def test_a_small_week_is_as_good_as_trying_every_split():
    table = curves(3, hours=(8, 32))[:4]
    steps, budget = 24, 12.0
    plan = allocate_slots(table, weekly_budget=budget, forbid={"north": [32]})
    half, scale = table["half_saturation"].to_numpy(), table["scale"].to_numpy()
    best = max(
        float((scale * -np.expm1(-np.array(split) * budget / steps / half)).sum())
        for split in itertools.product(range(steps + 1), repeat=len(table))
        if sum(split) == steps and split[1] == 0
    )
    assert best <= plan.total_response <= best * 1.01
    assert plan.table["spend"][1] == 0


def test_rules_are_kept_to_the_cent():
    table = curves(5)
    plan = allocate_slots(
        table,
        weekly_budget={("search", "north"): (150, 200), "social": 300, "search · south": 120},
        daily_cap={"social": 50},
        presence={"search": 10},
        forbid={"south": range(24)},
        require=[100],
        explore=0.05,
    )
    spent = plan.table.assign(day=plan.table["hour_of_week"] // 24)
    groups = spent.groupby(["channel", "region"])["spend"].sum()
    assert 150 - 1e-6 <= groups["search", "north"] <= 200 + 1e-6
    assert groups["search", "south"] <= 120 + 1e-6
    assert spent.loc[spent["channel"] == "social", "spend"].sum() <= 300 + 1e-6
    by_day = spent.groupby(["channel", "day"])["spend"].sum()
    assert by_day["social"].max() <= 50 + 1e-6
    assert by_day["search"].min() >= 10 - 1e-6
    quiet = (spent["region"] == "south") & (spent["hour_of_week"] < 24)
    assert not spent.loc[quiet, "spend"].any()
    assert (spent.loc[~quiet, "spend"] > 0).all()
    share = 200 / 168
    own = spent[
        (spent["channel"] == "search") & (spent["region"] == "north") & (spent["hour_of_week"] == 100)
    ]
    assert own["spend"].iloc[0] >= 0.25 * share - 1e-9


def test_shadow_prices_are_what_one_more_unit_brings():
    table = curves(6)
    wish = {"weekly_budget": {"search": 300, "social": 400}, "daily_cap": {"search": 45}}
    plan = allocate_slots(table, **wish)
    for name, key in (("search", "group:search"), ("social", "group:social")):
        more = {**wish["weekly_budget"], name: wish["weekly_budget"][name] + 1}
        gained = allocate_slots(table, weekly_budget=more, daily_cap={"search": 45}).total_response
        assert gained - plan.total_response == pytest.approx(plan.shadow_prices[key], rel=0.02)
    assert plan.shadow_prices.get("budget") is None
    capped = [name for name, price in plan.shadow_prices.items() if "search · " in name and price > 0]
    assert capped


def test_intervals_bands_and_today_stand_beside_the_plan():
    table = curves(7)
    rng = np.random.default_rng(0)
    draws = pd.concat(
        [table.assign(draw=at, scale=table["scale"] * rng.lognormal(0, 0.2, len(table))) for at in range(20)]
    )
    plan = allocate_slots(table, weekly_budget=BUDGET, draws=draws)
    used = plan.table["spend"] > 0
    np.testing.assert_allclose(plan.table["low"][used], 0.8 * plan.table["response"][used])
    now = table["scale"] * -np.expm1(-table["current"] / table["half_saturation"])
    assert plan.before == pytest.approx(now.sum())
    assert plan.before_spend == pytest.approx(BUDGET)
    assert plan.total_response > plan.before
    assert (plan.bands["low"] <= plan.bands["high"]).all()
    assert plan.gain.claimed == pytest.approx(plan.total_response - plan.before)
    assert 0 < plan.gain.corrected < plan.gain.claimed
    assert "spend_low" in plan.to_frame()
    json.dumps(plan.to_dict(), allow_nan=False)
    for lang, word in (("en", "time slots"), ("zh", "时段")):
        assert word in plan.sentence(lang)
    assert "<table" in plan._repr_html_()


def test_a_schedule_holds_all_spend_in_whole_hours():
    plan = allocate_slots(curves(8), weekly_budget=BUDGET)
    schedule = plan.schedule
    assert list(schedule) == ["channel", "region", "weekday", "start_hour", "end_hour", "spend", "multiplier"]
    assert schedule["spend"].sum() == pytest.approx(plan.total_spend)
    assert (schedule["end_hour"] > schedule["start_hour"]).all()
    hours = schedule["end_hour"] - schedule["start_hour"]
    means = plan.table.groupby(["channel", "region"])["spend"].sum() / 168
    mean = np.array([means[tuple(key)] for key in schedule[["channel", "region"]].to_numpy()])
    np.testing.assert_allclose(schedule["spend"] / hours / mean, schedule["multiplier"])


@pytest.mark.parametrize("windows", [1, 3])
def test_few_windows_a_day_keep_the_money_and_say_what_they_lose(windows):
    plan = allocate_slots(curves(9), weekly_budget=BUDGET, windows_per_day=windows)
    schedule = plan.schedule
    assert schedule.groupby(["channel", "region", "weekday"]).size().max() <= windows
    assert schedule["spend"].sum() == pytest.approx(plan.total_spend, rel=1e-6)
    table = plan.to_cells().set_index(["channel", "region", "hour_of_week"])
    response = 0.0
    for row in schedule.itertuples():
        hours = range(row.weekday * 24 + int(row.start_hour), row.weekday * 24 + int(row.end_hour))
        for hour in hours:
            own = table.loc[(row.channel, row.region, hour)]
            response += own["scale"] * -np.expm1(-row.spend / len(hours) / own["half_saturation"])
    assert plan.lost == pytest.approx(1 - response / plan.total_response, abs=1e-6)
    assert 0 < plan.lost < 0.4


def test_one_day_group_and_hour_are_enough():
    table = curves(1, hours=[50])
    plan = allocate_slots(table.drop(columns=["region"])[::2], daily_budget=10)
    assert plan.total_spend == pytest.approx(70)
    assert plan.by == ("channel",)


BAD = [
    ("no budget", {}, "There is no budget"),
    ("negative", {"weekly_budget": -1}, "weekly budget is -1"),
    ("endless", {"weekly_budget": float("inf")}, "weekly budget is inf"),
    ("not covered", {"weekly_budget": {"search": 5}}, "No budget covers 'social"),
    ("unknown name", {"weekly_budget": {"serch": 5}}, "serch"),
    ("upside down", {"weekly_budget": (5, 2)}, "least of 5 above its most of 2"),
    ("hour 168", {"weekly_budget": 9, "forbid": [168]}, "168 in `forbid`"),
    ("day 7", {"weekly_budget": 9, "require": [(7, 0)]}, r"\(7, 0\) in `require`"),
    ("all quiet", {"weekly_budget": 9, "forbid": range(168)}, "No slot is left"),
    ("both", {"weekly_budget": 9, "forbid": [3], "require": [3]}, "both required and forbidden"),
    ("below floors", {"weekly_budget": 9, "presence": 10}, "below what the groups must spend"),
    ("below hours", {"weekly_budget": 9, "require": {3: 10}}, "floors and locks"),
    ("share", {"weekly_budget": 9, "explore": 1.5}, "explore=1.5"),
    ("pacing", {"weekly_budget": 9, "pacing": True}, "pacing=True"),
    ("windows", {"weekly_budget": 9, "windows_per_day": 0}, "0 windows"),
]


@pytest.mark.parametrize(("wish", "said"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_rules_that_make_no_sense_are_refused(wish, said):
    with pytest.raises(QuestionError, match=said):
        allocate_slots(curves(0), **wish)


def test_curves_that_are_no_slots_are_refused():
    table = curves(0)
    for spoil, said in (
        (table.drop(columns="hour_of_week"), "no column 'hour_of_week'"),
        (table.assign(hour_of_week=table["hour_of_week"] + 1), "Hour 168 is in no week"),
        (table.assign(region="north", channel="search"), "hour and group of another one"),
        (table.drop(columns="scale"), "no column 'scale'"),
    ):
        with pytest.raises(QuestionError, match=said):
            allocate_slots(spoil, weekly_budget=9)


def test_rules_that_cannot_be_kept_together_are_no_plan():
    plan = allocate_slots(curves(0), weekly_budget=(100, 100), daily_cap=10)
    assert plan.status == "infeasible"
    assert (
        plan.sentence("en")
        == "No plan was found that keeps every floor, cap and group budget; loosen one of them."
    )


def test_a_model_plans_with_bands_of_its_own_draws():
    rng = np.random.default_rng(0)
    hour = np.arange(168)
    rate = 0.02 * (1 + np.cos(2 * np.pi * (hour - 14) / 24))
    frame = pd.DataFrame(
        {"channel": "search", "hour_of_week": hour, "cost": 50.0, "capacity": 200.0, "week": 0}
    )
    frame = pd.concat([frame.assign(week=week, conversions=rng.poisson(44 * rate)) for week in range(4)])
    model = wb.response.fit_slots(frame, by="channel")
    plan = allocate_slots(model, weekly_budget=8400)
    assert plan.bands is not None
    beyond = (plan.table["spend"] > 51).sum()
    assert dict(plan.notes[-1].values) == {"slots": beyond}
    assert f"In {beyond} slots" in plan.sentence("en")
    day = plan.table.assign(hour=plan.table["hour_of_week"] % 24).groupby("hour")["spend"].sum()
    assert abs(int(day.idxmax()) - 14) <= 2
    assert day[14] > 3 * day[2]
