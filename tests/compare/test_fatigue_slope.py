"""The slope behind fatigue: against statsmodels, with memory and overdispersion, and a planted decline."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from geo_worlds import series
from scipy.special import stdtrit

from workbench.compare.wear import slope_of


def days(rng, size, memory, events, slope=0.0):
    x = (np.arange(size) - size / 2) / size
    week = np.arange(size) % 7
    expected = rng.gamma(10, 0.1, size) * events
    luck = np.exp(0.2 * series(rng, (size,), memory) - 0.02)
    return (
        rng.poisson(expected * luck * np.exp(slope * x + 0.2 * np.sin(week))).astype(float),
        expected,
        x,
        week,
    )


def test_the_slope_is_that_of_a_poisson_regression():
    rng = np.random.default_rng(1)
    top, expected, x, week = days(rng, 60, 0.0, 20)
    flags = [(week == day).astype(float) for day in range(1, 7)]
    oracle = sm.GLM(
        top, np.column_stack([x, np.ones(60), *flags]), family=sm.families.Poisson(), offset=np.log(expected)
    ).fit(tol=1e-13, maxiter=200)
    assert slope_of(top, expected, x, week)[0] == pytest.approx(oracle.params[0], abs=1e-9)


@pytest.mark.parametrize(("size", "memory", "events"), [(28, 0.0, 20), (60, 0.3, 8), (90, 0.5, 50)])
@pytest.mark.parametrize("slope", [0.0, -0.5])
def test_the_interval_covers_the_planted_decline(size, memory, events, slope):
    rng, hits = np.random.default_rng(2), []
    for _ in range(200):
        value, error, freedom = slope_of(*days(rng, size, memory, events, slope))
        hits.append(abs(value - slope) <= stdtrit(freedom, 0.975) * error)
    assert np.mean(hits) > 0.92
