"""Caps on contacts of one customer: at most so many in any so many days, those already made included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import QuestionError
from workbench.solvers.contacts.frames import MISSING, table_of
from workbench.solvers.contacts.rules import ContactRules, caps_of

if TYPE_CHECKING:
    from workbench.solvers.contacts.frames import Candidates, Slots


@dataclass(frozen=True, eq=False)
class Caps:
    """Caps of the customers of a plan.

    Attributes:
        pairs: (contacts, days) of each cap.
        calendar: Days of the plan.
        who, when: Contacts already made: customer and day, sorted by customer.
        most: Contacts that a customer gets at most in the plan: what no plan within the caps exceeds.
        ready: Index of the first day on which a customer can be contacted; past the last one: never.
    """

    pairs: tuple[tuple[int, int], ...]
    calendar: np.ndarray
    who: np.ndarray
    when: np.ndarray
    most: np.ndarray
    ready: np.ndarray

    @property
    def simple(self) -> bool:
        """Whether `most` and `ready` say everything: no cap looks at less than the plan or at history."""
        span = int(self.calendar[-1] - self.calendar[0]) + 1
        return all(days >= span for _, days in self.pairs) and not len(self.who)

    def kept(self, days: list[int], customer: int) -> bool:
        """Whether contacts of one customer on these days, and those already made, keep every cap."""
        a, b = np.searchsorted(self.who, [customer, customer + 1])
        every = np.sort(np.concatenate([self.when[a:b], np.array(days, np.int64)]))
        for many, span in self.pairs:
            if many == 0:
                return not days
            if len(every) > many:
                close = every[many:] - every[:-many] < span
                if (close & (every[many:] >= self.calendar[0])).any():
                    return False
        return True


def read_caps(rules: ContactRules, given: Candidates, slots: Slots) -> Caps:
    """The caps and what counts in them."""
    calendar = slots.calendar
    span = int(calendar[-1] - calendar[0]) + 1
    pairs = caps_of(rules.caps, span)
    who, when = _history(rules, given, slots, max(days for _, days in pairs))
    people = len(given.people)
    most = np.full(people, np.iinfo(np.int64).max)
    ready = np.zeros(people, np.int64)
    for many, days in pairs:
        ready = np.maximum(ready, _ready(many, days, calendar, who, when, people))
        for mine, own in _horizons(given, calendar):
            seen = mine[who]
            number = (np.cumsum(mine) - 1)[who[seen]]
            here = _most(many, days, own, number, when[seen], int(mine.sum()))
            most[mine] = np.minimum(most[mine], here)
    return Caps(pairs, calendar, who, when, most, ready)


def _history(
    rules: ContactRules, given: Candidates, slots: Slots, longest: int
) -> tuple[np.ndarray, np.ndarray]:
    """(customer, day) of contacts made before the plan that a cap can still see."""
    if rules.history is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    frame = table_of("history", rules.history, ("customer_id", "day"))
    import pandas as pd

    when = slots.days.read(frame, "day", "history")
    if (when == MISSING).any():
        raise QuestionError("A contact of the history has no day.", "Give the day of every contact.")
    if (when >= slots.calendar[0]).any():
        raise QuestionError(
            "The history reaches into the plan.", "Give contacts before the first day of the capacity."
        )
    who = given.people.get_indexer(pd.Index(frame["customer_id"]))
    seen = (who >= 0) & (when > slots.calendar[0] - longest)
    who, when = who[seen], when[seen]
    order = np.lexsort((when, who))
    return who[order], when[order]


def _horizons(given: Candidates, calendar: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(which customers, their days): from the first day of any candidate of theirs to the last."""
    people = len(given.people)
    if not given.ready.any() and (given.due == len(calendar) - 1).all():
        yield np.ones(people, bool), calendar
        return
    first, last = np.full(people, len(calendar)), np.full(people, -1)
    np.minimum.at(first, given.customer, given.ready)
    np.maximum.at(last, given.customer, given.due)
    key = np.minimum(first, len(calendar)) * (len(calendar) + 1) + last + 1
    for value in np.unique(key):
        a, b = divmod(int(value), len(calendar) + 1)
        yield key == value, calendar[a:b]


def _most(
    many: int, days: int, calendar: np.ndarray, who: np.ndarray, when: np.ndarray, people: int
) -> np.ndarray:
    """Most contacts of one cap: the days fall into windows, counted from the last one; each holds `many`."""
    found = np.zeros(people, np.int64)
    if not len(calendar):  # nothing of theirs can be done, whatever the number is
        return found + many
    last = int(calendar[-1])
    while last >= calendar[0]:
        inside = (when > last - days) & (when <= last)
        left = np.maximum(many - np.bincount(who[inside], minlength=people), 0)
        found += left if ((calendar > last - days) & (calendar <= last)).any() else 0
        last -= days
    return found


def _ready(
    many: int, days: int, calendar: np.ndarray, who: np.ndarray, when: np.ndarray, people: int
) -> np.ndarray:
    """First day on which fewer than `many` of the contacts already made are within the window."""
    if many == 0:
        return np.full(people, len(calendar))
    found = np.zeros(people, np.int64)
    if len(who):
        last = np.searchsorted(who, np.arange(people), side="right")
        first = np.searchsorted(who, np.arange(people), side="left")
        full = last - first >= many
        # the window must have left behind the `many`-th last contact
        free = when[(last - many)[full]] + days
        found[full] = np.searchsorted(calendar, free)
    return found
