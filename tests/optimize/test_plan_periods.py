"""Plans over periods: against a convex solver, brute force, the plan of one period, and their own rules."""

from __future__ import annotations

import datetime as dt
import json

import convex
import cvxpy as cp
import numpy as np
import pandas as pd
import problems
import pytest

from workbench import optimize
from workbench.errors import QuestionError


def world(seed, n=4, forms=convex.FORMS):
    rng = np.random.default_rng(seed)
    form = rng.choice(forms, n)
    half = rng.lognormal(2, 0.5, n)
    return pd.DataFrame(
        {
            "cell": [f"c{i}" for i in range(n)],
            "form": form,
            "scale": rng.lognormal(3, 0.5, n),
            "half_saturation": half,
            "shape": np.where(form == "power", 0.6, np.where(form == "hill", 2.2, 1.0)),
            "min": np.where(rng.random(n) < 0.3, 0.05 * half, 0.0),
            "max": half * rng.choice([1.0, 3.0], n),
            "group": rng.choice(["one", "two"], n),
            "co2": rng.uniform(0.2, 2, n),
            "adstock": rng.choice([0.0, 0.3, 0.7], n),
            "current": 0.4 * half,
        }
    )


def felt(curves, spend, before, after, echo):
    """Adstock by its recursion, with a steady past: felt(t) = keep · felt(t − 1) + (1 − keep) · spend(t)."""
    keep, level = curves["adstock"].to_numpy(), before.copy()
    found = []
    for t in range(spend.shape[1] + echo):
        now = spend[:, t] if t < spend.shape[1] else after
        level = keep * level + (1 - keep) * now
        found.append(level)
    return np.stack(found, axis=1)


def total(curves, spend, season, before, after, echo=60):
    """(responses within the periods, what the plan adds after them)."""
    periods = spend.shape[1]
    factor = np.concatenate([season, np.full(echo, np.mean(season))])

    def each(plan):
        level = felt(curves, plan, before, after, echo)
        rows = curves[["form", "scale", "half_saturation", "shape"]].itertuples(index=False)
        return factor * np.stack([problems.response(*row, level[i]) for i, row in enumerate(rows)])

    own, none = each(spend), each(np.zeros_like(spend))
    return own[:, :periods].sum(), (own - none)[:, periods:].sum()


def spends(plan):
    wide = plan.table.pivot(index="cell", columns="period", values="spend")
    return wide.loc[plan.table["cell"].unique(), plan.table["period"].unique()].to_numpy()


def oracle(curves, budget, periods, season, rules):
    """The best objective that Clarabel finds; the echo written out as matrices."""
    n, keep = len(curves), curves["adstock"].to_numpy()
    current = curves["current"].to_numpy()
    x = cp.Variable((n, periods), nonneg=True)
    echo = 40
    factor = np.concatenate([season, np.full(echo, np.mean(season))])
    parts, none = [], 0.0
    for i, row in enumerate(curves[["form", "scale", "half_saturation", "shape"]].itertuples(index=False)):
        lag = np.subtract.outer(np.arange(periods + echo), np.arange(periods))
        kernel = np.where(lag >= 0, (1 - keep[i]) * keep[i] ** np.maximum(lag, 0), 0.0)
        base = current[i] * keep[i] ** (np.arange(periods + echo) + 1)
        late = np.arange(1, echo + 1)
        base[periods:] += current[i] * (1 - keep[i] ** late)
        parts.append(factor @ convex.response(*row, kernel @ x[i] + base))
        none += float(factor[periods:] @ problems.response(*row, base[periods:]))
    low, high = (curves[name].to_numpy()[:, None] * np.ones((1, periods)) for name in ("min", "max"))
    found = convex.solve(
        cp.Maximize(cp.sum(cp.hstack(parts))), [cp.sum(x) <= budget, x >= low, x <= high, *rules(x)]
    )
    return found - none


