"""What weeks tell beside their slots: the season of all, how noisy counts are, and how fast rates drift."""

from __future__ import annotations

import numpy as np

from workbench.response.saturation import Floats
from workbench.response.slots import surface
from workbench.response.slots.basis import DAY, DAYS
from workbench.response.slots.pooling import Tree
from workbench.response.slots.surface import Cells, Surface

HALF_LIVES = (2.0, 4.0, 8.0, 16.0, 32.0, np.inf)
"""Candidates in weeks."""

FEWEST, HELD, STEPS, CLEAR = 6, 4, 3, 2.0
"""Weeks that tell drift; most weeks foreseen; Newton steps; log likelihood that counts."""

LOOSEST = 0.2
"""Least steadiness: shocks are never larger than that."""

ROUNDS, LEVEL = 8, 20.0
"""Rounds of the season; conversions' worth of the belief that a week is usual."""


def season(count: Floats, felt: Floats) -> Floats:
    """Factor of each week on all groups, mean 1 by exposure, shape (T,).

    Args:
        count: Conversions, shape (G, 168, T). felt: Effective spend, the same shape.
    """
    y, e = count.sum(axis=1), felt.sum(axis=1)
    factor = np.ones(y.shape[1])
    if len(factor) == 1:
        return factor
    for _ in range(ROUNDS):
        level = y.sum(axis=1) / np.maximum((e * factor).sum(axis=1), 1e-300)
        expected = level @ e
        factor = (y.sum(axis=0) + LEVEL) / (expected + LEVEL)
        factor *= e.sum() / (e.sum(axis=0) @ factor)
    return np.asarray(factor)


def steadiness(count: Floats, felt: Floats) -> float:
    """How little counts of a slot scatter: variance = mean + mean² ÷ this, of all weeks together; ∞: chance.

    Given a slot's total, weeks share it by exposure: under gamma shocks a Dirichlet-multinomial, whose χ² has
    a known mean.
    Source: J. Mosimann, *On the compound multinomial distribution*, 1962.
    """
    total, whole = count.sum(axis=2, keepdims=True), felt.sum(axis=2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total * felt / whole
        chi = np.where(mean > 0, (count - mean) ** 2 / mean, 0.0).sum(axis=2)
    free, many = (felt > 0).sum(axis=2) - 1, total[..., 0]
    seen = (many > 0) & (free > 0)
    known = float((free * np.maximum(many - 1, 0))[seen].sum())
    excess = float((chi - free)[seen].sum()) / known if known > 0 else 0.0
    return float("inf") if excess <= 0 else max(1 / excess - 1, LOOSEST)


def noise(expected: Floats, steady: float) -> Floats:
    """Variance ÷ mean of each slot's counts of all weeks together, at least 1."""
    return np.asarray(1 + expected / steady)


def weights(weeks: int, half_life: float) -> Floats:
    """How much each week counts, the last one 1, shape (T,)."""
    age = np.arange(weeks)[::-1]
    return np.asarray(np.exp2(-age / half_life))


def half_life(count: Floats, felt: Floats, cells: Cells, at: Surface, noise: Floats) -> float:
    """The half-life with which earlier weeks foresee the last ones best; endless unless clearly worse.

    Source: A. Harvey, C. Fernandes, *Time series models for count or qualitative observations*, 1989.

    Args:
        count: Conversions, shape (G, 168, T). felt: Effective spend, season included, the same shape.
        cells: Of the whole fit. at: The surface of the whole fit, where the search begins.
        noise: Variance ÷ mean of the counts of each slot, shape (G, 168).
    """
    total = count.shape[2]
    if total < FEWEST:
        return float(np.inf)
    held = min(HELD, total // 3)
    score = []
    for candidate in HALF_LIVES:
        weight = weights(total - held, candidate)
        past = added(count[..., :-held], felt[..., :-held], weight, noise, cells.tree)
        score.append(
            _foreseen(past, at, count[..., -held:].sum(axis=2), felt[..., -held:].sum(axis=2), noise)
        )
    best = int(np.argmax(score))
    return float(HALF_LIVES[best] if score[best] > score[-1] + CLEAR else np.inf)


def _foreseen(past: Cells, at: Surface, count: Floats, felt: Floats, noise: Floats) -> float:
    """Log likelihood of later counts, each negative-binomial by what its slot's past says."""
    from scipy.special import gammaln

    for _ in range(STEPS):
        at = surface.stepped(past, at)
    shape = at.shape + past.count
    rate = at.shape / np.exp(at.log_rate) + past.exposure
    seen = felt > 0
    y, a, e, b = (count / noise)[seen], shape[seen], (felt / noise)[seen], rate[seen]
    each = gammaln(a + y) - gammaln(a) + a * np.log(b / (b + e)) + y * np.log(e / (b + e))
    return float(each.sum())


BLOCK, SAMPLES, SURE = 4, 64, 0.5
"""Hours of a block whose surprise tells drift; draws of what was foreseen; standard errors taken off."""


def surprise(count: Floats, felt: Floats, at: Surface, tree: Tree, life: float, noise: Floats) -> float:
    """Variance of log rates from one week to the next that discounting does not foresee; 0 for few weeks.

    The last weeks are foreseen one by one; what blocks of hours miss beyond chance and what the fit did not
    know anyway, as a share of what was expected, less a part of its standard error.
    """
    total = count.shape[2]
    if total < FEWEST:
        return 0.0
    missed, size = [], 0.0
    rng = np.random.default_rng(0)
    for last in range(total - min(HELD, total // 3), total):
        past = added(count[..., :last], felt[..., :last], weights(last, life), noise, tree)
        for _ in range(STEPS):
            at = surface.stepped(past, at)
        rates = surface.drawn(past, at, rng, SAMPLES) * felt[..., last]
        expected = _blocks(rates)
        mean, unsure, chance = (
            expected.mean(axis=0),
            expected.var(axis=0),
            _blocks(noise * rates.mean(axis=0)),
        )
        missed.append(((_blocks(count[..., last]) - mean) ** 2 - chance - unsure).ravel())
        size += float((mean**2).sum())
    every = np.concatenate(missed)
    clear = float(every.sum() - SURE * np.sqrt(len(every)) * every.std())
    return max(clear / size, 0.0) if size > 0 else 0.0


def _blocks(cells: Floats) -> Floats:
    """Sums over weekdays and blocks of hours, shape (..., groups, 168) → (..., groups, blocks)."""
    by = cells.reshape(*cells.shape[:-1], DAYS, DAY // BLOCK, BLOCK)
    return np.asarray(by.sum(axis=(-3, -1)))


def added(count: Floats, felt: Floats, weight: Floats, noise: Floats, tree: Tree) -> Cells:
    """Cells with weeks added up by weight, in conversions that are worth one Poisson conversion each."""
    return Cells(count @ weight / noise, felt @ weight / noise, tree)
