"""Where each cell may spend, and the smallest concave curve above its response there.

A cell may spend `low`, or from `active` to `high`. Its envelope is a straight line from `low` to `touch` and
the curve itself from there on; a concave cell has `touch == low` and no line.
Source: M. Udell, S. Boyd, *Maximizing a Sum of Sigmoids*, 2013, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.solvers.curves import Curves
from workbench.solvers.forms import Floats

TANGENT_STEPS = 60


@dataclass(frozen=True, eq=False)
class Domain:
    """Spend allowed: `low`, or `active` … `high`; arrays of shape (K, n)."""

    low: Floats
    active: Floats
    high: Floats

    def pick(self, rows: Any) -> Domain:
        """Some of the rows."""
        return Domain(self.low[rows], self.active[rows], self.high[rows])

    @staticmethod
    def stack(parts: list[Domain]) -> Domain:
        """Rows of several, one below another."""
        return Domain(*(np.concatenate([getattr(p, name) for p in parts]) for name in _NAMES))


_NAMES = ("low", "active", "high")


@dataclass(frozen=True, eq=False)
class Envelope:
    """Envelopes over a domain, shape (K, n).

    Attributes:
        curves: The curves below.
        low: Least spend. touch: End of the straight line. high: Most spend.
        line: Logarithm of the line's slope; +∞ where there is no line.
        kink: Log marginal just beyond `touch`.
    """

    curves: Curves
    low: Floats
    touch: Floats
    high: Floats
    line: Floats
    kink: Floats

    def demand(self, log_price: Floats) -> tuple[Floats, Floats]:
        """What each cell buys at a price, and how that changes with ln price.

        Args:
            log_price: Shape (K, n) or (K, 1).
        """
        y = np.broadcast_to(log_price, self.low.shape)
        at_touch, nothing = y >= self.kink, y >= self.line
        spend, change = self.curves.inverse(y, at_touch)
        spend = np.where(at_touch, self.touch, np.clip(spend, self.touch, self.high))
        inside = ~(at_touch | nothing) & (spend < self.high) & (spend > self.touch)
        return np.where(nothing, self.low, spend), np.where(inside, change, 0.0)

    def values(self, spend: Floats) -> Floats:
        """The envelope at `spend`."""
        own = self.curves.values(spend)
        on_line = (spend < self.touch) & (spend > self.low)
        if not on_line.any():
            return own
        with np.errstate(all="ignore"):
            line = self.curves.values(self.low) + np.exp(self.line) * (spend - self.low)
        return np.where(on_line, line, own)

    def best(self, log_price: Floats) -> Floats:
        """max over the domain of response − price · spend, each cell."""
        spend, _ = self.demand(log_price)
        with np.errstate(invalid="ignore", over="ignore"):
            price = np.exp(log_price)
            return np.asarray(self.curves.values(spend) - np.where(price > 0, price * spend, 0.0))


def envelope(curves: Curves, domain: Domain) -> Envelope:
    """Return the envelopes of `curves` over `domain`."""
    low, high = domain.low, domain.high
    bend = np.broadcast_to(curves.inflection, low.shape)
    jumps = (domain.active > low) | (low < bend)
    for name, a, b in curves.families:
        if name == "line":
            jumps[:, a:b] = True
    jumps &= high > low
    touch = low.copy()
    if jumps.any():
        start = np.where(jumps, np.maximum(domain.active, bend), low)
        touch = np.where(jumps, _touch(curves, domain, start, jumps), low)
    # on the falling side of the marginal, also where the whole domain lies before the inflection
    kink = np.where(high > low, curves.log_slopes(np.maximum(touch, bend)), -np.inf)
    return Envelope(curves, low, touch, high, np.where(touch > low, _chord(curves, low, touch), np.inf), kink)


def _touch(curves: Curves, domain: Domain, start: Floats, jumps: Any) -> Floats:
    """The point with the steepest chord from `low` (Dinkelbach's iteration, quadratic and monotone)."""
    low, point = domain.low, np.where(start > domain.low, start, domain.high)
    for _ in range(TANGENT_STEPS):
        slope = _chord(curves, low, point)
        peak = curves.log_slopes(start)
        found, _ = curves.inverse(np.minimum(slope, peak), ~jumps | (slope >= peak))
        found = np.where(slope >= peak, start, np.maximum(found, start))
        moved = np.abs(found - point) > 1e-13 * point
        point = np.where(jumps & np.isfinite(found), found, point)
        if not (moved & jumps).any():
            break
    for name, a, b in curves.families:
        if name == "line":
            point[:, a:b] = domain.high[:, a:b]
    return np.asarray(np.clip(point, domain.active, domain.high))


def _chord(curves: Curves, low: Floats, point: Floats) -> Floats:
    """Logarithm of the mean slope from `low` to `point`."""
    with np.errstate(all="ignore"):
        rise = curves.values(point) - curves.values(low)
        return np.asarray(np.where(rise > 0, np.log(rise) - np.log(point - low), -np.inf))
