"""Those who hesitate are settled exactly: a small linear program over them and what the others leave.

Customers alike in worths and classes are one variable with their number as its limit, so that a thousand
equal customers cost no more than one. Without limits of time the program is a network flow, and its basic
solution whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.solvers.contacts.prices import SURE, Priced
from workbench.solvers.contacts.problem import Problem
from workbench.solvers.contacts.smooth import Floats, class_prices

WHOLE = 1e-6
MOST_TYPES = 4000
"""Kinds of hesitating customers that are settled; the nearest to a tie first."""


@dataclass(frozen=True, eq=False)
class Settled:
    """Who is contacted how, and how many contacts of each class use each arc.

    Attributes:
        taken: Whether each candidate is taken, shape (R, n).
        flow: Whole contacts on each arc.
        prices: Of the resources, as the program has them.
    """

    taken: np.ndarray
    flow: np.ndarray
    prices: Floats


@dataclass(frozen=True, eq=False)
class Kinds:
    """Hesitating customers by kind: one column of `worth` and `cls` a kind.

    Attributes:
        who: Customers, sorted by kind. many: Of each kind.
        worth, cls, most: Of each kind.
    """

    who: np.ndarray
    many: np.ndarray
    worth: Floats
    cls: np.ndarray
    most: np.ndarray


def settle(problem: Problem, priced: Priced) -> Settled:
    """Decide those who hesitate, within what those who are sure leave."""
    kinds = _kinds(problem, priced)
    if not len(problem.arcs.cls):
        nobody = np.zeros_like(priced.choice)
        return Settled(nobody, np.zeros(0, np.int64), priced.prices)
    taken = priced.choice.copy()
    taken[:, kinds.who] = False
    fixed = np.bincount(problem.cls[taken], minlength=problem.classes)
    x, flow, dropped, prices = _program(problem, priced, kinds, fixed)
    _spread(taken, kinds, x)
    _drop(problem, taken, np.ceil(dropped - WHOLE).astype(int))
    wanted = np.bincount(problem.cls[taken], minlength=problem.classes)
    return Settled(taken, _whole(problem, flow, wanted), prices)


def _kinds(problem: Problem, priced: Priced) -> Kinds:
    """Customers within reach of another choice, by kind."""
    near = np.flatnonzero((priced.margin <= SURE * priced.heat) & (problem.most > 0))
    worth, cls, most = problem.worth[:, near], problem.cls[:, near], problem.most[near]
    rng = np.random.default_rng(1)
    filled = np.where(np.isfinite(worth), worth, -1.0)
    mark = rng.random(len(worth)) @ filled + rng.random(len(worth)) @ cls + rng.random() * most
    _, first, kind, many = np.unique(mark, return_index=True, return_inverse=True, return_counts=True)
    if len(first) > MOST_TYPES:
        lead = priced.margin[near][first]
        kept = np.sort(np.argpartition(lead, MOST_TYPES)[:MOST_TYPES])
        inside = np.isin(kind, kept)
        near, kind = near[inside], np.searchsorted(kept, kind[inside])
        first, many = first[kept], many[kept]
    order = np.argsort(kind, kind="stable")
    return Kinds(near[order], many, worth[:, first], cls[:, first], most[first])


def _program(
    problem: Problem, priced: Priced, kinds: Kinds, fixed: np.ndarray
) -> tuple[Floats, Floats, Floats, Floats]:
    """(contacts of each kind by place, on each arc, dropped of each class, prices of the resources)."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    arcs, have = problem.arcs, problem.resources.have
    price, cost = class_prices(arcs, np.append(priced.prices, 0.0), 0.0, problem.classes)
    near = np.flatnonzero(cost - price[arcs.cls] <= 2 * SURE * priced.heat + 1e-9)
    place, kind = np.nonzero(np.isfinite(kinds.worth))
    least = np.flatnonzero(problem.resources.kind == "least")
    drops = np.flatnonzero(fixed)
    a, b, c = len(kind), len(kind) + len(near), len(kind) + len(near) + len(drops)
    size = c + len(least)
    gain = np.zeros(size)
    gain[:a] = kinds.worth[place, kind]
    gain[b:c] = -(price[drops] + SURE * priced.heat)
    gain[c:] = -problem.resources.most[least]
    used = arcs.resource[:, near]
    real = used < len(have)
    row = np.concatenate([kind, len(kinds.many) + used[real], len(kinds.many) + least])
    column = np.concatenate(
        [np.arange(a), np.broadcast_to(np.arange(a, b), used.shape)[real], np.arange(c, size)]
    )
    data = np.concatenate([np.ones(a), arcs.use[:, near][real], -np.ones(len(least))])
    upper = csr_array((data, (row, column)), shape=(len(kinds.many) + len(have), size))
    balance = csr_array(
        (
            np.concatenate([np.ones(a), -np.ones(b - a), -np.ones(c - b)]),
            (np.concatenate([kinds.cls[place, kind], arcs.cls[near], drops]), np.arange(c)),
        ),
        shape=(problem.classes, size),
    )
    limit = np.full(size, np.inf)
    limit[:a] = kinds.many[kind]
    limit[b:c] = fixed[drops]
    found: Any = linprog(
        -gain,
        A_ub=upper,
        b_ub=np.concatenate([kinds.most * kinds.many, have]),
        A_eq=balance,
        b_eq=-fixed.astype(float),
        bounds=np.stack([np.zeros(size), limit], axis=1),
        method="highs-ds",
    )
    x = np.zeros(kinds.worth.shape)
    x[place, kind] = found.x[:a]
    flow, dropped = np.zeros(len(arcs.cls)), np.zeros(problem.classes)
    flow[near], dropped[drops] = found.x[a:b], found.x[b:c]
    prices = np.clip(-found.ineqlin.marginals[len(kinds.many) :], 0.0, problem.resources.most)
    return x, flow, dropped, prices


