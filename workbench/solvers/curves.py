"""Many curves at once, side by side by family, for one problem a row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from workbench.solvers.forms import FORMS, Floats


@dataclass(frozen=True, eq=False)
class Curves:
    """Curves of n cells, sorted by family; parameters have shape (1, n), or (K, n) for K draws.

    Attributes:
        families: (family, first cell, end) of each run of cells.
        scale: Response at saturation, or the multiplier.
        half: Spend at u = 1.
        shape: Exponent; 1 where the family has none.
    """

    families: tuple[tuple[str, int, int], ...]
    scale: Floats
    half: Floats
    shape: Floats

    @cached_property
    def log_unit(self) -> Floats:
        """ln(scale ÷ half): what a log marginal in own units lacks; −∞ for a curve that gives nothing."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.scale) - np.log(self.half))

    @cached_property
    def inflection(self) -> Floats:
        """Spend from which on each curve is concave."""
        found = np.zeros_like(self.shape)
        for name, a, b in self.families:
            found[:, a:b] = FORMS[name].inflection(self.shape[:, a:b])
        return found * self.half

    def values(self, spend: Floats) -> Floats:
        """Response at `spend`, shape (K, n)."""
        u, found = spend / self.half, np.empty(np.broadcast_shapes(spend.shape, self.half.shape))
        with np.errstate(all="ignore"):
            for name, a, b in self.families:
                found[:, a:b] = FORMS[name].value(u[:, a:b], self.shape[:, a:b])
        return np.asarray(found * self.scale)

    def log_slopes(self, spend: Floats) -> Floats:
        """Logarithm of the marginal response at `spend`, shape (K, n)."""
        u, found = spend / self.half, np.empty(np.broadcast_shapes(spend.shape, self.half.shape))
        with np.errstate(all="ignore"):
            for name, a, b in self.families:
                found[:, a:b] = FORMS[name].log_slope(u[:, a:b], self.shape[:, a:b])
        return found + self.log_unit

    def bends(self, spend: Floats) -> Floats:
        """Change of the log marginal by spend, shape (K, n); 0 or less where the curve is concave."""
        u, found = spend / self.half, np.empty(np.broadcast_shapes(spend.shape, self.half.shape))
        with np.errstate(all="ignore"):
            for name, a, b in self.families:
                found[:, a:b] = FORMS[name].bend(u[:, a:b], self.shape[:, a:b])
        return found / self.half

    def local(self, spend: Floats) -> tuple[Floats, Floats, Floats]:
        """(response, marginal, change of the marginal by spend) at `spend`, each of shape (K, n)."""
        u = spend / self.half
        parts: tuple[Floats, Floats, Floats] = (np.empty_like(u), np.empty_like(u), np.empty_like(u))
        with np.errstate(all="ignore"):
            for name, a, b in self.families:
                for part, own in zip(parts, FORMS[name].local(u[:, a:b], self.shape[:, a:b]), strict=True):
                    part[:, a:b] = own
            value, slope, bend = parts
            steep = self.scale / self.half
            return value * self.scale, slope * steep, bend * (steep / self.half)

    def inverse(self, log_price: Floats, skip: Any) -> tuple[Floats, Floats]:
        """Spend at which the falling marginal is a price, and its change by ln price, shape (K, n).

        Args:
            log_price: Shape (K, n).
            skip: Cells whose answer is not needed; they cost no Newton steps.
        """
        with np.errstate(invalid="ignore"):
            y = np.where(skip, -3.0, log_price - self.log_unit)
        u, du = np.empty_like(y), np.empty_like(y)
        with np.errstate(all="ignore"):
            for name, a, b in self.families:
                shape = np.broadcast_to(self.shape[:, a:b], y[:, a:b].shape)
                u[:, a:b], du[:, a:b] = FORMS[name].inverse(y[:, a:b], shape)
        return u * self.half, du * self.half

    def cells(self, which: Any) -> Curves:
        """Some of the cells, by their ascending numbers."""
        runs = []
        for name, a, b in self.families:
            first, end = np.searchsorted(which, [a, b])
            runs += [(name, int(first), int(end))] if end > first else []
        parts = (np.ascontiguousarray(value[:, which]) for value in (self.scale, self.half, self.shape))
        return Curves(tuple(runs), *parts)

    def rows(self, which: Any) -> Curves:
        """The curves of some draws; the same where all rows share one set."""
        if self.scale.shape[0] == 1:
            return self
        return replace(self, scale=self.scale[which], half=self.half[which], shape=self.shape[which])
