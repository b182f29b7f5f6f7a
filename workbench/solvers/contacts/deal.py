"""Contacts handed out: to pools by class, to marketers and days by pool, to hours by order.

The most valuable go first; marketers of one pool get shares of it in proportion to their capacity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.solvers.contacts.problem import Problem
from workbench.solvers.contacts.settle import Settled

if TYPE_CHECKING:
    from workbench.solvers.contacts.asked import Asked


@dataclass(frozen=True, eq=False)
class Dealt:
    """Contacts with their slot: candidate, customer and slot of each."""

    entry: np.ndarray
    slot: np.ndarray


def deal(asked: Asked, problem: Problem, settled: Settled, spread: bool = False) -> Dealt:
    """Give every contact that was chosen a slot; those for which no arc had room are left out.

    Args:
        asked, problem, settled: The question, and who is contacted how.
        spread: Whether a customer's contacts are spread over the days.
    """
    place, who = np.nonzero(settled.taken)
    entry, cls = problem.entry[place, who], problem.cls[place, who]
    order = np.lexsort((*_order(asked, entry, spread), cls))
    entry, cls = entry[order], cls[order]
    pool = _by_arc(asked, problem, settled.flow, cls)
    served = pool >= 0
    entry, pool = entry[served], pool[served]
    order = np.lexsort((*_order(asked, entry, spread), pool))
    entry, pool = entry[order], pool[order]
    return Dealt(entry, _by_slot(asked, problem, pool))


def _order(asked: Asked, entry: np.ndarray, spread: bool) -> tuple[np.ndarray, ...]:
    """Sort keys, the last first: who comes on early days.

    The best do. If a customer's contacts are spread, the first ones come early and the last ones late, each
    time in the same order of customers, so that the days between two contacts are about the same for all;
    who is contacted once comes in between.
    """
    worth = asked.candidates.worth[entry]
    if not spread:
        return (-worth,)
    who = asked.candidates.customer[entry]
    many = np.bincount(who)
    best = np.zeros(len(many))
    np.maximum.at(best, who, worth)
    order = np.lexsort((-worth, who))
    start = np.cumsum(many) - many
    turn = np.empty(len(entry))
    turn[order] = np.arange(len(entry)) - start[who[order]]
    part = np.where(many[who] > 1, turn / np.maximum(many[who] - 1, 1), 0.5)
    return (-worth, -best[who], part)


def _by_arc(asked: Asked, problem: Problem, flow: np.ndarray, cls: np.ndarray) -> np.ndarray:
    """Pool of each contact, contacts sorted by class; −1 where the class has more than its arcs take."""
    arcs = problem.arcs
    day = np.full(int(problem.pool_of_slot.max(initial=-1)) + 1, len(asked.slots.calendar))
    inside = problem.pool_of_slot >= 0
    np.minimum.at(day, problem.pool_of_slot[inside], asked.slots.day[inside])
    order = np.lexsort((day[arcs.pool], arcs.cls))
    many = np.bincount(cls, minlength=problem.classes)
    taken = np.bincount(arcs.cls, flow, problem.classes).astype(int)
    rank = np.arange(len(cls)) - np.repeat(np.cumsum(many) - many, many)
    found = np.full(len(cls), -1)
    served = rank < taken[cls]
    full = np.repeat(arcs.pool[order], flow[order])  # sorted by class, then day: as the contacts are
    begin = np.cumsum(taken) - taken
    found[served] = full[begin[cls[served]] + rank[served]]
    return found


def _by_slot(asked: Asked, problem: Problem, pool: np.ndarray) -> np.ndarray:
    """Slot of each contact, contacts sorted by pool and worth."""
    slots = np.flatnonzero(problem.pool_of_slot >= 0)
    many = np.bincount(pool, minlength=int(problem.pool_of_slot.max(initial=-1)) + 1)
    quota = _quotas(asked, problem.pool_of_slot[slots], slots, many)
    slot = np.repeat(slots, quota)
    turn = np.arange(len(slot)) - np.repeat(np.cumsum(quota) - quota, quota)
    part = (turn + 0.5) / np.repeat(quota, quota)
    # days in order, and marketers of a day in turns
    order = np.lexsort((part, asked.slots.day[slot], problem.pool_of_slot[slot]))
    found: np.ndarray = slot[order]
    return found


def _quotas(asked: Asked, pool: np.ndarray, slots: np.ndarray, many: np.ndarray) -> np.ndarray:
    """Contacts of each slot: shares of its pool in proportion to capacity, whole, none above its own."""
    have = asked.contacts[slots]
    endless = np.bincount(pool, np.isinf(have), len(many)) > 0
    weight = np.where(endless[pool], np.isinf(have), have)
    total = np.bincount(pool, weight, len(many))
    exact = many[pool] * weight / np.maximum(total, 1e-300)[pool]
    quota = np.floor(exact + 1e-9).astype(int)
    left = many - np.bincount(pool, quota, len(many)).astype(int)
    # methods of one bench take their spare contacts on different days, not all on the first
    shift = (np.arange(len(slots)) * 0.6180339887 + pool * 0.3819660113) % 1.0
    order = np.lexsort((shift, -(exact - quota).round(9), pool))
    size = np.bincount(pool, minlength=len(many))
    rank = np.empty(len(slots), int)
    rank[order] = np.arange(len(slots)) - np.repeat(np.cumsum(size) - size, size)
    dealt: np.ndarray = quota + ((rank < left[pool]) & (quota < have))
    return dealt
