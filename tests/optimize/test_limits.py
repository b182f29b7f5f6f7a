"""Limits on per-unit attributes: against a convex solver, brute force and differences of two plans."""

from __future__ import annotations

import convex
import numpy as np
import pandas as pd
import problems
import pytest

from workbench import optimize
from workbench.errors import QuestionError

AIMS = ("max_response", "max_response", "min_cost", "target_roas", "target_cpa", "target_mroas")


def table(seed, n, forms=convex.FORMS):
    """Concave cells with two attributes: CO₂ per unit, and which cells a team books."""
    rng = np.random.default_rng(seed)
    form = rng.choice(forms, n)
    half = rng.lognormal(2, 0.7, n)
    shape = np.where(form == "power", rng.choice([0.3, 0.6, 0.9, 1.0], n), 1.0)
    shape = np.where(form == "hill", rng.uniform(1.3, 3, n), shape)
    return pd.DataFrame(
        {
            "cell": [f"c{i}" for i in range(n)],
            "form": form,
            "scale": rng.lognormal(3, 0.7, n),
            "half_saturation": half,
            "shape": shape,
            "min": np.where(rng.random(n) < 0.2, 0.05 * half, 0.0),
            "max": half * rng.choice([0.5, 1, 2, 5], n),
            "value_per_response": rng.uniform(0.5, 2, n),
            "group": rng.choice(["one", "two"], n),
            "co2": rng.uniform(0.1, 2, n),
            "team": (rng.random(n) < 0.4).astype(float),
        }
    )


def question(seed):
    """(table, arguments of `allocate`): limits that bind, and every mode."""
    rng = np.random.default_rng(1000 + seed)
    curves, mode = table(seed, int(rng.integers(3, 30))), AIMS[seed % len(AIMS)]
    low, high = curves["min"].to_numpy(), curves["max"].to_numpy()
    budget = float(low.sum() + rng.uniform(0.2, 0.6) * (high.sum() - low.sum()))
    inside = low + rng.uniform(0.3, 0.9) * (budget / high.sum()) * (high - low)  # one plan that keeps all
    limits = {"co2": (None, float(1.02 * curves["co2"] @ inside))}
    if curves["team"].any() and rng.random() < 0.6:
        limits["team"] = (float(0.98 * curves["team"] @ inside), None)
    asked = {"mode": mode, "limits": limits}
    if mode == "max_response" or rng.random() < 0.5:
        asked["budget"] = budget
    if rng.random() < 0.4:
        one = (curves["group"] == "one").to_numpy()
        asked["groups"] = {"one": (float(0.9 * inside[one].sum()), float(1.3 * inside[one].sum()))}
    small = problems.Small(curves, budget, mode=mode)
    small.target = 1.0
    value = float(small.value(inside))
    goals = {
        "min_cost": 0.8 * value,
        "target_roas": 0.9 * value / inside.sum(),
        "target_cpa": inside.sum() / value / 0.9,
        "target_mroas": 0.5 * value / inside.sum(),
    }
    return curves, asked | ({"target": goals[mode]} if mode in goals else {})


@pytest.mark.parametrize("seed", [*range(36), 134, 338, 368, 470])
def test_concave_plans_agree_with_a_convex_solver(seed):
    curves, asked = question(seed)
    plan, best = optimize.allocate(curves, **asked), convex.best(curves, asked)
    spend = plan.table["spend"].to_numpy()
    sign = -1.0 if asked["mode"] == "min_cost" else 1.0
    assert plan.gap <= 1e-8
    assert sign * plan.objective == pytest.approx(best, rel=2e-6)
    assert sign * plan.upper_bound >= best - 1e-6 * abs(best)
    for name, (least, most) in asked["limits"].items():
        total = float(curves[name] @ spend)
        assert most is None or total <= most * (1 + 1e-8)
        assert least is None or total >= least * (1 - 1e-8)
        assert plan.limits.set_index("limit").loc[name, "total"] == pytest.approx(total, rel=1e-9)
    for name, (least, most) in asked.get("groups", {}).items():
        assert least * (1 - 1e-8) <= spend[curves["group"] == name].sum() <= most * (1 + 1e-8)
    assert spend.sum() <= asked.get("budget", np.inf) * (1 + 1e-8)
    assert (spend >= curves["min"] * (1 - 1e-8)).all()
    assert (spend <= curves["max"] * (1 + 1e-8)).all()


