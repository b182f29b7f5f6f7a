"""Plans of all draws under limits at once are those that each draw gets alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from test_limits import question, table

from workbench import optimize
from workbench.solvers import coupled, duals


def sampled(curves, seed, draws=12):
    rng = np.random.default_rng(seed)
    scales = [curves["scale"] * rng.lognormal(0, 0.3, len(curves)) for _ in range(draws)]
    return pd.concat([curves.assign(draw=d, scale=scale) for d, scale in enumerate(scales)])


@pytest.mark.parametrize("seed", [0, 1, 5, 6, 7, 11, 12, 13, 17])
def test_bands_are_those_of_one_plan_after_another(monkeypatch, seed):
    curves, asked = question(seed)
    asked["draws"] = sampled(curves, seed)
    together = optimize.allocate(curves, **asked).bands
    monkeypatch.setattr(coupled, "MANY", 10**9)
    alone = optimize.allocate(curves, **asked).bands
    size = float(alone["high"].sum())
    for name in ("low", "high"):
        np.testing.assert_allclose(together[name], alone[name], atol=2e-6 * size)


def test_most_draws_settle_together(monkeypatch):
    """Else the test above would compare a method with itself."""
    settled = []
    plain = duals.settle

    def watched(*given):
        answer = plain(*given)
        settled.extend(answer.settled)
        return answer

    monkeypatch.setattr(duals, "settle", watched)
    for seed in (0, 1, 5, 6, 7):
        curves, asked = question(seed)
        curves = curves[curves["form"] != "power"].reset_index(drop=True)
        optimize.allocate(curves, **asked, draws=sampled(curves, seed))
    assert len(settled) >= 36
    assert np.mean(settled) >= 0.9


def test_limits_that_must_be_met_exactly_hold_in_every_draw():
    curves = table(9, 14, forms=["exponential", "log", "michaelis_menten"])
    free = optimize.allocate(curves, budget=90).table["spend"]
    goal = float(0.9 * curves["co2"] @ free)
    draws = sampled(curves, 3)
    plan = optimize.allocate(curves, budget=90, limits={"co2": (goal, goal)}, draws=draws)
    each = [
        optimize.allocate(part, budget=90, limits={"co2": (goal, goal)}).table["spend"]
        for _, part in draws.groupby("draw")
    ]
    np.testing.assert_allclose(plan.bands["low"], np.quantile(each, 0.05, axis=0), atol=1e-4)
    np.testing.assert_allclose(plan.bands["high"], np.quantile(each, 0.95, axis=0), atol=1e-4)
