"""A question for a contact plan that was read: candidates, capacity and rules as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.solvers.contacts.caps import Caps, read_caps
from workbench.solvers.contacts.frames import Candidates, Slots, candidates_of, slots_of
from workbench.solvers.contacts.hours import Clock, read_clock
from workbench.solvers.contacts.rules import ContactRules, amount, consented, named, rules_of


@dataclass(frozen=True, eq=False)
class Asked:
    """The question.

    Attributes:
        candidates, slots, rules: As they were read.
        caps: Caps with what counts in them already.
        clock: Working and quiet hours; None where nothing is said of time.
        most: Contacts that a customer gets at most in all days. ready: First day of a customer.
        open: Candidates with consent, on any day.
        net: Worth of a candidate less what its time costs. must: Candidates that fairness may need.
        contacts: Contacts of each slot that its hours allow. minutes: Of each method, or None.
        bench: Marketer and day of each slot, as one index. limit: Minutes of each bench; inf: no limit.
        skilled: Whether a marketer may serve what a column's code names: column → (codes + 1, marketers).
        least: Contacts that each segment gets at least. penalty: What a missing one costs.
        scale: A typical worth.
    """

    SEGMENT: ClassVar[int] = 1

    candidates: Candidates
    slots: Slots
    rules: ContactRules
    caps: Caps
    clock: Clock | None
    most: np.ndarray
    ready: np.ndarray
    open: np.ndarray
    net: np.ndarray
    must: np.ndarray
    contacts: np.ndarray
    minutes: np.ndarray | None
    bench: np.ndarray
    limit: np.ndarray
    skilled: dict[str, np.ndarray]
    least: np.ndarray
    penalty: float
    scale: float

    def classes(self) -> tuple[np.ndarray, np.ndarray]:
        """(class of each candidate, its columns: method, segment, language, message, due, ready, owner)."""
        given = self.candidates
        first = np.maximum(given.ready, self.ready[given.customer]) if self.ready.any() else given.ready
        columns = [
            given.method,
            self._told("segment"),
            self._told("language"),
            self._told("message"),
            given.due,
            first,
            given.owner.code,
        ]
        sizes = [int(column.max(initial=-1)) + 2 for column in columns]
        key = np.zeros(len(given.row), np.int64)
        for column, size in zip(columns, sizes, strict=True):
            if size > 1:  # else there is nothing in it
                key = key * size + column + 1
        found, at = distinct(key, int(np.prod([float(size) for size in sizes])))
        members = np.empty((len(found), len(columns)), np.int64)
        rest = found
        for place in range(len(columns) - 1, -1, -1):
            members[:, place] = rest % sizes[place] - 1
            rest = rest // sizes[place]
        return at, members

    def _told(self, name: str) -> np.ndarray:
        """A column's codes where it decides anything, else none."""
        code: np.ndarray = getattr(self.candidates, name).code
        fair = name == "segment" and bool(self.least.any())
        return code if name in self.skilled or fair else np.broadcast_to(np.int64(-1), len(code))

    def eligible(self, members: np.ndarray) -> np.ndarray:
        """Which class may use which slot, shape (classes, slots)."""
        slots = self.slots
        method, segment, language, message, due, first, owner = (column[:, None] for column in members.T)
        right = (slots.method == method) & (slots.day <= due) & (slots.day >= first)
        right &= (owner < 0) | (slots.marketer == owner)
        told = {"method": method, "segment": segment, "language": language, "message": message}
        for name, table in self.skilled.items():
            right &= table[told[name], slots.marketer]
        found: np.ndarray = right & (self.contacts > 0)
        return found


