"""A contact plan as a flow: customers choose contacts, contacts of one class choose among slots.

A class holds candidates that may use the same slots; slots that every class sees alike are one pool. So
the size of the search is customers × their candidates, and classes × pools, never customers × slots.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workbench.solvers.contacts.asked import Asked

NONE = -1.0
"""Worth of a candidate that does not exist, in worst prices: far below what is ever chosen."""


@dataclass(frozen=True, eq=False)
class Resources:
    """What the use of a slot takes, and how much of it there is.

    Attributes:
        have: Amount of each resource; contacts, minutes, or minus what must be done at least.
        most: Highest price of each; inf but for what must be done.
        kind: `contacts`, `minutes` or `least` of each.
        owner: Index of the pool, of the group of benches, or of the segment.
    """

    have: np.ndarray
    most: np.ndarray
    kind: np.ndarray
    owner: np.ndarray


@dataclass(frozen=True, eq=False)
class Arcs:
    """Which class may use which pool, sorted by class.

    Attributes:
        cls, pool: Of each arc.
        start: First arc of each class that has one. used: Those classes. place: Place of each arc's class
            among them.
        resource: Resources that a contact takes, shape (3, arcs); the last index is none.
        use: How much of each, the same shape.
    """

    cls: np.ndarray
    pool: np.ndarray
    start: np.ndarray
    used: np.ndarray
    place: np.ndarray
    resource: np.ndarray
    use: np.ndarray


@dataclass(frozen=True, eq=False)
class Problem:
    """The flow.

    Attributes:
        worth: Worth of a contact by place and customer, shape (R, n); −inf where there is none.
        cls: Class of each, the same shape; `classes` where there is none.
        entry: Candidate behind each, the same shape; −1 where there is none.
        most: Contacts that a customer gets at most.
        classes: Number of classes.
        arcs, resources: The supply.
        pool_of_slot: Pool of each slot; −1: nobody may use it.
        scale: What worths were divided by.
    """

    worth: np.ndarray
    cls: np.ndarray
    entry: np.ndarray
    most: np.ndarray
    classes: int
    arcs: Arcs
    resources: Resources
    pool_of_slot: np.ndarray
    scale: float


def problem_of(asked: Asked) -> Problem:
    """Build the flow of a question that was read."""
    cls, members = asked.classes()
    allowed = asked.eligible(members)
    pools = _pools(asked, allowed)
    arcs, resources = _supply(asked, members, allowed, pools)
    usable = np.zeros(len(allowed) + 1, bool)
    usable[arcs.used] = True
    worth = asked.net / asked.scale
    kept = asked.open & usable[cls] & ((worth > 0) | asked.must)
    place, entry = _places(asked.candidates.customer, kept, len(asked.most))
    filled = entry >= 0
    return Problem(
        worth=np.where(filled, worth[entry], -np.inf),
        cls=np.where(filled, cls[entry], len(allowed)),
        entry=entry,
        most=np.minimum(asked.most, place),
        classes=len(allowed),
        arcs=arcs,
        resources=resources,
        pool_of_slot=pools,
        scale=asked.scale,
    )


def _places(customer: np.ndarray, kept: np.ndarray, people: int) -> tuple[np.ndarray, np.ndarray]:
    """(kept candidates of each customer, candidate by place and customer, −1 where there is none)."""
    rows = np.flatnonzero(kept)
    who = customer[rows]
    many = np.bincount(who, minlength=people)
    first = np.cumsum(many) - many
    place = np.arange(len(rows)) - first[who]
    entry = np.full((max(int(many.max(initial=0)), 1), people), -1)
    entry[place, who] = rows
    return many, entry


def _pools(asked: Asked, allowed: np.ndarray) -> np.ndarray:
    """Pool of each slot: slots that every class sees alike, on benches alike where time is scarce."""
    slots = asked.slots
    rng = np.random.default_rng(0)
    mark = rng.integers(1, 2**62, len(allowed), dtype=np.int64)
    seen = (allowed * mark[:, None]).sum(axis=0)  # wraps around: a fingerprint, equal for equal columns
    open_ = allowed.any(axis=0) & (asked.contacts > 0)
    if asked.minutes is None:
        key = seen
    else:
        parts = np.stack([seen * open_, asked.contacts.view(np.int64) * open_, slots.method])
        number = (parts * rng.integers(1, 2**62, (3, 1), dtype=np.int64)).sum(axis=0)
        bench = np.zeros(len(asked.limit), np.int64)
        np.add.at(bench, asked.bench, number * number)
        bench += asked.limit.view(np.int64)
        key = seen ^ (bench[asked.bench] * np.int64(2654435761))
    _, pool = np.unique(key, return_inverse=True)
    pool = np.where(open_, pool, -1)
    kept, again = np.unique(pool, return_inverse=True)
    return again - 1 if kept[0] < 0 else again


def _supply(
    asked: Asked, members: np.ndarray, allowed: np.ndarray, pools: np.ndarray
) -> tuple[Arcs, Resources]:
    """Arcs from classes to pools, and what they take: a contact, minutes, and what must be done."""
    size = int(pools.max(initial=-1)) + 1
    first = np.full(size, -1)
    inside = np.flatnonzero(pools >= 0)
    first[pools[inside][::-1]] = inside[::-1]
    cls, pool = np.nonzero(allowed[:, first] if size else np.zeros((len(allowed), 0)))
    contacts = np.bincount(pools[inside], asked.contacts[inside], size)
    capped = np.isfinite(contacts)
    have, kind, owner = [contacts[capped]], ["contacts"] * int(capped.sum()), [np.flatnonzero(capped)]
    count_at = np.where(capped, np.cumsum(capped) - 1, -1)
    time_at, time_have, time_owner = _time(asked, pools, first, size)
    least = [(at, value) for at, value in enumerate(asked.least) if value > 0]
    have += [time_have, np.array([-value for _, value in least])]
    kind += ["minutes"] * len(time_have) + ["least"] * len(least)
    owner += [time_owner, np.array([at for at, _ in least], np.int64)]
    amounts = np.concatenate(have)
    none, base = len(amounts), int(capped.sum())
    least_at = np.full(len(asked.least) + 1, -1)
    for at, (segment, _) in enumerate(least):
        least_at[segment] = base + len(time_have) + at
    group = members[cls, asked.SEGMENT]
    columns = [count_at[pool], np.where(time_at[pool] >= 0, time_at[pool] + base, -1), least_at[group]]
    resource = np.stack([np.where(column < 0, none, column) for column in columns])
    method = asked.slots.method[first[pool]] if size else pool
    spent = np.zeros(len(pool)) if asked.minutes is None else asked.minutes[method]
    use = np.stack([np.ones(len(pool)), spent, -np.ones(len(pool))]) * (resource < none)
    used, start, place = np.unique(cls, return_index=True, return_inverse=True)
    price = np.where(np.array(kind) == "least", asked.penalty / asked.scale, np.inf)
    arcs = Arcs(cls, pool, start, used, place, resource, use)
    return arcs, Resources(amounts, price, np.array(kind, dtype=object), np.concatenate(owner).astype(int))


def _time(
    asked: Asked, pools: np.ndarray, first: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(time resource of each pool or −1, minutes of each, one bench of each)."""
    if asked.minutes is None or not np.isfinite(asked.limit).any():
        return np.full(size, -1), np.zeros(0), np.zeros(0, np.int64)
    slots = np.flatnonzero(pools >= 0)
    bench = asked.bench[slots]
    # pools of one bench are pools of all benches of its group: the least bench of a pool names the group
    name = np.full(size, len(asked.limit))
    np.minimum.at(name, pools[slots], bench)
    group = np.full(len(asked.limit), len(asked.limit))
    np.minimum.at(group, bench, name[pools[slots]])
    names, at = np.unique(group[asked.bench[first]], return_inverse=True) if size else (name, name)
    minutes = np.zeros(len(asked.limit) + 1)
    np.add.at(minutes, group[np.unique(bench)], asked.limit[np.unique(bench)])
    return at, minutes[names], names
