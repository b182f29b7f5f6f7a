"""Concave plans whose cells are coupled by more than one price: a primal-dual interior point method.

maximise Φ(x) with 0 ≤ x ≤ upper, rows·x ≤ most (or = most), and goals G(x) ≥ 0, all concave. The multipliers
are what certificates are made of; how exact the answer is, is for the certificate to say.
Source: S. Mehrotra, *On the Implementation of a Primal-Dual Interior Point Method*, 1992, with the Newton
steps of S. Boyd, L. Vandenberghe, *Convex Optimization*, 2004, section 11.7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from workbench.solvers.forms import Floats

STEPS, SMALL, NEAR_EDGE, RIDGE, MANY = 90, 1e-12, 0.995, 1e-14, 60
MEMORY, HALVES = 5, 6
Solver = Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class Local:
    """A model at one point.

    Attributes:
        value: Φ. gradient: Of Φ, shape (N,).
        goals: G, shape (k,). slopes: Their gradients, shape (k, N).
    """

    value: float
    gradient: Floats
    goals: Floats
    slopes: Floats


class Model(Protocol):
    """What is to be made large."""

    upper: Floats

    def local(self, x: Floats, /) -> Local:
        """Values and gradients at x."""

    def solver(self, x: Floats, weights: Floats, diagonal: Floats, /) -> Solver:
        """Solves (−∇²Φ − Σ weights ∇²G + diagonal) · Y = R for R of shape (N, …)."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Linear rules: rows · x ≤ most, with equality where `equal`; rows have shape (m, N)."""

    rows: Floats
    most: Floats
    equal: Any


@dataclass(frozen=True, eq=False)
class Guess:
    """Multipliers to begin with: of the rows (m,), the goals (k,) and the bounds x ≥ 0 (N,)."""

    prices: Floats
    goals: Floats
    low: Floats


@dataclass(frozen=True, eq=False)
class Answer:
    """Where the method ended.

    Attributes:
        x: Shape (N,), strictly inside of its bounds.
        prices: Multipliers of the rows, 0 or more where they are no equalities. goals: Of the goals.
        low: Multipliers of x ≥ 0. high: Of x ≤ upper.
        missed: Largest amount by which a row or goal is missed, relative to its size.
        steps: Newton steps taken.
    """

    x: Floats
    prices: Floats
    goals: Floats
    low: Floats
    high: Floats
    missed: float
    steps: int


def maximise(
    model: Model,
    rules: Rows,
    start: Floats,
    exact: float = SMALL,
    guess: Guess | None = None,
    near: float | None = None,
    enough: float = -np.inf,
) -> Answer:
    """Solve a model.

    Args:
        model: Objective, goals and upper bounds.
        rules: Linear rules.
        start: A point strictly inside of the bounds; it need not keep the rules.
        exact: Relative gap to end at.
        guess: Multipliers to begin with.
        near: Relative miss of the goals to end at; None: ten times the gap.
        enough: Ends early where a tangent proves that nothing above this can be reached, as it also does
            where nothing keeps the rules; for models without goals.
    """
    state = _State(model, rules, start, exact, 10 * exact if near is None else near)
    if guess is not None:
        state.believe(guess)
    with np.errstate(all="ignore"):
        for _ in range(STEPS):
            if state.done() or not state.step() or (np.isfinite(enough) and state.below(enough)):
                break
    return state.answer()


def tangent_bound(here: Local, upper: Floats, answer: Answer, rules: Rows) -> float:
    """A value that Φ nowhere exceeds within the rules, without goals: concave functions lie below tangents.

    Args:
        here: Value and gradient at the answer, or supergradient of something above Φ.
        upper: Upper bounds. answer: The point and its multipliers. rules: The rules.
    """
    x, price = answer.x, rules.rows.T @ answer.prices
    net = here.gradient - price
    with np.errstate(invalid="ignore"):
        ends = np.where(net > 0, net * (upper - x), -net * x)
    return here.value - float(price @ x) + float(ends.sum()) + float(answer.prices @ rules.most)


