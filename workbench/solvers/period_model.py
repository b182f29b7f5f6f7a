"""Spend by cell and period as variables of a concave problem: envelopes over what can be felt.

Response of a cell in a period is a curve of what all its spend up to then carries there, so cells do not meet
but their periods do: the interior point method solves one small block a cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.solvers.calendar import Calendar
from workbench.solvers.curves import Curves
from workbench.solvers.envelope import Domain, Envelope, envelope
from workbench.solvers.forms import Floats
from workbench.solvers.interior import SMALL, Answer, Guess, Local, Rows, Solver, maximise, tangent_bound

SHARE, LOOSE, EMPTY, PART = 0.9, 1e-12, 1e-14, 1e-9


@dataclass(frozen=True, eq=False)
class Box:
    """Where spend and what is felt of it may lie.

    Attributes:
        low, high: Of the spend, shape (C, T). least, most: Of what is felt, shape (C, S).
    """

    low: Floats
    high: Floats
    least: Floats
    most: Floats

    @staticmethod
    def of(asked: Calendar, low: Floats, high: Floats) -> Box:
        """Whatever these spends let be felt."""
        high = np.maximum(high, low)
        least = carried(asked, low)
        return Box(low, high, least, np.maximum(carried(asked, high), least))


def carried(asked: Calendar, spend: Floats) -> Floats:
    """Spend as it is felt, shape (C, S)."""
    return np.asarray((asked.kernel @ spend[..., None])[..., 0] + asked.base)


def values(curves: Curves, felt: Floats) -> Floats:
    """The curves of C cells at (C, S)."""
    return curves.values(felt.T).T


def responses(asked: Calendar, spend: Floats) -> Floats:
    """Response of every cell in every period that is looked at, shape (C, S), own units."""
    return asked.season * values(asked.curves, carried(asked, spend))


class Model:
    """Variables: spend above its least, for every cell and period that is free."""

    def __init__(self, asked: Calendar, box: Box, true: bool = False) -> None:
        self.asked, self.box, self.low, self.high, self.true = asked, box, box.low, box.high, true
        self.free = np.flatnonzero((self.high - self.low).ravel() > EMPTY * max(1.0, float(self.low.max())))
        self.upper = (self.high - self.low).ravel()[self.free]
        self.rules = self._rules()
        self.env: Envelope = envelope(asked.curves, Domain(box.least.T, box.least.T, box.most.T))

    def _rules(self) -> Rows:
        """The question's rules, and what may be felt where that is narrower than the spends let it be."""
        asked, box = self.asked, self.box
        rows, most = [asked.rows], [asked.most]
        for sign, end, reach in ((1.0, box.most, self.high), (-1.0, box.least, self.low)):
            free = carried(asked, reach)
            for c, s in np.argwhere(sign * (free - end) > LOOSE * np.maximum(np.abs(free), LOOSE)):
                row = np.zeros(self.low.shape)
                row[c] = sign * asked.kernel[c, s]
                rows.append(row.ravel()[None])
                most.append(np.array([sign * (end[c, s] - asked.base[c, s])]))
        every = np.vstack(rows)
        equal = np.zeros(len(every), bool)
        equal[: len(asked.equal)] = asked.equal
        return Rows(every[:, self.free], np.concatenate(most) - every @ self.low.ravel(), equal)

    def solved(self, start: Floats, enough: float = -np.inf) -> tuple[Floats, Answer | None]:
        """(spend at the top, the answer); None where everything is fixed.

        Ends early where nothing brings more than `enough`, and less exactly: its bound holds in any case.
        """
        if not len(self.upper):
            return self.low, None
        exact = PART if np.isfinite(enough) else SMALL
        answer = maximise(self, self.rules, start, exact, self.guess(start), enough=enough)
        return self.spend(answer.x), answer

    def even(self) -> Floats:
        """A point inside: an even share of what is left."""
        room = float(self.rules.most[0])
        return np.minimum(0.5 * self.upper, SHARE * max(room, 1e-9) / max(len(self.upper), 1))

    def inside(self, spend: Floats) -> Floats:
        """A plan pulled inside."""
        own = (spend - self.low).ravel()[self.free]
        return SHARE * np.clip(own, 0.0, 0.999 * self.upper) + (1 - SHARE) * self.even()

    def guess(self, x: Floats) -> Guess:
        """The price of the budget that fits the slopes at the start."""
        steep = self.local(x).gradient
        prices = np.zeros(len(self.rules.most))
        prices[0] = float(np.median(steep)) if len(steep) else 0.0
        return Guess(prices, np.zeros(0), np.maximum(prices[0] - steep, 0.0))

    def spend(self, x: Floats) -> Floats:
        """Spend of every cell and period, shape (C, T)."""
        found = self.low.ravel().copy()
        found[self.free] += x
        return np.minimum(found.reshape(self.low.shape), self.high)

    @cached_property
    def _lines(self) -> Floats:
        return np.where(self.env.touch > self.env.low, np.exp(np.minimum(self.env.line, 700.0)), 0.0)

    def felt(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """(values, slopes, curvatures) of the envelopes at what is felt, shape (C, S).

        Beyond what may be felt an envelope goes on straight, which keeps it concave.
        """
        at, season, curves, env = (
            carried(self.asked, self.spend(x)).T,
            self.asked.season,
            self.asked.curves,
            self.env,
        )
        inside = at if self.true else np.clip(at, env.low, np.maximum(env.high, env.low))
        with np.errstate(all="ignore"):
            slope = np.exp(curves.log_slopes(inside))
            bend = slope * np.minimum(curves.bends(inside), 0.0)
        on_line = (inside <= env.touch) & (env.touch > env.low) & (not self.true)
        slope = np.where(on_line, self._lines, slope)
        bend = np.where(on_line | (at != inside) | ~np.isfinite(bend), 0.0, bend)
        value = curves.values(inside) if self.true else env.values(inside)
        with np.errstate(invalid="ignore"):
            value = value + np.where(at != inside, slope * (at - inside), 0.0)
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
        return tangent_bound(self.local(answer.x), self.upper, answer, self.rules)
