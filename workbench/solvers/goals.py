"""What a plan is for: one search on one price answers every mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.solvers.envelope import Domain, Envelope, envelope
from workbench.solvers.forms import Floats
from workbench.solvers.groups import Buyers
from workbench.solvers.problem import Problem
from workbench.solvers.search import FLOOR, Sums, falling, fill

SAME = 1e-12
RATIO_STEPS = 200


@dataclass(frozen=True, eq=False)
class Relaxed:
    """The best spends on the envelopes, for each row.

    Attributes:
        spend: Shape (K, n).
        log_price: Of the total budget or target, shape (K,); `FLOOR` where money has no worth any more.
        feasible: Whether the rules and the target can be kept, shape (K,).
        nearest: The nearest reachable value of the target, shape (K,).
        bound: No plan of the row has a better objective, shape (K,).
        fixed: The dual value without the total's part, shape (K,).
        worth: Group → what loosening it by 1 brings, shape (K,).
        touch: Ends of the straight lines, shape (K, n).
        lack: How far each response lies below its envelope, shape (K, n).
    """

    spend: Floats
    log_price: Floats
    feasible: Any
    nearest: Floats
    bound: Floats
    fixed: Floats
    worth: dict[str, Floats]
    touch: Floats
    lack: Floats


def relax(problem: Problem, domain: Domain) -> Relaxed:
    """Solve every row of `domain` on its envelopes, with a bound that holds for the true curves."""
    domain, fits = problem.tighten(domain)
    env = envelope(problem.curves, domain)
    if problem.limits is not None:
        return _coupled(problem, domain, env, fits)
    known = problem.curves.log_unit[np.isfinite(problem.curves.log_unit)]
    start = float(np.median(known)) - 1 if known.size else 0.0
    buyers = Buyers(env, problem.levels, start)
    spend, price, reached, nearest = _Search(problem, buyers, start).answer()
    cells, worth = buyers.prices(price)
    with np.errstate(over="ignore", invalid="ignore"):  # rows whose floors do not fit have no finite price
        fixed = env.best(np.maximum(cells, FLOOR)).sum(axis=1) + buyers.constant(worth)
    lack = _lack(env, domain, spend)
    feasible = fits & buyers.feasible & reached
    with np.errstate(over="ignore"):
        bound = problem.bound(fixed, np.exp(price))
    if problem.mode == "min_cost":  # what the floors alone cost needs no price
        bound = np.where(price >= -FLOOR, -spend.sum(axis=1), bound)
    return Relaxed(spend, price, feasible, nearest, bound, fixed, worth, env.touch, lack)


def _lack(env: Envelope, domain: Domain, spend: Floats) -> Floats:
    lack = env.values(spend) - env.curves.values(spend)
    refused = (spend > domain.low) & (spend < domain.active)
    return np.where(refused, np.maximum(lack, 1e-9 * np.abs(env.values(spend)) + 1e-300), lack)


def _coupled(problem: Problem, domain: Domain, env: Envelope, fits: Any) -> Relaxed:
    """The same under limits, which tie cells together by prices of their own."""
    from workbench.solvers.coupled import solve_rows

    rows = solve_rows(problem, domain, env)
    spend = np.stack([row.spend for row in rows])
    bound = np.array([row.bound for row in rows])
    worth = {name: np.array([row.worth[name] for row in rows]) for name in rows[0].worth}
    feasible = fits & np.array([row.feasible for row in rows])
    price, none = np.array([row.log_price for row in rows]), np.full(len(rows), np.nan)
    return Relaxed(spend, price, feasible, none, bound, bound, worth, env.touch, _lack(env, domain, spend))


class _Search:
    """The one-dimensional search of a mode over all rows."""

    def __init__(self, problem: Problem, buyers: Buyers, start: float) -> None:
        self.problem, self.buyers, self.env, self.start = problem, buyers, buyers.env, start
        self.rows = len(self.env.low)
        self.sums = Sums(np.zeros(self.env.low.shape[1], int), 1)
        self.useful, _ = buyers(np.full((self.rows, 1), FLOOR))
        self.least, _ = buyers(np.full((self.rows, 1), -FLOOR))

    def answer(self) -> tuple[Floats, Floats, Any, Floats]:
        """(spend, log price of the total, target reached, nearest value)."""
        mode, none = self.problem.mode, np.full(self.rows, np.nan)
        if mode == "max_response":
            return *self.within_budget(), np.ones(self.rows, bool), none
        if mode == "target_mroas":
            return *self._marginal(), np.ones(self.rows, bool), none
        return self._least_cost() if mode == "min_cost" else self._ratio()

    def _at(self, log_price: Floats) -> Floats:
        spend, _ = self.buyers(log_price[:, None])
        return spend

    def within_budget(self) -> tuple[Floats, Floats]:
        """Spend the budget, or all that is of use where that is less."""
        budget = np.full(self.rows, self.problem.budget)
        active = self.useful.sum(axis=1) > budget * (1 + 1e-15)
        spend, price = self._solve(lambda x: x, np.ones_like, budget, active)
        spend = np.where(active[:, None], spend, self.useful)
        return spend, np.where(active, price, FLOOR)

    def _marginal(self) -> tuple[Floats, Floats]:
        """Spend until one more unit brings the target, or the budget is gone."""
        goal = np.full(self.rows, np.log(self.problem.target))
        spend, price = self._at(goal), goal
        if np.isfinite(self.problem.budget):
            capped, dear = self.within_budget()
            over = spend.sum(axis=1) > self.problem.budget
            spend, price = np.where(over[:, None], capped, spend), np.where(over, dear, price)
        return spend, price

    def _least_cost(self) -> tuple[Floats, Floats, Any, Floats]:
        target = np.full(self.rows, self.problem.target)
        most = self.env.values(self.useful).sum(axis=1)
        fallback, dear = (
            self.within_budget()
            if np.isfinite(self.problem.budget)
            else (self.useful, np.full(self.rows, FLOOR))
        )
        most = np.minimum(most, self.env.values(fallback).sum(axis=1))
        reached = most >= target * (1 - SAME)
        enough = self.env.values(self.least).sum(axis=1) >= target
        active = reached & ~enough & (most > target * (1 + SAME))
        spend, price = self._solve(self.env.values, np.exp, target, active)
        spend = np.where(active[:, None], spend, np.where(enough[:, None], self.least, fallback))
        return spend, np.where(active, price, np.where(enough, -FLOOR, dear)), reached, most

    def _ratio(self) -> tuple[Floats, Floats, Any, Floats]:
        """The most value at which value ÷ spend is still the target."""
        target, top = self.problem.target, np.full(self.rows, np.log(self.problem.target))
        capped, dear = self.useful, np.full(self.rows, FLOOR)
        if np.isfinite(self.problem.budget):
            capped, dear = self.within_budget()
        top = np.maximum(top, dear)
        short = self._short(self._best(top, dear, capped))
        reached = (short <= SAME * np.abs(self._value(self._best(top, dear, capped)))) & (top < -FLOOR)
        all_in = self._short(capped) <= 0
        active = reached & ~all_in
        spend, price = self._solve(
            self._owed,
            lambda y: target - np.exp(y),
            np.zeros(self.rows),
            active,
            top,
        )
        spend = np.where(
            active[:, None], spend, np.where(all_in[:, None], capped, self._best(top, dear, capped))
        )
        price = np.where(active, np.maximum(price, dear), np.where(all_in, dear, top))
        nothing = spend.sum(axis=1) <= 0
        nearest = np.where(reached & ~nothing, target, self._best_ratio(dear, capped))
        return spend, price, reached & ~nothing, nearest

    def _best(self, price: Floats, dear: Floats, capped: Floats) -> Floats:
        return np.where((price <= dear)[:, None], capped, self._at(price))

    def _value(self, spend: Floats) -> Floats:
        return np.asarray(self.env.values(spend).sum(axis=1))

    def _short(self, spend: Floats) -> Floats:
        return np.asarray(self._owed(spend).sum(axis=1))

    def _owed(self, spend: Floats) -> Floats:
        """What each cell falls short of the target; spend without end brings less and less for it."""
        with np.errstate(invalid="ignore"):
            owed = self.problem.target * spend - self.env.values(spend)
        return np.where(np.isfinite(spend), owed, np.inf)

    def _best_ratio(self, dear: Floats, capped: Floats) -> Floats:
        """The best value ÷ spend that any spend reaches (Dinkelbach)."""
        steepest = np.maximum(
            np.where(np.isfinite(self.env.line), self.env.line, -np.inf),
            np.where(self.env.touch > self.env.low, -np.inf, self.env.kink),
        ).max(axis=1)
        ratio, spend = steepest, self.least
        with np.errstate(all="ignore"):
            if (self.least.sum(axis=1) > 0).any():
                ratio = np.log(self._value(self.least) / self.least.sum(axis=1))
                for _ in range(RATIO_STEPS):
                    spend = self._best(np.maximum(ratio, FLOOR), dear, capped)
                    better = np.log(self._value(spend) / spend.sum(axis=1))
                    if not (better > ratio + 1e-14).any():
                        break
                    ratio = np.fmax(ratio, better)
        return np.asarray(np.exp(ratio))

    def _solve(
        self, amount: Any, by_price: Any, goal: Floats, active: Any, top: Floats | None = None
    ) -> tuple[Floats, Floats]:
        """Spend at which Σ amount(spend) is the goal; `by_price` is d amount / d spend at a log price."""
        if not active.any():
            return self.least, np.full(self.rows, FLOOR)

        def measure(y: Floats) -> tuple[Floats, Floats]:
            spend, change = self.buyers(y)
            total = amount(spend).sum(axis=1, keepdims=True) - goal[:, None]
            with np.errstate(over="ignore", invalid="ignore"):
                return total, by_price(y) * change.sum(axis=1, keepdims=True)

        start = np.full((self.rows, 1), self.start)
        ceiling = None if top is None else top[:, None]
        if ceiling is not None:
            start = np.minimum(start, ceiling - 0.5)
        size = goal if ceiling is None else np.maximum(self._value(self.buyers(ceiling)[0]), 1e-300)
        size = size[:, None]
        lines = np.sort(self.env.line, axis=1) if (self.env.touch > self.env.low).any() else None
        up, down = falling(measure, start, active[:, None], size, ceiling, lines)
        less, more = self.buyers(up)[0], self.buyers(down)[0]
        delta = amount(more) - amount(less)
        need = goal[:, None] - amount(less).sum(axis=1, keepdims=True)
        return fill(less, more, delta, need, self.sums), up[:, 0]
