"""A question about several periods: curves, carry-over, season, what is spent and booked, who spends when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError
from workbench.solvers.checks import checked, spends
from workbench.solvers.curves import Curves
from workbench.solvers.forms import Floats
from workbench.solvers.period_echo import carried_in, carry, season_of
from workbench.solvers.period_frames import Asked, labels_of
from workbench.solvers.period_rules import bounds, refuse, rows_between
from workbench.solvers.reading import curves_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Calendar:
    """A question that was read; C cells, T periods to plan, S periods that are looked at (T and its echo).

    Attributes:
        table: The checked CurveTable, in its own order.
        labels: Of the T periods.
        curves: Of the cells in `order`, money and response in units of their own.
        order: Cell of the table at each place of the problem.
        kernel: What a unit spent in period t carries into period s, shape (C, S, T).
        base: Carried into each period from outside the plan, shape (C, S).
        season: Factor of each response, shape (C, S).
        low: Least spend, shape (C, T). active: Least if any. high: Most.
        fixed: Where the past says what was spent, shape (C, T). booked: Committed spend, shape (C, T).
        rows: Rules that tie cells or periods, shape (m, C·T). most: Shape (m,). names: Of the rules.
        equal: Which of them are equalities.
        money: Currency units in one unit. scale: Responses in one unit.
        budget: Most spend in currency units. current: Spend a period today, or None.
    """

    table: pd.DataFrame
    labels: tuple[Any, ...]
    curves: Curves
    order: Any
    kernel: Floats
    base: Floats
    season: Floats
    low: Floats
    active: Floats
    high: Floats
    fixed: Any
    booked: Floats
    rows: Floats
    most: Floats
    equal: Any
    names: tuple[tuple[str, int], ...]
    money: float
    scale: float
    budget: float
    current: Floats | None

    def back(self, cells: Floats) -> Floats:
        """Values (C, …) of the problem in the table's order."""
        found = np.empty_like(cells)
        found[self.order] = cells
        return found


def read_calendar(curves: Any, budget: float, asked: Asked) -> Calendar:
    """Check everything and return the problem."""
    table = checked(curves)
    labels = labels_of(asked.periods)
    total = spends("budget", budget)
    if not 0 < total < np.inf:
        raise QuestionError(f"The budget is {budget!r}.", "Give the money of all periods together.")
    weights = carry(table, asked.carryover, len(labels))
    ahead = weights.shape[1]
    current = table["current"].to_numpy(float) if "current" in table else None
    low, active, high, fixed, booked = bounds(table, labels, asked)
    base = carried_in(table, labels, weights, asked, current)
    season = season_of(table, labels, ahead, asked.season)
    rows, most, equal, names = rows_between(table, labels, total, asked)
    refuse(low, high, total, rows, most, names)
    money, scale = total / len(labels), float((table["scale"] * season.max()).max()) or 1.0
    order, built = curves_of(table, np.full(len(table), 1 / scale), money)
    kernel = np.zeros((len(table), ahead, len(labels)))
    for t in range(len(labels)):
        kernel[:, t:, t] = weights[:, : ahead - t]
    arranged = rows.reshape(len(rows), len(table), -1)[:, order].reshape(len(rows), -1)
    high = np.minimum(high, low + max(0.0, total - low.sum()))
    high = np.where(active > high * (1 + 1e-12), low, high)
    return Calendar(
        table=table,
        labels=labels,
        curves=built,
        order=order,
        kernel=kernel[order],
        base=(base / money)[order],
        season=season[order],
        low=(low / money)[order],
        active=(np.minimum(active, high) / money)[order],
        high=(high / money)[order],
        fixed=fixed[order],
        booked=booked,
        rows=arranged,
        most=most / money,
        equal=equal,
        names=names,
        money=money,
        scale=scale,
        budget=total,
        current=current,
    )
