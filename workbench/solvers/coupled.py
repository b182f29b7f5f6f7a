"""Plans under limits on per-unit attributes: several prices at once, each row a concave problem of its own.

Envelopes are cut in pieces (a straight line, then the curve), so that an interior point method takes them;
the certificate is the dual value at its multipliers, worked out cell by cell on the exact envelopes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.solvers.curves import Curves
from workbench.solvers.envelope import Domain, Envelope
from workbench.solvers.forms import Floats
from workbench.solvers.interior import Answer, Local, Rows, Solver, maximise
from workbench.solvers.search import FLOOR

if TYPE_CHECKING:
    from workbench.solvers.problem import Problem

MISSED, ROOM, HAIR, IDLE, MANY = 1e-9, 0.5, 1e-8, 1e-9, 8


@dataclass(frozen=True, eq=False)
class Aim:
    """What a mode makes large: `value` · Σf + `spend` · Σx, with Σf + `goal_spend` · Σx ≥ `goal` if any."""

    value: float
    spend: float
    has_goal: bool = False
    goal_spend: float = 0.0
    goal: float = 0.0

    @staticmethod
    def of(problem: Problem) -> Aim:
        """The aim of a problem's mode."""
        if problem.mode == "min_cost":
            return Aim(0.0, -1.0, True, 0.0, problem.target)
        if problem.mode in ("target_roas", "target_cpa"):
            return Aim(1.0, 0.0, True, -problem.target, 0.0)
        return Aim(1.0, -problem.target if problem.mode == "target_mroas" else 0.0)


class Pieces:
    """Envelopes of one row as variables from 0: the curve beyond `touch`, and the line below it."""

    def __init__(self, curves: Curves, env: Envelope, aim: Aim) -> None:
        low, touch, high, line = (a[0] for a in (env.low, env.touch, env.high, env.line))
        self.aim, self.low = aim, low
        self.bent = np.flatnonzero(high > touch)
        self.straight = np.flatnonzero(touch > low)
        self.curves, self.touch = curves.cells(self.bent), touch[self.bent][None]
        with np.errstate(over="ignore"):
            self.slope = np.exp(line[self.straight])
        self.upper = np.concatenate([(high - touch)[self.bent], (touch - low)[self.straight]])
        self.cell = np.concatenate([self.bent, self.straight])
        self.base = float(curves.values(low[None]).sum())

    def spend(self, x: Floats) -> Floats:
        """Spend of each cell, shape (n,)."""
        return np.asarray(self.low + np.bincount(self.cell, x, len(self.low)))

    def local(self, x: Floats) -> Local:
        """Objective and goal at x."""
        at, k = self.touch + x[: len(self.bent)], len(self.bent)
        value = float(self.curves.values(at).sum() + self.slope @ x[k:])
        with np.errstate(over="ignore"):
            slope = np.concatenate([np.exp(self.curves.log_slopes(at)[0]), self.slope])
        aim, total = self.aim, float(x.sum())
        goals, slopes = np.zeros(0), np.zeros((0, len(x)))
        if aim.has_goal:
            short = value + self.constant() + aim.goal_spend * (total + self.low.sum()) - aim.goal
            goals, slopes = np.array([short]), (slope + aim.goal_spend)[None]
        return Local(aim.value * value + aim.spend * total, aim.value * slope + aim.spend, goals, slopes)

    def constant(self) -> float:
        """Response at the lower ends that `local` leaves out."""
        return self.base - float(self.curves.values(self.touch).sum())

    def solver(self, x: Floats, weights: Floats, diagonal: Floats) -> Solver:
        """Division by a diagonal: cells do not meet in the objective."""
        at, k = self.touch + x[: len(self.bent)], len(self.bent)
        weight = self.aim.value + float(weights.sum())
        with np.errstate(all="ignore"):
            bend = np.exp(self.curves.log_slopes(at)[0]) * np.minimum(self.curves.bends(at)[0], 0.0)
        whole = diagonal.copy()
        whole[:k] -= weight * np.where(np.isfinite(bend), bend, 0.0)
        return lambda right: right / (whole if right.ndim == 1 else whole[:, None])


