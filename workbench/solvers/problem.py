"""One planning problem in units of its own: money in parts of the budget, response in parts of a scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.solvers.curves import Curves
from workbench.solvers.envelope import Domain
from workbench.solvers.forms import Floats

if TYPE_CHECKING:
    from workbench.solvers.groups import Level
    from workbench.solvers.limits import Limits

MODES = ("max_response", "min_cost", "target_roas", "target_cpa", "target_mroas")
HELD = 1e-9


@dataclass(frozen=True, eq=False)
class Problem:
    """Curves, where they may spend, group budgets and the goal.

    Attributes:
        curves: Curves of n cells.
        domain: Where each may spend, shape (1, n).
        levels: Group budgets, innermost first.
        mode: One of `MODES`.
        budget: Most spend in total; ∞ where there is none.
        target: Response (`min_cost`), value ÷ spend (`target_roas`, `target_cpa`), or value of one more unit
            of spend (`target_mroas`).
        limits: Limits on per-unit attributes, or None.
    """

    curves: Curves
    domain: Domain
    levels: tuple[Level, ...]
    mode: str
    budget: float
    target: float = 0.0
    limits: Limits | None = None

    def tighten(self, domain: Domain) -> tuple[Domain, Any]:
        """Take away what cells with a jump cannot spend; also whether the floors fit, shape (K,).

        A concave cell gets twice its room, so that its budgets bind and keep their price; a hair more than
        the room does that for the others.
        """
        low, high = domain.low, domain.high
        room = self.budget - low.sum(axis=1, keepdims=True)
        fits = room[:, 0] >= -HELD * self.budget if np.isfinite(self.budget) else np.ones(len(low), bool)
        most = low + np.maximum(room, 0.0) * (1 + HELD)
        for level in self.levels:
            spare = level.most - level.sums(low)
            fits = fits & (spare >= -HELD * np.where(np.isfinite(level.most), level.most, 1.0)).all(axis=1)
            most = np.minimum(most, low + np.maximum(level.sums.spread(spare, np.inf), 0.0) * (1 + HELD))
        jumps = (domain.active > low) | (self.curves.inflection > low) | self._lines()
        ample = low + 2 * np.maximum(room, 0.0) if np.isfinite(self.budget) else high
        high = np.minimum(high, np.where(jumps, most, ample))
        shut = domain.active > high * (1 + 1e-12)
        high = np.where(shut, low, np.maximum(high, domain.active))
        return Domain(low, np.where(shut, low, domain.active), high), fits

    def _lines(self) -> Any:
        mask = np.zeros(self.curves.scale.shape[1], bool)
        for name, a, b in self.curves.families:
            mask[a:b] = name == "line"
        return mask

    def objective(self, spend: Floats) -> Floats:
        """What is to be large, shape (K,): response, less cost in some modes."""
        total, value = spend.sum(axis=1), self.curves.values(spend).sum(axis=1)
        if self.mode == "min_cost":
            return np.asarray(-total)
        return np.asarray(value - self.target * total if self.mode == "target_mroas" else value)

    def bound(self, fixed: Floats, price: Floats) -> Floats:
        """The dual bound on the objective from the groups' part and the price of the total, shape (K,)."""
        with np.errstate(all="ignore"):
            if self.mode == "min_cost":
                return np.asarray(
                    -np.where(np.isfinite(price) & (price > 0), (self.target - fixed) / price, 0.0)
                )
            budget = self.budget if np.isfinite(self.budget) else 0.0
            if self.mode == "target_mroas":
                return np.asarray(fixed + np.maximum(price - self.target, 0.0) * budget)
            whole = fixed + np.where(price > 0, price * self.budget, 0.0)
            if self.mode == "max_response":
                return np.asarray(whole)
            ratio = np.where(price < self.target, fixed / (1 - price / self.target), np.inf)
            return np.asarray(np.fmin(whole, ratio))

    def holds(self, spend: Floats) -> Any:
        """Whether spends keep budget, groups, floors, caps and target, shape (K,)."""
        low, active, high = self.domain.low, self.domain.active, self.domain.high
        near = HELD * (np.abs(spend) + 1e-6)
        inside = (spend <= high + near) & ((np.abs(spend - low) <= near) | (spend >= active - near))
        fits = inside.all(axis=1) & (spend.sum(axis=1) <= self.budget * (1 + HELD))
        for level in self.levels:
            total = level.sums(spend)
            fits &= ((total <= level.most * (1 + HELD)) & (total >= level.least * (1 - HELD))).all(axis=1)
        if self.limits is not None:
            fits &= self.limits.hold(spend, HELD)
        return fits & self._on_target(spend)

    def _on_target(self, spend: Floats) -> Any:
        value, total = self.curves.values(spend).sum(axis=1), spend.sum(axis=1)
        if self.mode == "min_cost":
            return value >= self.target * (1 - HELD)
        if self.mode in ("target_roas", "target_cpa"):
            return (value >= self.target * total * (1 - HELD)) & (total > 0)
        return np.ones(len(spend), bool)
