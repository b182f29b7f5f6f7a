"""S-shaped curves and least spends over periods: certified, against brute force polished by SLSQP."""

from __future__ import annotations

import numpy as np
import pandas as pd
import problems
import pytest

from workbench import optimize
from workbench.solvers import period_branch as branch
from workbench.solvers.calendar import read_calendar
from workbench.solvers.period_frames import Asked
from workbench.solvers.period_model import Box, carried

LAGS = np.array([0.6, 0.3, 0.1])


def s_shaped(seed, n):
    """Hill curves of shape 1.4 to 3, their caps well beyond the budget's even share."""
    rng = np.random.default_rng(seed)
    half = rng.lognormal(2, 0.5, n)
    curves = {"scale": rng.lognormal(3, 0.5, n), "half_saturation": half, "shape": rng.uniform(1.4, 3, n)}
    return pd.DataFrame({"cell": [f"c{i}" for i in range(n)], "form": "hill", **curves, "max": 3 * half})


def brought(curves, spend, season):
    """What plans (…, C, T) bring in all, their echo of two periods included."""
    periods = spend.shape[-1]
    factor = np.append(season, np.full(2, np.mean(season)))
    found = 0.0
    for i, row in enumerate(curves[["form", "scale", "half_saturation", "shape"]].itertuples(index=False)):
        for s in range(periods + 2):
            felt = sum(LAGS[s - t] * spend[..., i, t] for t in range(periods) if 0 <= s - t < 3)
            found = found + factor[s] * problems.response(*row, np.maximum(felt, 0.0))
    return found


def best_of_all(curves, budget, season, points):
    """The best of a grid, each of its five best plans polished by SLSQP."""
    from scipy.optimize import minimize

    n, periods = len(curves), len(season)
    ends = np.minimum(curves["max"].to_numpy(), budget)
    grid = [np.linspace(0, end, points) for end in ends for _ in range(periods)]
    plans = np.stack(np.meshgrid(*grid, indexing="ij"), -1).reshape(-1, n, periods)
    plans = plans[plans.sum(axis=(1, 2)) <= budget]
    best = plans[np.argsort(-brought(curves, plans, season))[:5]]
    found = [float(brought(curves, plan, season)) for plan in best]
    for plan in best:
        answer = minimize(
            lambda x: -brought(curves, x.reshape(n, periods), season),
            plan.ravel() + 1e-3,
            bounds=[(0, end) for end in np.repeat(ends, periods)],
            constraints={"type": "ineq", "fun": lambda x: budget - x.sum()},
        )
        if answer.x.sum() <= budget * (1 + 1e-9):
            found.append(-answer.fun)
    return max(found)


def asked(curves, season, **more):
    return {"carryover": dict.fromkeys(curves["cell"], LAGS), "season": season, "after": 0.0, **more}


@pytest.mark.parametrize(("n", "periods", "points"), [(1, 3, 40), (2, 2, 16), (2, 3, 7)])
@pytest.mark.parametrize("seed", range(3))
def test_no_grid_and_no_climb_finds_a_better_plan_and_the_bound_is_close(n, periods, points, seed):
    curves = s_shaped(seed, n)
    season = np.array([1.2, 0.8, 1.0])[:periods]
    budget = float(
        np.random.default_rng(seed).uniform(0.4, 1.2) * curves["half_saturation"].sum() * periods / 2
    )
    plan = optimize.allocate_periods(curves, budget, periods, **asked(curves, season))
    best = best_of_all(curves, budget, season, points)
    assert plan.objective >= best * (1 - 1e-6)
    assert plan.upper_bound >= best * (1 - 1e-9)
    assert plan.gap <= 1e-6
    wide = plan.table.pivot(index="cell", columns="period", values="spend").to_numpy()
    assert brought(curves, wide, season) == pytest.approx(plan.objective, rel=1e-6)


