"""What caps pushed out comes back: others make room by moving to another day, or give way where worth less.

A candidate that is left out looks for slots on days that its customer's caps allow. Where they are full, a
chain is sought: somebody in the slot moves to another slot, somebody there to a third one, until one has
room (an augmenting path). Where none has, the one worth least along the chains gives way, if worth less.
So the plan's worth only ever rises, and every rule stays kept.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.solvers.contacts.deal import Dealt
from workbench.solvers.contacts.fill import EASE, TRIES

if TYPE_CHECKING:
    from workbench.solvers.contacts.asked import Asked

CHECKS = 500_000
"""Looks at caps after which the search ends: a second or two."""


@dataclass(frozen=True, eq=False)
class Windows:
    """Caps as windows of days: each ends on a day of the plan, so none with a plan's contact is missed.

    Attributes:
        of_day: By day of the plan, the (mask of days, cap's contacts, number) of the windows that hold it.
        before: Customer → contacts already made in each window, by number.
    """

    of_day: list[list[tuple[int, int, int]]]
    before: dict[int, list[int]]

    @classmethod
    def of(cls, asked: Asked) -> Windows:
        """The windows of a question."""
        caps, calendar = asked.caps, asked.caps.calendar
        of_day: list[list[tuple[int, int, int]]] = [[] for _ in calendar]
        ends: list[tuple[int, int]] = []
        for many, span in caps.pairs:
            for last in calendar:
                inside = np.flatnonzero((calendar > last - span) & (calendar <= last))
                mask = sum(1 << int(day) for day in inside)
                for day in inside:
                    of_day[int(day)].append((mask, many, len(ends)))
                ends.append((int(last - span), int(last)))
        before: dict[int, list[int]] = {}
        for who in np.unique(caps.who):
            days = caps.when[caps.who == who]
            before[int(who)] = [int(((days > a) & (days <= b)).sum()) for a, b in ends]
        return cls(of_day, before)

    def allow(self, who: int, mask: int, day: int) -> bool:
        """Whether a customer with contacts on the days of a mask may have one more on a day."""
        made = self.before.get(who)
        for window, many, number in self.of_day[day]:
            held = (mask & window).bit_count() + (made[number] if made else 0)
            if held >= many:
                return False
        return True


@dataclass
class State:
    """The plan while it is searched.

    Attributes:
        usable: Slots of each class of candidates. on: Their days. cls: Class of each candidate.
        slot: Slot of each candidate in the plan.
        members: Candidates in each slot.
        days: Customer → days of the plan on which they are contacted, as lists: two contacts may share one.
        day: Day of each slot. low: Least worth of a candidate in each slot.
        room: Contacts left in each slot. minutes: Minutes left of each bench.
        checks: Looks at caps so far.
        log: What was done since somebody began to write it down: candidate, and slot that it was put into
            (or, below 0, −1 − slot that it was taken from).
    """

    asked: Asked
    windows: Windows
    usable: list[np.ndarray]
    on: list[set[int]]
    cls: np.ndarray
    slot: dict[int, int]
    members: list[list[int]]
    days: dict[int, list[int]]
    day: list[int]
    low: np.ndarray
    room: np.ndarray
    minutes: np.ndarray
    checks: int = 0
    log: list[tuple[int, int]] | None = None

    def customer(self, entry: int) -> int:
        """Customer of a candidate."""
        return int(self.asked.candidates.customer[entry])

    def days_for(self, entry: int) -> set[int]:
        """Days on which the caps of a candidate's customer allow it, its own contact put aside."""
        who = self.customer(entry)
        days = list(self.days.get(who, ()))
        if entry in self.slot:
            days.remove(self.day[self.slot[entry]])
        if len(days) >= self.asked.most[who]:
            return set()
        wanted = self.on[self.cls[entry]]
        self.checks += len(wanted)
        mask = sum(1 << other for other in set(days))
        if mask.bit_count() == len(days):
            return {day for day in wanted - set(days) if self.windows.allow(who, mask, day)}
        calendar, kept = self.asked.caps.calendar, self.asked.caps.kept
        return {day for day in wanted if kept([int(calendar[other]) for other in (*days, day)], who)}

    def with_room(self, slots: np.ndarray) -> np.ndarray:
        """Those slots into which, and into whose marketer's day, one more contact fits."""
        fits: np.ndarray = self.room[slots] >= 1
        if self.asked.minutes is not None:
            need = self.asked.minutes[self.asked.slots.method[slots]]
            fits = fits & (self.minutes[self.asked.bench[slots]] + EASE >= need)
        found: np.ndarray = slots[fits]
        return found

    def put(self, entry: int, slot: int) -> None:
        """Put a candidate into a slot."""
        self.slot[entry] = slot
        self.members[slot].append(entry)
        self.days.setdefault(self.customer(entry), []).append(self.day[slot])
        self.low[slot] = min(self.low[slot], self.asked.net[entry])
        self._use(slot, 1)
        if self.log is not None:
            self.log.append((entry, slot))

    def take(self, entry: int) -> int:
        """Take a candidate out of its slot, which is returned."""
        slot = self.slot.pop(entry)
        self.members[slot].remove(entry)
        self.days[self.customer(entry)].remove(self.day[slot])
        self.low[slot] = min((self.asked.net[other] for other in self.members[slot]), default=np.inf)
        self._use(slot, -1)
        if self.log is not None:
            self.log.append((entry, -1 - slot))
        return slot

    def _use(self, slot: int, sign: int) -> None:
        self.room[slot] -= sign
        if self.asked.minutes is not None:
            self.minutes[self.asked.bench[slot]] -= sign * self.asked.minutes[self.asked.slots.method[slot]]

    def undo(self, log: list[tuple[int, int]]) -> None:
        """Take back what a log tells."""
        for entry, slot in reversed(log):
            if slot >= 0:
                self.take(entry)
            else:
                self.put(entry, -1 - slot)

    def mine(self, who: int) -> list[int]:
        """Candidates of a customer that are in the plan."""
        a, b = np.searchsorted(self.asked.candidates.customer, [who, who + 1])
        return [at for at in range(int(a), int(b)) if at in self.slot]

    def hopeless(self, entry: int) -> bool:
        """Whether no slot of a candidate has room, and nobody in one is worth less: no chain can help."""
        slots = self.usable[self.cls[entry]]
        worse = bool((self.low[slots] < self.asked.net[entry]).any())
        return not worse and not len(self.with_room(slots))

    def open_to(self, entry: int, seen: np.ndarray) -> np.ndarray:
        """Slots that a candidate can be in within its customer's caps, those that were seen left out."""
        slots = self.usable[self.cls[entry]]
        slots = slots[~seen[slots]]
        days = np.zeros(len(self.asked.slots.calendar), bool)
        if len(slots):
            days[list(self.days_for(entry))] = True
        found: np.ndarray = slots[days[self.asked.slots.day[slots]]]
        return found


def exchanged(asked: Asked, dealt: Dealt) -> Dealt:
    """The plan after all exchanges that were found; the same where caps do not look at single days."""
    if asked.caps.simple:
        return dealt
    state = _state(asked, dealt)
    queue = [(-float(asked.net[entry]), int(entry)) for entry in _waiting(asked, state)]
    heapq.heapify(queue)
    while queue and state.checks < CHECKS:
        _, entry = heapq.heappop(queue)
        if entry in state.slot:
            continue
        for out in _brought_in(state, entry):
            for again in _of_customer(state, state.customer(out)):
                heapq.heappush(queue, (-float(asked.net[again]), again))
    entries = np.fromiter(state.slot, np.int64, len(state.slot))
    slots = np.fromiter(state.slot.values(), np.int64, len(state.slot))
    return Dealt(entries, slots)


def _state(asked: Asked, dealt: Dealt) -> State:
    cls, members = asked.classes()
    usable = [np.flatnonzero(row) for row in asked.eligible(members)]
    room, minutes = asked.contacts.astype(float).copy(), asked.limit.astype(float).copy()
    held: list[list[int]] = [[] for _ in room]
    low, day = np.full(len(room), np.inf), asked.slots.day.tolist()
    on = [{day[slot] for slot in slots.tolist()} for slots in usable]
    state = State(asked, Windows.of(asked), usable, on, cls, {}, held, {}, day, low, room, minutes)
    for entry, slot in zip(dealt.entry.tolist(), dealt.slot.tolist(), strict=True):
        state.put(entry, slot)
    return state


def _waiting(asked: Asked, state: State) -> np.ndarray:
    """Candidates that are not in the plan and would bring something, the best ones."""
    free = asked.open & (asked.net > 0)
    free[list(state.slot)] = False
    rows = np.flatnonzero(free)
    if len(rows) > TRIES:
        rows = rows[np.argpartition(-asked.net[rows], TRIES)[:TRIES]]
    return rows


def _of_customer(state: State, who: int) -> list[int]:
    """Candidates of a customer that are not in the plan and would bring something."""
    asked = state.asked
    a, b = np.searchsorted(asked.candidates.customer, [who, who + 1])
    return [
        at for at in range(int(a), int(b)) if at not in state.slot and asked.open[at] and asked.net[at] > 0
    ]


def _brought_in(state: State, entry: int) -> list[int]:
    """Bring one candidate in, if that raises the plan's worth; those who gave way.

    Where no day is left that the caps allow, one of the customer's own contacts moves for it.
    """
    who = state.customer(entry)
    if len(state.days.get(who, ())) >= state.asked.most[who] or state.hopeless(entry):
        return []
    if (out := _placed(state, entry)) is not None:
        return out
    for own in state.mine(who):
        if (out := _in_turn(state, own, entry)) is not None:
            return out
    return []


def _in_turn(state: State, own: int, entry: int) -> list[int] | None:
    """One of the customer's contacts moves after a candidate came in; None: no gain, and all is as before."""
    log: list[tuple[int, int]] = []
    state.log = log
    state.take(own)
    came = _placed(state, entry)
    back = None if came is None else _placed(state, own)
    state.log = None
    if came is not None and back is not None:
        out = [*came, *back]
        if state.asked.net[entry] > sum(state.asked.net[other] for other in out):
            return out
    state.undo(log)
    return None


def _placed(state: State, entry: int) -> list[int] | None:
    """Put one candidate into a slot along the shortest chain; those who gave way, or None: it stays out."""
    seen = np.zeros(len(state.room), bool)
    starts = state.open_to(entry, seen)
    seen[starts] = True
    came: dict[int, tuple[int, int]] = dict.fromkeys(starts.tolist(), (-1, entry))
    free, queue = state.with_room(starts), starts.tolist()
    for slot in queue:
        if len(free):
            break
        free = _onward(state, came, queue, seen, slot)
    if len(free):
        _shift(state, came, int(free[0]))
        return []
    out = _least(state, queue, entry)
    if out is None:
        return None
    slot = state.take(out)
    _shift(state, came, slot)
    return [out]


def _onward(
    state: State, came: dict[int, tuple[int, int]], queue: list[int], seen: np.ndarray, slot: int
) -> np.ndarray:
    """Add the slots that somebody of this one could move to, and nobody else before; those with room.

    A customer moves once at most on a chain: the caps were looked at with their other contacts as they are.
    """
    moved = {state.customer(mover) for mover, _ in _chain(came, slot)}
    for other in state.members[slot]:
        if state.customer(other) in moved:
            continue
        there = state.open_to(other, seen)
        seen[there] = True
        came.update(dict.fromkeys(there.tolist(), (slot, other)))
        queue.extend(there.tolist())
        free = state.with_room(there)
        if len(free) or state.checks >= CHECKS:
            return free
    return np.zeros(0, np.int64)


def _chain(came: dict[int, tuple[int, int]], slot: int) -> list[tuple[int, int]]:
    """(who moves, to which slot), from the end of a chain to its start."""
    chain = []
    while slot >= 0:
        before, mover = came[slot]
        chain.append((mover, slot))
        slot = before
    return chain


def _shift(state: State, came: dict[int, tuple[int, int]], slot: int) -> None:
    """Move everybody on the chain one slot on."""
    chain = _chain(came, slot)
    for mover, _ in chain[:-1]:
        state.take(mover)
    for mover, there in chain:
        state.put(mover, there)


def _least(state: State, slots: list[int], entry: int) -> int | None:
    """The contact worth least in slots that a chain reaches, if worth less; fairness keeps its own."""
    net, own = state.asked.net, state.customer(entry)
    best, found = float(net[entry]) * (1 - 1e-9), None
    for slot in slots:
        for other in state.members[slot]:
            worth = float(net[other])
            if worth < best and not state.asked.must[other] and state.customer(other) != own:
                best, found = worth, other
    return found