@pytest.mark.parametrize("seed", range(8))
def test_concave_plans_agree_with_a_convex_solver(seed):
    rng = np.random.default_rng(50 + seed)
    curves, periods = world(seed), int(rng.integers(2, 9))
    season = rng.uniform(0.6, 1.4, periods)
    budget = float(rng.uniform(0.4, 0.9) * curves["current"].sum() * periods * 2)
    one = np.flatnonzero(curves["group"] == "one")
    share = float(0.5 * budget)
    asked, rules = {}, []
    if seed % 2 and len(one) and len(one) < len(curves):
        asked["groups"] = {"one": (0.0, share)}
        rules.append(lambda x: cp.sum(x[one]) <= share)
    if seed % 3 == 0:
        asked["limits"] = {"co2": 0.9 * budget}
        rules.append(lambda x: cp.sum(curves["co2"].to_numpy() @ x) <= 0.9 * budget)
    if seed % 4 == 1:
        asked["period_budget"] = {1: 0.8 * budget / periods}
        rules.append(lambda x: cp.sum(x[:, 0]) <= 0.8 * budget / periods)
    plan = optimize.allocate_periods(curves, budget, periods, season=season, **asked)
    best = oracle(curves, budget, periods, season, lambda x: [rule(x) for rule in rules])
    spend, current = spends(plan), curves["current"].to_numpy()
    within, later = total(curves, spend, season, current, current)
    assert plan.status == "optimal"
    assert plan.gap <= 1e-8
    # the workbench looks at the echo down to a ten-thousandth of it
    assert plan.objective == pytest.approx(best, rel=2e-4)
    assert plan.total_response == pytest.approx(within, rel=1e-9)
    assert plan.later_response == pytest.approx(later, rel=2e-3, abs=1e-6)
    assert sum(total(curves, spend, season, current, current)) >= best * (1 - 1e-4)
    assert plan.total_spend <= budget * (1 + 1e-8)
    assert (spend >= curves["min"].to_numpy()[:, None] * (1 - 1e-8)).all()
    assert (spend <= curves["max"].to_numpy()[:, None] * (1 + 1e-8)).all()


