"""The surface of rates: a negative-binomial regression by hour of the week, groups drawn to their channel.

conversions of a cell ~ NegBin(rate · exposure), ln rate = basis · coefficients of its group. Coefficients are
found by penalised Newton steps; the spreads of the tree by expectation and maximisation along the way; how
much cells differ from the surface by the adjusted profile likelihood.
Source: N. Breslow, D. Clayton, *Approximate inference in generalized linear mixed models*, 1993; the adjusted
profile: D. Cox, N. Reid, 1987, as for counts in D. McCarthy et al., 2012.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.response.saturation import Floats
from workbench.response.slots.basis import basis
from workbench.response.slots.pooling import Pooled, Tree, pool

STEPS, SETTLED, STEEPEST = 50, 1e-3, 3.0
"""Newton steps at most; change of a log rate that is none; longest step of a log rate."""

ROOT_SPREAD = 25.0
"""Prior variance of the level of everything: the data decide it."""

BELIEF = 2.0
"""Nodes' worth of the belief in the usual spread of a kind."""

SHAPES = np.exp(np.linspace(np.log(1.0), np.log(300.0), 16))
"""Candidates for how tightly cells lie around the surface (gamma shape: 1 ÷ variance)."""


@dataclass(frozen=True, eq=False)
class Cells:
    """What the cells of all groups saw.

    Attributes:
        count: Conversions, shape (groups, 168); need not be whole.
        exposure: Effective spend, the same shape; a cell with 0 says nothing.
        tree: Which group is inside which.
    """

    count: Floats
    exposure: Floats
    tree: Tree


@dataclass(frozen=True, eq=False)
class Surface:
    """A surface.

    Attributes:
        log_rate: Shape (groups, 168).
        shape: Gamma shape of the cells around it.
        spreads: Standard deviation of the deviations of each level and kind.
        root: Prior mean of the root's coefficients, shape (p,).
        pooled: Coefficients of all nodes; None before the first step.
        weights: How much each of `SHAPES` is to be believed.
    """

    log_rate: Floats
    shape: float
    spreads: tuple[Floats, ...]
    root: Floats
    pooled: Pooled | None = None
    weights: Floats | None = None


def fit(cells: Cells, start: Surface | None = None) -> Surface:
    """Fit the surface with its spreads and its shape, from a surface that is near where there is one."""
    found = start or _start(cells)
    for step in range(STEPS):
        before = found
        found = stepped(cells, found)
        if step >= 2:
            found = replace(found, spreads=_spreads(found))
        if step % 6 == 3:
            found = shaped(cells, found)
        if step > 10 and np.abs(found.log_rate - before.log_rate).max() < SETTLED:
            break
    return shaped(cells, found)


def _start(cells: Cells) -> Surface:
    root = np.zeros(basis().values.shape[1])
    root[0] = np.log(max(cells.count.sum(), 0.5) / cells.exposure.sum())
    spreads = tuple(_usual(level) for level in range(len(cells.tree.sizes)))
    return Surface(np.full(cells.count.shape, root[0]), 10.0, spreads, root)


def _usual(level: int) -> Floats:
    """Spreads that are believed before the data; half as large below the root."""
    return basis().usual * (0.5 if level else 1.0)


def stepped(cells: Cells, at: Surface) -> Surface:
    """One penalised Newton step on expected information."""
    pooled = _pooled(cells, at)
    step = pooled.means[-1] @ basis().values.T - at.log_rate
    return replace(at, pooled=pooled, log_rate=at.log_rate + np.clip(step, -STEEPEST, STEEPEST))


def _pooled(cells: Cells, at: Surface) -> Pooled:
    base, width = basis(), basis().values.shape[1]
    mean = cells.exposure * np.exp(at.log_rate)
    thin = 1 + mean / at.shape
    weight = mean / thin
    precision = (weight @ base.products).reshape(-1, width, width)
    shift = (weight * at.log_rate + (cells.count - mean) / thin) @ base.values
    variances = [spread[base.kind] ** 2 for spread in at.spreads]
    variances[0][0] = ROOT_SPREAD
    return pool(precision, shift, cells.tree, tuple(variances), at.root)


def _spreads(at: Surface) -> tuple[Floats, ...]:
    """The spreads that the deviations of a level ask for, drawn a little to the usual ones."""
    assert at.pooled is not None
    base, found = basis(), []
    for level, squares in enumerate(at.pooled.squares()):
        total = np.bincount(base.kind, squares.sum(axis=0), base.kinds)
        many = np.bincount(base.kind, minlength=base.kinds) * len(squares)
        found.append(np.sqrt((total + BELIEF * _usual(level) ** 2) / (many + BELIEF)))
    return tuple(found)


def shaped(cells: Cells, at: Surface) -> Surface:
    """The surface with the mean of the shapes' adjusted profile likelihood; flat belief in 1 ÷ √shape."""
    score = np.array([_score(cells, replace(at, shape=float(shape))) for shape in SHAPES])
    score -= 0.5 * np.log(SHAPES)
    weights = np.exp(score - score.max())
    weights /= weights.sum()
    return replace(at, shape=float(np.exp(weights @ np.log(SHAPES))), weights=weights)


def _score(cells: Cells, at: Surface) -> float:
    return likelihood(cells, at.log_rate, at.shape) + _pooled(cells, at).log_volume


def likelihood(cells: Cells, log_rate: Floats, shape: float) -> float:
    """Negative-binomial log likelihood, without what no parameter moves."""
    from scipy.special import gammaln

    seen = cells.exposure > 0
    y, m = cells.count[seen], (cells.exposure * np.exp(log_rate))[seen]
    each = gammaln(y + shape) - gammaln(shape) - (y + shape) * np.log1p(m / shape)
    return float((each + y * (np.log(m) - np.log(shape))).sum())


def drawn(cells: Cells, at: Surface, rng: np.random.Generator, many: int) -> Floats:
    """Joint draws of rates, (many, groups, 168): the surface, its shape, each cell around it."""
    assert at.pooled is not None
    assert at.weights is not None
    held = at.pooled.draw(rng, many) @ basis().values.T
    shape = rng.choice(SHAPES, many, p=at.weights)[:, None, None]
    rate = rng.standard_gamma(shape + cells.count)
    return np.asarray(rate / (shape * np.exp(-held) + cells.exposure))
