"""Never below anyone: random small problems against SLSQP, grids, a linear program and a convex solver."""

from __future__ import annotations

import convex
import numpy as np
import pandas as pd
import problems
import pytest

from workbench import optimize

SEEDS = range(70)


def best_of_others(problem):
    """The best feasible spend that SLSQP or a grid finds; None where neither finds one."""
    found = list(problems.by_slsqp(problem, 6, seed=1))
    if len(problem.table) <= 3:
        grid = problems.by_grid(problem, 41 if len(problem.table) == 3 else 201)
        if len(grid):
            found.append(grid[np.argmax(problem.objective(grid))])
    return max(found, key=problem.objective) if found else None


def asked(problem):
    return optimize.allocate(problem.table, **problem.asked())


def compared(problem, near=1e-4):
    """Hold a plan against every rule, its certificate, and all that others find; whether there is one."""
    plan, other = asked(problem), best_of_others(problem)
    if plan.status == "infeasible":
        assert other is None or problem.value(other) <= 1e-6
        return False
    spend = plan.table["spend"].to_numpy()
    assert problem.kept(spend, 1e-8)
    ours = float(problem.objective(spend))
    size = float(problem.value(spend)) if problem.mode == "target_mroas" else abs(ours)
    bound = -plan.upper_bound if problem.mode == "min_cost" else plan.upper_bound
    assert plan.gap <= near
    assert bound >= ours - 1e-9 * size
    if other is not None:
        theirs = float(problem.objective(other))
        assert ours >= theirs - 1e-6 * size
        assert bound >= theirs - 2e-8 * size
    return True


@pytest.mark.parametrize("seed", SEEDS)
def test_no_one_finds_a_better_plan_and_no_rule_is_broken(seed):
    compared(problems.small(seed))


@pytest.mark.parametrize("seed", range(35))
def test_no_one_finds_a_better_plan_under_limits(seed):
    compared(problems.tied(seed))


@pytest.mark.soak
@pytest.mark.parametrize("first", range(100, 1100, 100))
def test_a_thousand_problems(first):
    assert sum(compared(problems.small(seed)) for seed in range(first, first + 100)) >= 70


@pytest.mark.soak
@pytest.mark.parametrize("first", range(100, 500, 50))
def test_many_problems_under_limits(first):
    assert sum(compared(problems.tied(seed)) for seed in range(first, first + 50)) >= 20


@pytest.mark.soak
@pytest.mark.parametrize("first", range(100, 500, 100))
def test_many_concave_problems_agree_with_a_convex_solver(first):
    for seed in range(first, first + 100):
        convex_agrees(seed)


def test_the_suite_has_every_form_mode_and_rule():
    suite = [problems.small(seed) for seed in SEEDS]
    assert {form for problem in suite for form in problem.table["form"]} == set(problems.FORMS)
    assert {problem.mode for problem in suite} == set(optimize.MODES)
    assert sum(bool(problem.groups) for problem in suite) >= 20
    assert sum((problem.table["min_if_active"] > 0).any() for problem in suite) >= 20
    s_shaped = [(p.table["form"].eq("hill") & p.table["shape"].gt(1)).any() for p in suite]
    assert sum(s_shaped) >= 10
    feasible = [asked(problem).status != "infeasible" for problem in suite]
    assert sum(feasible) >= 55
    limited = [problems.tied(seed) for seed in range(35)]
    assert {problem.mode for problem in limited if problem.limits} == set(optimize.MODES)
    assert sum("co2" in problem.limits for problem in limited) >= 15
    assert sum("team" in problem.limits for problem in limited) >= 10


def test_the_others_do_find_good_plans():
    """An oracle that finds nothing would let everything pass."""
    found = 0
    for seed in range(0, 14, 2):
        problem = problems.small(seed)
        other, plan = best_of_others(problem), asked(problem)
        ours = float(problem.objective(plan.table["spend"].to_numpy()))
        found += other is not None and float(problem.objective(other)) >= ours - 1e-3 * abs(ours)
    assert found >= 5


def capped(seed, n=10):
    """S-shaped cells with caps near and below their inflection: the hard case."""
    rng = np.random.default_rng(seed)
    half = rng.lognormal(2, 0.6, n)
    table = pd.DataFrame(
        {
            "cell": [f"c{i}" for i in range(n)],
            "form": "hill",
            "scale": rng.lognormal(2, 0.6, n),
            "half_saturation": half,
            "shape": rng.uniform(1.5, 4, n),
            "max": 0.6 * half,
        }
    )
    return table, float(rng.uniform(0.25, 0.75) * table["max"].sum())


