"""Regions: totals without bias, intervals that hold the truth, the spread of regions as it was planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mix_worlds import regional_world

import workbench as wb
from benchmarks import truth
from workbench.response import objective

CHANNELS = ["c0", "c1", "c2"]


def fitted(frame, draws=0, **more):
    return wb.response.fit(
        frame, CHANNELS, "y", region="region", population="people", season=0, draws=draws, **more
    )


def test_totals_by_region_are_without_bias_and_intervals_hold_the_truth():
    """12 worlds of 6 regions and 3 channels, effects of regions 15% apart."""
    found = truth.regions(range(12), 50)
    assert 0.88 < found["total"] < 1.12  # 0.75 where regions' own coefficients are only put at their best
    assert 0.08 < found["spread"] < 0.22
    assert 0.83 < found["held"] <= 1
    assert 0.85 < found["cells"] < 0.99


def problem(**more):
    frame, _ = regional_world(3, regions=3, periods=40)
    return fitted(frame, **more).parts[0].problem


LIFT = {"channel": "c1", "start": "2022-02-07", "end": "2022-03-06", "effect": 900.0, "se": 90.0}


@pytest.mark.parametrize("lifts", [None, [LIFT, LIFT | {"channel": "c0", "region": "r1"}]])
def test_the_gradient_by_region_is_that_of_finite_differences(lifts):
    of = problem(lifts=lifts)
    x = np.append(np.random.default_rng(0).uniform(-1, 1, len(of.lay.names)), -2.0)
    slope = objective.at(of, x[:-1], float(x[-1])).slope
    for at, step in enumerate(1e-5 * np.eye(len(x))):
        up, down = (objective.at(of, y[:-1], float(y[-1])).value for y in (x + step, x - step))
        assert slope[at] == pytest.approx((up - down) / 2e-5, rel=1e-5, abs=1e-4)


def test_what_regions_own_is_integrated_over():
    """Against the joint density written by hand, its second derivatives taken by differences."""
    of, z, log_sigma = problem(), np.full(9, 0.2), -2.0
    point = objective.at(of, z, log_sigma)

    def joint(w):
        rest = of.y - objective.fitted(of, point.columns, w)
        missed = of.rows @ w - of.aim
        squares = (of.weight[:, None] * rest**2).sum() * np.exp(-2 * log_sigma)
        return of.y.size * log_sigma + 0.5 * (squares + missed @ missed + z @ z)

    own = [at for at, name in enumerate(of.cols.names) if name.startswith("intercept")]
    own += list(range(of.first_media, of.size))
    steps = 1e-3 * np.eye(of.size)[own]

    def corner(a, b):
        up, down = (joint(point.w + a + side * b) - joint(point.w - a + side * b) for side in (1, -1))
        return up - down

    bent = [[corner(a, b) for b in steps] for a in steps]
    known = 0.5 * np.linalg.slogdet(np.array(bent) / 4e-6)[1]
    assert point.volume == pytest.approx(known, rel=1e-4)
    assert point.value == pytest.approx(joint(point.w) + known, rel=1e-5)


def test_one_whole_is_put_at_its_best():
    frame, _ = regional_world(3, regions=1, periods=60)
    part = wb.response.fit(frame, CHANNELS, "y", draws=0).parts[0]
    assert objective.at(part.problem, part.best.z, part.best.log_sigma).volume == 0.0


def test_the_spread_of_regions_is_where_no_other_is_more_likely():
    """At the fit's own non-linear parameters, against the likelihood with region effects integrated out."""
    from scipy.stats import multivariate_normal

    frame, _ = regional_world(2, regions=6, periods=60, noise=0.01)
    part = fitted(frame).parts[0]
    of, best = part.problem, part.best
    columns = objective.at(of, best.z, best.log_sigma).columns.reshape(3, 6, 60)
    noise = np.exp(2 * best.log_sigma) / of.weight
    others = part.best.w[: len(of.cols.names)]
    parents = best.w[of.first_media - 3 : of.first_media]

    def likely(times):
        total = 0.0
        for r in range(6):
            x = columns[:, r].T
            wide = x @ np.diag((of.tau * times) ** 2) @ x.T + noise[r] * np.eye(60)
            wide += 0.05**2  # a baseline that is not known to the digit
            mean = of.cols.values[r] @ others + x @ parents
            total += multivariate_normal(mean, wide).logpdf(of.y[r])
        return total

    known = likely(1.0)
    assert known > likely(2.0)
    assert known > likely(0.5)


def test_regions_as_the_frame_orders_them_change_nothing():
    frame, _ = regional_world(4, regions=3, periods=40)
    mixed = frame.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(fitted(mixed).curves(), fitted(frame).curves())
