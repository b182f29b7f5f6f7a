"""Gamma-Gamma against integrals over customers, and finite differences."""

from __future__ import annotations

import integrals
import numpy as np
import pytest
from scipy import stats

from workbench.customers import spend

P, Q, V = 6.0, 3.7, 15.0
THETA = np.array([np.log(P), np.log(Q - 1), np.log(V)])
X, MONEY = np.array([1, 1, 2, 9]), np.array([4.0, 90.0, 33.0, 120.0])


def weigh(f):
    """Integral over ν ~ Gamma(q, rate v)."""
    return integrals.over_line(stats.gamma(Q, scale=1 / V), f)


def density(x, money):
    """The density of a mean amount, integrated."""
    return weigh(lambda nu: stats.gamma(P * x, scale=1 / (nu * x)).pdf(money / x))


def test_the_likelihood_is_the_integral_over_customers():
    found, _ = spend.likelihood(THETA, X, MONEY)
    expected = sum(np.log(density(x, money)) for x, money in zip(X, MONEY, strict=True))
    assert found == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("theta", [THETA, np.array([-1.0, 0.3, 2.0]), np.array([0.5, -3.0, -1.0])])
def test_the_gradient_is_that_of_finite_differences(theta):
    _, gradient = spend.likelihood(theta, X, MONEY)
    rise = [
        spend.likelihood(theta + step, X, MONEY)[0] - spend.likelihood(theta - step, X, MONEY)[0]
        for step in 1e-6 * np.eye(3)
    ]
    assert gradient == pytest.approx(np.array(rise) / 2e-6, rel=1e-5, abs=1e-5)


def test_the_mean_amount_is_the_posterior_s():
    found = spend.mean((P, Q, V), X, MONEY)
    for mean, x, money in zip(found, X, MONEY, strict=True):
        given = lambda nu, x=x, money=money: nu ** (P * x) * np.exp(-nu * money)  # noqa: E731
        expected = weigh(lambda nu, g=given: g(nu) * P / nu) / weigh(given)
        assert mean == pytest.approx(expected, rel=1e-6)
    assert spend.mean((P, Q, V), np.array([0]), np.array([0.0])) == pytest.approx(P * V / (Q - 1))
