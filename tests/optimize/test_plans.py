"""Money, targets, shadow prices, groups within groups, units, locks and what a plan says."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import problems
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench import optimize

TABLE = pd.DataFrame(
    {
        "cell": list("abcdefg"),
        "form": ["hill", "exponential", "logistic", "log", "power", "michaelis_menten", "tanh"],
        "scale": [100.0, 80, 60, 30, 40, 90, 70],
        "half_saturation": [10.0, 20, 30, 15, 10, 12, 9],
        "shape": [2.0, 1, 1, 1, 0.5, 1, 1],
        "min": 0.0,
        "max": 50.0,
        "group": list("xxyyyzz"),
        "value_per_response": [1.0, 2, 1, 2, 1, 2, 1],
        "current": 10.0,
    }
)


def respond(table, spend):
    rows = zip(table["form"], table["scale"], table["half_saturation"], table["shape"], spend, strict=True)
    return np.array([float(problems.response(*row)) for row in rows])


def test_responses_and_marginals_are_those_of_the_forms():
    table = optimize.allocate(TABLE, budget=90).table
    spend = table["spend"].to_numpy()
    np.testing.assert_allclose(table["response"], respond(TABLE, spend), rtol=1e-12)
    step = 1e-5
    slope = (respond(TABLE, spend + step) - respond(TABLE, np.maximum(spend - step, 0))) / (
        step + np.minimum(step, spend)
    )
    np.testing.assert_allclose(table["marginal"], slope, rtol=1e-4)
    np.testing.assert_allclose(table["change"], spend - 10)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    money=st.floats(-6, 7).map(lambda power: 10**power),
    scale=st.floats(-8, 8).map(lambda power: 10**power),
)
def test_units_change_nothing(seed, money, scale):
    problem = problems.small(7 * (seed // 7))
    plan = optimize.allocate(problem.table, **problem.asked())
    amounts = ["half_saturation", "min", "max", "min_if_active"]
    other = problem.table.assign(scale=problem.table["scale"] * scale)
    other[amounts] = other[amounts] * money
    groups = {name: (least * money, most * money) for name, (least, most) in problem.groups.items()}
    moved = optimize.allocate(other, budget=problem.budget * money, groups=groups or None)
    shares = moved.table["spend"] / (problem.budget * money), plan.table["spend"] / problem.budget
    np.testing.assert_allclose(*shares, atol=1e-9)
    assert moved.status == plan.status
    assert moved.total_response == pytest.approx(plan.total_response * scale, rel=1e-9)


@pytest.mark.parametrize(("money", "scale"), [(1e-6, 1e-8), (1e-6, 1e8), (1e7, 1e-8), (1e7, 1e8)])
@pytest.mark.parametrize(
    ("mode", "target"),
    [("min_cost", 300.0), ("target_roas", 5.0), ("target_cpa", 0.3), ("target_mroas", 2.0)],
)
def test_units_change_nothing_in_any_mode(mode, target, money, scale):
    groups = {"x": (5.0, 25.0), "y": (0.0, 60.0)}
    plan = optimize.allocate(TABLE, budget=120, groups=groups, mode=mode, target=target)
    other = TABLE.assign(scale=TABLE["scale"] * scale)
    other[["half_saturation", "max", "current"]] *= money
    aims = {"min_cost": scale, "target_cpa": money / scale}
    moved = optimize.allocate(
        other,
        budget=120 * money,
        groups={name: (least * money, most * money) for name, (least, most) in groups.items()},
        mode=mode,
        target=target * aims.get(mode, scale / money),
    )
    shares = moved.table["spend"] / moved.total_spend, plan.table["spend"] / plan.total_spend
    np.testing.assert_allclose(*shares, atol=1e-9)
    assert moved.status == plan.status == "optimal"
    assert moved.total_response == pytest.approx(plan.total_response * scale, rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.floats(0.01, 1.5))
def test_all_money_is_spent_where_it_helps(seed, share):
    rng = np.random.default_rng(seed)
    table = TABLE.assign(scale=rng.lognormal(0, 1, 7), half_saturation=rng.lognormal(0, 1, 7))
    budget = float(share * table["max"].sum())
    plan = optimize.allocate(table, budget=budget)
    wanted = min(budget, float(table["max"].sum()))
    assert plan.total_spend == pytest.approx(wanted, rel=1e-9)
    assert plan.unspent == pytest.approx(budget - wanted, abs=1e-9 * budget)
    assert bool(plan.notes) == (budget > wanted * (1 + 1e-9))


def test_more_budget_never_brings_less():
    totals = [optimize.allocate(TABLE, budget=budget).total_response for budget in range(5, 300, 20)]
    assert (np.diff(totals) > 0).all()


@pytest.mark.parametrize(
    ("mode", "target"),
    [("min_cost", 300.0), ("target_roas", 5.0), ("target_cpa", 0.3), ("target_mroas", 2.0)],
)
def test_a_target_is_met(mode, target):
    plan = optimize.allocate(TABLE, mode=mode, target=target)
    assert plan.status == "optimal"
    got = {
        "min_cost": plan.total_response,
        "target_roas": plan.total_value / plan.total_spend,
        "target_cpa": plan.total_spend / plan.total_response,
    }
    if mode == "target_mroas":
        inside = plan.table[plan.table["at_bound"] == ""]
        value = TABLE.set_index("cell")["value_per_response"][inside["cell"]].to_numpy()
        np.testing.assert_allclose(inside["marginal"] * value, target, rtol=1e-6)
    else:
        assert got[mode] == pytest.approx(target, rel=1e-6)


@pytest.mark.parametrize(("mode", "target"), [("min_cost", 1e4), ("target_roas", 40.0), ("target_cpa", 1e-3)])
def test_a_target_out_of_reach_is_infeasible_with_the_nearest(mode, target):
    table = TABLE[TABLE["form"] != "power"].reset_index(drop=True)
    table["min"] = 1.0
    plan = optimize.allocate(table, mode=mode, target=target)
    assert plan.status == "infeasible"
    spends = np.linspace(1, 50, 4000)
    if mode == "min_cost":
        nearest = respond(table, np.full(len(table), 50.0)).sum()
    else:  # the best quotient by brute force over the price that all cells share
        weight = table["value_per_response"].to_numpy() if mode == "target_roas" else np.ones(len(table))
        grid = np.stack([respond(table, np.full(len(table), x)) * weight for x in spends])
        quotients = []
        for price in np.linspace(0.05, 20, 4000):
            best = (grid - price * spends[:, None]).argmax(axis=0)
            quotients.append(grid[best, np.arange(len(table))].sum() / spends[best].sum())
        nearest = max(quotients) if mode == "target_roas" else 1 / max(quotients)
    assert plan.nearest == pytest.approx(nearest, rel=1e-3)
    reached = {
        "min_cost": plan.total_response,
        "target_roas": plan.total_value / plan.total_spend,
        "target_cpa": plan.total_spend / plan.total_response,
    }[mode]
    assert reached == pytest.approx(plan.nearest, rel=1e-6)
    assert "cannot be reached" in plan.sentence("en")
    assert "无法达到" in plan.sentence("zh")


@pytest.mark.parametrize(("mode", "target"), [("target_roas", 0.21), ("target_cpa", 1 / 0.21)])
def test_a_target_is_met_where_the_relaxed_plan_stands_between_off_and_active(mode, target):
    table = pd.DataFrame(
        {
            "cell": ["little", "much"],
            "form": ["logistic", "log"],
            "scale": [0.29, 31.2],
            "half_saturation": [128.0, 28.3],
            "max": [342.0, 97.8],
            "min_if_active": [25.6, 5.7],
        }
    )
    plan = optimize.allocate(table, budget=109.3, mode=mode, target=target)
    assert plan.status != "infeasible"
    assert plan.table["spend"].tolist() == pytest.approx([0, 97.8])
    assert plan.total_response / plan.total_spend > 0.21


@pytest.mark.parametrize("mode", ["target_roas", "target_cpa"])
def test_a_target_is_met_without_caps_or_budget(mode):
    table = TABLE.drop(columns=["max", "value_per_response"]).assign(scale=TABLE["scale"] * 3)
    table.loc[table["form"] == "power", "shape"] = 0.9
    plan = optimize.allocate(table, mode=mode, target=2.0 if mode == "target_roas" else 0.5)
    assert plan.status == "optimal"
    assert plan.gap <= 1e-6
    assert plan.total_response / plan.total_spend == pytest.approx(2.0, rel=1e-6)


def test_a_least_cost_plan_is_the_inverse_of_the_most_response():
    cheap = optimize.allocate(TABLE, mode="min_cost", target=320)
    most = optimize.allocate(TABLE, budget=cheap.total_spend)
    assert most.total_response == pytest.approx(320, rel=1e-6)


def test_shadow_prices_are_what_one_more_unit_brings():
    groups = {"x": (0, 12), "y": (50, 60)}
    table = TABLE[TABLE["cell"] != "a"].reset_index(drop=True)  # concave: the price is the derivative

    def plan(budget=90.0, x=12.0, y=50.0):
        return optimize.allocate(table, budget=budget, groups={"x": (0, x), "y": (y, 60)})

    base, step = plan(), 1e-3
    assert optimize.allocate(table, budget=90, groups=groups).shadow_prices == base.shadow_prices
    for name, more in {
        "budget": plan(budget=90 + step),
        "group:x": plan(x=12 + step),
        "group:y": plan(y=50 + step),
    }.items():
        brought = (more.total_response - base.total_response) / step
        assert base.shadow_prices[name] == pytest.approx(brought, rel=1e-3), name
    assert base.shadow_prices["group:x"] > 0 > base.shadow_prices["group:y"]
    assert "more of x brings" in base.sentence("en")
    cost = optimize.allocate(table, mode="min_cost", target=250)
    dearer = optimize.allocate(table, mode="min_cost", target=250 + step)
    assert cost.shadow_prices["target"] == pytest.approx(
        (dearer.total_spend - cost.total_spend) / step, rel=1e-3
    )


@pytest.mark.parametrize("seed", range(4))
def test_groups_within_groups_hold_and_are_certified(seed):
    rng = np.random.default_rng(seed)
    n = 60
    table = pd.DataFrame(
        {
            "cell": [f"c{i}" for i in range(n)],
            "form": rng.choice(["exponential", "log", "tanh"], n),
            "scale": rng.lognormal(3, 0.5, n),
            "half_saturation": rng.lognormal(2, 0.5, n),
            "group": rng.choice(["a1", "a2", "b1", "b2", "free"], n),
        }
    )
    budget = 100.0
    groups = pd.DataFrame(
        [
            *[("a", 0, 40, None), ("a1", 25, 30, "a"), ("a2", 0, 12, "a")],
            *[("b", 30, 90, None), ("b1", 0, 14, "b"), ("b2", 0, None, "b")],
        ],
        columns=["group", "min", "max", "parent"],
    )
    plan = optimize.allocate(table, budget=budget, groups=groups)
    spent = plan.table["spend"].groupby(table["group"]).sum()
    near = 1e-9 * budget
    assert plan.gap <= 1e-9
    assert plan.total_spend == pytest.approx(budget, rel=1e-9)
    assert spent["a1"] + spent["a2"] <= 40 + near
    assert 25 - near <= spent["a1"] <= 30 + near
    assert spent["a2"] <= 12 + near
    assert 30 - near <= spent["b1"] + spent["b2"] <= 90 + near
    assert spent["b1"] <= 14 + near
    rng = np.random.default_rng(seed)
    spend = plan.table["spend"].to_numpy()
    for _ in range(300):  # no shift between two cells that keeps every group brings more
        one, two = rng.integers(0, n, 2)
        shift = min(spend[one], 10 ** rng.uniform(-4, 0))
        moved = spend.copy()
        moved[one] -= shift
        moved[two] += shift
        part = pd.Series(moved).groupby(table["group"]).sum()
        kept = 25 <= part["a1"] <= 30 and part["a2"] <= 12 and part["a1"] + part["a2"] <= 40
        if kept and 30 <= part["b1"] + part["b2"] <= 90 and part["b1"] <= 14:
            total = respond(table.assign(shape=1.0), moved).sum()
            assert total <= plan.total_response * (1 + 1e-9)


def test_locks_go_before_bounds():
    plan = optimize.allocate(TABLE, budget=90, locked={"a": 60, "b": 0})
    assert plan.table["spend"][:2].tolist() == pytest.approx([60, 0], abs=1e-12)
    assert plan.table["at_bound"][:2].tolist() == ["locked", "locked"]
    assert optimize.allocate(TABLE, budget=90, locked=["a"]).table["spend"][0] == pytest.approx(10)


def test_a_least_spend_if_active_is_kept_or_the_cell_is_off():
    table = TABLE.assign(min_if_active=20.0)
    spend = optimize.allocate(table, budget=70).table["spend"]
    assert ((spend == 0) | (spend >= 20 * (1 - 1e-9))).all()
    assert (spend >= 20 * (1 - 1e-9)).sum() >= 2


def test_equal_cells_that_jump_are_filled_one_after_another():
    table = pd.DataFrame(
        {"cell": list("abcdef"), "form": "hill", "scale": 10.0, "half_saturation": 5.0, "shape": 3.0}
    )
    plan = optimize.allocate(table, budget=20)
    best = max(k * float(problems.response("hill", 10, 5, 3, 20 / k)) for k in range(1, 7))
    assert plan.total_response == pytest.approx(best, rel=1e-9)


def test_many_cells_are_certified_and_spend_everything():
    rng = np.random.default_rng(3)
    n = 20_000
    form = rng.choice(problems.FORMS, n)
    table = pd.DataFrame(
        {
            "cell": np.arange(n).astype(str),
            "form": form,
            "scale": rng.lognormal(0, 1, n),
            "half_saturation": rng.lognormal(0, 1, n),
            "shape": np.where(form == "power", 0.5, np.where(form == "hill", rng.uniform(0.6, 3, n), 1.0)),
            "group": rng.integers(0, 8, n).astype(str),
        }
    )
    plan = optimize.allocate(table, budget=5000, groups={str(g): (100, 700) for g in range(8)})
    assert plan.gap <= 1e-6
    assert plan.total_spend == pytest.approx(5000, rel=1e-9)


def test_a_plan_speaks_and_can_be_written_down():
    plan = wb.optimize.allocate(TABLE, budget=70)
    written = json.loads(json.dumps(plan.to_dict()))
    assert written["status"] == "optimal"
    assert len(written["rows"]) == 7
    assert "70" in plan.sentence("en")
    assert "70" in plan.sentence("zh")
    assert "<table" in plan._repr_html_()
    frame = plan.to_frame()
    frame["spend"] = 0.0
    assert plan.table["spend"].sum() == pytest.approx(70)


def test_names_are_escaped():
    plan = optimize.allocate(TABLE.assign(group="<b>"), budget=70, groups={"<b>": 50})
    assert "<b>" not in plan._repr_html_()


def test_a_group_of_one_uncapped_power_curve_is_certified():
    """Its demand changes by hundreds of decades within the bracket, where Newton's steps are tiny."""
    forms = ["logistic", "power", "power", "michaelis_menten", "log"]
    scale, half = [60.1, 0.93, 22.4, 42.1, 553.5], [0.76, 0.1, 572.3, 0.5, 11.1]
    curves = {"form": forms, "scale": scale, "half_saturation": half, "shape": [1, 0.9, 0.9, 1, 1]}
    table = pd.DataFrame({"cell": list("abcde"), **curves, "group": list("baabb")})
    plan = optimize.allocate(table, mode="target_mroas", target=0.8, groups={"a": 240.0})
    assert plan.gap <= 1e-9
    assert plan.table["spend"][1:3].sum() == pytest.approx(240)


