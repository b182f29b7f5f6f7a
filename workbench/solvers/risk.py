"""Plans that look at the bad draws: (1 − knob) · mean + knob · mean of the worst share (CVaR).

Concave but not separable. The worst draws enter through the program of R. T. Rockafellar, S. Uryasev,
*Optimization of Conditional Value-at-Risk*, 2000; the certificate is the dual value at the weights of draws
that the interior point method ends with: for fixed weights the sum of the draws' curves is separable again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.solvers.branch import Found
from workbench.solvers.coupled import rows_of
from workbench.solvers.curves import Curves
from workbench.solvers.envelope import Domain, Envelope, envelope
from workbench.solvers.forms import Floats
from workbench.solvers.interior import Answer, Guess, Local, Rows, Solver, maximise, tangent_bound
from workbench.solvers.problem import Problem
from workbench.solvers.search import FLOOR

INSIDE, EXACT = 0.9, 1e-9


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


def solve(problem: Problem, caution: Caution, neutral: Floats) -> Found:
    """The plan with the best worth over draws, with a bound that no plan beats.

    Args:
        problem: Curves with one row a draw; mode `max_response`.
        caution: The knob and the tail.
        neutral: Spends of a plan that keeps the rules, shape (n,): where the search begins.
    """
    each, _ = problem.tighten(problem.domain)  # one row a draw: they jump at spends of their own
    own = problem.domain
    domain = Domain(own.low, np.minimum(own.active, each.high.max(axis=0)), each.high.max(axis=0)[None])
    found, relaxed = _relaxed(problem, caution, domain, neutral)
    for spend in (relaxed, neutral):
        _take(problem, caution, found, spend)
    if np.isfinite(found.objective) and found.bound <= found.objective * (1 + 1e-9):
        found.bound = max(found.bound, found.objective)
        return found
    settled = _settled(problem, domain, relaxed)
    if settled is not None:
        _, rounded = _relaxed(replace(problem, domain=settled), caution, settled, relaxed)
        _take(problem, caution, found, rounded)
    found.bound = max(found.bound, found.objective)
    return found


def _take(problem: Problem, caution: Caution, found: Found, spend: Floats) -> None:
    if not problem.holds(spend[None])[0]:
        return
    objective = worth(problem.curves.values(spend[None]).sum(axis=1), caution)
    if objective > found.objective:
        found.spend, found.objective = spend, objective


def _settled(problem: Problem, domain: Domain, relaxed: Floats) -> Domain | None:
    """Every cell with a jump on one side of it, the nearer one; None where no cell has one."""
    low, high = domain.low[0], domain.high[0]
    bend = np.minimum(problem.curves.inflection.max(axis=0), high)
    begin = np.maximum(domain.active[0], bend)
    jumps = begin > low
    if not jumps.any():
        return None
    on = relaxed >= low + (begin - low) / 2
    least = np.where(jumps & on, begin, low)
    most = np.where(jumps & ~on, low, high)
    return Domain(least[None], least[None], np.maximum(most, least)[None])


def _relaxed(problem: Problem, caution: Caution, domain: Domain, start: Floats) -> tuple[Found, Floats]:
    """(bound and prices, spends) of the best plan on the envelopes of all draws."""
    model = _Model(problem.curves, domain, caution)
    rows, most, equal, names = rows_of(problem, model.low)
    if not len(model.cells):
        return Found(bound=worth(problem.curves.values(domain.low).sum(axis=1), caution)), domain.low[0]
    wide = np.hstack([rows[:, model.cells], np.zeros((len(rows), model.extra))])
    begin = model.start(start, most)
    answer = maximise(model, Rows(wide, most, equal), begin, EXACT, model.guess(begin, rows, most))
    spend = model.spend(answer.x)
    found = Found(bound=_bound(model, answer, rows, most))
    total = 0.0
    for (name, sign), price in zip(names, answer.prices, strict=True):
        if name == "budget":
            total = float(price)
        else:
            found.worth[name] = found.worth.get(name, 0.0) + sign * float(price)
    found.log_price = float(np.log(total)) if total > 0 else FLOOR
    return found, spend


class _Model:
    """Variables: spend above its lower end of each free cell, then the edge of the tail, then shortfalls."""

    def __init__(self, curves: Curves, domain: Domain, caution: Caution) -> None:
        self.caution, self.draws = caution, len(curves.scale)
        self.low, self.high = domain.low[0], domain.high[0]
        self.cells = np.flatnonzero(self.high > self.low)
        self.tailed = caution.knob > 0
        self.extra = 1 + self.draws if self.tailed else 0
        many = Domain(*(np.repeat(getattr(domain, n), self.draws, axis=0) for n in ("low", "active", "high")))
        whole = envelope(curves, many)
        parts = (getattr(whole, n)[:, self.cells] for n in ("low", "touch", "high", "line", "kink"))
        self.env = Envelope(curves.cells(self.cells), *parts)
        self.lined = bool((self.env.touch > self.env.low).any())
        held = np.setdiff1d(np.arange(len(self.low)), self.cells)
        self.base = curves.values(domain.low)[:, held].sum(axis=1)
        free = np.full(self.extra, np.inf)
        self.upper = np.concatenate([(self.high - self.low)[self.cells], free])
        self._kept: tuple[Floats, Floats, Floats] | None = None

    def spend(self, x: Floats) -> Floats:
        """Spend of every cell."""
        found = self.low.copy()
        found[self.cells] += x[: len(self.cells)]
        return np.asarray(np.minimum(found, self.high))

    def start(self, spend: Floats, most: Floats) -> Floats:
        """A plan that keeps the rules, pulled inside of its bounds."""
        width = (self.high - self.low)[self.cells]
        width = np.where(np.isfinite(width), width, 2 * (spend - self.low)[self.cells] + 1.0)
        room = float(most[0]) if len(most) and np.isfinite(most[0]) else float(width.sum())
        even = np.minimum(0.5 * width, room / len(self.cells))
        inside = INSIDE * np.minimum((spend - self.low)[self.cells], 0.999 * width) + (1 - INSIDE) * even
        if not self.tailed:
            return np.asarray(inside)
        totals = self.totals(inside)[0]
        spread = max(float(np.std(totals)), 1e-3 * abs(float(totals.mean())), 1e-12)
        edge = max(float(np.quantile(totals, self.caution.tail)), spread)
        return np.concatenate([inside, [edge], np.maximum(edge - totals, 0.0) + 0.3 * spread])

    def guess(self, x: Floats, rows: Floats, most: Floats) -> Guess:
        """Every draw in the tail alike, and the price of the budget that fits that."""
        knob, draws, n = self.caution.knob, self.draws, len(self.cells)
        _, slope = self.totals(x)
        mean = slope.mean(axis=0)
        weight = np.maximum(x[:n], 1e-300)
        prices = np.zeros(len(most))
        if len(most) and (rows[0] == 1).all():
            prices[0] = float((mean * weight).sum() / weight.sum())
        low = np.maximum(prices @ rows[:, self.cells] - mean, 0.0)
        if not self.tailed:
            return Guess(prices, np.zeros(0), low)
        short = np.full(draws, knob / (self.caution.tail * draws) - knob / draws)
        return Guess(prices, np.full(draws, knob / draws), np.concatenate([low, [0.0], short]))

    def totals(self, x: Floats) -> tuple[Floats, Floats]:
        """(responses (D,), slopes (D, cells)) of the draws' envelopes at x, and their curvatures kept."""
        at = self.low[self.cells] + x[: len(self.cells)]
        spend = np.broadcast_to(at, self.env.low.shape)
        curves = self.env.curves
        with np.errstate(all="ignore"):
            slope = np.exp(curves.log_slopes(spend))
            bend = slope * np.minimum(curves.bends(spend), 0.0)
        value = self.env.values(spend)
        if self.lined:
            on_line = spend < self.env.touch
            slope = np.where(on_line, np.exp(np.where(on_line, self.env.line, 0.0)), slope)
            bend = np.where(on_line, 0.0, bend)
        self._kept = (x, slope, np.where(np.isfinite(bend), bend, 0.0))
        return self.base + value.sum(axis=1), slope

    def local(self, x: Floats) -> Local:
        """Mean, edge and shortfalls: the program of Rockafellar and Uryasev."""
        totals, slope = self.totals(x)
        knob, draws = self.caution.knob, self.draws
        gradient = (1 - knob) / draws * slope.sum(axis=0)
        value = (1 - knob) * float(totals.mean())
        if not self.tailed:
            return Local(value, gradient, np.zeros(0), np.zeros((0, len(x))))
        edge, short = x[len(self.cells)], x[len(self.cells) + 1 :]
        heavy = knob / (self.caution.tail * draws)
        whole = np.concatenate([gradient, [knob], np.full(draws, -heavy)])
        slopes = np.hstack([slope, np.full((draws, 1), -1.0), np.eye(draws)])
        value += knob * edge - heavy * float(short.sum())
        return Local(value, whole, totals - edge + short, slopes)

    def solver(self, x: Floats, weights: Floats, diagonal: Floats) -> Solver:
        """Division by a diagonal: for given weights of the draws, cells do not meet."""
        if self._kept is None or self._kept[0] is not x:
            self.totals(x)
        assert self._kept is not None
        each = (1 - self.caution.knob) / self.draws + (weights if self.tailed else np.zeros(self.draws))
        whole = diagonal.copy()
        whole[: len(self.cells)] -= each @ self._kept[2]
        return lambda right: right / (whole if right.ndim == 1 else whole[:, None])