def rows_of(problem: Problem, low: Floats) -> tuple[Floats, Floats, Any, list[tuple[str, int]]]:
    """(rows (m, n), most (m,), equal (m,), (constraint, sign) of each) above the lower ends."""
    found: list[tuple[Floats, float, bool, str, int]] = []

    def add(row: Floats, least: float, most: float, name: str) -> None:
        own = float(row @ low)
        if np.isfinite(least) and least == most:
            found.append((row, most - own, True, name, 1))
            return
        if np.isfinite(most):
            found.append((row, most - own, False, name, 1))
        if np.isfinite(least):
            found.append((-row, own - least, False, name, -1))

    add(np.ones(len(low)), -np.inf, problem.budget, "budget")
    for level in problem.levels:
        for index, name in enumerate(level.names):
            inside = (level.sums.node == index).astype(float)
            least = level.least[index] if level.least[index] > 0 else -np.inf
            add(inside, least, level.most[index], name)
    if problem.limits is not None:
        limits = problem.limits
        for name, row, least, most in zip(
            limits.names, limits.per_unit, limits.least, limits.most, strict=True
        ):
            add(row, least, most, f"limit:{name}")
    rows = np.stack([row for row, *_ in found]) if found else np.zeros((0, len(low)))
    most, equal = np.array([f[1] for f in found]), np.array([f[2] for f in found], bool)
    return rows, most, equal, [(name, sign) for *_, name, sign in found]


@dataclass(frozen=True, eq=False)
class Row:
    """One solved row: what `workbench.solvers.goals.Relaxed` holds of it."""

    spend: Floats
    log_price: float
    feasible: bool
    bound: float
    fixed: float
    worth: dict[str, float]


def solve_row(problem: Problem, domain: Domain, env: Envelope) -> Row:
    """Solve one row (domain and envelopes of shape (1, n)) on its envelopes."""
    aim, low = Aim.of(problem), domain.low[0]
    pieces = Pieces(problem.curves, env, aim)
    rows, most, equal, names = rows_of(problem, low)
    if not len(pieces.upper):
        return _fixed(problem, low, rows, most, names)
    start = _start(pieces, problem, low)
    found = maximise(pieces, Rows(rows[:, pieces.cell], most, equal), start)
    spend = np.minimum(pieces.spend(_edges(found, pieces)), domain.high[0])
    if not problem.holds(spend[None])[0]:  # a curve that begins upright brings something even for a hair
        spend = np.minimum(pieces.spend(found.x), domain.high[0])
    bound = _bound(aim, env, found, rows, most, low)
    feasible = found.missed <= MISSED and (not aim.has_goal or aim.goal_spend == 0 or spend.sum() > 0)
    return Row(spend, *_prices(aim, found, names, feasible, bound))


def _start(pieces: Pieces, problem: Problem, low: Floats) -> Floats:
    """A point inside: an even share of the budget, no more than half of what fits."""
    count = len(pieces.upper)
    room = problem.budget - low.sum() if np.isfinite(problem.budget) else np.inf
    even = room / count if np.isfinite(room) and room > 0 else np.inf
    inside = np.where(np.isfinite(pieces.upper), ROOM * pieces.upper, _halves(pieces))
    return np.asarray(np.minimum(inside, 0.9 * even))


def _halves(pieces: Pieces) -> Floats:
    half = np.ones(len(pieces.upper))
    half[: len(pieces.bent)] = pieces.curves.half[0]
    return half


def _edges(found: Answer, pieces: Pieces) -> Floats:
    """Variables that end a hair inside of a bound whose multiplier is real, on that bound."""
    unit = np.where(np.isfinite(pieces.upper), pieces.upper, found.x + 1.0)
    steep = max(float(np.abs(found.low).max(initial=0)), float(np.abs(found.high).max(initial=0)), 1e-300)
    down = (found.x < HAIR * unit) & (found.low / steep > 1e3 * found.x / unit)
    up = (pieces.upper - found.x < HAIR * unit) & (found.high / steep > 1e3 * (1 - found.x / unit))
    return np.where(down, 0.0, np.where(up & np.isfinite(pieces.upper), pieces.upper, found.x))


def _bound(aim: Aim, env: Envelope, found: Answer, rows: Floats, most: Floats, low: Floats) -> float:
    """The dual value: no plan of the row has a better objective, whatever the multipliers."""
    goal = float(found.goals.sum())
    weight = aim.value + goal
    price = rows.T @ found.prices - aim.spend - goal * aim.goal_spend
    value = float(best(env, price, weight).sum())
    return value + float(found.prices @ (most + rows @ low)) - goal * aim.goal


