"""A convex solver's answer (Clarabel through CVXPY) to planning problems that it can state."""

from __future__ import annotations

import cvxpy as cp
import numpy as np

FORMS = ("exponential", "log", "power", "michaelis_menten")
"""Forms that follow the rules of disciplined convex programming."""


def response(form, scale, k, shape, x):
    """One concave response as an expression of CVXPY."""
    u = x / k
    if form == "exponential":
        return scale * (1 - cp.exp(-u))
    if form == "log":
        return scale * cp.log1p(u)
    if form == "power":
        return scale * (u if shape == 1 else cp.power(u, shape, approx=False))
    return scale * (1 - cp.inv_pos(1 + u))


def total(table, x, weight=None):
    """Sum of the responses of a table's cells, each with a weight."""
    weight = np.ones(len(table)) if weight is None else weight
    rows = zip(table["form"], table["scale"], table["half_saturation"], table["shape"], strict=True)
    return cp.sum([weight[i] * response(*row, x[i]) for i, row in enumerate(rows)])


def rules(table, x, budget=None, groups=None, limits=None):
    """Bounds, budget, groups and limits as constraints."""
    found = [x >= table["min"].to_numpy(float)]
    high = table["max"].to_numpy(float)
    capped = np.isfinite(high)
    found += [x[np.flatnonzero(capped)] <= high[capped]] if capped.any() else []
    found += [cp.sum(x) <= budget] if budget is not None else []
    for name, (least, most) in (groups or {}).items():
        inside = np.flatnonzero(table["group"] == name)
        found += [cp.sum(x[inside]) <= most, cp.sum(x[inside]) >= least]
    for column, (least, most) in (limits or {}).items():
        amount = table[column].to_numpy(float) @ x
        found += [amount <= most] if most is not None else []
        found += [amount >= least] if least is not None else []
    return found


def solve(objective, constraints):
    """The best value, to about eight digits; None where nothing keeps the constraints."""
    problem = cp.Problem(objective, constraints)
    problem.solve(solver=cp.CLARABEL)
    return float(problem.value) if problem.status in ("optimal", "optimal_inaccurate") else None


def best(curves, asked):
    """The best objective of a question in the words of `allocate`; in `min_cost`, less the spend."""
    x = cp.Variable(len(curves))
    kept = rules(curves, x, asked.get("budget"), asked.get("groups"), asked.get("limits"))
    mode, goal = asked.get("mode", "max_response"), asked.get("target")
    weighs = mode in ("target_roas", "target_mroas")
    value = total(curves, x, curves["value_per_response"].to_numpy() if weighs else None)
    if mode == "min_cost":
        found = solve(cp.Minimize(cp.sum(x)), [*kept, value >= goal])
        return None if found is None else -found
    if mode == "target_mroas":
        return solve(cp.Maximize(value - goal * cp.sum(x)), kept)
    if mode in ("target_roas", "target_cpa"):
        kept.append(value >= (goal if mode == "target_roas" else 1 / goal) * cp.sum(x))
    return solve(cp.Maximize(value), kept)
