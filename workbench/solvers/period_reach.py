"""Which rules over periods cannot be kept, and the nearest values that can: an elastic linear program."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from workbench.solvers.calendar import Calendar
from workbench.solvers.forms import Floats
from workbench.solvers.plan import Note

KEPT, WIDER = 1e-7, 1e-9
FIRST, ALL = ("limit:",), ("limit:", "group:", "period:")
"""What may give way: limits, and where that is not enough the budgets of groups and periods, too."""


def loosened(asked: Calendar) -> tuple[Calendar, tuple[Note, ...]] | None:
    """The question with every rule that cannot be kept at its nearest reachable value.

    Args:
        asked: One whose rules leave no plan.

    Returns:
        (the loosened question, a note for each such rule); None where these rules are not what is in the way.
    """
    for kinds in (FIRST, ALL):
        soft = np.array([name.startswith(kinds) for name, _ in asked.names])
        if soft.any():
            over, under = _missed(asked, soft)
            size = np.maximum(np.abs(asked.rows).max(axis=1), 1e-300)
            if (np.maximum(over, under) > KEPT * size).any():
                return _widened(asked, over, under, size)
    return None


def _missed(asked: Calendar, soft: Floats) -> tuple[Floats, Floats]:
    """How far each rule must give way upwards, and an equality downwards; nothing where no plan is left."""
    from scipy.optimize import linprog

    rows, most, equal = asked.rows, asked.most, np.asarray(asked.equal, bool)
    size = np.maximum(np.abs(rows).max(axis=1), 1e-300)
    up, down = np.flatnonzero(soft), np.flatnonzero(soft & equal)
    many, cells = len(up) + len(down), rows.shape[1]
    slack = np.zeros((len(rows), many))
    slack[up, np.arange(len(up))] = -size[up]
    slack[down, len(up) + np.arange(len(down))] = size[down]
    whole = np.hstack([rows, slack]) / size[:, None]
    ends = most / size
    high = [float(end) if np.isfinite(end) else None for end in asked.high.ravel()]
    found = linprog(
        np.concatenate([np.zeros(cells), np.ones(many)]),
        A_ub=whole[~equal] if (~equal).any() else None,
        b_ub=ends[~equal] if (~equal).any() else None,
        A_eq=whole[equal] if equal.any() else None,
        b_eq=ends[equal] if equal.any() else None,
        bounds=[*zip(asked.low.ravel(), high, strict=True), *[(0, None)] * many],
    )
    over, under = np.zeros(len(rows)), np.zeros(len(rows))
    if found.status == 0:
        over[up] = found.x[cells : cells + len(up)] * size[up]
        under[down] = found.x[cells + len(up) :] * size[down]
    return over, under


def _widened(asked: Calendar, over: Floats, under: Floats, size: Floats) -> tuple[Calendar, tuple[Note, ...]]:
    notes, most = [], asked.most.copy()
    for at, (name, sign) in enumerate(asked.names):
        moved = over[at] - under[at]
        if abs(moved) <= KEPT * size[at]:
            continue
        most[at] += moved + (0.0 if asked.equal[at] else WIDER * size[at])
        kind, _, label = name.partition(":")
        side = "max" if sign > 0 else "min"
        bound, near = (sign * value * asked.money for value in (asked.most[at], asked.most[at] + moved))
        notes.append(
            Note(f"{kind}_{side}", ((kind, label), ("bound", float(bound)), ("nearest", float(near))))
        )
    return replace(asked, most=most), tuple(notes)
