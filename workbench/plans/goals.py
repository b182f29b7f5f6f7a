"""Plans over periods with other aims: one search for the budget, on what `optimize.allocate_periods` brings.

What a budget B can bring at most, U(B), lies below the line of its dual price λ: U(C) ≤ U(B) + λ (C − B).
So each plan on the way is a tangent that proves how little a target can cost, or how much a return allows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import QuestionError, unknown

if TYPE_CHECKING:
    import pandas as pd

    from workbench.optimize import PeriodPlan

MODES = ("max_response", "min_cost", "target_roas", "target_cpa")
"""Aims of a plan over periods."""
STEPS, MET = 40, 1e-6
"""Plans tried at most, and how near a target must be met, relative."""

Solve = Callable[[float], "PeriodPlan"]


@dataclass(frozen=True, eq=False)
class Reached:
    """A plan over periods for an aim.

    Attributes:
        plan: The plan. aim: What the mode makes large (least money in `min_cost`).
        bound: No plan within the rules has a better aim.
        met: Whether the target is met; else the plan is the nearest.
    """

    plan: PeriodPlan
    aim: float
    bound: float
    met: bool

    @property
    def gap(self) -> float:
        """How far the aim can be from the best at most, relative."""
        return abs(self.bound - self.aim) / abs(self.aim) if self.aim else 0.0


def reached(mode: str, target: float | None, most: float, solve: Solve, needed: float = 0.0) -> Reached:
    """The plan over periods that an aim asks for.

    Args:
        mode: One of `MODES`.
        target: In `min_cost` the response (later ones included), in `target_roas` value ÷ spend, in
            `target_cpa` spend ÷ response; in `target_roas` `solve` counts value, not responses.
        most: The budget in `max_response`; else the most money that can be spent.
        solve: Budget → plan.
        needed: Money that must be spent in any case.

    Raises:
        QuestionError: for a mode or target that is none.
    """
    if mode not in MODES:
        raise unknown("mode", mode, MODES)
    if mode == "max_response":
        plan = solve(most)
        return Reached(plan, plan.objective, plan.upper_bound, plan.status != "infeasible")
    if target is None or not 0 < target < math.inf:
        raise QuestionError(f"target={target!r} is no target.", "Give a number above 0, such as target=3.5.")
    if mode == "min_cost":
        return _cheapest(target, most, solve, needed)
    return _returning(target if mode == "target_roas" else 1 / target, most, solve, needed)


def _cheapest(target: float, most: float, solve: Solve, needed: float) -> Reached:
    """The least money whose plan brings the target: Newton on a concave curve, kept within what was tried."""
    full = solve(most)
    if full.objective < target * (1 - MET):
        return Reached(full, full.total_spend, full.total_spend, False)
    low, high, best, bound = needed, full.total_spend, full, needed
    money = low + (high - low) * min(1.0, target / full.objective)
    for _ in range(STEPS):
        plan = solve(max(money, 1e-9 * most))
        price = plan.shadow_prices.get("budget", 0.0)
        if price > 0:
            bound = max(bound, money + (target - plan.upper_bound) / price)
        if plan.objective >= target * (1 - MET):
            high, best = money, plan
        else:
            low = money
        if high - max(low, bound) <= MET * high:
            break
        step = money + (target - plan.objective) / price if price > 0 else low
        money = step if low < step < high else (low + high) / 2
    return Reached(best, best.total_spend, min(bound, best.total_spend), True)


def _returning(target: float, most: float, solve: Solve, needed: float) -> Reached:
    """The most money that still returns the target, from above: Newton on response less target × money."""
    low, high, best, tried = needed, most, None, []
    money, bound = most, math.inf
    for _ in range(STEPS):
        plan = solve(money)
        tried.append(plan)
        price, over = plan.shadow_prices.get("budget", 0.0), plan.objective - target * plan.total_spend
        if plan.objective >= target * plan.total_spend * (1 - MET):
            low, best = money, plan
        else:
            high = money
        bound = min(bound, _ceiling(plan, money, price, target, most))
        if best is not None and (high - low <= MET * high or low >= most):
            break
        step = money + over / (target - price) if target > price else low
        money = step if low < step < high else (low + high) / 2
    if best is None:
        nearest = max(*tried, solve(max(low, 1e-6 * most)), key=_return)
        return Reached(nearest, nearest.objective, nearest.objective, False)
    return Reached(best, best.objective, max(bound, best.objective), True)


def _return(plan: PeriodPlan) -> float:
    return plan.objective / plan.total_spend if plan.total_spend > 0 else -math.inf


def _ceiling(plan: PeriodPlan, money: float, price: float, target: float, most: float) -> float:
    """No plan that returns the target brings more: where the tangent meets the line of the target."""
    if price >= target:
        return plan.upper_bound + price * (most - money)
    end = (plan.upper_bound - price * money) / (target - price)
    return plan.upper_bound + price * (min(end, most) - money)


def valued(curves: pd.DataFrame) -> pd.DataFrame:
    """Curves that count value: their responses times what one is worth."""
    return curves.assign(scale=curves["scale"] * curves["value_per_response"])
