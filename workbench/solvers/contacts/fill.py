"""Room that rounding left is used, and what broke a rule is taken out: every plan keeps every rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.solvers.contacts.deal import Dealt

if TYPE_CHECKING:
    from workbench.solvers.contacts.asked import Asked

TRIES = 50_000
"""Candidates that are offered the room that is left."""

EASE = 1e-6
"""Minutes that are forgiven: the dust of adding."""


def trimmed(asked: Asked, dealt: Dealt) -> Dealt:
    """Without what does not fit into a day's time, nor into a customer's caps."""
    keep = _in_time(asked, dealt) & _in_caps(asked, dealt)
    return Dealt(dealt.entry[keep], dealt.slot[keep])


def _in_time(asked: Asked, dealt: Dealt) -> np.ndarray:
    """What fits into each marketer's day; where it is too much, the least worth a minute goes."""
    keep = np.ones(len(dealt.entry), bool)
    if asked.minutes is None:
        return keep
    bench, minutes = asked.bench[dealt.slot], asked.minutes[asked.slots.method[dealt.slot]]
    over = np.bincount(bench, minutes, len(asked.limit)) > asked.limit + EASE
    for at in np.flatnonzero(over):
        inside = np.flatnonzero(bench == at)
        dense = asked.candidates.worth[dealt.entry[inside]] / np.maximum(minutes[inside], EASE)
        best = inside[np.argsort(-dense, kind="stable")]
        spent = 0.0
        for contact in best:
            keep[contact] = spent + minutes[contact] <= asked.limit[at] + EASE
            spent += minutes[contact] if keep[contact] else 0.0
    return keep


def _in_caps(asked: Asked, dealt: Dealt) -> np.ndarray:
    """What keeps the caps; of a customer's contacts too close to one another the best stay."""
    keep = np.ones(len(dealt.entry), bool)
    if asked.caps.simple:
        return keep
    who = asked.candidates.customer[dealt.entry]
    day = asked.slots.calendar[asked.slots.day[dealt.slot]]
    order = np.lexsort((-asked.candidates.worth[dealt.entry], who))
    held: dict[int, list[int]] = {}
    for contact in order:
        days = held.setdefault(int(who[contact]), [])
        if asked.caps.kept([*days, int(day[contact])], int(who[contact])):
            days.append(int(day[contact]))
        else:
            keep[contact] = False
    return keep


@dataclass
class Room:
    """What is left while a plan is filled.

    Attributes:
        contacts: Of each slot. minutes: Of each bench.
        days: Days of the contacts of a customer.
    """

    contacts: np.ndarray
    minutes: np.ndarray
    days: dict[int, list[int]]


def filled(asked: Asked, dealt: Dealt) -> Dealt:
    """With the best of what still fits, one after the other."""
    room = _room(asked, dealt)
    waiting, usable = _waiting(asked, dealt, room)
    entries, slots = [], []
    for entry, cls in zip(*waiting, strict=True):
        if not (room.contacts > 0).any():
            break
        slot = _slot(asked, room, int(entry), usable[cls])
        if slot >= 0:
            entries.append(entry)
            slots.append(slot)
    more = np.array(entries, np.int64), np.array(slots, np.int64)
    return replace(
        dealt, entry=np.concatenate([dealt.entry, more[0]]), slot=np.concatenate([dealt.slot, more[1]])
    )


def _room(asked: Asked, dealt: Dealt) -> Room:
    used = np.bincount(dealt.slot, minlength=len(asked.contacts))
    minutes = asked.limit.copy()
    if asked.minutes is not None:
        spent = asked.minutes[asked.slots.method[dealt.slot]]
        minutes = minutes - np.bincount(asked.bench[dealt.slot], spent, len(minutes))
    return Room(asked.contacts - used, minutes, {})


def _waiting(
    asked: Asked, dealt: Dealt, room: Room
) -> tuple[tuple[np.ndarray, np.ndarray], list[np.ndarray]]:
    """((candidates that may still come, best first; their class), slots with room of each class)."""
    given = asked.candidates
    got = np.bincount(given.customer[dealt.entry], minlength=len(asked.most))
    free = asked.open & (asked.net > 0) & (got < asked.most)[given.customer]
    free[dealt.entry] = False
    rows = np.flatnonzero(free)
    open_ = _has_room(asked, room, np.arange(len(room.contacts)))
    if not len(rows) or not open_.any():
        return (rows[:0], rows[:0]), []
    cls, members = asked.classes()
    usable = asked.eligible(members) & open_
    rows = rows[usable.any(axis=1)[cls[rows]]]
    if len(rows) > TRIES:
        rows = rows[np.argpartition(-asked.net[rows], TRIES)[:TRIES]]
    rows = rows[np.argsort(-asked.net[rows], kind="stable")]
    whose = set(given.customer[rows].tolist())
    for entry, slot in (
        zip(dealt.entry, dealt.slot, strict=True) if not asked.caps.simple or (got > 0).any() else ()
    ):
        who = int(given.customer[entry])
        if who in whose:
            room.days.setdefault(who, []).append(int(asked.slots.calendar[asked.slots.day[slot]]))
    return (rows, cls[rows]), [np.flatnonzero(row) for row in usable]


def _has_room(asked: Asked, room: Room, slots: np.ndarray) -> np.ndarray:
    found: np.ndarray = room.contacts[slots] >= 1
    if asked.minutes is not None:
        need = asked.minutes[asked.slots.method[slots]]
        found = found & (room.minutes[asked.bench[slots]] + EASE >= need)
    return found


def _slot(asked: Asked, room: Room, entry: int, slots: np.ndarray) -> int:
    """The first slot that takes a candidate, which is then used; −1: none."""
    who = int(asked.candidates.customer[entry])
    days = room.days.get(who, [])
    if len(days) >= asked.most[who]:
        return -1
    for slot in slots[_has_room(asked, room, slots)]:
        day = int(asked.slots.calendar[asked.slots.day[slot]])
        if asked.caps.kept([*days, day], who):
            room.days[who] = [*days, day]
            room.contacts[slot] -= 1
            if asked.minutes is not None:
                room.minutes[asked.bench[slot]] -= asked.minutes[asked.slots.method[slot]]
            return int(slot)
    return -1