class _State:
    """x, slacks, multipliers, and one Newton step after another."""

    def __init__(self, model: Model, rules: Rows, start: Floats, exact: float, near: float) -> None:
        self.model, self.m, self.count, self.exact, self.near = model, len(rules.most), 0, exact, near
        size = np.abs(rules.rows).max(axis=1, initial=0.0)
        self.size, self.idle = np.where(size > 0, size, 1.0), size == 0
        self.linear, self.most = rules.rows / self.size[:, None], rules.most / self.size
        self.x, self.here = start, model.local(start)
        self.fixed = np.concatenate([np.asarray(rules.equal, bool), np.zeros(len(self.here.goals), bool)])
        self.capped = np.isfinite(model.upper)
        self.room = np.where(self.capped, model.upper - start, 1.0)  # kept apart: x may end a hair below
        self.unit = max(abs(self.here.value), float(np.abs(self.here.gradient) @ start), 1e-300)
        rows = self.values()
        typical = np.maximum(np.abs(self._targets(rows)), 1e-3 * np.abs(rows).max(initial=1e-12) + 1e-12)
        mu = 0.1 * self.unit / (2 * len(start) + len(rows) + 1)
        self.slack = np.where(self.fixed, 0.0, np.maximum(-rows, 0.1 * typical))
        self.price = np.where(self.fixed, 0.0, mu / np.where(self.fixed, 1.0, self.slack))
        self.low = mu / start
        self.high = np.where(self.capped, mu / self.room, 0.0)
        self.typical, self.merits = typical, list[float]()

    def believe(self, guess: Guess) -> None:
        """Begin with these multipliers, where they are above the even ones."""
        prices = np.concatenate([guess.prices * self.size, guess.goals])
        self.price = np.where(self.fixed, prices, np.maximum(self.price, prices))
        self.low = np.maximum(self.low, guess.low)

    def _targets(self, rows: Floats) -> Floats:
        return np.concatenate([self.most, rows[self.m :]])

    def values(self) -> Floats:
        """Rows and goals as amounts that must be 0 or less."""
        return np.concatenate([self.linear @ self.x - self.most, -self.here.goals])

    def gap(self) -> float:
        """Sum of the complementary products."""
        own = self.slack @ self.price + self.x @ self.low
        return float(own + self.room @ self.high)

    def missed(self) -> float:
        """How far slacks are from what they stand for, relative."""
        return float((np.abs(self.values() + self.slack) / self.typical).max(initial=0.0))

    def broken(self) -> Floats:
        """How far rules and goals are broken, relative; those with room are not."""
        values = self.values()
        return np.asarray(np.where(self.fixed, np.abs(values), np.maximum(values, 0.0)) / self.typical)

    def merit(self) -> float:
        """What must become small: gap, balance and misses, in units of the objective."""
        return self.gap() + float(np.abs(self._off()) @ self.x) + self.missed() * self.unit

    def off(self, rows: Floats) -> Floats:
        """How far the multipliers are from balancing the gradient."""
        return np.asarray(self.price @ rows - self.here.gradient - self.low + self.high)

    def _off(self) -> Floats:
        own = self.price[: self.m] @ self.linear - self.price[self.m :] @ self.here.slopes
        return np.asarray(own - self.here.gradient - self.low + self.high)

    def done(self) -> bool:
        """Whether nothing is left to gain."""
        self.unit = max(abs(self.here.value), float(np.abs(self.here.gradient) @ self.x), 1e-300)
        near = 10 * self.exact
        missed = self.broken()
        if self.gap() > self.exact * self.unit or missed[self.m :].max(initial=0.0) > self.near:
            return False
        if missed[: self.m].max(initial=0.0) > min(near, 2e-10):
            return False
        return float(np.abs(self._off()) @ self.x) <= near * self.unit

    def below(self, enough: float) -> bool:
        """Whether the tangent here stays below a value."""
        rules = Rows(self.linear, self.most, self.fixed)
        found = Answer(self.x, self.price, self.price[self.m :], self.low, self.high, 0.0, self.count)
        return tangent_bound(self.here, self.model.upper, found, rules) <= enough

    def step(self) -> bool:
        """One predictor and corrector; False where numbers end."""
        room, rows = self.room, np.vstack([self.linear, -self.here.slopes])
        solve = self.model.solver(self.x, self.price[self.m :], self.low / self.x + self.high / room)
        held = np.where(self.fixed, 0.0, self.slack / np.where(self.price > 0, self.price, 1.0))
        turned = solve(np.ascontiguousarray(rows.T))
        matrix = rows @ turned
        matrix[np.diag_indices_from(matrix)] += held + RIDGE * np.diag(matrix)
        newton = _Newton(self, rows, solve, turned, matrix, room)
        if not newton.sound:
            return False
        mu = self.gap() / self.pairs
        first = newton.direction(0.0, None)
        reach = self._reach(first)
        after = self._gap_after(first, *reach)
        # slacks must not vanish before the rules are kept: no step could repair them then
        least = self.unit * max(0.1 * self.exact, 0.1 * min(self.missed(), 1.0)) / self.pairs
        centre = max(mu * min(1.0, (after / self.pairs / mu) ** 3), min(least, mu))
        move = newton.direction(centre, first)
        if not np.isfinite(move[0]).all():
            return False
        self._go(move)
        self.count += 1
        return True

    @property
    def pairs(self) -> int:
        """Number of complementary products."""
        return int((~self.fixed).sum() + len(self.x) + self.capped.sum())

    def _reach(self, move: Any) -> tuple[float, float]:
        dx, ds, dp, dl, dh = move
        free, room = ~self.fixed, self.room
        primal = min(_edge(self.x, dx), _edge(room[self.capped], -dx[self.capped]))
        primal = min(primal, _edge(self.slack[free], ds[free]))
        dual = min(_edge(self.price[free], dp[free]), _edge(self.low, dl))
        return primal, min(dual, _edge(self.high[self.capped], dh[self.capped]))

    def _gap_after(self, move: Any, primal: float, dual: float) -> float:
        dx, ds, dp, dl, dh = move
        own = (self.slack + primal * ds) @ (self.price + dual * dp) + (self.x + primal * dx) @ (
            self.low + dual * dl
        )
        room = self.room[self.capped] - primal * dx[self.capped]
        return float(own + room @ (self.high + dual * dh)[self.capped])

    def _go(self, move: Any) -> None:
        """Go as far as bounds let; less far where that would make things worse than they lately were."""
        kept = self.x, self.room, self.slack, self.price, self.low, self.high, self.here
        part, worst = 1.0, max(self.merits[-MEMORY:], default=np.inf)
        primal, dual = (min(1.0, NEAR_EDGE * reach) for reach in self._reach(move))
        for _ in range(HALVES):
            self._move(move, part * primal, part * dual)
            now = self.merit()
            if now <= worst:
                break
            self.x, self.room, self.slack, self.price, self.low, self.high, self.here = kept
            part *= 0.5
        else:
            self._move(move, primal, dual)
            now = self.merit()
        self.merits.append(now)

    def _move(self, move: Any, primal: float, dual: float) -> None:
        dx, ds, dp, dl, dh = move
        self.x = self.x + primal * dx
        self.room = np.where(self.capped, self.room - primal * dx, 1.0)
        self.slack = np.where(self.fixed, 0.0, self.slack + primal * ds)
        self.price, self.low = self.price + dual * dp, self.low + dual * dl
        self.high = np.where(self.capped, self.high + dual * dh, 0.0)
        self.here = self.model.local(self.x)

    def answer(self) -> Answer:
        """The state in the model's units."""
        prices = np.where(self.idle, 0.0, self.price[: self.m] / self.size)  # nothing moves an empty row
        missed = float(self.broken().max(initial=0.0))
        return Answer(self.x, prices, self.price[self.m :], self.low, self.high, missed, self.count)