def best(env: Envelope, price: Floats, weight: float) -> Floats:
    """max over each cell's domain of weight · response − price · spend, also at prices of 0 and less."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log_price = np.where(price > 0, np.log(np.maximum(price, 1e-300) / weight), FLOOR)
    spend, _ = env.demand(np.maximum(log_price, FLOOR)[None])
    spend = np.where(price <= 0, env.high, spend)
    with np.errstate(invalid="ignore", over="ignore"):
        cost = np.where(price == 0, 0.0, price * spend)
        return np.asarray((weight * env.curves.values(spend) - cost)[0])


def _prices(
    aim: Aim, found: Answer, names: list[tuple[str, int]], feasible: bool, bound: float
) -> tuple[float, bool, float, float, dict[str, float]]:
    goal = float(found.goals.sum())
    weight = aim.value + goal
    worth: dict[str, float] = {}
    for (name, sign), price in zip(names, found.prices, strict=True):
        worth[name] = worth.get(name, 0.0) + sign * price / weight
    most = max((abs(value) for value in worth.values()), default=0.0)
    worth = {name: 0.0 if abs(value) < IDLE * most else value for name, value in worth.items()}
    total = worth.pop("budget", 0.0)
    total += (-aim.spend - goal * aim.goal_spend) / weight
    small = 1e-9 * float(np.abs(found.low).max(initial=0.0) + np.abs(found.high).max(initial=0.0))
    log_price = float(np.log(total)) if total > max(small, 0.0) else FLOOR
    return log_price, feasible, bound, bound, worth


def _fixed(problem: Problem, low: Floats, rows: Floats, most: Floats, names: list[tuple[str, int]]) -> Row:
    """A row without any choice."""
    feasible = bool((most >= -MISSED * (np.abs(rows) @ low + 1e-300)).all())
    feasible &= bool(problem.holds(low[None])[0])
    value = float(problem.objective(low[None])[0])
    return Row(low, FLOOR, feasible, value, value, {name: 0.0 for name, _ in names if name != "budget"})


def row_of(env: Envelope, row: int) -> Envelope:
    """One row of envelopes, shape (1, n)."""
    which = slice(row, row + 1)
    parts = (getattr(env, name)[which] for name in ("low", "touch", "high", "line", "kink"))
    return Envelope(env.curves.rows(which), *parts)


def solve_rows(problem: Problem, domain: Domain, env: Envelope) -> list[Row]:
    """Solve every row: all at once where they are many and smooth, else one after another."""
    found: list[Row | None] = [None] * len(domain.low)
    if len(found) >= MANY and not Aim.of(problem).has_goal and not (env.touch > env.low).any():
        found = _together(problem, domain, env)
    return [row if row is not None else _alone(problem, domain, env, at) for at, row in enumerate(found)]


def _alone(problem: Problem, domain: Domain, env: Envelope, row: int) -> Row:
    own = row_of(env, row)
    return solve_row(replace(problem, curves=own.curves), domain.pick(slice(row, row + 1)), own)


def _together(problem: Problem, domain: Domain, env: Envelope) -> list[Row | None]:
    """All rows by their prices, from those of the first; None for rows that do not settle."""
    from workbench.solvers.duals import settle

    first = _alone(problem, domain, env, 0)
    rows, most, equal, names = rows_of(problem, np.zeros(domain.low.shape[1]))
    aim = Aim.of(problem)
    begin = {"budget": float(np.exp(first.log_price)) + aim.spend, **first.worth}
    signed = np.array([begin[name] * sign for name, sign in names])
    signed = np.where(np.abs(signed) > IDLE * np.abs(signed).max(initial=0.0), signed, 0.0)
    start = np.where(equal, signed, np.maximum(signed, 0.0))
    answer = settle(env, Rows(rows, most, equal), -aim.spend, start)
    found: list[Row | None] = [None] * len(domain.low)
    for at in np.flatnonzero(answer.settled & problem.holds(answer.spend)):
        prices = dict.fromkeys((name for name, _ in names), 0.0)
        for (name, sign), price in zip(names, answer.prices[at], strict=True):
            prices[name] += sign * float(price)
        total = prices.pop("budget", 0.0) - aim.spend
        bound = float(answer.bound[at])
        log_price = float(np.log(total)) if total > 0 else FLOOR
        found[at] = Row(answer.spend[at], log_price, True, bound, bound, prices)
    return found
