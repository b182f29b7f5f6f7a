"""The Markov chain of journeys: removal effects, exactly, from the counts of steps.

Without a channel k every journey that would meet it ends without a conversion. With N = (I − Q)⁻¹ of the
chain between touches, the conversions that are left are p₀ − N₀ₖ Nₖₖ⁻¹ pₖ: the journeys that meet k, times
what follows then. So one inverse gives the effects of all channels (Anderl et al. 2016, "Mapping the
customer journey", for the model; Kemeny and Snell 1960, ch. 3, for N).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.attribution.cells import WON, Floats, Ints, Steps

DENSE = 600
"""States up to which the chain is solved as a full matrix."""


def effects(steps: Steps, weights: Floats, members: int) -> Floats:
    """Removal effects of all members: the share of conversions, and of value, lost without each.

    Args:
        steps: Steps by cluster.
        weights: How often each cluster counts, (draws × clusters).
        members: Number of members.

    Returns:
        (draws × members × 2): of conversions, and of value; 0 for a member of no journey.
    """
    n, value = weights @ steps.n, weights @ steps.value
    groups = [np.flatnonzero(steps.states[:, 0] == member) for member in range(members)]
    if len(steps.states) > DENSE:
        lost = np.stack([_sparse(steps, *row, groups) for row in zip(n, value, strict=True)])
    else:
        lost = _dense(steps, n, value, groups)
    return lost


def _dense(steps: Steps, n: Floats, value: Floats, groups: list[Ints]) -> Floats:
    size = len(steps.states)
    inner = steps.target >= 0
    chain = np.zeros((len(n), size, size))
    chain[:, steps.source[inner], steps.target[inner]] = n[:, inner]
    gains = _gains(steps, n, value)
    whole = _or_one(_leaving(steps, n))
    chain /= whole[:, :, None]
    # no step leads back to the start, and every journey ends: the inverse exists
    visits: Floats = np.linalg.inv(np.eye(size) - chain).astype(float, copy=False)
    worth = visits @ (gains / whole[:, :, None])
    lost = np.stack([_met(visits, worth, group) for group in groups], axis=1)
    return _relative(lost, worth[:, 0])


def _met(visits: Floats, worth: Floats, group: Ints) -> Floats:
    """What the journeys that meet a group of states bring after meeting it first."""
    square = visits[:, group[:, None], group]
    first = np.linalg.solve(square.transpose(0, 2, 1), visits[:, 0, group][:, :, None])
    found: Floats = (first * worth[:, group]).sum(axis=1)
    return found


def _relative(lost: Floats, whole: Floats) -> Floats:
    """Losses as shares; nothing can be lost of nothing."""
    found: Floats = lost / _or_one(whole)[:, None, :]
    return found


def _leaving(steps: Steps, n: Floats) -> Floats:
    """How often each state was left, (draws × states)."""
    found = np.zeros((len(n), len(steps.states)))
    np.add.at(found.T, steps.source, n.T)
    return found


def _gains(steps: Steps, n: Floats, value: Floats) -> Floats:
    """Conversions and value that each state leads to at once, (draws × states × 2)."""
    won = steps.target == WON
    found = np.zeros((len(n), len(steps.states), 2))
    found[:, steps.source[won], 0] = n[:, won]
    found[:, steps.source[won], 1] = value[:, won]
    return found


def _sparse(steps: Steps, n: Floats, value: Floats, groups: list[Ints]) -> Floats:
    """The same for a chain of many states, where almost all steps are never made."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    size = len(steps.states)
    inner = steps.target >= 0
    whole = _or_one(_leaving(steps, n[None])[0])
    made = n[inner] / whole[steps.source[inner]]
    chain = sparse.csc_matrix((made, (steps.source[inner], steps.target[inner])), shape=(size, size))
    solver = splu(sparse.csc_matrix(sparse.eye(size) - chain))
    start = np.zeros(size)
    start[0] = 1.0
    visits = solver.solve(start, trans="T")
    worth = solver.solve(_gains(steps, n[None], value[None])[0] / whole[:, None])
    lost = np.stack([_met_one(solver, size, visits, worth, group) for group in groups])
    found: Floats = _relative(lost[None], worth[None, 0])[0]
    return found


def _met_one(solver: Any, size: int, visits: Floats, worth: Floats, group: Ints) -> Floats:
    columns = np.zeros((size, len(group)))
    columns[group, np.arange(len(group))] = 1.0
    square = solver.solve(columns)[group]
    found: Floats = np.linalg.solve(square.T, visits[group]) @ worth[group]
    return found


def shares(effect: Floats) -> Floats:
    """Effects scaled to shares of 1, (draws × members × 2): each was measured with all others in place."""
    total = effect.sum(axis=-2, keepdims=True)
    found: Floats = effect / _or_one(total)
    return found


def _or_one(total: Floats) -> Floats:
    """A divisor: 1 where there is nothing to divide."""
    found: Floats = np.where(total == 0, 1.0, total)
    return found
