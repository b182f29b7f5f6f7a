"""Shrinkage against published numbers, brute-force integration, and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.stats import norm

from workbench.compare.shrink import best, ranks, shrink

SCHOOLS = np.array([28.0, 8, -3, 7, -1, 1, 18, 12]), np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
"""Eight schools: Gelman et al., Bayesian Data Analysis, table 5.2."""


def test_the_eight_schools_come_out_as_in_the_book():
    found = shrink(*SCHOOLS)
    # figure 5.6 and 5.7 of the book: means between 5 and 11 or so, spread between schools about 6.5
    assert found.mean == pytest.approx([11.4, 7.9, 6.1, 7.6, 5.1, 6.1, 10.7, 8.5], abs=0.3)
    assert found.tau == pytest.approx(6.6, abs=0.3)


def test_the_posterior_is_that_of_brute_force():
    y, s = np.array([0.3, -0.2, 0.5, 0.1]), np.array([0.2, 0.1, 0.3, 0.15])
    widest = 8 * (y.std() + np.median(s))

    tau = np.linspace(0, widest, 401)[:, None, None]
    mu = np.linspace(-6, 6, 1601)[None, :, None]
    weight = np.exp(norm.logpdf(y, mu, np.hypot(tau, s)).sum(axis=2))
    kept = (tau**2 / (tau**2 + s[0] ** 2))[:, :, 0]
    own = kept * y[0] + (1 - kept) * mu[:, :, 0]
    total, mean = (
        trapezoid(trapezoid(part, dx=12 / 1600), dx=widest / 400) for part in (weight, weight * own)
    )
    assert shrink(y, s).mean[0] == pytest.approx(mean / total, rel=1e-3)


@pytest.mark.parametrize(("members", "spread"), [(4, 0.1), (8, 0.3), (30, 0.05)])
def test_intervals_cover_members_as_often_as_they_say(members, spread):
    rng, hits = np.random.default_rng(5), []
    for seed in range(150):
        error = rng.uniform(0.05, 0.4, members)
        truth = spread * rng.standard_normal(members)
        found = shrink(truth + error * rng.standard_normal(members), error, draws=800, seed=seed)
        hits.append((found.low <= truth) & (truth <= found.high))
    assert 0.92 < np.mean(hits) <= 1.0


def test_a_design_pulls_towards_its_own_line():
    x = np.column_stack([np.ones(6), np.arange(6.0)])
    found = shrink(2 + 3 * np.arange(6.0), np.full(6, 0.5), x)
    assert found.mean == pytest.approx(2 + 3 * np.arange(6.0), abs=1e-9)


def test_two_members_are_left_as_they_are():
    found = shrink(np.array([0.0, 5.0]), np.array([1.0, 2.0]))
    assert found.mean == pytest.approx([0, 5])
    assert found.high - found.mean == pytest.approx([1.96, 3.92], rel=1e-3)


def test_the_chance_to_be_best_and_the_ranks_are_those_of_the_draws():
    sure = np.array([[1.0, 2.0, 3.0]] * 10)
    assert list(best(sure)) == [0, 0, 1]
    assert list(best(sure, higher=False)) == [1, 0, 0]
    low, high = ranks(sure)
    assert list(low) == list(high) == [3, 2, 1]
    rng = np.random.default_rng(1)
    open_race = rng.standard_normal((4000, 2)) + np.array([0, 1])
    # the chance that one normal exceeds another by a mean difference of 1 with variance 2
    assert best(open_race)[1] == pytest.approx(norm.cdf(1 / np.sqrt(2)), abs=0.03)