def test_the_suite_has_limits_that_bind_in_every_mode():
    binding = dict.fromkeys(optimize.MODES, 0)
    for seed in range(36):
        curves, asked = question(seed)
        prices = optimize.allocate(curves, **asked).shadow_prices
        binding[asked["mode"]] += any(v for name, v in prices.items() if name.startswith("limit:"))
    assert min(binding.values()) >= 2


def test_shadow_prices_are_what_one_more_unit_brings():
    curves = table(7, 25)
    free = optimize.allocate(curves, budget=100).table["spend"]
    co2, team, step = float(0.9 * curves["co2"] @ free), float(1.2 * curves["team"] @ free), 1e-3
    limits = {"co2": (None, co2), "team": (team, None)}
    base = optimize.allocate(curves, budget=100, limits=limits)
    for name, other in {
        "limit:co2": {"limits": limits | {"co2": (None, co2 + step)}},
        "limit:team": {"limits": limits | {"team": (team + step, None)}},
        "budget": {"budget": 100 + step, "limits": limits},
    }.items():
        more = optimize.allocate(curves, **{"budget": 100, **other})
        brought = (more.total_response - base.total_response) / step
        assert base.shadow_prices[name] == pytest.approx(brought, rel=1e-2, abs=1e-6), name
    assert base.shadow_prices["limit:co2"] > 0 > base.shadow_prices["limit:team"]
    assert "more of co2 brings" in base.sentence("en")
    assert "more that team must spend" in base.sentence("en")
    assert "co2每增加" in base.sentence("zh")


@pytest.mark.parametrize("seed", range(6))
def test_s_shaped_plans_are_never_below_a_grid_nor_above_their_bound(seed):
    curves = table(seed, 3, forms=["hill", "log", "hill"])
    curves["min_if_active"] = np.where(np.arange(3) == seed % 3, 0.3 * curves["half_saturation"], 0.0)
    curves["min"] = 0.0
    curves["max"] = np.maximum(curves["max"], curves["min_if_active"])
    budget = float(0.5 * curves["max"].sum())
    small = problems.Small(curves, budget)
    grid = problems.by_grid(small, 70)
    most = float(0.5 * np.max(grid @ curves["co2"]))
    kept = grid[grid @ curves["co2"] <= most]
    best = float(small.objective(kept).max())
    plan = optimize.allocate(curves, budget=budget, limits={"co2": most})
    spend = plan.table["spend"].to_numpy()
    assert small.kept(spend, 1e-8)
    assert curves["co2"] @ spend <= most * (1 + 1e-8)
    assert plan.total_response >= best * (1 - 1e-9)
    assert plan.upper_bound >= best * (1 - 1e-9)
    assert plan.gap <= 1e-4


def test_a_limit_that_binds_nothing_changes_nothing():
    for seed in range(12):
        problem = problems.small(7 * seed)
        plain = optimize.allocate(problem.table, **problem.asked())
        curves = problem.table.assign(co2=1.0)
        asked = optimize.allocate(curves, **problem.asked(), limits={"co2": 1e6})
        assert asked.total_response == pytest.approx(plain.total_response, rel=1e-6)


@pytest.mark.parametrize(("money", "scale"), [(1e-6, 1e-8), (1e7, 1e8), (1e-6, 1e8), (1e7, 1e-8)])
@pytest.mark.parametrize("seed", [0, 1, 6])
def test_units_change_nothing(seed, money, scale):
    curves, asked = question(seed)
    plan = optimize.allocate(curves, **asked)
    moved = curves.assign(scale=curves["scale"] * scale)
    moved[["half_saturation", "min", "max"]] *= money

    def times(pair):
        return tuple(None if bound is None else bound * money for bound in pair)

    other = asked | {"budget": asked["budget"] * money}
    for name in ("groups", "limits"):
        other |= {name: {key: times(pair) for key, pair in asked[name].items()}} if name in asked else {}
    again = optimize.allocate(moved, **other)
    shares = again.table["spend"] / other["budget"], plan.table["spend"] / asked["budget"]
    np.testing.assert_allclose(*shares, atol=1e-9)