@pytest.mark.parametrize("seed", range(4))
def test_without_carry_over_or_season_every_period_is_the_plan_of_one(seed):
    curves = world(seed).assign(adstock=0.0)
    budget = float(curves["current"].sum())
    one = optimize.allocate(curves, budget=budget)
    many = optimize.allocate_periods(curves, 5 * budget, 5)
    np.testing.assert_allclose(
        spends(many), np.repeat(one.table["spend"].to_numpy()[:, None], 5, 1), atol=1e-6 * budget
    )
    assert many.objective == pytest.approx(5 * one.total_response, rel=1e-8)
    assert many.shadow_prices["budget"] == pytest.approx(one.shadow_prices["budget"], rel=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_s_shaped_plans_are_near_the_best_of_a_grid_and_their_bound_holds(seed):
    curves = world(seed, n=2, forms=["hill", "log"]).assign(min=0.0)
    curves["form"], curves["shape"] = ["hill", "log"], [2.2, 1.0]
    budget = float(1.2 * curves["half_saturation"].sum())
    grid = [np.linspace(0, min(most, 2 * budget / 3), 7) for most in curves["max"] for _ in range(3)]
    every = np.stack(np.meshgrid(*grid, indexing="ij"), -1).reshape(-1, 2, 3)
    every = every[every.sum(axis=(1, 2)) <= budget]
    current, season = curves["current"].to_numpy(), np.array([1.2, 0.8, 1.0])
    plan = optimize.allocate_periods(curves, budget, 3, season=season)
    rich = every[np.argsort(-every.sum(axis=(1, 2)))[:4000]]
    some = np.random.default_rng(seed).permutation(rich)[:300]
    best = max(sum(total(curves, one, season, current, current, 30)) for one in some)
    assert plan.upper_bound >= best * (1 - 1e-3)
    assert plan.objective >= best * (1 - 1e-3)
    assert plan.gap <= 1e-5


def test_the_bound_holds_for_every_plan_that_keeps_the_rules():
    """Any feasible spends, drawn at random, judged by the plan's own questions with everything fixed."""
    curves = world(11, forms=["hill", "log", "exponential", "hill"])
    budget, rng = float(1.5 * curves["current"].sum() * 6), np.random.default_rng(0)
    plan = optimize.allocate_periods(curves, budget, 6)
    for _ in range(40):
        share = rng.dirichlet(np.full(24, rng.choice([0.2, 1.0, 5.0]))).reshape(4, 6)
        low, high = curves["min"].to_numpy()[:, None], curves["max"].to_numpy()[:, None]
        spend = np.clip(share * budget, low, high)
        spend = low + (spend - low) * min(1.0, (budget - 6 * low.sum()) / (spend - low).sum())
        frame = pd.DataFrame(
            [(c, t + 1, spend[i, t]) for i, c in enumerate(curves["cell"]) for t in range(6)],
            columns=["cell", "period", "spend"],
        )
        other = optimize.allocate_periods(curves, budget * (1 + 1e-9), 6, spent=frame)
        assert other.objective <= plan.upper_bound * (1 + 1e-9)
        assert other.objective <= plan.objective * (1 + 1e-2)


def test_spent_committed_and_paused_periods_are_kept():
    curves = world(1).assign(min=0.0)
    first = dt.date(2026, 1, 5)
    weeks = [first + dt.timedelta(weeks=w) for w in range(6)]
    spent = pd.DataFrame(
        {"cell": ["c0", "c1"], "period": pd.to_datetime([first, first]), "spend": [3.0, 1.0]}
    )
    committed = pd.DataFrame({"cell": ["c2"], "period": [weeks[3]], "spend": [9.0]})
    calendar = pd.DataFrame({"cell": ["c1", "c1"], "period": weeks[2:4], "max": [0.0, 0.0]})
    plan = optimize.allocate_periods(
        curves,
        100,
        weeks,
        spent=spent,
        committed=committed,
        calendar=calendar,
        period_budget={weeks[4]: (5.0, 8.0)},
    )
    wide = plan.table.pivot(index="cell", columns="period", values="spend")
    assert wide[weeks[0]].tolist() == pytest.approx([3, 1, 0, 0])
    assert wide.loc["c2", weeks[3]] >= 9 * (1 - 1e-9)
    assert wide.loc["c1", weeks[2]] == wide.loc["c1", weeks[3]] == 0
    assert 5 * (1 - 1e-8) <= wide[weeks[4]].sum() <= 8 * (1 + 1e-8)
    assert plan.total_spend == pytest.approx(100, rel=1e-8)
    past = plan.table[plan.table["period"] == weeks[0]]
    assert (past["at_bound"] == "past").all()
    assert plan.shadow_prices[f"period:{weeks[4]}"] >= 0
    assert plan.status == "optimal"
    assert json.loads(json.dumps(plan.to_dict()))["status"] == "optimal"


def test_a_least_spend_if_active_is_kept_in_every_period():
    curves = world(2).assign(min=0.0)
    curves["min_if_active"] = 0.5 * curves["half_saturation"]
    curves["max"] = 2 * curves["half_saturation"]
    plan = optimize.allocate_periods(curves, float(curves["half_saturation"].sum()), 4)
    spend, least = spends(plan), curves["min_if_active"].to_numpy()[:, None]
    assert plan.status in ("optimal", "feasible")
    assert ((spend <= 1e-9) | (spend >= least * (1 - 1e-8))).all()
    assert plan.upper_bound >= plan.objective


def test_the_past_carries_into_the_plan():
    curves = world(3).assign(adstock=0.6, min=0.0)
    rich = pd.DataFrame({"cell": ["c0"] * 3, "period": [1, 2, 3], "spend": [50.0] * 3})
    more = optimize.allocate_periods(curves, 60, 3, history=rich)
    less = optimize.allocate_periods(curves, 60, 3, history=rich.assign(spend=0.0))
    assert more.total_response > less.total_response
    weights = {"c0": [0.2, 0.5, 0.3], "c1": 0.4}
    plan = optimize.allocate_periods(curves, 60, 3, carryover=weights)
    felt_then = plan.table.pivot(index="cell", columns="period", values="carried")
    x = plan.table.pivot(index="cell", columns="period", values="spend")
    assert felt_then.loc["c0", 3] == pytest.approx(
        0.2 * x.loc["c0", 3] + 0.5 * x.loc["c0", 2] + 0.3 * x.loc["c0", 1]
    )
    np.testing.assert_allclose(felt_then.loc["c2"], x.loc["c2"], rtol=1e-12)


def test_shadow_prices_are_what_one_more_unit_brings():
    curves, step = world(4), 1e-3
    base = optimize.allocate_periods(curves, 90, 5, period_budget={2: 10.0})
    more = optimize.allocate_periods(curves, 90 + step, 5, period_budget={2: 10.0})
    wider = optimize.allocate_periods(curves, 90, 5, period_budget={2: 10.0 + step})
    assert base.shadow_prices["budget"] == pytest.approx((more.objective - base.objective) / step, rel=1e-3)
    assert base.shadow_prices["period:2"] == pytest.approx(
        (wider.objective - base.objective) / step, rel=1e-2
    )
    inside = base.table[base.table["at_bound"] == ""]
    worth = base.shadow_prices["budget"] + np.where(inside["period"] == 2, base.shadow_prices["period:2"], 0)
    np.testing.assert_allclose(inside["marginal"], worth, rtol=1e-4)
    assert "more of the total budget brings" in base.sentence("en")
    assert "个周期共投放" in base.sentence("zh")


@pytest.mark.parametrize(("money", "scale"), [(1e-6, 1e8), (1e7, 1e-8)])
def test_units_change_nothing(money, scale):
    curves = world(5)
    plan = optimize.allocate_periods(curves, 90, 6)
    other = curves.assign(scale=curves["scale"] * scale)
    other[["half_saturation", "min", "max", "current"]] *= money
    again = optimize.allocate_periods(other, 90 * money, 6)
    np.testing.assert_allclose(spends(again) / (90 * money), spends(plan) / 90, atol=1e-9)
    assert again.objective == pytest.approx(plan.objective * scale, rel=1e-9)


def test_the_answer_adds_up():
    curves = world(6)
    plan = optimize.allocate_periods(curves, 90, 4)
    assert plan.by_period()["spend"].sum() == pytest.approx(plan.total_spend)
    assert plan.by_cell()["response"].sum() == pytest.approx(plan.total_response)
    assert plan.objective == pytest.approx(plan.total_response + plan.later_response)
    current = np.repeat(curves["current"].to_numpy()[:, None], 4, 1)
    within, _ = total(curves, current, np.ones(4), current[:, 0], current[:, 0])
    assert plan.current_response == pytest.approx(within)
    assert "<table" in plan._repr_html_()


def frame(**columns):
    return pd.DataFrame({name: [value] for name, value in columns.items()})


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"budget": 0}, "budget is 0"),
        ({"periods": 0}, "0 periods cannot be planned"),
        ({"periods": ["a", "a"]}, "one is there twice"),
        ({"season": [1.0]}, "1 factors for 3 periods"),
        ({"carryover": {"c0": 1.2}}, "carry-over of cell 'c0' is 1.2"),
        ({"carryover": {"c0": [0.0, 0.0]}}, "are no weights"),
        ({"committed": frame(cell="c0", period=1, spend=500.0)}, "add up to"),
        ({"committed": frame(cell="c9", period=1, spend=5.0)}, "Unknown cell of the committed spend 'c9'"),
        ({"committed": frame(cell="c0", period=8, spend=5.0)}, "Unknown period of the committed spend 8"),
        ({"spent": frame(cell="c0", period=1)}, "has no column 'spend'"),
        ({"spent": frame(cell="c0", period=1, spend=-1.0)}, "spend so far is -1.0"),
        ({"calendar": frame(cell="c0", period=1, min=9.0, max=1.0)}, "floor of 9 above its cap of 1"),
        ({"period_budget": {7: 3.0}}, "Unknown period of the period budget 7"),
        ({"period_budget": (5, 3)}, "least of 5 above its most of 3"),
        ({"period_budget": {1: (1e6, None)}}, "below the 1e+06 of the period 1"),
        ({"periods": 2.5}, "periods are 2.5"),
        ({"periods": True}, "periods are True"),
        ({"season": [0.0, 0.0, 0.0]}, "Every factor of the season is 0"),
    ],
)
def test_one_sentence_says_what_is_wrong(asked, says):
    with pytest.raises(QuestionError) as caught:
        optimize.allocate_periods(world(0), **{"budget": 60.0, "periods": 3, **asked})
    assert says in str(caught.value)
    assert caught.value.fix


