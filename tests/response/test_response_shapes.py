"""Carry-over and saturation against closed forms; derivatives and coefficients against brute force."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from mix_worlds import world
from scipy.optimize import lsq_linear, minimize

import workbench as wb
from workbench.response import CARRYOVERS, SATURATIONS, inner, objective
from workbench.response.carryover import KINDS
from workbench.response.saturation import FORMS, marginal, value

BY_HAND = {
    "hill": lambda x, k, s: x**s / (k**s + x**s),
    "michaelis_menten": lambda x, k, s: x / (k + x),
    "exponential": lambda x, k, s: 1 - math.exp(-x / k),
    "logistic": lambda x, k, s: (1 - math.exp(-x / k)) / (1 + math.exp(-x / k)),
    "tanh": lambda x, k, s: math.tanh(x / k),
    "log": lambda x, k, s: math.log(1 + x / k),
    "power": lambda x, k, s: (x / k) ** s,
}


@pytest.mark.parametrize("form", SATURATIONS)
def test_a_form_is_what_the_design_says(form):
    shape = 0.7 if FORMS[form].shaped else 1.0
    for spend in (0.0, 0.3, 40.0, 900.0):
        expected = 5 * (BY_HAND[form](spend, 30.0, shape) if spend else 0.0)
        assert value(form, spend, 5, 30, shape) == pytest.approx(expected, rel=1e-12, abs=1e-15)
        if spend:
            step = 1e-5 * spend
            slope = (value(form, spend + step, 5, 30, shape) - value(form, spend - step, 5, 30, shape)) / (
                2 * step
            )
            assert marginal(form, spend, 5, 30, shape) == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("form", SATURATIONS)
def test_the_planner_reads_a_curve_as_the_fit_does(form):
    shape = 0.7 if FORMS[form].shaped else 1.0
    curve = {"cell": "a", "form": form, "scale": 7.0, "half_saturation": 30.0, "shape": shape, "max": 50.0}
    plan = wb.optimize.allocate(pd.DataFrame([curve]), budget=45.0)
    assert plan.total_spend == pytest.approx(45)
    assert plan.total_response == pytest.approx(value(form, 45.0, 7, 30, shape), rel=1e-9)


def test_geometric_carry_over_in_closed_form():
    weights, _ = KINDS["geometric"].weights(np.array([[math.log(0.4 / 0.6)]]), 20)
    expected = 0.4 ** np.arange(20) * 0.6 / (1 - 0.4**20)
    assert weights[0] == pytest.approx(expected, rel=1e-12)


def test_delayed_carry_over_in_closed_form():
    weights, _ = KINDS["delayed"].weights(np.array([[0.0], [math.log(2.5)]]), 8)
    raw = [0.5 ** ((lag - 2.5) ** 2) for lag in range(8)]
    assert weights[0] == pytest.approx(np.array(raw) / sum(raw), rel=1e-12)


def test_weibull_carry_over_is_its_distribution_and_geometric_at_shape_one():
    from scipy.stats import weibull_min

    weights, _ = KINDS["weibull"].weights(np.array([[math.log(1.7)], [math.log(3.0)]]), 15)
    raw = np.diff(weibull_min.cdf(np.arange(16), 1.7, scale=3.0))
    assert weights[0] == pytest.approx(raw / raw.sum(), rel=1e-10)
    plain, _ = KINDS["weibull"].weights(np.array([[0.0], [0.0]]), 15)
    same, _ = KINDS["geometric"].weights(np.array([[math.log(math.exp(-1) / (1 - math.exp(-1)))]]), 15)
    assert plain == pytest.approx(same, rel=1e-10)


@pytest.mark.parametrize("kind", CARRYOVERS)
def test_weights_add_up_and_their_slopes_are_right(kind):
    free = np.array([[0.3], [0.6]])[: len(KINDS[kind].parameters)]
    weights, slopes = KINDS[kind].weights(free, 12)
    assert weights.sum() == pytest.approx(1)
    for k in range(len(free)):
        up, down = free.copy(), free.copy()
        up[k] += 1e-6
        down[k] -= 1e-6
        expected = (KINDS[kind].weights(up, 12)[0] - KINDS[kind].weights(down, 12)[0]) / 2e-6
        assert slopes[k] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("seed", range(20))
def test_non_negative_coefficients_are_those_of_a_bounded_solver(seed):
    rng = np.random.default_rng(seed)
    many = int(rng.integers(2, 14))
    rows, aim = rng.normal(size=(30, many)), rng.normal(size=30)
    signed = rng.random(many) < 0.7
    found, _ = inner.solve(rows.T @ rows, rows.T @ aim, signed)
    low = np.where(signed, 0.0, -np.inf)
    expected = lsq_linear(rows, aim, (low, np.inf), tol=1e-14).x
    assert found == pytest.approx(expected, abs=1e-6)
    assert (found[signed] >= 0).all()


def _mixed(seed):
    """A problem with every carry-over and form, a control and an experiment."""
    made = world(seed, channels=7, periods=70)
    model = wb.response.fit(
        made.frame,
        spend=made.channels,
        outcome="y",
        controls=["x"],
        carryover=dict(zip(made.channels, [*CARRYOVERS, *CARRYOVERS], strict=False)),
        saturation=dict(zip(made.channels, SATURATIONS, strict=True)),
        lifts=[
            {"channel": "c1", "start": "2021-03-01", "end": "2021-04-25", "effect": 300, "se": 40},
            {
                "channel": "c2",
                "start": "2021-05-03",
                "end": "2021-05-30",
                "effect": 90,
                "se": 30,
                "withheld": 0.5,
            },
        ],
        draws=0,
    )
    return model.parts[0]


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_that_of_finite_differences(seed):
    problem = _mixed(seed).problem
    z = np.clip(
        np.random.default_rng(seed).uniform(-1.2, 1.2, len(problem.lay.names)),
        problem.lay.low,
        problem.lay.high,
    )
    x = np.append(z, -1.5)
    slope = objective.at(problem, z, -1.5).slope
    for at in range(len(x)):
        step = np.zeros(len(x))
        step[at] = 1e-5
        up, down = (objective.at(problem, (x + s)[:-1], float((x + s)[-1])).value for s in (step, -step))
        assert slope[at] == pytest.approx((up - down) / 2e-5, rel=1e-5, abs=1e-4)


def test_what_is_minimised_is_the_posterior_written_by_hand():
    """Rows, prior and experiments added up one by one, at the fit's own coefficients."""
    part = _mixed(1)
    problem, z, log_sigma = part.problem, part.best.z, part.best.log_sigma
    point = objective.at(problem, z, log_sigma)
    data, sigma = part.data, math.exp(log_sigma)
    curves = part.curves(z, point.w)
    total, brought = 0.0, {}
    for c, channel in enumerate(data.channels):
        free = problem.lay.of(c, z)
        kind = dict(zip(data.channels, [*CARRYOVERS, *CARRYOVERS], strict=False))[channel]
        parameters = np.array([[free[name]] for name in KINDS[kind].parameters]).reshape(-1, 1)
        weights = KINDS[kind].weights(parameters, part.lags)[0].ravel()

        def response(spend, weights=weights, c=c):
            long = np.concatenate([np.full(part.lags - 1, data.spend[c, 0, :8].mean()), spend])
            level = [weights @ long[t : t + part.lags][::-1] for t in range(len(spend))]
            return value(part.forms[c], level, curves.scale[c, 0], curves.half[c, 0], curves.shape[c, 0])

        brought[channel] = response
    media = sum(brought[name](data.spend[c, 0]) for c, name in enumerate(data.channels))
    linear = part.linear(point.w).sum(axis=(0, 1))
    rest = (data.outcome[0] - media - linear) / data.level
    total += len(rest) * log_sigma + 0.5 * float((rest**2).sum()) / sigma**2
    total += 0.5 * float(((problem.rows @ point.w - problem.aim) ** 2).sum()) + 0.5 * float((z**2).sum())
    for lift in problem.lifts.each:
        name, spend = data.channels[lift.channel], data.spend[lift.channel, 0]
        without = spend.copy()
        without[lift.rows] *= 1 - lift.withheld
        effect = (brought[name](spend) - brought[name](without))[lift.rows].sum()
        total += 0.5 * ((effect - lift.effect) / lift.se) ** 2
    assert point.value == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_no_other_search_finds_a_lower_value(seed):
    part = _mixed(seed)
    problem, lay = part.problem, part.problem.lay

    def loss(x):
        point = objective.at(problem, x[:-1], float(x[-1]))
        return point.value, point.slope

    bounds = [*zip(lay.low, lay.high, strict=True), (-9.0, 1.5)]
    rng = np.random.default_rng(seed)
    for start in (
        np.append(part.best.z, part.best.log_sigma),
        np.append(np.clip(rng.normal(size=len(lay.low)), lay.low, lay.high), -2),
    ):
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 800})
        assert part.best.value <= found.fun + 1e-3


def test_without_carry_over_and_saturation_the_fit_is_least_squares():
    import statsmodels.api as sm

    made = world(5, channels=3, media=0.5)
    wide = {
        "media": (0.3, 1e3),
        "spread": 1e3,
        "intercept": 1e4,
        "control": 1e4,
        "trend": 1e4,
        "power": (0.0, 1e-7),
    }
    model = wb.response.fit(
        made.frame,
        spend=made.channels,
        outcome="y",
        controls=["x"],
        saturation="power",
        carryover="none",
        season=0,
        priors=wide,
        draws=0,
    )
    design = sm.add_constant(made.frame[[*made.channels, "x"]].assign(trend=np.arange(156.0)))
    expected = sm.OLS(made.frame["y"], design).fit()
    assert (expected.params[made.channels] > 0).all()
    curves = model.curves().set_index("cell")
    slopes = curves["scale"] / curves["half_saturation"]
    assert slopes.to_numpy() == pytest.approx(expected.params[made.channels].to_numpy(), rel=1e-4)
    parts = model.decomposition().pivot_table(index="time", columns="component", values="value")
    assert parts["unexplained"].to_numpy() == pytest.approx(expected.resid.to_numpy(), abs=1e-3)
