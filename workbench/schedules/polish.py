"""Levels between those of the grid: each window at the level that is best for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.schedules.cells import DAY, Cells
from workbench.schedules.rules import Rules
from workbench.solvers.forms import Floats

STEPS, GOLDEN = 14, (5**0.5 - 1) / 2


def polished(cells: Cells, rules: Rules, levels: Any, spend: Floats, price: Floats, mean: Floats) -> Floats:
    """Spend of each hour where every window has its own best level, or every day where it has only one.

    Args:
        cells: The plan. rules: What the platform takes. mean: Spend of a mean hour at multiplier 1, (g,).
        levels: Level of each hour, shape (g, 168). spend: The same in currency units.
        price: What a unit of spend has to bring, shape (g,).

    Returns:
        Spend, shape (g, 168), at multipliers that the platform takes.

    Source: J. Kiefer, *Sequential minimax search for a maximum*, 1953.
    """
    run = runs(levels, rules)
    reach = float(np.exp(_width(levels, spend)))
    most = np.divide(cells.high, spend, out=np.full_like(spend, np.inf), where=spend > 0)
    room = np.full(run.max() + 1, np.inf)
    np.minimum.at(room, run, most)

    def worth(factor: Floats) -> Floats:
        now = spend * factor[run]
        net = cells.responses(now[None])[0] - price[:, None] * now
        return np.asarray(np.bincount(run.ravel(), net.ravel()), dtype=float)

    low, high = np.full(len(room), 1 / reach), np.minimum(reach, np.maximum(room, 1.0))
    for _ in range(STEPS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        better = worth(left) > worth(right)
        low, high = np.where(better, low, left), np.where(better, right, high)
    return _on_grid(cells, rules, spend * ((low + high) / 2)[run], mean)


def runs(levels: Any, rules: Rules) -> Any:
    """Number of the window of each hour, shape (g, 168): hours of one level side by side within a day.

    Args:
        levels: Level of each hour.
        rules: Without bid multipliers a day's windows count as one.
    """
    new = np.ones(levels.shape, dtype=bool)
    new[:, 1:] = levels[:, 1:] != levels[:, :-1] if rules.bids else False
    new[:, ::DAY] = True
    return (np.cumsum(new.ravel()) - 1).reshape(levels.shape)


def _width(levels: Any, spend: Floats) -> float:
    """Distance of two neighbouring levels, as a logarithm, where it is widest."""
    widest = 0.0
    for level, amount in zip(levels, spend, strict=True):
        seen = np.unique(np.log(amount[level > 0]))
        span, steps = (np.ptp(seen), level.max() - level[level > 0].min()) if len(seen) > 1 else (0.0, 1)
        widest = max(widest, span / max(steps, 1))
    return min(max(widest, 0.02), 0.5)


def _on_grid(cells: Cells, rules: Rules, spend: Floats, mean: Floats) -> Floats:
    """The same at multipliers that the platform can be told."""
    if not rules.bids:
        return spend
    usual = mean[:, None] * cells.natural
    found = np.divide(spend, usual, out=np.zeros_like(spend), where=usual > 0)
    ticks = np.clip(np.round(found / rules.tick), max(1.0, rules.least / rules.tick), rules.most / rules.tick)
    return np.where(spend > 0, ticks * rules.tick * usual, 0.0)