class _Newton:
    """One factorised Newton system."""

    def __init__(
        self, state: _State, rows: Floats, solve: Solver, turned: Floats, matrix: Floats, room: Floats
    ) -> None:
        self.state, self.rows, self.solve, self.turned, self.room = state, rows, solve, turned, room
        self.sound = bool(np.isfinite(matrix).all())
        self.off, self.values = state.off(rows), state.values()
        if self.sound:
            self.scale = 1 / np.sqrt(np.maximum(np.diag(matrix), 1e-300))
            self.factor = _factor(matrix * self.scale[:, None] * self.scale)

    def direction(self, centre: float, first: Any) -> Any:
        """(dx, d slack, d price, d low, d high) towards complementary products of `centre`."""
        state = self.state
        free = ~state.fixed
        rest_s = np.where(free, centre - state.slack * state.price, 0.0)
        rest_l = centre - state.x * state.low
        rest_h = np.where(state.capped, centre - self.room * state.high, 0.0)
        if first is not None:
            dx, ds, dp, dl, dh = first
            rest_s, rest_l, rest_h = rest_s - np.where(free, ds * dp, 0.0), rest_l - dx * dl, rest_h + dx * dh
        price = np.where(state.price > 0, state.price, 1.0)
        right = -self.off + rest_l / state.x - rest_h / self.room
        missing = self.values + state.slack + np.where(free, rest_s / price, 0.0)
        inner = self.solve(right)
        dp = self._solved(self.rows @ inner + missing)
        dx = inner - self.turned @ dp
        ds = np.where(free, (rest_s - state.slack * dp) / price, 0.0)
        return dx, ds, dp, (rest_l - state.low * dx) / state.x, (rest_h + state.high * dx) / self.room

    def _solved(self, right: Floats) -> Floats:
        return np.asarray(self.scale * self.factor(self.scale * right))


def _factor(matrix: Floats) -> Solver:
    """Solves with a symmetric matrix, several times."""
    if len(matrix) < MANY:

        def small(right: Floats) -> Floats:
            try:
                return np.asarray(np.linalg.solve(matrix, right))
            except np.linalg.LinAlgError:
                return np.asarray(np.linalg.lstsq(matrix, right, rcond=1e-14)[0])

        return small
    from scipy.linalg import lu_factor, lu_solve

    parts = lu_factor(matrix, check_finite=False)
    return lambda right: np.asarray(lu_solve(parts, right, check_finite=False))


def _edge(value: Floats, move: Floats) -> float:
    """The longest step of at most 1 ÷ `NEAR_EDGE` at which nothing turns negative."""
    falling = move < 0
    if not falling.any():
        return 1.0 / NEAR_EDGE
    return float(min(1.0 / NEAR_EDGE, (-value[falling] / move[falling]).min()))
