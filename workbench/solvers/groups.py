"""Nested group budgets: at which prices each binds, worked out from the innermost level outwards.

A group whose most binds buys as if the price were higher, one whose least binds as if it were lower. So what
a cell buys at a price is known once these two prices of its groups are; the rest is a search in one price.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from workbench.solvers.envelope import Envelope
from workbench.solvers.forms import Floats
from workbench.solvers.search import FLOOR, Sums, falling, fill

TINY = 1e-13


@dataclass(frozen=True, eq=False)
class Level:
    """Groups that hold no one another.

    Attributes:
        names: Of the groups.
        sums: Which cell is in which.
        least: Budget that each must spend, shape (groups,). most: Budget that it may.
    """

    names: tuple[str, ...]
    sums: Sums
    least: Floats
    most: Floats

    def moved(self, before: Any, after: Any) -> Level:
        """The level for cells that stood in the order `before` and stand in `after` now."""
        node = np.empty_like(self.sums.node)
        node[before] = self.sums.node
        return replace(self, sums=Sums(node[after], self.sums.count))


@dataclass(frozen=True, eq=False)
class _Bound:
    """A level that is worked out: log prices (K, groups) where most and least bind, and the spends there."""

    level: Level
    most_price: Floats
    least_price: Floats
    at_most: Floats
    at_least: Floats


class Buyers:
    """What all cells buy at a price, their groups' budgets kept.

    Args:
        env: Envelopes, shape (K, n).
        levels: Groups, innermost first.
        start: Log price to begin the searches at.
    """

    def __init__(self, env: Envelope, levels: tuple[Level, ...], start: float) -> None:
        self.env, self.start, self.bounds = env, start, list[_Bound]()
        self.feasible = np.ones(len(env.low), bool)
        for level in levels:
            self.bounds.append(self._bound(level))

    def __call__(self, log_price: Floats) -> tuple[Floats, Floats]:
        """Spend and its change by ln price, shape (K, n), at log prices of shape (K, n) or (K, 1)."""
        spend, change = self.env.demand(np.maximum(log_price, FLOOR))
        for bound in self.bounds:
            dear = log_price >= bound.level.sums.spread(bound.least_price, np.inf)
            cheap = log_price <= bound.level.sums.spread(bound.most_price, -np.inf)
            spend = np.where(cheap, bound.at_most, np.where(dear, bound.at_least, spend))
            change = np.where(cheap | dear, 0.0, change)
        return spend, change

    def _bound(self, level: Level) -> _Bound:
        rows, sums = len(self.env.low), level.sums
        least, most = (np.broadcast_to(a, (rows, sums.count)) for a in (level.least, level.most))
        floor, top = sums(self(np.full((rows, 1), 1e4))[0]), sums(self._all())
        self.feasible &= (floor <= most * (1 + TINY)).all(axis=1) & (top >= least * (1 - TINY)).all(axis=1)
        capped = top > most * (1 + 1e-15)
        forced = floor < least * (1 - 1e-15)
        most_price, at_most = self._where(sums, most, capped)
        least_price, at_least = self._where(sums, least, forced)
        return _Bound(
            level,
            np.where(capped, most_price, -np.inf),
            np.where(forced, least_price, np.inf),
            at_most,
            at_least,
        )

    def _all(self) -> Floats:
        """Spend when everything is bought, also what brings nothing."""
        spend = self.env.high
        for bound in self.bounds:
            capped = bound.level.sums.spread(bound.most_price, -np.inf) > -np.inf
            spend = np.where(capped, bound.at_most, spend)
        return spend

    def _where(self, sums: Sums, goal: Floats, active: Any) -> tuple[Floats, Floats]:
        """Log prices at which each node buys its goal, and the spends there."""
        if not active.any():
            return np.zeros_like(goal), self.env.low

        def measure(y: Floats) -> tuple[Floats, Floats]:
            spend, change = self(sums.spread(y, 0.0))
            return sums(spend) - np.where(np.isfinite(goal), goal, 0.0), sums(change)

        up, down = falling(measure, np.full(goal.shape, self.start), active, np.maximum(goal, 1e-300))
        less, _ = self(sums.spread(up, 0.0))
        more, _ = self(sums.spread(down, 0.0))
        bottom = sums.spread(np.where(active & ~(down > FLOOR), 1.0, 0.0), 0.0) > 0
        more = np.where(bottom, self._all(), more)
        need = np.where(active, goal, 0.0) - sums(less)
        return up, fill(less, more, more - less, need, sums)

    def prices(self, log_price: Floats) -> tuple[Floats, dict[str, Floats]]:
        """Log price of each cell (K, n), and what loosening each group by 1 brings (K,).

        Args:
            log_price: Of the total, shape (K,).
        """
        now = np.repeat(log_price[:, None], self.env.low.shape[1], axis=1)
        worth: dict[str, Floats] = {}
        for bound in reversed(self.bounds):
            sums = bound.level.sums
            most, least = sums.spread(bound.most_price, -np.inf), sums.spread(bound.least_price, np.inf)
            inner = np.minimum(np.maximum(now, most), least)
            for index, name in enumerate(bound.level.names):
                cell = int(np.argmax(sums.node == index))
                with np.errstate(over="ignore", invalid="ignore"):
                    worth[name] = np.exp(inner[:, cell]) - np.exp(now[:, cell])
            now = inner
        return now, worth

    def constant(self, worth: dict[str, Floats]) -> Floats:
        """The groups' part of the dual value, shape (K,)."""
        total = np.zeros(len(self.env.low))
        for bound in self.bounds:
            level = bound.level
            for name, least, most in zip(level.names, level.least, level.most, strict=True):
                up, down = np.maximum(worth[name], 0.0), np.maximum(-worth[name], 0.0)
                total = total + (up * most if np.isfinite(most) else 0.0) - down * least
        return total
