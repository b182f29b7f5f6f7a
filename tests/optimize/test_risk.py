"""Plans that look at the bad draws: against a convex solver, brute force and the definition of CVaR."""

from __future__ import annotations

import convex
import cvxpy as cp
import numpy as np
import pandas as pd
import problems
import pytest

from workbench import optimize
from workbench.errors import QuestionError
from workbench.solvers.tail import worst


def world(seed, n=8, draws=20, forms=convex.FORMS):
    """(curves, draws of them, budget): some channels are a gamble."""
    rng = np.random.default_rng(seed)
    form = rng.choice(forms, n)
    curves = pd.DataFrame(
        {
            "cell": [f"c{i}" for i in range(n)],
            "form": form,
            "scale": rng.lognormal(3, 0.4, n),
            "half_saturation": rng.lognormal(1, 0.5, n),
            "shape": np.where(form == "power", 0.6, np.where(form == "hill", 2.0, 1.0)),
            "min": 0.0,
            "max": rng.choice([2.0, 5.0, 50.0], n),
            "group": rng.choice(["one", "two"], n),
            "co2": rng.uniform(0.2, 2, n),
            "current": 1.0,
        }
    )
    gamble = rng.uniform(0.05, 0.9, n)
    each = [
        curves.assign(draw=d, scale=curves["scale"] * np.exp(gamble * rng.standard_normal(n) - gamble**2 / 2))
        for d in range(draws)
    ]
    return curves, pd.concat(each), float(n)


def mixed(totals, knob, tail):
    """The aim, from its definition: the mean of the worst share by a sorted cumulative sum."""
    ordered, left, sum_, mass = np.sort(totals), tail * len(totals), 0.0, tail * len(totals)
    for value in ordered:
        part = min(1.0, left)
        sum_, left = sum_ + part * value, left - part
    return (1 - knob) * np.mean(totals) + knob * sum_ / mass


def totals(draws, spend):
    rows = [problems.Small(part.reset_index(drop=True), None) for _, part in draws.groupby("draw")]
    return np.array([float(row.responses(spend).sum()) for row in rows])


def oracle(curves, draws, budget, knob, tail, **rules):
    x = cp.Variable(len(curves))
    each = cp.hstack([convex.total(part, x) for _, part in draws.groupby("draw")])
    count = draws["draw"].nunique()
    edge, short = cp.Variable(), cp.Variable(count, nonneg=True)
    aim = (1 - knob) * cp.sum(each) / count + knob * (edge - cp.sum(short) / (tail * count))
    return convex.solve(cp.Maximize(aim), [*convex.rules(curves, x, budget, **rules), short >= edge - each])


