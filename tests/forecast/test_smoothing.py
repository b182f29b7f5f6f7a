"""The ways to forecast, each held against an independent computation of the same formula."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from day_series import weekly

from workbench.forecast import candidates, regression, smoothing


def sets(alpha, beta, gamma, phi):
    return smoothing.Grid(*(np.array([value]) for value in (alpha, beta, gamma, phi)))


def first(level, season):
    return smoothing.Start(np.array([level]), np.array([season]), np.array([1.0]), np.array([0]))


@pytest.mark.parametrize("phi", [0.9, 0.98])
def test_smoothing_is_the_ets_of_statsmodels(phi):
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    z = np.log(weekly("wandering", 120, 1, 3))
    season = z[0, :7] - z[0, :7].mean()
    level = float(z[0, :7].mean())
    alpha, beta, gamma = 0.3, 0.06, 0.1
    model = ETSModel(
        z[0],
        trend="add",
        damped_trend=True,
        seasonal="add",
        seasonal_periods=7,
        initialization_method="known",
        initial_level=level,
        initial_trend=0.0,
        initial_seasonal=season,
    )
    # its seasonal states are counted backwards in time
    result = model.smooth([alpha, beta, gamma, phi, level, 0.0, *season[::-1]])
    done = smoothing.run(
        z, sets(alpha, beta, gamma, phi), first(level, season), [119], 28, clip=1e9, settling=0
    )
    np.testing.assert_allclose(done.ahead[:, 0, 0], result.fittedvalues, atol=1e-10)
    chosen = np.zeros((1, 1), int)
    path = smoothing.path(done, sets(alpha, beta, gamma, phi), chosen, np.array([119]), 20)
    np.testing.assert_allclose(path[0, 0], result.forecast(20), atol=1e-10)


@pytest.mark.parametrize("kind", ["wandering", "steady"])
def test_forecasts_without_hindsight_are_nearly_those_of_the_best_likelihood(kind):
    """One-step errors within 8% (sum of squares) of statsmodels', which has seen all days beforehand."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    z = np.log(weekly(kind, 400, 1, 5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ETSModel(z[0], trend="add", damped_trend=True, seasonal="add", seasonal_periods=7)
        best = float((model.fit(disp=False).resid[200:] ** 2).sum())
    done = smoothing.run(z, smoothing.grid(), smoothing.start(z, 7), [199], 28)
    k = int(smoothing.best(done.loss)[0, 0])
    mine = float(((z[0] - done.ahead[:, 0, k])[200:] ** 2).sum())
    assert mine <= 1.08 * best


def test_theta_is_that_of_statsmodels_without_a_season():
    from statsmodels.tsa.forecasting.theta import ThetaModel

    rng = np.random.default_rng(1)
    z = (10 + 0.05 * np.arange(150) + np.cumsum(rng.normal(0, 0.3, 150)))[None]
    alpha = 0.4
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = ThetaModel(z[0], period=1, deseasonalize=False).fit(use_mle=False)
        slope = float(fitted.params["b0"])
    drift = candidates.slopes(z, np.array([0]), np.array([149]))
    assert drift[0, 0] == pytest.approx(slope, rel=1e-9)
    grid = sets(alpha, 0.0, 0.0, 0.0)
    done = smoothing.run(z, grid, first(float(z[0, 0]), [0.0]), np.array([149]), 1, clip=1e9, settling=0)
    got = candidates._theta(done, grid, z, np.array([0]), np.array([149]), 12)[0, 0]
    level = z[0, 0]
    for value in z[0]:
        level += alpha * (value - level)
    steps = np.arange(1, 13)
    wanted = level + slope / 2 * (steps - 1 + 1 / alpha - (1 - alpha) ** 150 / alpha)  # Hyndman & Billah, (6)
    np.testing.assert_allclose(got, wanted, rtol=1e-9)


def test_naive_ways_are_what_they_say():
    z = np.log(weekly("counts", 70, 2, 1) + 1)
    z[0, 60] = np.nan
    origins = np.array([45, 66, 69])
    more = regression.waves(np.datetime64("2025-01-01") + np.arange(90), 365.25)
    found = candidates.paths(z, z, origins, 20, 7, more).values
    for place, origin in enumerate(origins):
        np.testing.assert_array_equal(found["naive"][place, 1], np.full(20, z[1, origin]))
        again = [z[1, origin - 6 + step % 7] for step in range(20)]
        np.testing.assert_array_equal(found["seasonal_naive"][place, 1], again)
    assert found["seasonal_naive"][1, 0, 60 - 66 + 6] == z[0, 53]  # a gap is as the week before


def test_no_forecast_knows_what_came_after_its_origin():
    z = np.log(weekly("wandering", 200, 1, 2))
    changed = z.copy()
    changed[0, 150:] += 3.0
    more = regression.waves(np.datetime64("2025-01-01") + np.arange(228), 365.25)
    origins = np.array([100, 149])
    one, other = (candidates.paths(values, values, origins, 28, 7, more).values for values in (z, changed))
    for name, path in one.items():
        np.testing.assert_allclose(path, other[name], rtol=1e-9, err_msg=name)


def test_regression_is_least_squares_on_differences():
    z = np.log(weekly("trend", 100, 1, 4))
    days, horizon = 100, 10
    more = regression.Waves(np.zeros((days + horizon, 0)), 365.25)
    x = regression._columns(days + horizon, 7, more.values)
    beta = regression._solved(z, x, np.array([0]), np.array([99]), 0, np.array([False]))[0, 0]
    dx, dz = x[1:100] - 0.9 * x[:99], z[0, 1:] - 0.9 * z[0, :-1]
    ridge = np.sqrt(np.diag([1e-6, 1e-2, *[1e-6] * 6]))
    wanted = np.linalg.lstsq(np.vstack([dx, ridge]), np.concatenate([dz, np.zeros(8)]), rcond=None)[0]
    np.testing.assert_allclose(beta, wanted, rtol=1e-6, atol=1e-8)


def test_an_outlier_moves_nothing_and_a_new_level_does():
    z = np.full((2, 120), 1.0) + np.random.default_rng(0).normal(0, 0.05, (2, 120))
    z[0, 80] = 9.0
    z[1, 80:] += 2.0
    grid = smoothing.grid()
    done = smoothing.run(z, grid, smoothing.start(z, 1), [79, 81, 95], 4)
    level = smoothing.picked(done.level, smoothing.best(done.loss))
    assert abs(level[1, 0] - level[0, 0]) < 0.2
    assert level[2, 1] - level[0, 1] > 1.7
