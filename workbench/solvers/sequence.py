"""Plans that look at the bad draws, by one quadratic program after another: quick where a good plan is known.

Each program holds the draws near the tail only, by their tangents; how the weighted draws bend enters its aim
once. So Newton's convergence is kept at a fraction of the price of all draws at once.
Source: J. Nocedal, S. Wright, *Numerical Optimization*, 2006, chapter 18, for a largest of minima.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.solvers.forms import Floats
from workbench.solvers.interior import Answer, Guess, Local, Rows, Solver, maximise

if TYPE_CHECKING:
    from workbench.solvers.tail import Model

ROUNDS, EXACT, QUADRATIC, FINER, GOALS = 15, 1e-9, 1e-11, 1e-2, 1e-6
SPARE, NEAREST = 2.0, 20
SHRINK, GROW, STEEP = 0.1, 10.0, 1e60
BOTTOM, MEMORY, HALVES = 1e-9, 3, 5


@dataclass(frozen=True, eq=False)
class Point:
    """Responses and what they do near some spends, all draws.

    Attributes:
        x: Spends above the lower ends, shape (n,).
        totals: Responses, shape (D,). slopes: Shape (D, n). bends: Change of the slopes, shape (D, n).
    """

    x: Floats
    totals: Floats
    slopes: Floats
    bends: Floats


def refine(model: Model, rows: Rows, spend: Floats) -> tuple[Answer, float] | None:
    """Improve spends until they are certified.

    Args:
        model: The draws.
        rows: Linear rules of the cells.
        spend: Spends to begin with, which keep the rules, shape (n,).

    Returns:
        (the best answer, its bound); None where the quadratic programs lead nowhere, for another method.
    """
    point = model.point(_begin(model, spend))
    weights = model.lowest(point.totals)
    best, least, worths, exact = None, np.inf, [model.worth(point.totals)], GOALS
    for count in range(ROUNDS):
        if not _sound(point):
            return None
        program = _Program(model, point, weights)
        found = program.solve(rows, exact)
        weights = model.allowed(found.goals, program.near)
        point = _ahead(model, point, found.x[: program.count] + program.low, worths)
        worths.append(model.worth(point.totals))
        answer = Answer(point.x, found.prices, weights, found.low, found.high, found.missed, count)
        least = min(least, model.bound(point, weights, found.prices, rows))
        if best is None or worths[-1] >= max(worths[:-1]):
            best = answer
        if least <= max(worths) * (1 + EXACT):
            return best, least
        exact = float(np.clip(FINER * (least / max(worths) - 1), QUADRATIC, GOALS))
    return None


def _begin(model: Model, spend: Floats) -> Floats:
    """Spends above the lower ends, a hair inside where a slope would be endless."""
    above = model.above(spend)
    hair = BOTTOM * (above.sum() + 1e-300) / len(above)
    return np.asarray(np.where(model.upright & (above <= 0), hair, above))


def _sound(point: Point) -> bool:
    return bool(np.isfinite(point.totals).all() and point.slopes.max(initial=0.0) < STEEP)


def _ahead(model: Model, point: Point, x: Floats, worths: list[float]) -> Point:
    """The new point, or one on the way to it where that is worse than all that were lately."""
    worst, part = min(worths[-MEMORY:]), 1.0
    for _ in range(HALVES):
        there = model.point(point.x + part * (x - point.x))
        if model.worth(there.totals) >= worst:
            break
        part *= 0.5
    return there


class _Program:
    """The quadratic program at a point: steps of cells, the edge of the tail, shortfalls of near draws."""

    def __init__(self, model: Model, point: Point, weights: Floats) -> None:
        self.model, self.point, self.count = model, point, len(point.x)
        self.near = model.near(point.totals, SPARE, NEAREST)
        knob, draws = model.caution.knob, model.draws
        self.heavy = knob / (model.caution.tail * draws)
        self.mean = (1 - knob) / draws * point.slopes.sum(axis=0)
        bend = -((1 - knob) / draws + weights) @ point.bends
        self.bend = np.where(np.isfinite(bend), np.maximum(bend, 0.0), 0.0)
        self.low = np.where(model.upright, SHRINK * point.x, 0.0)
        top = np.where(model.upright, GROW * point.x, np.inf)
        width = np.minimum(model.upper[: self.count], top) - self.low
        extra = 1 + len(self.near) if model.tailed else 0
        self.upper = np.concatenate([width, np.full(extra, np.inf)])
        self.base = point.totals[self.near] - point.slopes[self.near] @ point.x
        self.slopes = np.zeros((0, self.count + extra))
        if model.tailed:
            edge = np.full((len(self.near), 1), -1.0)
            self.slopes = np.hstack([point.slopes[self.near], edge, np.eye(len(self.near))])
            self.base = self.base + self.slopes[:, : self.count] @ self.low

    def local(self, y: Floats) -> Local:
        """The quadratic aim, and how far each near draw lies above the edge, its shortfall added."""
        n = self.count
        step = self.low + y[:n] - self.point.x
        slope = self.mean - self.bend * step
        value = float(self.mean @ step - 0.5 * self.bend @ step**2) + self._level()
        if not self.model.tailed:
            return Local(value, slope, np.zeros(0), self.slopes)
        knob = self.model.caution.knob
        gradient = np.concatenate([slope, [knob], np.full(len(self.near), -self.heavy)])
        value += knob * float(y[n]) - self.heavy * float(y[n + 1 :].sum())
        return Local(value, gradient, self.base + self.slopes @ y, self.slopes)

    def _level(self) -> float:
        return (1 - self.model.caution.knob) * float(self.point.totals.mean())

    def solver(self, _y: Floats, _weights: Floats, diagonal: Floats) -> Solver:
        """Division by a diagonal."""
        whole = diagonal.copy()
        whole[: self.count] += self.bend
        return lambda right: right / (whole if right.ndim == 1 else whole[:, None])

    def solve(self, rows: Rows, exact: float) -> Answer:
        """Its solution by the interior point method, to a relative gap."""
        own = rows.rows
        wide = np.hstack([own, np.zeros((len(own), len(self.upper) - self.count))])
        most = rows.most - own @ self.low
        start = self._start(most)
        return maximise(self, Rows(wide, most, rows.equal), start, exact, self._guess(start, wide), GOALS)

    def _start(self, most: Floats) -> Floats:
        inside = self.model.inside(self.point.x - self.low, self.upper[: self.count], most)
        if not self.model.tailed:
            return inside
        return np.concatenate([inside, *self.model.edge(self.point.totals[self.near])])

    def _guess(self, y: Floats, rows: Floats) -> Guess:
        slope = self.mean if not self.model.tailed else self.point.slopes.mean(axis=0)
        return self.model.guess(slope, y, rows, len(self.near))