def test_a_response_without_value_is_counted_and_worth_nothing():
    curves = pd.DataFrame(
        {
            "cell": ["a", "b"],
            "form": "michaelis_menten",
            "scale": [100.0, 80.0],
            "half_saturation": [50.0, 40.0],
            "value_per_response": [3.0, 0.0],
            "min": [0.0, 20.0],
        }
    )
    plan = optimize.allocate(curves, mode="target_roas", target=1.5)
    b = plan.table.iloc[1]
    assert b["spend"] == pytest.approx(20)
    assert b["response"] == pytest.approx(80 * 20 / 60)
    assert b["marginal"] == pytest.approx(80 * 40 / 60**2)
    assert plan.total_value == pytest.approx(1.5 * plan.total_spend)
    assert plan.total_response == pytest.approx(plan.table["response"].sum())


def test_a_target_that_floors_reach_has_no_price():
    curves = pd.DataFrame(
        {"cell": ["a"], "form": "log", "scale": [100.0], "half_saturation": [50.0], "min": [90.0]}
    )
    plan = optimize.allocate(curves, mode="min_cost", target=20)
    assert plan.shadow_prices["target"] == 0
    assert "One more response" not in plan.sentence("en")


def test_the_step_of_a_price_is_small_against_the_budget():
    curves = pd.DataFrame({"cell": ["a", "b"], "form": "log", "scale": [9.0, 5.0], "half_saturation": 1.0})
    plan = optimize.allocate(curves, budget=0.1)
    assert "0.001 more of the total budget" in plan.sentence("en")
