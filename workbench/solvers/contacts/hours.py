"""Working and quiet hours: how long each marketer may do what, and at what hour each contact begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import QuestionError
from workbench.solvers.contacts.rules import ContactRules, Window, minutes_of, whole_hours, windows_of

if TYPE_CHECKING:
    from workbench.solvers.contacts.frames import Slots

Spans = list[tuple[float, float]]
"""Minutes of the day from, until, in order."""

DAY = 1440.0


@dataclass(frozen=True, eq=False)
class Clock:
    """Hours of a plan.

    Attributes:
        minutes: Minutes of each method.
        work: Working hours of each marketer; None: only minutes are known, so time has no limit.
        quiet: Quiet hours of each method; (0, 0) is none.
    """

    minutes: np.ndarray
    work: list[Window] | None
    quiet: list[Window] | None

    def spans(self, marketer: int, method: int) -> Spans:
        """When a marketer may use a method: working hours without the quiet ones."""
        first, last = (60 * hour for hour in self.work[marketer]) if self.work else (0.0, DAY)
        found = [(first, last)]
        for low, high in _quiet(self.quiet[method] if self.quiet else (0.0, 0.0)):
            cut = [((a, min(b, low)), (max(a, high), b)) for a, b in found]
            found = [span for pair in cut for span in pair if span[1] > span[0]]
        return found

    def contacts(self, slots: Slots) -> np.ndarray:
        """Contacts of each slot that fit into its hours, and not more than its capacity."""
        room = np.zeros((len(slots.marketers), len(slots.methods)))
        for marketer in range(room.shape[0]):
            for method, minutes in enumerate(self.minutes):
                spans = self.spans(marketer, method)
                if minutes > 0:
                    room[marketer, method] = sum(np.floor((b - a) / minutes + 1e-9) for a, b in spans)
                else:
                    room[marketer, method] = np.inf if spans else 0.0
        timed = self.work is not None or self.quiet is not None
        found: np.ndarray = np.minimum(
            slots.contacts, room[slots.marketer, slots.method] if timed else np.inf
        )
        return found

    def limits(self, slots: Slots) -> np.ndarray:
        """Minutes of each marketer and day."""
        day = np.ones(len(slots.calendar))
        if self.work is None:
            return np.full(len(slots.marketers) * len(day), np.inf)
        hours = np.array([last - first for first, last in self.work])
        return (60 * hours[:, None] * day).ravel()


def _quiet(window: Window) -> Spans:
    """Quiet minutes of one day; a window over midnight is two."""
    first, last = 60 * window[0], 60 * window[1]
    if first == last:
        return []
    return [(first, last)] if first < last else [(0.0, last), (first, DAY)]


def read_clock(rules: ContactRules, slots: Slots) -> Clock | None:
    """The hours that the rules name; None where they say nothing of time."""
    minutes = minutes_of(rules.minutes, slots.methods)
    work = windows_of("working hours", rules.hours, "marketer", slots.marketers)
    quiet = windows_of("quiet hours", rules.quiet_hours, "method", slots.methods)
    if work is not None:
        for name, window in zip(slots.marketers, work, strict=True):
            if window == (0.0, 0.0):
                raise QuestionError(
                    f"Marketer {name!r} is missing in the working hours.", "Give every marketer two hours."
                )
            whole_hours("working hours", window)
    if minutes is None and work is None and quiet is None:
        return None
    if minutes is None and work is not None:
        raise QuestionError(
            "The rules have working hours, but contacts take no time.",
            "Give minutes by method, such as {'call': 6}.",
        )
    if minutes is None:
        minutes = np.zeros(len(slots.methods))
    return Clock(minutes, work, quiet)
