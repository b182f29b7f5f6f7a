"""Like with like by day: against a loop over days, statsmodels' stratified table, and coverage."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from workbench.compare.days import Cells, contrast, sides


def cells(top, bottom, past=None):
    """Cells of arrays of shape (days, members, strata)."""
    day, member, stratum = np.indices(top.shape).reshape(3, -1)
    flags = np.zeros(day.size, bool) if past is None else past.ravel()
    size = (top.shape[1], top.shape[2], top.shape[0])
    return Cells(member, stratum, day, flags, top.ravel().astype(float), bottom.ravel().astype(float), size)


def world(rng, days=28, members=5, strata=4, events=60, common=0.0, ratio=1.0):
    mix = rng.dirichlet(np.ones(strata) * 2, members)
    bottom = np.round(rng.gamma(10, 0.1, (days, members, 1)) * 800 * mix)
    base = np.exp(0.4 * rng.standard_normal(strata))
    luck = rng.gamma(25, 1 / 25, (days, members, 1)) * np.exp(common * rng.standard_normal((days, 1, 1)))
    rate = base * luck * events / (800 * days) * np.where(np.arange(members) == 0, ratio, 1.0)[:, None]
    return rng.poisson(bottom * rate), bottom


def test_the_rates_are_mantel_and_haenszel_s():
    rng = np.random.default_rng(3)
    top, bottom = world(rng, events=3000)
    found = sides(cells(top, bottom), 1)
    one, two = (np.stack([side[:, at].sum(axis=0) for side in (top, bottom)]) for at in (0, 1))
    tables = [
        np.array([[one[0, k], one[1, k] - one[0, k]], [two[0, k], two[1, k] - two[0, k]]]) for k in range(4)
    ]
    oracle = sm.stats.StratifiedTable([table.astype(float) for table in tables]).riskratio_pooled
    assert found.rate[0, 0] / found.rate[1, 0] == pytest.approx(oracle, rel=1e-9)


def test_leaving_a_day_out_is_leaving_it_out():
    top, bottom = world(np.random.default_rng(4), days=10)
    found = sides(cells(top, bottom), "rest")
    for day in (0, 7):
        kept = np.arange(10) != day
        again = sides(cells(top[kept], bottom[kept]), "rest")
        assert found.without[day] == pytest.approx(again.rate, rel=1e-12)


@pytest.mark.parametrize("common", [0.0, 0.5])
@pytest.mark.parametrize("strata", [1, 6])
def test_lift_and_difference_cover_and_the_test_keeps_its_level(common, strata):
    rng, lift, gap, wrong = np.random.default_rng(11), [], [], []
    for _ in range(120):
        top, bottom = world(rng, strata=strata, common=common)
        data = cells(top, bottom)
        made = contrast(sides(data, "rest"), data.active(), np.full(5, 28))
        lift.append((made.lift_low <= 0) & (made.lift_high >= 0))
        gap.append((made.low <= 0) & (made.high >= 0))
        wrong.append(made.p < 0.05)
    assert 0.93 < np.mean(lift) < 0.98
    assert 0.93 < np.mean(gap) < 0.98
    assert 0.02 < np.mean(wrong) < 0.07


def test_a_common_shock_is_kept_out_of_the_difference():
    rng = np.random.default_rng(5)
    top, bottom = world(rng, common=0.8, events=400)
    made = contrast(sides(cells(top, bottom), "rest"), np.full(5, 28), np.full(5, 28))
    apart = np.sqrt((made.error**2).sum(axis=0))
    assert (made.log_error < 0.7 * apart).all()


def test_another_mix_is_no_difference_and_the_plain_ratio_would_say_it_is():
    rng, alike, plain = np.random.default_rng(6), [], []
    for _ in range(40):
        mix = np.array([[0.9, 0.1], [0.1, 0.9]])
        bottom = np.round(rng.gamma(20, 0.05, (28, 2, 1)) * 1000 * mix)
        top = rng.poisson(bottom * np.array([0.02, 0.08]))
        alike.append(contrast(sides(cells(top, bottom), 1), np.full(2, 28), np.full(2, 28)).p[0])
        flat = cells(top.sum(axis=2, keepdims=True), bottom.sum(axis=2, keepdims=True))
        plain.append(contrast(sides(flat, 1), np.full(2, 28), np.full(2, 28)).p[0])
    assert np.mean(np.array(alike) < 0.05) < 0.15
    assert np.mean(np.array(plain) < 0.05) == 1.0


def test_negative_sums_are_answered_without_a_logarithm():
    top, bottom = world(np.random.default_rng(8))
    top = top.astype(float)
    top[:20, 0] = -3.0
    made = contrast(sides(cells(top, bottom), "rest"), np.full(5, 28), np.full(5, 28))
    assert np.isnan(made.log[0])
    assert np.isnan(made.lift_low[0])
    assert made.low[0] < made.effect[0] < made.high[0] < 0


def test_sides_without_a_common_stratum_are_not_compared():
    bottom = np.zeros((10, 2, 2))
    bottom[:, 0, 0], bottom[:, 1, 1] = 100, 100
    found = sides(cells(bottom / 10, bottom), 1)
    assert np.isnan(found.rate[:, 0]).all()
    assert found.shared[0] == 0