def _weights(model: _Model, answer: Answer) -> Floats:
    """Weights of the draws that sum to 1 and are allowed: what the dual value needs."""
    knob, draws = model.caution.knob, model.draws
    even = np.full(draws, (1 - knob) / draws)
    if not model.tailed:
        return even
    cap = knob / (model.caution.tail * draws)
    bad = np.clip(answer.goals, 0.0, cap)
    for _ in range(60):  # to the sum without leaving the cap
        missing = knob - bad.sum()
        if abs(missing) <= 1e-15 * knob:
            break
        room = cap - bad if missing > 0 else bad
        bad = bad + np.sign(missing) * room * min(1.0, abs(missing) / max(float(room.sum()), 1e-300))
    return even + bad


def _bound(model: _Model, answer: Answer, rows: Floats, most: Floats) -> float:
    """The dual value: tangents of the weighted curves lie above them, so each cell's best is at an end."""
    weight = _weights(model, answer)
    totals, slope = model.totals(answer.x)
    own = rows[:, model.cells]
    here = Local(float(weight @ totals), weight @ slope, np.zeros(0), np.zeros((0, 0)))
    part = replace(answer, x=answer.x[: len(model.cells)])
    equal = np.zeros(len(most), bool)
    return tangent_bound(here, model.upper[: len(model.cells)], part, Rows(own, most, equal))
