"""Many plans under the same limits at once, such as those of all draws: Newton's method on their prices.

Where every curve flattens from the first unit on, what each cell buys is known once the prices of the rules
are, and the dual value is smooth in them: a handful of numbers a plan, all plans side by side. Where a row
does not settle (a straight piece is bought in part), another method must take it.
Source: D. P. Bertsekas, *Projected Newton methods for optimization problems with simple constraints*, 1982.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.solvers.envelope import Envelope
from workbench.solvers.forms import Floats
from workbench.solvers.interior import Rows
from workbench.solvers.search import FLOOR

ROUNDS, HALVES, NEAR, RIDGE, ARMIJO, ROUNDING = 60, 12, 1e-11, 1e-13, 1e-4, 1e-13
FARTHEST, BEGIN = 2.0, 1e-3


@dataclass(frozen=True, eq=False)
class Prices:
    """Where Newton's method ended.

    Attributes:
        prices: Of the rules, shape (K, m). spend: What is bought at them, shape (K, n).
        bound: The dual value, shape (K,): no plan brings more. settled: Rows that are solved, shape (K,).
    """

    prices: Floats
    spend: Floats
    bound: Floats
    settled: Any


@dataclass(frozen=True, eq=False)
class _State:
    prices: Floats
    spend: Floats
    bound: Floats
    spare: Floats  # most less what is bought: the gradient of the dual value, (K, m)
    falls: Floats  # how much less each cell buys for one more unit of its price, (K, n)


def settle(env: Envelope, rules: Rows, cost: float, start: Floats) -> Prices:
    """Find the prices of many plans.

    Args:
        env: Envelopes, shape (K, n).
        rules: The same for all plans, amounts of all spend.
        cost: Price of a unit of spend beside the rules.
        start: Prices to begin with, shape (m,).
    """
    now = _at(env, rules, cost, np.repeat(start[None], len(env.low), axis=0))
    settled = _settled(rules, now)
    with np.errstate(all="ignore"):
        for _ in range(ROUNDS):
            if settled.all():
                break
            now = _ahead(env, rules, cost, now, np.where(settled[:, None], 0.0, _step(rules, cost, now)))
            settled = _settled(rules, now)
    return Prices(now.prices, now.spend, now.bound, settled)


def _at(env: Envelope, rules: Rows, cost: float, prices: Floats) -> _State:
    price = prices @ rules.rows + cost
    paid = price > 0
    with np.errstate(all="ignore"):
        spend, change = env.demand(np.where(paid, np.log(np.where(paid, price, 1.0)), FLOOR))
        spend = np.where(paid, spend, env.high)
        falls = np.where(paid, -change / price, 0.0)
        gains = env.curves.values(spend) - np.where(price == 0, 0.0, price * spend)
    bound = gains.sum(axis=1) + prices @ rules.most
    return _State(prices, spend, bound, rules.most - spend @ rules.rows.T, falls)


def _settled(rules: Rows, now: _State) -> Any:
    size = now.spend @ np.abs(rules.rows).T + np.abs(rules.most) + 1e-300
    off = np.where((now.prices > 0) | rules.equal, np.abs(now.spare), np.maximum(-now.spare, 0.0))
    return (off <= NEAR * size).all(axis=1) & np.isfinite(now.bound)


def _step(rules: Rows, cost: float, now: _State) -> Floats:
    """Newton's step on the rules that bind, or are broken; no longer than slopes can be trusted."""
    free = rules.equal | (now.prices > 0) | (now.spare < 0)
    bend = (now.falls[:, None, :] * rules.rows) @ rules.rows.T
    both = free[:, :, None] & free[:, None, :]
    own = np.arange(len(rules.most))
    most = bend[:, own, own].max(axis=1, initial=0.0)
    most = np.where((most > 0) & np.isfinite(most), most, 1.0)  # nothing moves: along the gradient
    bend = np.where(both & np.isfinite(bend), bend, 0.0)
    bend[:, own, own] = np.where(free, bend[:, own, own] + RIDGE * most[:, None], most[:, None])
    step = -np.linalg.solve(bend, np.where(free, now.spare, 0.0)[:, :, None])[:, :, 0]
    size = np.abs(now.prices @ rules.rows + cost).max(axis=1)
    moved = np.abs(step @ rules.rows).max(axis=1)
    return np.asarray(step * np.minimum(1.0, FARTHEST * (size + BEGIN) / np.maximum(moved, 1e-300))[:, None])


def _ahead(env: Envelope, rules: Rows, cost: float, now: _State, step: Floats) -> _State:
    """As far along the steps as the dual value falls, each row on its own."""
    part, there = np.ones(len(step)), now
    for _ in range(HALVES):
        prices = now.prices + part[:, None] * step
        there = _at(env, rules, cost, np.where(rules.equal, prices, np.maximum(prices, 0.0)))
        wanted = ARMIJO * (now.spare * (there.prices - now.prices)).sum(axis=1)
        fine = there.bound <= now.bound + np.minimum(wanted, 0.0) + ROUNDING * np.abs(now.bound)
        if fine.all():
            break
        part = np.where(fine, part, 0.5 * part)
    return there
