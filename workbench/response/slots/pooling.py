"""Exact normal arithmetic on a tree: groups drawn to their channel, channels to the whole.

Each node's coefficients are its parent's plus a normal deviation. Messages go up, means and draws come down;
the cost grows with the number of groups, not with its cube.
Source: K. Chou, A. Willsky, A. Benveniste, *Multiscale recursive estimation*, 1994.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.response.saturation import Floats


@dataclass(frozen=True, eq=False)
class Tree:
    """Which group is inside which.

    Attributes:
        parents: For each level below the root, the place of each node's parent, outermost level first;
            the nodes of the last level are the groups. Empty: the root is the only group.
    """

    parents: tuple[Any, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Nodes of each level, the root first."""
        return (1, *(len(level) for level in self.parents))


@dataclass(frozen=True, eq=False)
class Pooled:
    """Normal posterior of every node.

    Attributes:
        means: Coefficients of each level, shape (nodes, p), the root first.
        within: Covariance of each node given its parent, shape (nodes, p, p).
        spreads: Prior variance of each level's deviations, shape (p,).
        tree: The tree.
        log_volume: Σ ½ ln |prior precision| − ½ ln |posterior precision|, for the marginal likelihood.
    """

    means: tuple[Floats, ...]
    within: tuple[Floats, ...]
    spreads: tuple[Floats, ...]
    tree: Tree
    log_volume: float

    def squares(self) -> list[Floats]:
        """Expected squares of what each node has of its own, shape (nodes, p) a level."""
        cov = self.within[0]
        found = [self.means[0] ** 2 + _diagonal(cov)]
        for level, parent in enumerate(self.tree.parents, start=1):
            within, own = self.within[level], self.means[level] - self.means[level - 1][parent]
            gain = within / self.spreads[level]
            away = gain - np.eye(own.shape[1])
            found.append(own**2 + _diagonal(within) + _quadratic(away, cov[parent]))
            cov = within + gain @ cov[parent] @ gain.transpose(0, 2, 1)
        return found

    def draw(self, rng: np.random.Generator, many: int) -> Floats:
        """Joint draws of the groups' coefficients, shape (many, groups, p)."""
        away = _noise(rng, self.within[0], many)
        for level, parent in enumerate(self.tree.parents, start=1):
            gain = self.within[level] / self.spreads[level]
            pulled = np.einsum("gij,kgj->kgi", gain, away[:, parent], optimize=True)
            away = pulled + _noise(rng, self.within[level], many)
        return np.asarray(self.means[-1] + away)


def pool(precision: Floats, shift: Floats, tree: Tree, spreads: tuple[Floats, ...], root: Floats) -> Pooled:
    """The posterior of all nodes from what each group's data say.

    Args:
        precision: Of each group's coefficients from its data alone, shape (groups, p, p).
        shift: Precision × mean of the same, shape (groups, p).
        tree: Which group is inside which.
        spreads: Prior variance of the deviations of each level, shape (p,), the root first.
        root: Prior mean of the root, shape (p,).
    """
    depth = len(tree.parents)
    within, told, volume = [precision] * (depth + 1), [shift] * (depth + 1), 0.0
    for level in range(depth, -1, -1):
        own, told[level] = np.linalg.inv(precision + np.diag(1 / spreads[level])), shift
        within[level] = (own + own.transpose(0, 2, 1)) / 2
        volume += 0.5 * (np.linalg.slogdet(own)[1] - np.log(spreads[level]).sum()).sum()
        if level:
            said = precision - precision @ own @ precision
            heard = np.einsum("gij,gj->gi", own, shift) / spreads[level]
            inside = np.equal.outer(np.arange(tree.sizes[level - 1]), tree.parents[level - 1]).astype(float)
            precision, shift = np.tensordot(inside, said, 1), inside @ heard
    means = [np.einsum("gij,gj->gi", within[0], told[0] + root / spreads[0])]
    for level, parent in enumerate(tree.parents, start=1):
        right = told[level] + means[-1][parent] / spreads[level]
        means.append(np.einsum("gij,gj->gi", within[level], right))
    return Pooled(tuple(means), tuple(within), spreads, tree, float(volume))


def _noise(rng: np.random.Generator, cov: Floats, many: int) -> Floats:
    """Normal draws, shape (many, nodes, p)."""
    plain = rng.standard_normal((many, *cov.shape[:2]))
    return np.asarray(np.einsum("gij,kgj->kgi", np.linalg.cholesky(cov), plain, optimize=True))


def _quadratic(left: Floats, cov: Floats) -> Floats:
    """Diagonals of L C Lᵀ, shape (nodes, p)."""
    return np.asarray(((left @ cov) * left).sum(axis=2))


def _diagonal(matrices: Floats) -> Floats:
    return np.asarray(np.diagonal(matrices, axis1=-2, axis2=-1))