def test_rules_that_contradict_each_other_leave_no_plan():
    curves = world(0)
    groups = dict.fromkeys(curves["group"].unique(), (50.0, 60.0))
    plan = optimize.allocate_periods(curves, 60, 3, period_budget=(0, 25.0), groups=groups)
    assert plan.status == ("infeasible" if len(groups) == 2 else "optimal")
    assert "the nearest that can is" in plan.sentence("en") or len(groups) == 1
    if len(groups) == 2:  # the budget is all that both can have
        assert sum(dict(note.values)["nearest"] for note in plan.notes[:2]) == pytest.approx(60, rel=1e-6)


def test_a_least_spend_if_active_that_does_not_fit_leaves_the_cell_off():
    curves = pd.DataFrame(
        {
            "cell": ["a", "b"],
            "form": "michaelis_menten",
            "scale": [900.0, 900.0],
            "half_saturation": 300.0,
            "min_if_active": [0.0, 200.0],
            "max": [1000.0, 150.0],
        }
    )
    capped = optimize.allocate_periods(curves, 1500, 3).by_cell().set_index("cell")["spend"]
    assert capped["b"] == pytest.approx(0.0, abs=1e-6)
    wide = curves.assign(max=2000.0, min_if_active=[0.0, 1200.0])
    poor = optimize.allocate_periods(wide, 1000, 1).by_cell().set_index("cell")["spend"]
    assert poor.to_dict() == pytest.approx({"a": 1000.0, "b": 0.0}, abs=1e-3)