@pytest.mark.parametrize("seed", range(2))
def test_five_cells_over_six_weeks_are_certified(seed):
    """Relaxed alone, the gap is about a percent."""
    curves, season = s_shaped(seed, 5), np.ones(6)
    budget = float(2 * curves["half_saturation"].sum())
    plan = optimize.allocate_periods(curves, budget, 6, **asked(curves, season))
    first = optimize.allocate_periods(curves, budget, 6, effort=0, **asked(curves, season))
    assert plan.gap <= 1e-3
    assert plan.gap < 0.2 * first.gap
    assert first.objective <= plan.objective * (1 + 1e-9)
    assert plan.upper_bound <= first.upper_bound * (1 + 1e-9)


def test_least_spends_if_active_are_taken_or_left_as_the_best_of_all_choices_has_it():
    """Every choice of which weeks are active, each a concave plan of its own."""
    curves = pd.DataFrame(
        {
            "cell": ["a", "b"],
            "form": "michaelis_menten",
            "scale": [40.0, 60.0],
            "half_saturation": [5.0, 9.0],
            "min_if_active": [6.0, 8.0],
            "max": 12.0,
        }
    )
    season, budget = np.array([1.0, 1.3, 0.7]), 24.0
    plan = optimize.allocate_periods(curves, budget, 3, **asked(curves, season))
    free, found = curves.drop(columns="min_if_active"), []
    for choice in np.ndindex(*[2] * 6):
        rows = [(c, t, on) for (c, t), on in zip(np.ndindex(2, 3), choice, strict=True)]
        if sum(curves["min_if_active"][c] for c, _, on in rows if on) > budget:
            continue
        calendar = pd.DataFrame(
            {
                "cell": [curves["cell"][c] for c, _, _ in rows],
                "period": [t + 1 for _, t, _ in rows],
                "min": [curves["min_if_active"][c] if on else 0.0 for c, _, on in rows],
                "max": [12.0 if on else 0.0 for *_, on in rows],
            }
        )
        held = optimize.allocate_periods(free, budget, 3, **asked(curves, season, calendar=calendar))
        found.append(held.objective)
    assert plan.objective == pytest.approx(max(found), rel=1e-6)
    assert plan.gap <= 1e-6


@pytest.mark.parametrize("seed", range(20))
def test_narrowing_keeps_every_plan_of_a_box(seed):
    rng, curves = np.random.default_rng(seed), s_shaped(seed, 3)
    question = read_calendar(curves, 60.0, Asked(5, carryover=dict.fromkeys(curves["cell"], LAGS)))
    ratios = branch.persistence(question)
    inside = 0
    for _ in range(20):
        spend = question.high * rng.beta(0.5, 2, question.high.shape)
        felt, whole = carried(question, spend), Box.of(question, question.low, question.high)
        share = rng.choice([0.0, 0.5, 1.0], (2, *felt.shape))
        most = felt + share[0] * (whole.most - felt)
        least = felt - share[1] * (felt - whole.least)
        box = branch.narrowed(question, Box(question.low, question.high, least, most), ratios)
        assert box is not None
        near = 1e-9 * np.maximum(question.high, 1.0)
        assert ((spend >= box.low - near) & (spend <= box.high + near)).all()
        assert ((felt >= box.least - 1e-9) & (felt <= box.most + 1e-9)).all()
        inside += bool((box.high < question.high - 1e-6).any())
    assert inside > 10  # else it narrows nothing


def test_a_box_that_holds_no_plan_is_none():
    curves = s_shaped(0, 1)
    question = read_calendar(curves, 60.0, Asked(4, carryover={"c0": LAGS}))
    box = Box.of(question, question.low, question.high)
    least, most = box.least.copy(), box.most.copy()
    least[0, 1] = most[0, 1] * 0.9  # much is felt in the second period, so some of it in the third
    most[0, 2] = least[0, 2] + 1e-3
    assert (
        branch.narrowed(question, Box(box.low, box.high, least, most), branch.persistence(question)) is None
    )
