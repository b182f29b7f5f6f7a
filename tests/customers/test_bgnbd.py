"""BG/NBD: likelihood, P(alive) and expected purchases against integrals and closed forms."""

from __future__ import annotations

import integrals
import numpy as np
import pytest
from scipy import stats
from scipy.special import hyp2f1

from workbench.customers import bgnbd
from workbench.customers.jacobi import beta_nodes

PARAMS = (0.6, 30.0, 0.8, 2.4)
HISTORIES = [(0, 0, 0), (0, 0, 50), (1, 20, 90), (3, 88, 90), (3, 10, 90), (12, 80, 81)]
X, LAST, AGE = map(np.array, zip(*HISTORIES, strict=True))


def over_rate(params, f):
    return integrals.over_line(stats.gamma(params[0], scale=1 / params[1]), f)


def over_leave(params, f):
    return integrals.over_share(stats.beta(params[2], params[3]), f)


def staying(params, x, age):
    rate = over_rate(params, lambda z: z**x * np.exp(-z * age))
    return rate * over_leave(params, lambda z: (1 - z) ** x)


def integral(params, x, last, age):
    """The likelihood of one customer, integrated over the rate and the probability to leave."""
    if x == 0:
        return staying(params, x, age)
    left = over_rate(params, lambda z: z**x * np.exp(-z * last))
    return staying(params, x, age) + left * over_leave(params, lambda z: z * (1 - z) ** (x - 1))


def test_the_likelihood_is_the_integral_over_customers():
    for history in HISTORIES:
        one = bgnbd.grouped(*(np.array([value]) for value in history), 1)
        found, _ = bgnbd.likelihood(np.log(PARAMS), one)
        assert found == pytest.approx(np.log(integral(PARAMS, *history)), rel=1e-9, abs=1e-10), history


@pytest.mark.parametrize("params", [PARAMS, (2.0, 5.0, 0.05, 8.0), (0.1, 300.0, 3.0, 0.4)])
def test_the_gradient_is_that_of_finite_differences(params):
    patterns = bgnbd.grouped(X, LAST, AGE, 1)
    theta = np.log(params)
    _, gradient = bgnbd.likelihood(theta, patterns)
    steps = 1e-6 * np.eye(4)
    rise = [
        bgnbd.likelihood(theta + step, patterns)[0] - bgnbd.likelihood(theta - step, patterns)[0]
        for step in steps
    ]
    assert gradient == pytest.approx(np.array(rise) / 2e-6, rel=1e-5, abs=1e-5)


def test_equal_histories_are_counted_and_found_again():
    rng = np.random.default_rng(3)
    age = rng.integers(0, 6, 500)
    last = rng.integers(0, age + 1)
    x = np.where(last > 0, rng.integers(1, 4, 500), 0)
    patterns = bgnbd.grouped(x, last, age, 7)
    assert len(patterns.x) == len({*zip(x, last, age, strict=True)}) < 60
    assert patterns.count.sum() == 500
    assert np.array_equal(patterns.x[patterns.inverse], x)
    assert patterns.last[patterns.inverse] * 7 == pytest.approx(last)
    assert patterns.age[patterns.inverse] * 7 == pytest.approx(age)
    one_by_one = bgnbd.Patterns(x, last / 7, age / 7, np.ones(500), np.arange(500))
    for theta in (np.log(PARAMS), np.log((2.0, 5.0, 0.05, 8.0))):
        assert bgnbd.likelihood(theta, patterns)[0] == pytest.approx(bgnbd.likelihood(theta, one_by_one)[0])


def test_p_alive_is_the_share_of_the_likelihood_of_those_who_stay():
    found = bgnbd.p_alive(PARAMS, X, LAST, AGE)
    for alive, (x, last, age) in zip(found, HISTORIES, strict=True):
        assert alive == pytest.approx(staying(PARAMS, x, age) / integral(PARAMS, x, last, age), rel=1e-7)
    assert found[0] == found[1] == 1.0
    assert found[4] < 0.5 < found[3]


def closed_form(params, x, age, horizon):
    """Equation 10 of Fader, Hardie & Lee (2005), without the division by P(alive)'s denominator."""
    r, alpha, a, b = params
    z = horizon / (alpha + age + horizon)
    series = hyp2f1(r + x, b + x, a + b + x - 1, z)
    return (a + b + x - 1) / (a - 1) * (1 - ((alpha + age) / (alpha + age + horizon)) ** (r + x) * series)


@pytest.mark.parametrize("params", [PARAMS, (2.0, 5.0, 0.3, 8.0), (0.25, 4.4, 3.0, 2.4)])
@pytest.mark.parametrize("horizon", [1.0, 90.0, 900.0])
def test_expected_purchases_are_those_of_the_closed_form(params, horizon):
    found = bgnbd.expected(params, X, AGE, horizon)
    assert found == pytest.approx(closed_form(params, X, AGE, horizon), rel=1e-8)


def test_the_closed_form_s_hole_at_one_is_none_here():
    at = bgnbd.expected((0.6, 30.0, 1.0, 2.4), X, AGE, 90.0)
    beside = [closed_form((0.6, 30.0, a, 2.4), X, AGE, 90.0) for a in (1 - 1e-4, 1 + 1e-4)]
    assert at == pytest.approx(np.mean(beside, axis=0), rel=1e-6)


def test_discounting_weighs_each_moment():
    edges = np.linspace(0, 365, 74)
    total = np.array([bgnbd.expected(PARAMS, X, AGE, edge) if edge else 0 * X for edge in edges])
    middle = (edges[1:] + edges[:-1]) / 2
    weighed = (np.diff(total, axis=0) * np.exp(-0.001 * middle)[:, None]).sum(axis=0)
    assert bgnbd.expected(PARAMS, X, AGE, 365.0, 0.001) == pytest.approx(weighed, rel=1e-4)
    assert (weighed < total[-1]).all()


@pytest.mark.parametrize("a", [0.05, 1.0, 8.0])
def test_beta_nodes_give_the_moments_of_the_distribution(a):
    b = np.array([0.02, 1.0, 2.5, 400.0])
    nodes, weights = beta_nodes(a, b, 20)
    moment = np.ones(len(b))
    for power in range(12):
        assert (weights * nodes**power).sum(axis=1) == pytest.approx(moment, rel=1e-8, abs=1e-25)
        moment = moment * (a + power) / (a + b + power)