def test_a_floor_makes_a_cell_active_as_it_does_for_one_period():
    curves = pd.DataFrame(
        {
            "cell": ["a", "b"],
            "form": "michaelis_menten",
            "scale": [900.0, 100.0],
            "half_saturation": 300.0,
            "min": [0.0, 10.0],
            "min_if_active": [0.0, 200.0],
        }
    )
    one = optimize.allocate(curves, 1000).table["spend"].to_numpy()
    found = optimize.allocate_periods(curves, 1000, 1).table["spend"].to_numpy()
    np.testing.assert_allclose(found, one, atol=1e-3)
    assert found[1] >= 200 * (1 - 1e-9)


def test_a_season_by_moments_is_that_by_days():
    days = [dt.date(2026, 1, 5), dt.date(2026, 1, 12)]
    curves = world(0)
    by_day, by_moment = (
        optimize.allocate_periods(curves, 50, days, season={kind(days[1]): 2.0})
        for kind in (lambda day: day, pd.Timestamp)
    )
    assert set(by_day.table["season"]) == {1.0, 2.0}
    pd.testing.assert_frame_equal(by_day.table, by_moment.table)


def test_a_day_that_is_written_as_text_is_that_day():
    days = [dt.date(2026, 1, 5), dt.date(2026, 1, 12)]

    def asked(day):
        booked = frame(cell="c0", period=day, spend=3.0)
        pause = frame(cell="c1", period=day, max=0.0)
        return {"season": {day: 2.0}, "period_budget": {day: 30.0}, "committed": booked, "calendar": pause}

    by_day, by_text = (
        optimize.allocate_periods(world(0), 50, days, **asked(kind(days[1]))) for kind in (lambda d: d, str)
    )
    assert by_day.table["committed"].sum() == 3.0
    pd.testing.assert_frame_equal(by_day.table, by_text.table)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"season": {"2026": 2.0}}, "Unknown period of the season '2026'"),
        ({"season": [1.0, np.inf, 1.0]}, "factor of the season is inf"),
        ({"carryover": {"c9": 0.5}}, "Unknown cell of the carry-over 'c9'"),
        ({"period_budget": [10.0, 20.0, 30.0]}, "budget of a period"),
        ({"after": np.inf}, "spend afterwards is inf"),
        (
            {"history": pd.DataFrame({"cell": ["c0"], "period": [0], "spend": [np.inf]})},
            "spend of the history is inf",
        ),
        ({"periods": "abc"}, "periods"),
    ],
    ids=["season", "inf", "carry", "budgets", "after", "history", "text"],
)
def test_what_would_be_left_out_in_silence_is_refused(asked, says):
    with pytest.raises(QuestionError) as caught:
        optimize.allocate_periods(world(0), 50, **{"periods": 3, **asked})
    assert says in str(caught.value)
    assert caught.value.fix
