"""From envelopes to the true curves: round, then branch and bound until the certificate is close.

Source: M. Udell, S. Boyd, *Maximizing a Sum of Sigmoids*, 2013: split the cell whose response lies furthest
below its envelope where the relaxed plan stands. Nodes are solved in batches, one a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench.solvers.envelope import Domain
from workbench.solvers.forms import Floats
from workbench.solvers.goals import Relaxed, relax
from workbench.solvers.problem import Problem

ROUNDING = 1e-12
CELLS_A_BATCH, CELLS_IN_ALL, NODES, COUPLED = 1200, 200_000, 6000, 100


@dataclass(eq=False)
class Found:
    """The best plan so far and what is known about better ones.

    Attributes:
        spend: Shape (n,); None while there is no plan.
        objective: Of that plan. bound: No plan has a better objective.
        log_price: Of the total. worth: Group → what loosening it by 1 brings.
        fixed: The dual value without the total's part.
        nearest: Nearest reachable value of the target, on the envelopes.
        nodes: Nodes that were solved.
    """

    spend: Floats | None = None
    objective: float = -np.inf
    bound: float = np.inf
    log_price: float = 0.0
    worth: dict[str, float] = field(default_factory=dict)
    fixed: float = 0.0
    nearest: float = np.nan
    nodes: int = 0

    def take(self, problem: Problem, relaxed: Relaxed) -> None:
        """Keep the best row of `relaxed` that keeps every rule, where it is better."""
        fits = problem.holds(relaxed.spend)
        worth = np.where(fits, problem.objective(relaxed.spend), -np.inf)
        row = int(np.argmax(worth))
        if worth[row] > self.objective:
            self.spend, self.objective = relaxed.spend[row].copy(), float(worth[row])
            self.log_price, self.fixed = float(relaxed.log_price[row]), float(relaxed.fixed[row])
            self.worth = {name: float(value[row]) for name, value in relaxed.worth.items()}

    def slack(self, tolerance: float) -> float:
        """What a better plan must at least bring."""
        if not np.isfinite(self.objective):
            return -np.inf
        return self.objective + tolerance * max(abs(self.objective), 1e-300)


def solve(problem: Problem, tolerance: float, effort: float = 1.0) -> Found:
    """Return the best plan found and a bound that no plan beats.

    Args:
        problem: What to solve.
        tolerance: Relative gap at which to stop.
        effort: 0: round the relaxed plan only; 1: as many nodes as a slider move can wait for.
    """
    found, root = Found(), relax(problem, problem.domain)
    found.nearest, found.bound = float(root.nearest[0]), float(root.bound[0])
    if not root.feasible[0]:
        return found
    _round(problem, problem.domain, root, found)
    nodes = effort * min(NODES, CELLS_IN_ALL / problem.domain.low.shape[1])
    if problem.limits is not None:  # a node under limits costs that of many without
        nodes = nodes / COUPLED
    _branch(problem, root, found, tolerance, nodes)
    if np.isfinite(found.objective):
        found.bound = max(found.bound, found.objective)
    return found


def _branch(problem: Problem, root: Relaxed, found: Found, tolerance: float, nodes: float) -> None:
    opened, parts, left = problem.domain, root, 0.0
    closed = -np.inf
    batch = 1 if problem.limits is not None else max(1, CELLS_A_BATCH // problem.domain.low.shape[1])
    while True:
        # a row without lack is solved exactly: its plan is known, its bound is final
        worth_it = (parts.bound > found.slack(tolerance)) & (parts.lack.max(axis=1) > 0)
        if (~worth_it).any():
            closed = max(closed, float(parts.bound[~worth_it].max()))
        rows = np.flatnonzero(worth_it)
        found.bound = max(closed, float(parts.bound[rows].max(initial=-np.inf)))
        if not rows.size or left >= nodes:
            return
        rows = rows[np.argsort(-parts.bound[rows], kind="stable")]
        children = _children(opened.pick(rows[:batch]), _pick(parts, rows[:batch]))
        solved = relax(problem, children)
        left += len(children.low)
        found.nodes += len(children.low)
        alive = np.flatnonzero(solved.feasible)
        children, solved = children.pick(alive), _pick(solved, alive)
        if alive.size:
            _round(problem, children, solved, found)
        opened = Domain.stack([opened.pick(rows[batch:]), children])
        parts = _join(_pick(parts, rows[batch:]), solved)


def _children(domain: Domain, relaxed: Relaxed) -> Domain:
    """Both halves of each row, split at the spend of the cell that lacks most."""
    rows = np.arange(len(domain.low))
    cell = relaxed.lack.argmax(axis=1)
    at = relaxed.spend[rows, cell]
    active = domain.active[rows, cell]
    below = Domain(domain.low.copy(), domain.active.copy(), domain.high.copy())
    above = Domain(domain.low.copy(), domain.active.copy(), domain.high.copy())
    below.high[rows, cell] = np.where(at >= active, at, domain.low[rows, cell])
    below.active[rows, cell] = np.minimum(active, below.high[rows, cell])
    above.low[rows, cell] = above.active[rows, cell] = np.maximum(active, at)
    return Domain.stack([below, above])


def _round(problem: Problem, domain: Domain, relaxed: Relaxed, found: Found) -> None:
    """Try the relaxed plans as they are, and with every cell on one side of its jump."""
    found.take(problem, relaxed)
    split = relaxed.lack > ROUNDING * np.abs(problem.objective(relaxed.spend))[:, None] / domain.low.shape[1]
    rows = np.flatnonzero(split.any(axis=1))
    if rows.size:
        domain, relaxed, split = domain.pick(rows), _pick(relaxed, rows), split[rows]
        tries = relax(problem, Domain.stack(list(_sides(problem, domain, relaxed, split))))
        if tries.feasible.any():
            found.take(problem, _pick(tries, np.flatnonzero(tries.feasible)))


def _sides(problem: Problem, domain: Domain, relaxed: Relaxed, split: Any) -> Iterator[Domain]:
    """Concave domains near the relaxed plans: doubtful cells off, on, or held where they are."""
    low, high, spend = domain.low, domain.high, relaxed.spend
    bend = np.broadcast_to(problem.curves.inflection, low.shape)
    begin = np.minimum(np.maximum(domain.active, bend), high)
    jumps = (relaxed.touch > low) & (np.maximum(domain.active, bend) > low)
    on = jumps & (spend >= relaxed.touch)
    off = jumps & ~on & ~split
    base = np.where(on, begin, low), np.where(off, low, high)
    allowed = split & (spend >= domain.active)
    for start, end in ((low, low), (begin, high), (spend, spend)):
        if start is spend and not allowed.any():
            continue
        least, most = np.where(split, start, base[0]), np.where(split, end, base[1])
        yield Domain(least, least, most)


def _pick(relaxed: Relaxed, rows: Any) -> Relaxed:
    parts = {name: getattr(relaxed, name)[rows] for name in _FIELDS}
    return Relaxed(worth={name: value[rows] for name, value in relaxed.worth.items()}, **parts)


def _join(first: Relaxed, second: Relaxed) -> Relaxed:
    parts = {name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in _FIELDS}
    worth = {name: np.concatenate([value, second.worth[name]]) for name, value in first.worth.items()}
    return Relaxed(worth=worth, **parts)


_FIELDS = tuple(name for name in Relaxed.__dataclass_fields__ if name != "worth")
