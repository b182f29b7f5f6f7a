"""Two methods for one aim: quadratic programs in a row, and all draws through the interior point method."""

from __future__ import annotations

import numpy as np
import pytest
from test_risk import world

from workbench import optimize
from workbench.solvers import risk as careful


@pytest.mark.parametrize("tail", [0.05, 0.2, 1.0])
@pytest.mark.parametrize("forms", [("exponential", "log", "michaelis_menten"), ("power", "hill", "tanh")])
def test_both_methods_find_one_plan(monkeypatch, forms, tail):
    curves, draws, budget = world(11, n=25, draws=60, forms=list(forms))
    for table in (curves, draws):
        table["shape"] = table["form"].map({"power": 0.6, "hill": 0.7}).fillna(1.0)
    groups = {"one": (0, 0.4 * budget)}
    asked = {"budget": budget, "draws": draws, "risk": 0.7, "tail": tail, "groups": groups}
    quick = optimize.allocate(curves, **asked)
    monkeypatch.setattr(careful, "refine", lambda *_: None)
    slow = optimize.allocate(curves, **asked)
    assert quick.gap <= 2e-9
    assert quick.objective == pytest.approx(slow.objective, rel=1e-8)
    assert quick.upper_bound >= slow.objective * (1 - 1e-12)
    np.testing.assert_allclose(quick.table["spend"], slow.table["spend"], atol=2e-4 * budget)


def test_the_quick_method_is_the_one_that_answers(monkeypatch):
    def never(*_):
        raise AssertionError

    curves, draws, budget = world(12, n=30, draws=80, forms=["exponential", "log", "power"])
    monkeypatch.setattr(careful, "_at_once", never)
    plan = optimize.allocate(curves, budget=budget, draws=draws, risk=0.5, tail=0.1)
    assert plan.gap <= 1e-8
