"""The profile fit against full Bayes on the same posterior, in worlds whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from full_bayes import Posterior, plausible
from mix_worlds import world

import workbench as wb
from benchmarks import truth
from workbench.response import objective


def fitted(seed, channels, periods):
    made = world(seed, channels=channels, periods=periods)
    return made, wb.response.fit(made.frame, made.channels, "y", controls=["x"], draws=60, seed=seed)


def test_the_densities_are_one():
    """What the sampler is led by and what a fit minimises differ by a constant only."""
    _, model = fitted(0, 3, 80)
    of, gaps = Posterior(model.parts[0]), []
    for x in plausible(model.parts[0])[:4]:
        z, _, log_sigma = of.split(x)
        point = objective.at(of.problem, z, log_sigma)
        best = np.concatenate([z, point.w, [log_sigma]])
        best[of.many + of.top : -1] = np.log(np.maximum(point.w[of.top :], 1e-300))
        gaps.append(of.energy(best) + best[of.many + of.top : -1].sum() - point.value)
        steps = 1e-5 * np.eye(len(x))
        slope = [(of.energy(x + step) - of.energy(x - step)) / 2e-5 for step in steps]
        np.testing.assert_allclose(of.slope(x), slope, rtol=1e-4, atol=1e-3)
    assert np.ptp(gaps) < 1e-6


def test_channel_totals_are_as_near_to_the_truth_as_those_of_full_bayes():
    found = truth.bayes(range(4), 3, 104, 250, 120)
    assert found["worst"] < 1.2
    assert found["taken"] > 0.5
    assert found["error"] <= found["bayes"] + 0.04
    assert 0.6 < found["width"] < 1.5


@pytest.mark.soak
def test_channel_totals_are_as_near_as_full_bayes_in_many_worlds():
    found = truth.bayes(truth.BAYES, 8, 156, 600, 300)
    assert found["apart"] < 1.1
    assert found["error"] <= found["bayes"] + 0.04
    assert 0.7 < found["width"] < 1.4
