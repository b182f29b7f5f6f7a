"""The worst share of draws (CVaR), and all draws of a plan as one concave model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.solvers.curves import Curves
from workbench.solvers.envelope import Domain, Envelope, envelope
from workbench.solvers.forms import Floats
from workbench.solvers.interior import Answer, Guess, Local, Rows, Solver, tangent_bound
from workbench.solvers.sequence import Point

INSIDE = 0.9


@dataclass(frozen=True)
class Caution:
    """How much the bad draws count: `knob` from 0 to 1, and the `tail`, the share of draws that are bad."""

    knob: float
    tail: float


def worst(totals: Floats, tail: float) -> float:
    """Mean of the worst share of totals (CVaR), with the draw on the edge counted in part.

    Args:
        totals: Response of each draw, shape (D,).
        tail: Share, above 0 and at most 1.
    """
    mass = tail * len(totals)
    ordered = np.sort(totals)
    weight = np.clip(mass - np.arange(len(totals)), 0.0, 1.0)
    return float(weight @ ordered / mass)


def worth(totals: Floats, caution: Caution) -> float:
    """The aim: mean and worst share, mixed by the knob."""
    bad = worst(totals, caution.tail) if caution.knob else 0.0
    return float((1 - caution.knob) * totals.mean() + caution.knob * bad)


class Model:
    """Spend above its lower end of each free cell, for all draws at once.

    For the interior point method the edge of the tail and the shortfalls of the draws follow as variables.
    """

    def __init__(self, curves: Curves, domain: Domain, caution: Caution) -> None:
        self.caution, self.draws = caution, len(curves.scale)
        self.low, self.high = domain.low[0], domain.high[0]
        self.cells = np.flatnonzero(self.high > self.low)
        self.tailed = caution.knob > 0
        self.extra = 1 + self.draws if self.tailed else 0
        held = np.setdiff1d(np.arange(len(self.low)), self.cells)
        self.base = curves.values(domain.low)[:, held].sum(axis=1) if len(held) else np.zeros(self.draws)
        self.curves = curves.cells(self.cells) if len(held) else curves
        self.lines = _lines(self.curves, domain, self.cells)
        self.upright = _upright(self.curves)
        free = np.full(self.extra, np.inf)
        self.upper = np.concatenate([(self.high - self.low)[self.cells], free])
        self.even: Any = 1.0
        self._kept: Point | None = None

    def spend(self, x: Floats) -> Floats:
        """Spend of every cell."""
        found = self.low.copy()
        found[self.cells] += x[: len(self.cells)]
        return np.asarray(np.minimum(found, self.high))

    def above(self, spend: Floats) -> Floats:
        """Spends (n,) of all cells as those above the lower ends, within the bounds."""
        return np.asarray(np.clip(spend - self.low, 0.0, self.high - self.low)[self.cells])

    def worth(self, totals: Floats) -> float:
        """The aim of totals."""
        return worth(totals, self.caution)

    def point(self, x: Floats) -> Point:
        """The draws' envelopes at x."""
        at = (self.low[self.cells] + x[: len(self.cells)])[None]
        values, slopes, bends = self.curves.local(at)
        for cells, touch, low, line in self.lines:
            own = at[:, cells]
            on = own < touch
            steep = np.exp(np.where(on, line, 0.0))
            values[:, cells] = np.where(on, low + steep * x[cells], values[:, cells])
            slopes[:, cells] = np.where(on, steep, slopes[:, cells])
            bends[:, cells] = np.where(on, 0.0, np.minimum(bends[:, cells], 0.0))
        self._kept = Point(x[: len(self.cells)], self.base + values.sum(axis=1), slopes, bends)
        return self._kept

    def inside(self, above: Floats, width: Floats, most: Floats) -> Floats:
        """Spends that keep the rules, pulled inside of their bounds."""
        width = np.where(np.isfinite(width), width, 2 * above + 1.0)
        room = float(most[0]) if len(most) and np.isfinite(most[0]) else float(width.sum())
        self.even = np.minimum(0.5 * width, max(room, 0.0) / len(width))
        return np.asarray(INSIDE * np.minimum(above, 0.999 * width) + (1 - INSIDE) * self.even)

    def edge(self, totals: Floats) -> list[Floats]:
        """[edge of the tail], [shortfall of each draw], both with room."""
        spread = max(float(np.std(totals)), 1e-3 * abs(float(totals.mean())), 1e-12)
        edge = max(float(np.quantile(totals, self.caution.tail)), spread)
        return [np.array([edge]), np.maximum(edge - totals, 0.0) + 0.3 * spread]

    def start(self, spend: Floats, most: Floats) -> Floats:
        """Where the interior point method begins."""
        inside = self.inside((spend - self.low)[self.cells], (self.high - self.low)[self.cells], most)
        return np.concatenate([inside, *self.edge(self.point(inside).totals)]) if self.tailed else inside

    def guess(self, mean: Floats, x: Floats, rows: Floats, draws: int) -> Guess:
        """Every draw alike, and the price of the budget that fits that.

        Args:
            mean: Slopes of the mean. x: Spends. rows: The rules' rows, budget first. draws: How many.
        """
        n, caution = len(self.cells), self.caution
        weight = np.maximum(x[:n], 1e-300)
        prices = np.zeros(len(rows))
        if len(rows) and (rows[0, :n] == 1).all():
            prices[0] = float((mean * weight).sum() / weight.sum())
        low = np.maximum(prices @ rows[:, :n] - mean, 0.0)
        if not self.tailed:
            return Guess(prices, np.zeros(0), low)
        heavy, even = caution.knob / (caution.tail * self.draws), caution.knob / draws
        short = np.full(draws, max(heavy - even, 1e-3 * heavy))
        return Guess(prices, np.full(draws, even), np.concatenate([low, [0.0], short]))

    def local(self, x: Floats) -> Local:
        """Mean, edge and shortfalls: the program of Rockafellar and Uryasev."""
        point = self.point(x)
        knob, draws = self.caution.knob, self.draws
        gradient = (1 - knob) / draws * point.slopes.sum(axis=0)
        value = (1 - knob) * float(point.totals.mean())
        if not self.tailed:
            return Local(value, gradient, np.zeros(0), np.zeros((0, len(x))))
        edge, short = x[len(self.cells)], x[len(self.cells) + 1 :]
        heavy = knob / (self.caution.tail * draws)
        whole = np.concatenate([gradient, [knob], np.full(draws, -heavy)])
        slopes = np.hstack([point.slopes, np.full((draws, 1), -1.0), np.eye(draws)])
        value += knob * edge - heavy * float(short.sum())
        return Local(value, whole, point.totals - edge + short, slopes)

    def solver(self, x: Floats, weights: Floats, diagonal: Floats) -> Solver:
        """Division by a diagonal: for given weights of the draws, cells do not meet."""
        whole, n = diagonal.copy(), len(self.cells)
        kept = self._kept
        if kept is None or kept.x.base is not x:
            kept = self.point(x)
        bend = self.spread(weights) @ np.where(np.isfinite(kept.bends), np.minimum(kept.bends, 0.0), 0.0)
        whole[:n] -= bend
        return lambda right: right / (whole if right.ndim == 1 else whole[:, None])

    def spread(self, bad: Floats) -> Floats:
        """Weights of the draws, mean and tail together."""
        return (1 - self.caution.knob) / self.draws + (bad if self.tailed else np.zeros(self.draws))

    def near(self, totals: Floats, spare: float, more: int) -> Any:
        """The lowest draws: the tail, so many times, and some more."""
        count = min(self.draws, int(np.ceil(spare * self.caution.tail * self.draws)) + more)
        return np.sort(np.argpartition(totals, count - 1)[:count]) if self.tailed else np.zeros(0, int)

    def lowest(self, totals: Floats) -> Floats:
        """Weights of the draws of the tail itself."""
        if not self.tailed:
            return np.zeros(self.draws)
        mass = self.caution.tail * self.draws
        weight = np.empty(self.draws)
        weight[np.argsort(totals)] = np.clip(mass - np.arange(self.draws), 0.0, 1.0)
        return weight * (self.caution.knob / mass)

    def allowed(self, bad: Floats, near: Any = slice(None)) -> Floats:
        """Weights of the tail that sum to the knob and are each within the most that one may have."""
        found, knob = np.zeros(self.draws), self.caution.knob
        if not self.tailed:
            return found
        cap = knob / (self.caution.tail * self.draws)
        found[near] = np.clip(bad, 0.0, cap)
        for _ in range(60):  # to the sum without leaving the cap
            missing = knob - found.sum()
            if abs(missing) <= 1e-15 * knob:
                break
            room = cap - found if missing > 0 else found
            found = found + np.sign(missing) * room * min(1.0, abs(missing) / max(float(room.sum()), 1e-300))
        return found

    def bound(self, point: Point, bad: Floats, prices: Floats, rows: Rows) -> float:
        """The dual value: tangents of the weighted curves lie above them, each cell's best is at an end."""
        weight = self.spread(bad)
        here = Local(
            float(weight @ point.totals), weight @ point.slopes, np.zeros(0), np.zeros((0, len(point.x)))
        )
        answer = Answer(point.x, prices, bad, np.zeros(0), np.zeros(0), 0.0, 0)
        return tangent_bound(here, self.upper[: len(point.x)], answer, rows)


def _lines(curves: Curves, domain: Domain, cells: Any) -> list[tuple[Any, Floats, Floats, Floats]]:
    """[(cells, ends of their lines, responses at the lower ends, log slopes)]; empty where none jumps."""
    low, active, high = (getattr(domain, name)[:, cells] for name in ("low", "active", "high"))
    straight = np.zeros(len(cells), bool)
    for name, a, b in curves.families:
        straight[a:b] = name == "line"
    jumps = straight | (curves.inflection > low).any(axis=0) | (active > low)[0]
    which = np.flatnonzero(jumps)
    if not len(which):
        return []
    own, rows = curves.cells(which), len(curves.scale)
    parts = (np.repeat(part[:, which], rows, axis=0) for part in (low, active, high))
    env: Envelope = envelope(own, Domain(*parts))
    return [(which, env.touch, own.values(env.low), env.line)]


def _upright(curves: Curves) -> Any:
    """Cells whose curves begin with an endless slope: steps must not end at 0."""
    found = np.zeros(curves.shape.shape[1], bool)
    for name, a, b in curves.families:
        found[a:b] = name in ("hill", "power") and (curves.shape[:, a:b] < 1).any(axis=0)
    return found
