"""The profile fit against full Bayes on the same posterior, in worlds whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from full_bayes import Posterior, agreement, plausible, sample
from mix_worlds import world

import workbench as wb
from workbench.response import objective


def fitted(seed, channels, periods):
    made = world(seed, channels=channels, periods=periods)
    return made, wb.response.fit(made.frame, made.channels, "y", controls=["x"], draws=60, seed=seed)


def judged(seeds, channels, periods, draws, warm):
    """(our error of channel totals, that of full Bayes, ratio of interval widths, worst agreement)."""
    rows = []
    for seed in seeds:
        made, model = fitted(seed, channels, periods)
        chains = [sample(model.parts[0], [seed, at], draws, warm) for at in range(2)]
        every, truth = np.concatenate([chain.totals for chain in chains]), made.truth.sum(axis=1)
        table = model.contributions()
        told, known = table["contribution"].to_numpy(), every.mean(axis=0)
        wide = np.subtract(*np.quantile(every, [0.95, 0.05], axis=0)).sum()
        width = (table["contribution_high"] - table["contribution_low"]).sum() / wide
        off = [np.abs(each - truth).sum() / truth.sum() for each in (told, known)]
        rows.append([*off, width, agreement(chains).max(), min(chain.taken for chain in chains)])
    return np.array(rows).T


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
    ours, bayes, width, apart, taken = judged(range(4), 3, 104, 250, 120)
    assert apart.max() < 1.2
    assert taken.min() > 0.5
    assert ours.mean() <= bayes.mean() + 0.04
    assert 0.6 < width.mean() < 1.5


@pytest.mark.soak
def test_channel_totals_are_as_near_as_full_bayes_in_many_worlds():
    ours, bayes, width, apart, _ = judged(range(100, 124), 8, 156, 600, 300)
    assert np.median(apart) < 1.1
    assert ours.mean() <= bayes.mean() + 0.04
    assert 0.7 < width.mean() < 1.4