def test_limits_out_of_reach_say_the_nearest_value():
    curves = table(3, 12).assign(min=lambda t: 0.1 * t["half_saturation"])
    least = float(curves["co2"] @ curves["min"])
    plan = optimize.allocate(curves, budget=80, limits={"co2": 0.5 * least})
    assert plan.status == "infeasible"
    note = dict(next(note for note in plan.notes if note.code == "limit_max").values)
    assert note["nearest"] == pytest.approx(least, rel=1e-6)
    assert float(curves["co2"] @ plan.table["spend"]) == pytest.approx(least, rel=1e-6)
    assert "co2 of at most" in plan.sentence("en")
    assert "co2" in plan.sentence("zh")
    team = curves["team"] > 0
    most = float(min(curves["max"][team].sum(), 80 - curves["min"][~team].sum()))
    plan = optimize.allocate(curves, budget=80, limits={"team": (10 * most, None)})
    note = dict(next(note for note in plan.notes if note.code == "limit_min").values)
    assert note["nearest"] == pytest.approx(most, rel=1e-6)


def test_limits_may_be_a_frame_or_name_their_column():
    curves = table(1, 10)
    amounts = dict(zip(curves["cell"], curves["co2"], strict=True))
    by_name = optimize.allocate(curves, budget=60, limits={"co2": 30})
    rows = pd.DataFrame({"limit": ["carbon"], "column": ["co2"], "min": [None], "max": [30]})
    for limits in (rows, {"carbon": {"column": "co2", "max": 30}}, {"x": {"column": amounts, "max": 30}}):
        plan = optimize.allocate(curves, budget=60, limits=limits)
        np.testing.assert_allclose(plan.table["spend"], by_name.table["spend"], atol=1e-9)


def test_limits_hold_on_draws_too():
    curves = table(2, 12)
    rng = np.random.default_rng(0)
    draws = [curves.assign(draw=d, scale=curves["scale"] * rng.lognormal(0, 0.2, 12)) for d in range(8)]
    plan = optimize.allocate(curves, budget=60, limits={"co2": 30}, draws=pd.concat(draws))
    each = [optimize.allocate(part, budget=60, limits={"co2": 30}).table["spend"] for part in draws]
    np.testing.assert_allclose(plan.bands["low"], np.quantile(each, 0.05, axis=0), atol=1e-6)


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"carbon": 3}, "Unknown column of limit 'carbon'"),
        ({"co2": (5, 3)}, "least of 5 above its most of 3"),
        ({"co2": (None, None)}, "limits nothing"),
        ({"co2": "many"}, "most of limit 'co2' is 'many'"),
        ({"form": 3}, "no amount per unit of spend for cell 'c0'"),
        (pd.DataFrame({"name": ["co2"]}), "need a column 'limit'"),
    ],
)
def test_one_sentence_says_what_is_wrong_with_a_limit(limits, says):
    with pytest.raises(QuestionError) as caught:
        optimize.allocate(table(0, 4), budget=10, limits=limits)
    assert says in str(caught.value)
    assert caught.value.fix


@pytest.mark.parametrize("bounds", [(None, 5), (None, 0), (0, None), (0, 0)], ids=str)
def test_a_limit_that_concerns_no_cell_has_no_price(bounds):
    curves = table(0, 6).assign(nothing=0.0)
    free = optimize.allocate(curves, budget=50)
    plan = optimize.allocate(curves, budget=50, limits={"nothing": bounds})
    assert plan.shadow_prices["limit:nothing"] == 0
    assert plan.total_response == pytest.approx(free.total_response, rel=1e-8)