def _spread(taken: np.ndarray, kinds: Kinds, x: Floats) -> None:
    """Give each kind's contacts to its customers: nobody twice the same, nobody above `most`."""
    start = np.cumsum(kinds.many) - kinds.many
    whole = np.floor(x + WHOLE).astype(int)
    at = np.zeros(len(kinds.many), int)
    for place in range(len(whole)):
        many = whole[place]
        kind = np.repeat(np.arange(len(many)), many)
        step = np.arange(len(kind)) - np.repeat(np.cumsum(many) - many, many)
        # going around: the k-th round begins only when everybody has k contacts
        turn = (at[kind] + step) % kinds.many[kind]
        taken[place, kinds.who[start[kind] + turn]] = True
        at += many


def _drop(problem: Problem, taken: np.ndarray, many: np.ndarray) -> None:
    """Take out the contacts of a class that are worth least."""
    for cls in np.flatnonzero(many):
        place, who = np.nonzero(taken & (problem.cls == cls))
        worst = np.argsort(problem.worth[place, who], kind="stable")[: many[cls]]
        taken[place[worst], who[worst]] = False


def _whole(problem: Problem, flow: Floats, wanted: np.ndarray) -> np.ndarray:
    """Whole contacts on each arc: parts are rounded down, and what is left goes where parts were largest."""
    arcs, resources = problem.arcs, problem.resources
    down = np.floor(flow + WHOLE).astype(int)
    sums = np.bincount(arcs.cls, down, problem.classes).astype(int)
    left = np.append(resources.have, np.inf)
    counted = np.append(resources.kind == "contacts", False)
    for at in range(len(arcs.resource)):
        np.subtract.at(left, arcs.resource[at], down * arcs.use[at])
    for cls in np.flatnonzero(sums != wanted):
        inside = np.flatnonzero(arcs.cls == cls)
        for arc in inside[np.argsort(down[inside] - flow[inside], kind="stable")]:
            while sums[cls] > wanted[cls] and down[arc] > 0:
                down[arc] -= 1
                sums[cls] -= 1
            room = min((left[c] for c in arcs.resource[:, arc] if counted[c]), default=np.inf)
            more = int(min(wanted[cls] - sums[cls], room))
            if more > 0:
                down[arc] += more
                sums[cls] += more
                left[arcs.resource[:, arc]] -= more * arcs.use[:, arc]
    return down
