"""Calibration measures against scikit-learn, statsmodels, brute force and simulation."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.customers import calibration


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(4)
    p = np.round(rng.beta(1.5, 4, 3000), 3)
    return p, (rng.random(3000) < p).astype(float)


def test_brier_and_ranking_are_those_of_scikit_learn(drawn):
    from sklearn.metrics import brier_score_loss, roc_auc_score

    p, y = drawn
    assert calibration.brier(p, y) == pytest.approx(brier_score_loss(y, p), rel=1e-12)
    area, low, high = calibration.ranking(p, y)
    assert area == pytest.approx(roc_auc_score(y, p), rel=1e-12)
    assert low < area < high


def test_the_interval_of_the_ranking_is_that_of_resamples(drawn):
    p, y = drawn
    rng, found = np.random.default_rng(0), []
    for _ in range(200):
        rows = rng.integers(0, len(p), len(p))
        found.append(calibration.ranking(p[rows], y[rows])[0])
    _, low, high = calibration.ranking(p, y)
    assert (high - low) / (2 * 1.96) == pytest.approx(np.std(found), rel=0.2)


def test_recalibration_is_the_logistic_fit_of_statsmodels(drawn):
    import statsmodels.api as sm

    p, y = drawn
    found = calibration.learn(p**1.6, y)
    fit = sm.Logit(y, sm.add_constant(calibration.logits(p**1.6))).fit(disp=0)
    assert (found.intercept, found.slope) == pytest.approx(tuple(fit.params), abs=1e-7)
    np.testing.assert_allclose(found.covariance, fit.cov_params(), rtol=1e-4)
    assert calibration.error(calibration.reliability(found.apply(p**1.6), y)) < 0.02
    assert calibration.error(calibration.reliability(p**1.6, y)) > 0.05


def test_the_interval_of_a_recalibrated_probability_covers():
    rng = np.random.default_rng(8)
    score = rng.beta(2, 5, 800)
    truth = calibration.Recalibration(0.4, 0.7, np.zeros((2, 2)), 0)
    asked = np.array([0.05, 0.2, 0.5])
    inside = []
    for _ in range(400):
        y = (rng.random(len(score)) < truth.apply(score)).astype(float)
        low, high = calibration.learn(score, y).interval(asked)
        inside.append((low < truth.apply(asked)) & (truth.apply(asked) < high))
    assert np.mean(inside, axis=0) == pytest.approx([0.95] * 3, abs=0.035)


def test_outcomes_all_alike_stay_finite():
    p = np.array([0.1, 0.2, 0.3, 0.4])
    none = calibration.learn(p, np.zeros(4))
    assert none.slope == 1.0
    assert 0 < none.apply(p).max() < 0.4
    assert np.isfinite(none.interval(p)).all()
    same = calibration.learn(np.full(50, 0.5), np.r_[np.ones(10), np.zeros(40)])
    assert same.apply(np.array([0.5]))[0] == pytest.approx(0.2, abs=1e-6)
    assert np.isnan(calibration.ranking(p, np.ones(4))).all()


def test_bins_are_of_equal_size_and_never_split_ties():
    p = np.repeat([0.1, 0.2, 0.3], [70, 20, 10])
    table = calibration.reliability(p, np.zeros(100))
    assert table["n"].tolist() == [70, 20, 10]
    assert calibration.reliability(np.linspace(0, 1, 1000), np.zeros(1000))["n"].tolist() == [100] * 10


def test_wilson_is_that_of_statsmodels():
    from statsmodels.stats.proportion import proportion_confint

    low, high = calibration.wilson(np.array([0.0, 0.3]), np.array([20, 50]))
    for at, (count, n) in enumerate(((0, 20), (15, 50))):
        assert (low[at], high[at]) == pytest.approx(proportion_confint(count, n, method="wilson"), abs=1e-6)


def test_right_probabilities_show_the_noise_that_is_worked_out(drawn):
    p, _ = drawn
    rng = np.random.default_rng(1)
    tables = [calibration.reliability(p, (rng.random(len(p)) < p).astype(float)) for _ in range(400)]
    errors = np.array([calibration.error(table) for table in tables])
    mean, limit = calibration.noise(tables[0])
    assert errors.mean() == pytest.approx(mean, rel=0.05)
    assert (errors < limit).mean() == pytest.approx(0.95, abs=0.03)


def test_calibration_error_by_hand():
    p = np.array([0.1, 0.1, 0.9, 0.9])
    assert calibration.error(calibration.reliability(p, np.array([0.0, 0, 1, 0]))) == pytest.approx(0.25)