@pytest.mark.parametrize("seed", range(4))
def test_ten_capped_s_shaped_cells_are_certified(seed):
    table, budget = capped(seed)
    plan = optimize.allocate(table, budget=budget)
    assert plan.gap <= 1e-6
    assert plan.total_spend == pytest.approx(budget, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_five_capped_s_shaped_cells_against_every_combination(seed):
    """At most one cell stands inside its convex part; the others are off, at their cap or concave."""
    table, _ = capped(seed, 5)
    budget = float(0.5 * table["max"].sum())
    plan = optimize.allocate(table, budget=budget)
    grid = [np.linspace(0, most, 17) for most in table["max"]]
    spends = np.stack(np.meshgrid(*grid[:4], indexing="ij"), -1).reshape(-1, 4)
    last = np.minimum(budget - spends.sum(1), table["max"].iloc[4])
    spends = np.column_stack([spends, last])[last >= 0]
    problem = problems.Small(table.assign(value_per_response=1.0), budget)
    best = problem.objective(spends).max()
    assert plan.total_response >= best - 1e-9
    assert plan.upper_bound >= best * (1 - 1e-12)


def concave(seed, n, groups=4):
    rng = np.random.default_rng(seed)
    form = rng.choice(problems.FORMS, n)
    half = rng.lognormal(2, 0.7, n)
    shape = np.where(
        form == "power", rng.uniform(0.3, 0.9, n), np.where(form == "hill", rng.uniform(0.5, 1, n), 1.0)
    )
    return pd.DataFrame(
        {
            "cell": [f"c{i}" for i in range(n)],
            "form": form,
            "scale": rng.lognormal(3, 0.7, n),
            "half_saturation": half,
            "shape": shape,
            "min": 0.01 * half,
            "max": 3 * half,
            "group": rng.choice([f"g{i}" for i in range(groups)], n),
        }
    )


def linear_program(table, budget, groups, knots):
    """The best plan on piecewise-linear curves through knots, by HiGHS: a value that the true ones reach."""
    from scipy import optimize as scipy_optimize

    n, segments = len(table), knots - 1
    share = np.linspace(0, 1, knots) ** 2
    low, high = table["min"].to_numpy(), table["max"].to_numpy()
    spends = low[:, None] + (high - low)[:, None] * share
    values = np.stack(
        [
            problems.response(*table.loc[i, ["form", "scale", "half_saturation", "shape"]], spends[i])
            for i in range(n)
        ]
    )
    width, slope = np.diff(spends).ravel(), (np.diff(values) / np.diff(spends)).ravel()
    owner = np.repeat(np.arange(n), segments)
    rows, limits = [np.ones(n * segments)], [budget - low.sum()]
    for name, (least, most) in groups.items():
        inside = (table["group"] == name).to_numpy()
        rows += [inside[owner].astype(float), -inside[owner].astype(float)]
        limits += [most - low[inside].sum(), low[inside].sum() - least]
    found = scipy_optimize.linprog(
        -slope, A_ub=np.array(rows), b_ub=limits, bounds=np.stack([0 * width, width], 1)
    )
    assert found.status == 0
    return values[:, 0].sum() - found.fun


@pytest.mark.parametrize("seed", range(4))
def test_concave_curves_agree_with_a_linear_program(seed):
    table = concave(seed, 40)
    budget = float(0.3 * table["max"].sum())
    part = table.groupby("group")["max"].sum()
    groups = {
        "g0": (0.0, 0.15 * part["g0"]),
        "g1": (0.6 * part["g1"], float(part["g1"])),
        "g2": (0.0, budget),
    }
    plan = optimize.allocate(table, budget=budget, groups=groups)
    linear = linear_program(table, budget, groups, 120)
    assert plan.gap <= 1e-9
    assert linear <= plan.total_response * (1 + 1e-9)
    assert plan.total_response == pytest.approx(linear, rel=2e-4)


def smooth(seed):
    """(curves, arguments of `allocate`): concave cells, groups, floors, caps, every mode."""
    rng, mode = np.random.default_rng(500 + seed), problems.MODES[seed % len(problems.MODES)]
    n = int(rng.integers(2, 40))
    curves = concave(seed, n, groups=3)
    curves["form"] = rng.choice(convex.FORMS, n)
    curves["shape"] = np.where(curves["form"] == "power", rng.choice([0.3, 0.6, 0.9, 1.0], n), 1.0)
    curves["value_per_response"] = rng.uniform(0.5, 2, n)
    low, high = curves["min"].to_numpy(), curves["max"].to_numpy()
    inside = low + rng.uniform(0.1, 0.5) * (high - low)  # one plan that keeps all
    problem = problems.Small(curves, None, mode=mode)
    problem.target = 1.0
    value = float(problem.value(inside))
    asked = {"mode": mode, "budget": float(rng.uniform(1.0, 1.3) * inside.sum())}
    if seed % 2:
        one = (curves["group"] == "g0").to_numpy()
        if one.any():
            asked["groups"] = {"g0": (float(0.9 * inside[one].sum()), float(1.1 * inside[one].sum()))}
    if mode == "min_cost":
        asked["target"] = 0.9 * value
    if mode == "target_roas":
        asked["target"] = 0.9 * value / float(inside.sum())
    if mode == "target_cpa":
        asked["target"] = float(inside.sum()) / value / 0.9
    if mode == "target_mroas":
        asked["target"] = float(rng.uniform(0.2, 2.0))
    return curves, asked


def convex_agrees(seed):
    """A plan of concave curves beside Clarabel's."""
    curves, asked = smooth(seed)
    plan, theirs = optimize.allocate(curves, **asked), convex.best(curves, asked)
    sign = -1.0 if asked["mode"] == "min_cost" else 1.0
    size = abs(plan.total_value) if asked["mode"] == "target_mroas" else abs(theirs)
    assert plan.status == "optimal"
    assert plan.gap <= 1e-9
    assert sign * plan.objective == pytest.approx(theirs, abs=2e-6 * size)
    assert sign * plan.upper_bound >= theirs - 1e-6 * size


@pytest.mark.parametrize("seed", range(28))
def test_concave_curves_agree_with_a_convex_solver(seed):
    convex_agrees(seed)
