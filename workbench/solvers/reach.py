"""Which limits cannot be kept, and the nearest values that can: one elastic linear program."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.solvers.coupled import rows_of
from workbench.solvers.forms import Floats

if TYPE_CHECKING:
    from workbench.solvers.problem import Problem

KEPT, WIDER = 1e-7, 1e-9


def loosened(problem: Problem) -> tuple[Problem, dict[str, tuple[str, float]]] | None:
    """The problem with every limit that cannot be kept at its nearest reachable value.

    Args:
        problem: One whose limits, beside its other rules, leave no plan.

    Returns:
        (the loosened problem, limit → (which side, nearest value in the problem's units)); None where the
        limits are not what is in the way.
    """
    from scipy.optimize import linprog

    limits = problem.limits
    assert limits is not None
    domain, _ = problem.tighten(problem.domain)
    low, high = domain.low[0], domain.high[0]
    rows, most, equal, names = rows_of(problem, np.zeros_like(low))
    soft = np.array([name.startswith("limit:") for name, _ in names])
    hard = rows[~soft]
    parts, sizes = _sides(problem)
    extra = len(sizes)
    slack = -np.eye(extra)
    upper = np.vstack([np.hstack([hard, np.zeros((len(hard), extra))]), np.hstack([parts[0], slack])])
    above = np.concatenate([most[~soft], parts[1]])
    again = np.hstack([-hard, np.zeros((len(hard), extra))])[equal[~soft]]
    upper, above = np.vstack([upper, again]), np.concatenate([above, -most[~soft][equal[~soft]]])
    bounds = [*zip(low, np.where(np.isfinite(high), high, None), strict=True), *[(0, None)] * extra]
    found = linprog(np.concatenate([np.zeros(len(low)), 1 / sizes]), A_ub=upper, b_ub=above, bounds=bounds)
    if found.status != 0:
        return None
    missed = found.x[len(low) :] / sizes
    return _widened(problem, missed, sizes) if (missed > KEPT).any() else None


def _sides(problem: Problem) -> tuple[tuple[Floats, Floats], Floats]:
    """Limits as rows that must be at most something: all mosts, then all leasts; and what each is worth."""
    limits = problem.limits
    assert limits is not None
    most = np.where(np.isfinite(limits.most), limits.most, 1e12)
    least = np.where(np.isfinite(limits.least), limits.least, -1e12)
    scale = np.abs(limits.per_unit).max(axis=1)
    size = np.where(scale > 0, scale, 1.0)
    return (np.vstack([limits.per_unit, -limits.per_unit]), np.concatenate([most, -least])), np.tile(size, 2)


def _widened(problem: Problem, missed: Floats, sizes: Floats) -> tuple[Problem, dict[str, Any]]:
    limits = problem.limits
    assert limits is not None
    r, by = len(limits.names), missed * sizes
    nearest: dict[str, tuple[str, float]] = {}
    most, least = limits.most.copy(), limits.least.copy()
    for at, name in enumerate(limits.names):
        over, under = by[at], by[r + at]
        if missed[at] > KEPT:
            nearest[name] = ("max", float(limits.most[at] + over))
            most[at] = limits.most[at] + over + WIDER * sizes[at]
        if missed[r + at] > KEPT:
            nearest[name] = ("min", float(limits.least[at] - under))
            least[at] = limits.least[at] - under - WIDER * sizes[at]
    return replace(problem, limits=replace(limits, most=most, least=least)), nearest
