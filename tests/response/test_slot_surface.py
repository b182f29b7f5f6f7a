"""The parts of a slot fit against statsmodels, scipy and dense linear algebra."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from workbench.response.slots import surface, weeks
from workbench.response.slots.basis import basis
from workbench.response.slots.pooling import Tree, pool
from workbench.response.slots.surface import Cells

TREE = Tree((np.zeros(2, int), np.array([0, 0, 1])))


def made(seed=0, mean=3.0):
    """Counts of three groups whose rates follow the basis."""
    rng = np.random.default_rng(seed)
    log_rate = 0.3 * rng.standard_normal((3, basis().values.shape[1])) @ basis().values.T
    exposure = rng.gamma(3, mean / 3, log_rate.shape)
    count = rng.poisson(exposure * np.exp(log_rate) * rng.gamma(4, 1 / 4, log_rate.shape))
    return Cells(count.astype(float), exposure, TREE)


@pytest.mark.parametrize("shape", [4.0, 1e7], ids=["negative binomial", "poisson"])
def test_without_pooling_the_surface_is_the_glm_of_statsmodels(shape):
    import statsmodels.api as sm

    cells = made()
    wide = tuple(np.full(basis().kinds, 1e3) for _ in range(3))
    at = replace(surface._start(cells), shape=shape, spreads=wide)
    for _ in range(60):
        at = surface.stepped(cells, at)
    free = np.delete(basis().values, 7, axis=1)  # weekdays add up to 0
    family = sm.families.NegativeBinomial(alpha=1 / shape)
    for group in range(3):
        own = sm.GLM(cells.count[group], free, family=family, offset=np.log(cells.exposure[group])).fit(
            tol=1e-12
        )
        np.testing.assert_allclose(
            np.exp(at.log_rate[group]), own.fittedvalues / cells.exposure[group], rtol=1e-4
        )


def test_the_likelihood_is_that_of_scipy():
    from scipy.stats import nbinom

    cells = made()
    log_rate = np.full(cells.count.shape, -0.2)
    mean = cells.exposure * np.exp(log_rate)

    def whole(shape):
        return nbinom.logpmf(cells.count, shape, shape / (shape + mean)).sum()

    ours = surface.likelihood(cells, log_rate, 3.0) - surface.likelihood(cells, log_rate, 30.0)
    assert ours == pytest.approx(whole(3.0) - whole(30.0), rel=1e-9)


def dense(precision, shift, spreads, root):
    """(mean, covariance) of root, two channels and three groups by one big matrix."""
    nodes, width = 6, len(root)
    parent = {1: 0, 2: 0, 3: 1, 4: 1, 5: 2}
    level = [0, 1, 1, 2, 2, 2]
    whole, right = np.zeros((nodes * width,) * 2), np.zeros(nodes * width)

    def part(node):
        return slice(node * width, (node + 1) * width)

    for node in range(nodes):
        own = np.diag(1 / spreads[level[node]])
        whole[part(node), part(node)] += own
        if node in parent:
            above = parent[node]
            whole[part(above), part(above)] += own
            whole[part(node), part(above)] -= own
            whole[part(above), part(node)] -= own
        else:
            right[part(node)] += own @ root
        if node >= 3:
            whole[part(node), part(node)] += precision[node - 3]
            right[part(node)] += shift[node - 3]
    cov = np.linalg.inv(whole)
    return (cov @ right).reshape(nodes, width), cov, whole


def test_messages_on_the_tree_are_dense_linear_algebra():
    rng = np.random.default_rng(1)
    width = 3
    half = rng.standard_normal((3, width, width))
    precision, shift = half @ half.transpose(0, 2, 1), rng.standard_normal((3, width))
    spreads = tuple(rng.uniform(0.2, 2, width) for _ in range(3))
    root = rng.standard_normal(width)
    found = pool(precision, shift, TREE, spreads, root)
    mean, cov, whole = dense(precision, shift, spreads, root)
    np.testing.assert_allclose(np.concatenate(found.means), mean, rtol=1e-9)
    prior = np.concatenate(
        [np.tile(-np.log(own) / 2, many) for own, many in zip(spreads, (1, 2, 3), strict=True)]
    )
    assert found.log_volume == pytest.approx(prior.sum() - np.linalg.slogdet(whole)[1] / 2, rel=1e-9)
    own = mean[3] - mean[1]
    away = cov[9:12, 9:12] + cov[3:6, 3:6] - cov[9:12, 3:6] - cov[3:6, 9:12]
    np.testing.assert_allclose(found.squares()[2][0], own**2 + np.diag(away), rtol=1e-9)
    drawn = found.draw(np.random.default_rng(2), 20_000).reshape(20_000, -1)
    np.testing.assert_allclose(drawn.mean(axis=0), mean[3:].ravel(), atol=0.03)
    np.testing.assert_allclose(np.cov(drawn.T), cov[9:, 9:], atol=0.04)


def test_cells_around_a_surface_have_the_exact_posterior():
    cells = made(2)
    found = surface.fit(cells)
    sure = replace(
        found.pooled, within=tuple(1e-12 * np.eye(own.shape[1]) + 0 * own for own in found.pooled.within)
    )
    at = replace(found, pooled=sure, weights=np.eye(len(surface.SHAPES))[5])
    drawn = surface.drawn(cells, at, np.random.default_rng(0), 4000)
    held = np.exp(found.pooled.means[-1] @ basis().values.T)
    shape = surface.SHAPES[5]
    mean = (shape + cells.count) / (shape / held + cells.exposure)
    assert np.abs(drawn.mean(axis=0) / mean - 1).max() < 0.05
    np.testing.assert_allclose(
        (drawn.std(axis=0) / mean).ravel(), 1 / np.sqrt(shape + cells.count).ravel(), rtol=0.1
    )


@pytest.mark.parametrize("loose", [None, 2.0])
def test_how_counts_scatter_is_told_from_their_weeks(loose):
    rng = np.random.default_rng(4)
    felt = rng.uniform(0.5, 2, (6, 168, 10))
    shock = 1 if loose is None else rng.gamma(loose / 10, 10 / loose, felt.shape)
    steady = weeks.steadiness(rng.poisson(0.4 * felt * shock).astype(float), felt)
    assert steady > 30 if loose is None else steady == pytest.approx(loose, rel=0.25)


def test_a_season_that_all_groups_share_is_told_from_their_levels():
    rng = np.random.default_rng(5)
    true = np.array([0.5, 1.0, 1.5, 2.0, 1.0])
    felt = rng.uniform(5, 20, (4, 168, 5)) * np.array([1, 2, 1, 3, 1])
    level = np.array([0.1, 0.3, 0.2, 0.4])[:, None, None]
    found = weeks.season(rng.poisson(level * felt * true).astype(float), felt)
    np.testing.assert_allclose(found / found[1], true / true[1], rtol=0.05)
