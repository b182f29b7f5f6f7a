"""The best plan over periods whose spend carries over: concave where the curves are, certified by tangents.

Response of a cell in a period is a curve of what all its spend up to then carries there, so cells do not meet
but their periods do: the interior point method solves one small block a cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.solvers.calendar import Calendar
from workbench.solvers.curves import Curves
from workbench.solvers.envelope import Domain, Envelope, envelope
from workbench.solvers.forms import Floats
from workbench.solvers.interior import Answer, Guess, Local, Rows, Solver, maximise, tangent_bound

KEPT, SHARE, ROUNDS = 1e-9, 0.9, 2


@dataclass(eq=False)
class Scheduled:
    """The best plan found, in the calendar's own units.

    Attributes:
        spend: Shape (C, T); None where no plan keeps the rules.
        objective: Of it. bound: No plan has a better one.
        prices: What loosening each rule by 1 brings, shape (m,).
    """

    spend: Floats | None
    objective: float
    bound: float
    prices: Floats


def schedule(asked: Calendar, effort: float = 1.0) -> Scheduled:
    """Solve a calendar.

    Args:
        asked: The question.
        effort: 0: the relaxed plan only; 1: other starts where curves are S-shaped.
    """
    model = _Model(asked, asked.low, asked.high)
    best = Scheduled(None, -np.inf, np.inf, np.zeros(len(asked.most)))
    relaxed, answer = _solved(model, model.even())
    if answer is None:  # everything is fixed
        _take(asked, best, relaxed, best.prices)
        best.bound = best.objective if best.spend is not None else np.nan
        return best
    best.bound = model.bound(answer)
    best.prices = answer.prices
    _take(asked, best, relaxed, answer.prices)
    if effort > 0 and (best.spend is None or best.bound > best.objective * (1 + 1e-7)):
        for spend, prices in _others(asked, relaxed):
            _take(asked, best, spend, prices)
    if best.spend is not None:
        best.bound = max(best.bound, best.objective)
    return best


def responses(asked: Calendar, spend: Floats) -> Floats:
    """Response of every cell in every period that is looked at, shape (C, S), own units."""
    return asked.season * values(asked.curves, carried(asked, spend))


def carried(asked: Calendar, spend: Floats) -> Floats:
    """Spend as it is felt, shape (C, S)."""
    return np.asarray((asked.kernel @ spend[..., None])[..., 0] + asked.base)


def values(curves: Curves, felt: Floats) -> Floats:
    """The curves of C cells at (C, S)."""
    return curves.values(felt.T).T


def slopes(asked: Calendar, spend: Floats) -> Floats:
    """What one more unit brings, by cell and period of the spend, its echo included, shape (C, T)."""
    with np.errstate(all="ignore"):
        steep = asked.season * np.exp(asked.curves.log_slopes(carried(asked, spend).T)).T
    return np.asarray((steep[:, None, :] @ asked.kernel)[:, 0])


def _take(asked: Calendar, best: Scheduled, spend: Floats, prices: Floats) -> None:
    if not keeps(asked, spend):
        return
    objective = float(responses(asked, spend).sum())
    if objective > best.objective:
        best.spend, best.objective, best.prices = spend, objective, prices


def keeps(asked: Calendar, spend: Floats) -> bool:
    """Whether a plan keeps bounds and rules."""
    near = KEPT * (np.abs(spend) + 1e-6)
    inside = (spend <= asked.high + near) & (
        (np.abs(spend - asked.low) <= near) | (spend >= asked.active - near)
    )
    size = np.abs(asked.rows) @ spend.ravel() + 1e-12
    over = asked.rows @ spend.ravel() - asked.most
    held = np.where(asked.equal, np.abs(over), over) <= KEPT * np.maximum(size, np.abs(asked.most))
    return bool(inside.all() and held.all())


def _others(asked: Calendar, relaxed: Floats) -> Any:
    """Plans near the relaxed one: every jump taken or left, and climbs on the curves themselves."""
    starts = [relaxed]
    settled = _settled(asked, relaxed)
    if settled is not None:
        model = _Model(asked, *settled)
        spend, answer = _solved(model, model.even())
        if answer is not None:
            yield spend, answer.prices
            starts.append(spend)
    if (asked.curves.inflection > 0).any():
        low, high = (asked.low, asked.high) if settled is None else settled
        for start in (*starts, *_bursts(asked, relaxed)):
            yield from _climb(asked, low, high, start)


def _climb(asked: Calendar, low: Floats, high: Floats, start: Floats) -> Any:
    """From a plan upwards on the curves themselves, which of them are switched off staying so."""
    now = start
    for _ in range(ROUNDS):
        model = _Model(asked, low, np.where(now > 0, high, low), true=True)
        now, answer = _solved(model, model.inside(now))
        if answer is None:
            return
        yield now, answer.prices


def _settled(asked: Calendar, relaxed: Floats) -> tuple[Floats, Floats] | None:
    """Bounds with every least-if-active either taken or left."""
    jumps = asked.active > asked.low
    if not jumps.any():
        return None
    on = relaxed >= 0.5 * asked.active
    return np.where(jumps & on, asked.active, asked.low), np.where(jumps & ~on, asked.low, asked.high)


def _bursts(asked: Calendar, relaxed: Floats) -> Any:
    """Flights: S-shaped cells spend what they have in a part of their periods, or not at all."""
    bent = (asked.curves.inflection[0] > 0)[:, None]
    periods = np.arange(relaxed.shape[1])
    order = np.argsort(-relaxed.sum(axis=1))
    for step in (2, 3):
        on = periods % step == 0
        yield np.where(
            bent & ~on, asked.low, np.where(bent, asked.low + step * (relaxed - asked.low), relaxed)
        )
    keep = np.zeros(len(relaxed), bool)
    keep[order[: max(1, len(order) // 2)]] = True
    yield np.where(bent & ~keep[:, None], asked.low, relaxed)


def _solved(model: _Model, start: Floats) -> tuple[Floats, Answer | None]:
    if not len(model.upper):
        return model.low, None
    answer = maximise(model, Rows(model.rows, model.most, model.asked.equal), start, guess=model.guess(start))
    return model.spend(answer.x), answer


class _Model:
    """Variables: spend above its least, for every cell and period that is free."""

    def __init__(self, asked: Calendar, low: Floats, high: Floats, true: bool = False) -> None:
        self.asked, self.low, self.high, self.true = asked, low, np.maximum(high, low), true
        self.free = np.flatnonzero((self.high - low).ravel() > 1e-14 * max(1.0, float(low.max())))
        self.upper = (self.high - low).ravel()[self.free]
        self.rows = asked.rows[:, self.free]
        self.most = asked.most - asked.rows @ low.ravel()
        self.env = self._envelopes()

    def _envelopes(self) -> Envelope:
        """Envelopes over what can be felt, one row a period, as `Curves` takes them."""
        least, most = carried(self.asked, self.low).T, carried(self.asked, self.high).T
        return envelope(self.asked.curves, Domain(least, least, np.maximum(most, least)))

    def even(self) -> Floats:
        """A point inside: an even share of what is left."""
        room = float(self.most[0])
        return np.minimum(0.5 * self.upper, SHARE * max(room, 1e-9) / max(len(self.upper), 1))

    def inside(self, spend: Floats) -> Floats:
        """A plan pulled inside."""
        own = (spend - self.low).ravel()[self.free]
        return SHARE * np.clip(own, 0.0, 0.999 * self.upper) + (1 - SHARE) * self.even()

    def guess(self, x: Floats) -> Guess:
        """The price of the budget that fits the slopes at the start."""
        steep = self.local(x).gradient
        prices = np.zeros(len(self.most))
        prices[0] = float(np.median(steep)) if len(steep) else 0.0
        return Guess(prices, np.zeros(0), np.maximum(prices[0] - steep, 0.0))

    def spend(self, x: Floats) -> Floats:
        """Spend of every cell and period, shape (C, T)."""
        found = self.low.ravel().copy()
        found[self.free] += x
        return np.minimum(found.reshape(self.low.shape), self.high)

    def felt(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """(values, slopes, curvatures) of the envelopes at what is felt, shape (C, S)."""
        at, season, curves = carried(self.asked, self.spend(x)).T, self.asked.season, self.asked.curves
        with np.errstate(all="ignore"):
            slope = np.exp(curves.log_slopes(at))
            bend = slope * np.minimum(curves.bends(at), 0.0)
        value = curves.values(at) if self.true else self.env.values(at)
        on_line = (at < self.env.touch) & (not self.true)
        slope = np.where(on_line, np.exp(np.where(on_line, self.env.line, 0.0)), slope)
        bend = np.where(on_line | ~np.isfinite(bend), 0.0, bend)
        return season * value.T, season * slope.T, season * bend.T

    def local(self, x: Floats) -> Local:
        """Response and its gradient."""
        value, slope, _ = self.felt(x)
        gradient = (slope[:, None, :] @ self.asked.kernel)[:, 0].ravel()[self.free]
        return Local(float(value.sum()), gradient, np.zeros(0), np.zeros((0, len(x))))

    def solver(self, x: Floats, _: Floats, diagonal: Floats) -> Solver:
        """One block a cell; there are no goals to weigh."""
        kernel, shape = self.asked.kernel, self.low.shape
        _, _, bend = self.felt(x)
        blocks = (kernel.transpose(0, 2, 1) * -bend[:, None, :]) @ kernel
        mask = np.zeros(shape[0] * shape[1], bool)
        mask[self.free] = True
        mask = mask.reshape(shape)
        blocks *= mask[:, :, None] & mask[:, None, :]
        diag = np.ones(shape[0] * shape[1])
        diag[self.free] = diagonal
        at = np.arange(shape[1])
        blocks[:, at, at] += diag.reshape(shape)
        inverse = np.linalg.inv(blocks)

        def solve(right: Floats) -> Floats:
            wide = np.zeros((mask.size, *right.shape[1:]))
            wide[self.free] = right
            found = inverse @ wide.reshape(shape[0], shape[1], -1)
            return np.asarray(found.reshape(wide.shape)[self.free])

        return solve

    def bound(self, answer: Answer) -> float:
        """No plan brings more: the envelopes lie below their tangents."""
        here = self.local(answer.x)
        return tangent_bound(here, self.upper, answer, Rows(self.rows, self.most, self.asked.equal))
