"""The spend at which a marginal falls to a price, also where a Hill curve is steepest."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.solvers.forms import FORMS


@pytest.mark.parametrize("shape", [0.3, 0.999, 1.0000001, 1.001, 1.5, 3.0, 8.0, 40.0])
def test_the_inverse_of_a_hill_marginal_is_the_marginal_back(shape):
    hill = FORMS["hill"]
    begin = float(hill.inflection(np.array(shape))) if shape > 1 else 1e-6
    beyond = np.concatenate([[0, 1e-9, 1e-6, 1e-3], np.linspace(0.01, 8, 60)])
    spend = max(begin, 1e-9) * np.exp(beyond)
    steep = np.full_like(spend, shape)
    price = hill.log_slope(spend, steep)
    found, change = hill.inverse(price, steep)
    np.testing.assert_allclose(hill.log_slope(found, steep), price, atol=1e-12 * max(1.0, shape))
    np.testing.assert_allclose(found[6:], spend[6:], rtol=1e-6)
    away = slice(20, None)
    np.testing.assert_allclose(change[away], 1 / hill.bend(found, steep)[away], rtol=1e-6)