def distinct(key: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Distinct keys from 0 up to `size`, and which one each is; without sorting where they are few."""
    if size > max(4 * len(key), 1_000_000):
        found, at = np.unique(key, return_inverse=True)
        return found, at
    there = np.zeros(size, bool)
    there[key] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[key]


def asked_of(candidates: Any, capacity: Any, rules: Any) -> Asked:
    """Check everything and return the question."""
    slots, kept = slots_of(capacity), rules_of(rules)
    given = candidates_of(candidates, slots)
    cost = amount("cost of an hour", kept.hour_cost)
    clock = read_clock(kept, slots)
    minutes = None if clock is None else clock.minutes
    if cost and minutes is None:
        raise QuestionError("An hour has a cost, but contacts take no time.", "Give minutes by method.")
    caps = read_caps(kept, given, slots)
    net = given.worth if minutes is None else given.worth - cost / 60 * minutes[given.method]
    least = _least(kept.least, given)
    bench = slots.marketer * len(slots.calendar) + slots.day
    many = len(slots.marketers) * len(slots.calendar)
    top = float(net.max(initial=0.0))
    return Asked(
        candidates=given,
        slots=slots,
        rules=kept,
        caps=caps,
        clock=clock,
        most=caps.most,
        ready=caps.ready,
        open=_open(kept, given, slots),
        net=net,
        must=least[given.segment.code] > 0,
        contacts=slots.contacts if clock is None else clock.contacts(slots),
        minutes=minutes,
        bench=bench,
        limit=np.full(many, np.inf) if clock is None else clock.limits(slots),
        skilled=_skills(kept, given, slots),
        least=least,
        penalty=2 * top + float(np.abs(net).max(initial=0.0)),
        scale=_scale(net),
    )


def _scale(net: np.ndarray) -> float:
    """A high worth, that prices are counted in."""
    good = net[net > 0]
    return float(np.quantile(good[:: max(1, len(good) // 10_000)], 0.9)) if len(good) else 1.0


def _least(given: Mapping[str, float], candidates: Candidates) -> np.ndarray:
    """Contacts that each segment gets at least; the last entry is that of no segment."""
    found = np.zeros(len(candidates.segment.names) + 1)
    for name, many in given.items():
        if name not in candidates.segment.names:
            raise unknown("segment", name, candidates.segment.names)
        found[candidates.segment.names.index(name)] = amount(f"least of segment {name!r}", many)
    return found


def _open(rules: ContactRules, given: Candidates, slots: Slots) -> np.ndarray:
    """Candidates that consent lets through."""
    import pandas as pd

    people = given.people
    found = np.ones(len(given.row), bool)
    granted = consented(rules.consent, slots.methods)
    if granted is not None:
        methods = pd.Index(slots.methods)
        who, how = (
            names.get_indexer(pd.Index(granted[name]))
            for names, name in ((people, "customer_id"), (methods, "method"))
        )
        table = np.zeros((len(people) + 1, len(methods) + 1), bool)
        table[who, how] = True
        table[-1], table[:, -1] = False, False
        found &= table[given.customer, given.method]
    never = np.zeros(len(people) + 1, bool)
    never[people.get_indexer(pd.Index(list(rules.do_not_contact)))] = True
    left: np.ndarray = found & ~never[:-1][given.customer]
    return left


def _skills(rules: ContactRules, given: Candidates, slots: Slots) -> dict[str, np.ndarray]:
    """Column → which marketer may serve which code (the last: no name), where somebody's skills name any."""
    columns = {"method": slots.methods, "segment": given.segment.names, "message": given.message.names}
    found: dict[str, np.ndarray] = {}
    skills = named("the skills", rules.skills, slots.marketers)
    if skills is not None:
        every = set().union(*skills.values()) if skills else set()
        known = set().union(*columns.values())
        for name in sorted(every - known, key=str):
            raise unknown("skill", name, known)
        for column, names in columns.items():
            if every & set(names):
                found[column] = np.array(
                    [[name not in every or name in skills[who] for who in slots.marketers] for name in names]
                    + [[True] * len(slots.marketers)]
                )
    spoken = named("the languages", rules.languages, slots.marketers)
    if spoken is not None:
        names = given.language.names
        found["language"] = np.array(
            [[name in spoken[who] for who in slots.marketers] for name in names]
            + [[True] * len(slots.marketers)]
        )
    return found
