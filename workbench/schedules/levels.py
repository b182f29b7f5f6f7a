"""The levels that a schedule may have: bid multipliers on the platform's grid, or one level a day."""

from __future__ import annotations

import numpy as np

from workbench.schedules.cells import Cells
from workbench.schedules.rules import Rules
from workbench.solvers.forms import Floats

LEVELS = 48


def base(cells: Cells, rules: Rules) -> Floats:
    """Spend of a mean hour at multiplier 1, shape (g,): the plan's mean, unless the highest needs more.

    Args:
        cells: The plan.
        rules: What the platform takes.
    """
    on = cells.spend > 0
    weight = np.where(on, cells.natural, 0.0).sum(axis=1)
    mean = np.divide(cells.spend.sum(axis=1), weight, out=np.zeros_like(weight), where=weight > 0)
    if not rules.bids:
        return np.asarray(mean)
    return np.asarray(np.maximum(mean, _ratio(cells).max(axis=1) / rules.most))


def grid(cells: Cells, rules: Rules, mean: Floats) -> Floats:
    """Multipliers to choose from, shape (g, levels): from the plan's lowest to its highest, on the grid.

    Args:
        cells: The plan.
        rules: What the platform takes.
        mean: As `base` gives it.
    """
    ratio = _ratio(cells) / np.where(mean > 0, mean, 1.0)[:, None]
    highest = np.clip(ratio.max(axis=1), rules.tick, None)
    lowest = np.where(ratio > 0, ratio, np.inf).min(axis=1)
    lowest = np.clip(np.minimum(lowest, highest), highest / 1e3, None)
    found = np.geomspace(lowest, highest, LEVELS, axis=1)
    if not rules.bids:
        return found
    return np.asarray(
        np.clip(np.round(found / rules.tick), max(1, rules.least / rules.tick), None) * rules.tick
    )


def _ratio(cells: Cells) -> Floats:
    return np.divide(cells.spend, cells.natural, out=np.zeros_like(cells.spend), where=cells.natural > 0)
