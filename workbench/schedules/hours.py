"""One hour more or less: what a price of money cannot tell where a campaign has few windows.

A price finds schedules on the hull of (spend, response). With hours that are only on or off, the best one
for a budget can lie inside the hull; it is near, and an hour's change finds it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.schedules.cells import DAY, DAYS, Cells
from workbench.schedules.rules import Rules
from workbench.solvers.forms import Floats

ROUNDS, LEAST = 24, 1e-9
"""Changes to try in all, shared among the campaigns; the least gain that counts."""


def with_changed_hours(cells: Cells, rules: Rules, spend: Floats, budget: Floats) -> Floats:
    """Spend, shape (g, 168), after changing one hour at a time while that brings more at the same budget.

    Args:
        cells: The plan. rules: Without bid multipliers. budget: Of each campaign.
        spend: On-or-off hours, one level a day, spending the budget.
    """
    for _ in range(max(1, ROUNDS // len(budget))):
        tried = _neighbours(cells, rules, spend, budget)
        worth = cells.responses(tried).sum(axis=2)
        best = worth.argmax(axis=0)
        chosen = tried[best, np.arange(len(budget))]
        better = worth.max(axis=0) > worth[0] * (1 + LEAST)
        if not better.any():
            break
        spend = np.where(better[:, None], chosen, spend)
    return spend


def _neighbours(cells: Cells, rules: Rules, spend: Floats, budget: Floats) -> Floats:
    """The schedules with one hour changed, shape (169, g, 168), the first as it is."""
    g, hours = spend.shape
    tried = np.broadcast_to(spend, (hours + 1, g, hours)).copy()
    each = np.arange(hours)
    tried[each + 1, :, each] = np.where(spend > 0, 0.0, _level(cells, spend)).T
    total = tried.sum(axis=2, keepdims=True)
    tried *= np.divide(budget[:, None], total, out=np.zeros_like(total), where=total > 0)
    fine = ((tried <= cells.high * (1 + 1e-9)) & ((tried > 0) | (cells.low <= 0))).all(axis=2)
    fine &= _windows(tried > 0).max(axis=2) <= (rules.windows or DAY)
    tried[~fine] = np.broadcast_to(spend, tried.shape)[~fine]
    return tried


def _level(cells: Cells, spend: Floats) -> Floats:
    """What an hour of each day spends if it is on; a day that is off takes the level of the mean hour."""
    rate = np.divide(spend, cells.natural, out=np.zeros_like(spend), where=cells.natural > 0)
    days = rate.reshape(len(spend), DAYS, DAY).max(axis=2)
    mean = rate.sum(axis=1) / np.maximum((rate > 0).sum(axis=1), 1)
    level = np.where(days > 0, days, mean[:, None])
    return np.repeat(level, DAY, axis=1) * cells.natural


def _windows(on: Any) -> Any:
    """Windows of each day, shape (…, 7)."""
    days = on.reshape(*on.shape[:-1], DAYS, DAY)
    return days[..., 0].astype(int) + (days[..., 1:] & ~days[..., :-1]).sum(axis=-1)