@pytest.mark.parametrize("knob", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_concave_plans_agree_with_a_convex_solver(seed, knob):
    curves, draws, budget = world(seed)
    tail = (0.1, 0.25, 0.33, 1.0)[seed]
    groups = {"one": (0.3 * budget, 0.7 * budget)} if seed % 2 else None
    plan = optimize.allocate(curves, budget=budget, draws=draws, risk=knob, tail=tail, groups=groups)
    best = oracle(curves, draws, budget, knob, tail, groups=groups)
    spend = plan.table["spend"].to_numpy()
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(best, rel=1e-6)
    assert plan.upper_bound >= best * (1 - 1e-7)
    assert plan.objective == pytest.approx(mixed(totals(draws, spend), knob, tail), rel=1e-9)
    assert spend.sum() == pytest.approx(budget, rel=1e-8)
    assert (spend >= 0).all()
    assert (spend <= curves["max"] * (1 + 1e-9)).all()


def test_limits_hold_under_risk():
    curves, draws, budget = world(5)
    free = optimize.allocate(curves, budget=budget, draws=draws, risk=0.8)
    most = float(0.8 * curves["co2"] @ free.table["spend"])
    plan = optimize.allocate(curves, budget=budget, draws=draws, risk=0.8, limits={"co2": most})
    best = oracle(curves, draws, budget, 0.8, 0.1, limits={"co2": (None, most)})
    assert curves["co2"] @ plan.table["spend"] <= most * (1 + 1e-8)
    assert plan.objective == pytest.approx(best, rel=1e-6)
    assert plan.shadow_prices["limit:co2"] > 0


def test_the_knob_trades_mean_for_bad_draws():
    curves, draws, budget = world(2, draws=60)
    plans = [
        optimize.allocate(curves, budget=budget, draws=draws, risk=knob, tail=0.2)
        for knob in (0, 0.25, 0.5, 0.75, 1)
    ]
    mean, bad = [p.risk.mean for p in plans], [p.risk.bad for p in plans]
    assert (np.diff(mean) <= 1e-7).all()
    assert (np.diff(bad) >= -1e-7).all()
    assert mean[0] > mean[-1] * 1.001
    assert bad[-1] > bad[0] * 1.001
    assert plans[-1].risk.bad >= plans[-1].risk.bad_neutral
    assert "worst 20" in plans[-1].sentence("en")
    assert "最差" in plans[-1].sentence("zh")
    assert plans[-1].to_dict()["risk"]["knob"] == 1


@pytest.mark.parametrize("seed", range(4))
def test_s_shaped_plans_are_near_the_best_of_a_grid_and_their_bound_holds(seed):
    curves, draws, budget = world(seed, n=3, draws=12, forms=["hill", "log", "hill"])
    small = problems.Small(curves.assign(min_if_active=0.0, value_per_response=1.0), budget)
    grid = problems.by_grid(small, 45)
    by_draw = np.stack(
        [
            problems.Small(part.reset_index(drop=True), None).responses(grid).sum(-1)
            for _, part in draws.groupby("draw")
        ]
    )
    best = max(mixed(column, 0.6, 0.2) for column in by_draw.T)
    plan = optimize.allocate(curves, budget=budget, draws=draws, risk=0.6, tail=0.2)
    spend = plan.table["spend"].to_numpy()
    assert plan.objective == pytest.approx(mixed(totals(draws, spend), 0.6, 0.2), rel=1e-9)
    assert plan.upper_bound >= best * (1 - 1e-9)
    assert plan.objective >= best * (1 - 0.02)
    assert plan.gap == pytest.approx(plan.upper_bound / plan.objective - 1, abs=1e-9)


@pytest.mark.parametrize(("money", "scale"), [(1e-6, 1e8), (1e7, 1e-8)])
def test_units_change_nothing(money, scale):
    curves, draws, budget = world(1)
    plan = optimize.allocate(curves, budget=budget, draws=draws, risk=0.5)

    def moved(table):
        return table.assign(
            scale=table["scale"] * scale,
            half_saturation=table["half_saturation"] * money,
            max=table["max"] * money,
            current=table["current"] * money,
        )

    again = optimize.allocate(moved(curves), budget=budget * money, draws=moved(draws), risk=0.5)
    shares = again.table["spend"] / (budget * money), plan.table["spend"] / budget
    np.testing.assert_allclose(*shares, atol=1e-7)
    assert again.objective == pytest.approx(plan.objective * scale, rel=1e-9)


def test_the_worst_share_counts_the_draw_on_its_edge_in_part():
    values = np.array([4.0, 1.0, 3.0, 2.0])
    assert worst(values, 0.25) == 1
    assert worst(values, 0.5) == 1.5
    assert worst(values, 0.375) == pytest.approx((1 + 0.5 * 2) / 1.5)
    assert worst(values, 1.0) == 2.5


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"draws": None}, "needs draws"),
        ({"risk": 1.5}, "risk knob is 1.5"),
        ({"risk": -1}, "risk knob is -1"),
        ({"tail": 0}, "tail is 0"),
        ({"mode": "min_cost", "target": 3.0}, "does not go with the mode 'min_cost'"),
    ],
)
def test_one_sentence_says_what_is_wrong_with_the_knob(more, says):
    curves, draws, budget = world(0, draws=4)
    with pytest.raises(QuestionError) as caught:
        optimize.allocate(curves, **{"budget": budget, "draws": draws, "risk": 0.5, **more})
    assert says in str(caught.value)
    assert caught.value.fix
