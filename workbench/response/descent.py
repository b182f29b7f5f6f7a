"""A search for the least value between bounds: a handful of parameters, an exact gradient.

Projected quasi-Newton steps. A few dozen parameters need no matrix library of their own, whose threads would
cost ten times the search on a machine of few cores.
Source: D. Bertsekas, *Projected Newton methods for optimization problems with simple constraints*, 1982;
damped updates as in J. Nocedal, S. Wright, *Numerical Optimization*, 2006, procedure 18.2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.response.saturation import Floats

ENOUGH, HALVINGS, LONGEST, FLAT = 1e-4, 25, 2.0, 1e-12

Loss = Callable[[Floats], tuple[float, Floats]]


def least(
    loss: Loss,
    start: Floats,
    low: Floats,
    high: Floats,
    curvature: Floats,
    steps: int,
    close: float,
) -> tuple[Floats, int]:
    """The parameters at the bottom, and how many steps led there.

    Args:
        loss: Parameters → (value, gradient).
        start: Where to begin. low, high: Bounds.
        curvature: A guess of the second derivative, positive definite.
        steps: At most so many.
        close: Largest gradient, and improvement relative to the value, at which it ends.
    """
    x, matrix = np.clip(start, low, high), curvature.copy()
    value, slope = loss(x)
    for step in range(steps):
        held = ((x <= low) & (slope > 0)) | ((x >= high) & (slope < 0))
        if not np.abs(np.where(held, 0.0, slope)).max(initial=0.0) > close:
            return x, step
        way = _direction(matrix, slope, held)
        found = _along(loss, x, value, slope, way, low, high)
        if found is None:
            return x, step
        moved, lower, steep = found
        _learn(matrix, moved - x, steep - slope)
        gained = value - lower
        x, value, slope = moved, lower, steep
        if gained <= close * 1e-4 * max(1.0, abs(value)):
            return x, step + 1
    return x, steps


def _direction(matrix: Floats, slope: Floats, held: Any) -> Floats:
    way = np.zeros(len(slope))
    free = np.flatnonzero(~held)
    way[free] = -np.linalg.solve(matrix[np.ix_(free, free)], slope[free])
    longest = np.abs(way).max(initial=0.0)
    return way * min(1.0, LONGEST / longest) if longest > 0 else way


def _along(
    loss: Loss, x: Floats, value: float, slope: Floats, way: Floats, low: Floats, high: Floats
) -> tuple[Floats, float, Floats] | None:
    """The first of ever shorter steps that gains enough; None where none does."""
    size = 1.0
    for _ in range(HALVINGS):
        moved = np.clip(x + size * way, low, high)
        promised = float(slope @ (moved - x))
        if promised > -FLAT * max(1.0, abs(value)):
            return None
        lower, steep = loss(moved)
        if lower <= value + ENOUGH * promised:
            return moved, lower, steep
        size *= 0.4
    return None


def _learn(matrix: Floats, step: Floats, change: Floats) -> None:
    """Update the second derivative in place; it stays positive definite."""
    pushed = matrix @ step
    bent, turned = float(step @ pushed), float(step @ change)
    if not bent > 0:
        return
    if turned < 0.2 * bent:
        share = 0.8 * bent / (bent - turned)
        change = share * change + (1 - share) * pushed
        turned = float(step @ change)
    matrix += np.outer(change, change) / turned - np.outer(pushed, pushed) / bent
