"""Full Bayes for a fit: Hamiltonian Monte Carlo on its posterior, written apart from the package.

R. Neal, *MCMC using Hamiltonian dynamics*, 2011. The density is worked out here, channel by channel; only
the direction in which a step is tried comes from the package, which no error in it could bias.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.response.layout import media

SHARE, STEPS = 0.85, 14


@dataclass(frozen=True)
class Chain:
    """Totals of each channel by draw, in units of the outcome, and the share of steps that were taken."""

    totals: np.ndarray
    taken: float


class Posterior:
    """Of one whole: z, then the free linear coefficients, then ln of those above 0, then ln σ."""

    def __init__(self, part):
        self.part, self.problem, self.lay = part, part.problem, part.problem.lay
        assert set(part.forms) == {"hill"}
        assert {group.carry for group in self.lay.groups} == {"geometric"}
        self.many, self.top, self.size = len(self.lay.names), self.problem.first_media, self.problem.size
        self.y, self.base = self.problem.y[0], self.problem.cols.values[0]

    def split(self, x):
        """(z, linear coefficients, ln σ)."""
        w = x[self.many : -1].copy()
        w[self.top :] = np.exp(w[self.top :])
        return x[: self.many], w, x[-1]

    def inside(self, x):
        """Whether a fit would look there, and numbers are of a size that can be."""
        z = x[: self.many]
        return bool((z >= self.lay.low).all() and (z <= self.lay.high).all() and (np.abs(x) < 30).all())

    def columns(self, z):
        """Media columns by hand: 1 at a steady usual spend."""
        found, free = [], self.lay.centre + self.lay.sd * z
        names, owner = np.array(self.lay.names), self.lay.owner
        for channel, spend in enumerate(self.problem.lags):
            mine = {name: free[(owner == channel) & (names == name)][0] for name in set(names)}
            weights = (1 / (1 + np.exp(-mine["kept"]))) ** np.arange(spend.shape[1])
            u, shape = spend @ (weights / weights.sum()), np.exp(mine["shape"])
            half = np.exp(mine["half_saturation"]) ** shape
            found.append(u**shape / (u**shape + half) * (1 + half))
        return np.array(found)

    def energy(self, x):
        """Minus the log density; endless outside of where a fit looks."""
        if not self.inside(x):
            return np.inf
        z, w, log_sigma = self.split(x)
        rest = self.y - self.base @ w[: self.base.shape[1]] - w[self.top :] @ self.columns(z)
        missed = self.problem.rows @ w - self.problem.aim
        squares = rest @ rest * np.exp(-2 * log_sigma) + missed @ missed + z @ z
        return len(rest) * log_sigma + 0.5 * squares - x[self.many + self.top : -1].sum()

    def slope(self, x):
        """Its gradient."""
        z, w, log_sigma = self.split(x)
        found, moved = media(self.lay, self.problem.lags, z)
        effect, heavy = w[self.top :], np.exp(-2 * log_sigma)
        rest = self.y - self.base @ w[: self.base.shape[1]] - effect @ found
        linear = self.problem.rows.T @ (self.problem.rows @ w - self.problem.aim)
        linear[: self.base.shape[1]] -= heavy * self.base.T @ rest
        linear[self.top :] -= heavy * found @ rest
        linear[self.top :] = linear[self.top :] * effect - 1
        by_z = z - heavy * effect[self.lay.owner] * (moved @ rest)
        return np.concatenate([by_z, linear, [len(rest) - heavy * rest @ rest]])

    def totals(self, x):
        """What each channel brings in all periods."""
        z, w, _ = self.split(x)
        return w[self.top :] * self.columns(z).sum(axis=1) * self.part.data.level


def plausible(part):
    """Bootstrap draws as points of the posterior: where chains start, and how far apart they step."""
    drawn, top = part.draws, part.problem.first_media
    w = drawn.w.copy()
    w[:, top:] = np.log(np.maximum(w[:, top:], 0.02 * np.median(w[:, top:], axis=0) + 1e-3))
    low, high = part.problem.lay.low, part.problem.lay.high
    z = np.clip(drawn.z, 0.9 * low, 0.9 * high)
    sigma = np.full((len(z), 1), np.log(drawn.sigma))
    return np.hstack([z, w, sigma + np.random.default_rng(0).normal(0, 0.07, sigma.shape)])


def sample(part, seed, draws=400, warm=150):
    """One chain."""
    of, points = Posterior(part), plausible(part)
    rng = np.random.default_rng(seed)
    spread = np.cov(points.T) + 1e-4 * np.diag(points.var(axis=0) + 1e-6)
    root = np.linalg.cholesky(spread)
    x, step, found, taken = points[rng.integers(len(points))], 0.2, [], []
    energy = of.energy(x)
    for at in range(warm + draws):
        push = rng.standard_normal(len(x))
        before, now, length = energy + 0.5 * push @ push, x, step * rng.uniform(0.7, 1.3)
        push = push - 0.5 * length * root.T @ of.slope(now)
        for leap in range(STEPS):
            now = now + length * root @ push
            if not of.inside(now):  # such a path is refused whole, there and back alike
                break
            push = push - (length if leap < STEPS - 1 else 0.5 * length) * root.T @ of.slope(now)
        there = of.energy(now)
        chance = np.exp(min(0.0, before - there - 0.5 * push @ push)) if np.isfinite(there) else 0.0
        if rng.random() < chance:
            x, energy = now, there
        if at < warm:
            step *= np.exp((chance - SHARE) / np.sqrt(1 + at / 5))
        else:
            found.append(of.totals(x))
            taken.append(chance)
    return Chain(np.array(found), float(np.mean(taken)))


def agreement(chains):
    """How far chains are apart, 1 at best: A. Gelman, D. Rubin, 1992."""
    each = np.array([chain.totals for chain in chains])
    within = each.var(axis=1, ddof=1).mean(axis=0)
    between = each.mean(axis=1).var(axis=0, ddof=1)
    return np.sqrt((each.shape[1] - 1) / each.shape[1] + between / within)
