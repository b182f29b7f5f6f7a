"""Events in memory in order of customer and time, with all that does not depend on the window.

So another window is a few passes over arrays, and no query.

Sorting and looking at neighbours is the dear part of an attribution, and neither knows the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.attribution.cells import Floats, Ints
from workbench.attribution.journeys import DAY_SECONDS, START
from workbench.attribution.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 4_000_000
"""Rows that are taken into memory, about 100 bytes each; a longer stream is cut by its engine."""

MOST_MEMBERS = 5_000
"""Members up to which every group of steps has a number of its own."""

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Codes = np.ndarray[Any, np.dtype[np.int32]]
"""Small numbers, at half the memory."""


@dataclass(frozen=True, eq=False)
class Tracks:
    """A stream of events, oldest first within each customer; one entry a row, customers as numbers only.

    Attributes:
        members: Members, sorted; the first is `START`.
        customer, micros: Whose, and when (microseconds since 1970).
        member: Place in `members`.
        conv, touch: Whether the row is a conversion, a touch.
        value: Of the conversion; NaN where it is not known.
        day: Days since 1970 by the source's calendar; None where it has none.
        came: Days → (rows as they came, of these without customer or time); one entry where there is no day.
    """

    members: tuple[str, ...]
    customer: Ints
    micros: Ints
    member: Codes
    conv: Flags
    touch: Flags
    value: Floats
    day: Ints | None
    came: tuple[Ints, Ints]

    @cached_property
    def newest(self) -> Flags:
        """Where a customer's last event is."""
        found: Flags = np.r_[self.customer[1:] != self.customer[:-1], np.ones(len(self.customer[:1]), bool)]
        return found

    @cached_property
    def oldest(self) -> Flags:
        """Where a customer's first event is."""
        found: Flags = np.r_[self.newest[-1:], self.newest[:-1]]
        return found

    @cached_property
    def after_goal(self) -> Flags:
        """Where the next conversion's touches begin: at a customer's start, and after each conversion."""
        found: Flags = self.oldest | np.r_[self.conv[-1:] & False, self.conv[:-1]]
        return found

    @cached_property
    def end(self) -> Ints:
        """The row up to which the next conversion is looked for, of each row."""
        starts = np.flatnonzero(self.after_goal)
        lengths = np.diff(np.r_[starts, len(self.conv)])
        return np.repeat(starts + lengths - 1, lengths)

    @cached_property
    def seconds(self) -> Floats:
        """Seconds since 1970."""
        return self.micros / 1e6

    @cached_property
    def goal(self) -> Floats:
        """When the next conversion is; infinite where there is none."""
        return np.where(self.conv, self.seconds, np.inf)[self.end]

    @cached_property
    def age(self) -> Floats:
        """Seconds to the next conversion; infinite where there is none."""
        return self.goal - self.seconds

    @cached_property
    def gap(self) -> Floats:
        """Seconds since the event before; infinite where there is none."""
        found = np.diff(self.seconds, prepend=self.seconds[:1])
        found[self.oldest] = np.inf
        return found

    @cached_property
    def ahead(self) -> tuple[Floats, Floats]:
        """Of the event after: seconds from it to the conversion, and until it; infinite where none is."""
        after, until = (np.r_[part[1:], part[:1]] for part in (self.age, self.gap))
        after[self.newest] = -np.inf
        return after, until

    @cached_property
    def reach(self) -> Floats:
        """Seconds from the event before to the next conversion."""
        found = self.goal.copy()
        found[1:] -= self.seconds[:-1]
        found[self.oldest] = np.inf
        return found

    @cached_property
    def past(self) -> Codes:
        """Member of the event before; `START` after a conversion and at the beginning."""
        return np.where(self.after_goal, 0, np.r_[self.member[:1], self.member[:-1]])

    @cached_property
    def closed(self) -> Flags:
        """Where a journey that converts ends: the conversion, or the touch before one without a touch."""
        bare = np.r_[~self.touch[1:], self.touch[:1] & False]
        found: Flags = self.conv | (bare & ~self.newest)
        return found

    @cached_property
    def won(self) -> Floats:
        """Value of the conversion that a closing touch leads to."""
        return np.where(self.conv, self.value, np.r_[self.value[1:], self.value[:1]])

    @cached_property
    def twin(self) -> Flags:
        """Where a row repeats the one before."""
        same = np.where(self.conv, self.past == 0, self.past == self.member)
        found: Flags = (self.gap == 0.0) & same
        return found

    @cached_property
    def clusters(self) -> tuple[Codes, Codes]:
        """Number of the day (UTC) of each event, and of the conversion that it may lead to."""
        own = np.floor(self.seconds / DAY_SECONDS).astype(np.int32)
        return own, own[self.end]

    @cached_property
    def led(self) -> Ints:
        """Rows with a conversion at or after them: only these can get credit."""
        return np.flatnonzero(np.isfinite(self.goal))

    @cached_property
    def block(self) -> Ints:
        """Number of the conversion of each row of `led`."""
        ends = self.end[self.led]
        return np.cumsum(np.r_[ends[:1] < 0, ends[1:] != ends[:-1]])

    @cached_property
    def fresh(self) -> Flags:
        """Whether a row of `led` is the last touch of its member before the conversion.

        The window cuts touches off at the far end: while any touch of a member is inside, this one is.
        """
        touches = np.flatnonzero(self.touch[self.led])
        key = self.block[touches] * len(self.members) + self.member[self.led][touches]
        order = np.argsort(key, kind="stable")
        found = np.zeros(len(self.led), bool)
        key = key[order]
        found[touches[order[np.r_[key[1:] != key[:-1], np.ones(len(key[:1]), bool)]]]] = True
        return found

    def since(self, first: int | None) -> Mapping[str, Any]:
        """What a first day of the answer decides: rows kept inside and outside a window, rows cut off before.

        Args:
            first: Days since 1970; None: all rows.
        """
        if first is None or self.day is None:
            return {"won": True, "lost": True, "cut": False}
        before = np.r_[self.day[:1], self.day[:-1]] < first
        return {"won": self.day[self.end] >= first, "lost": self.day >= first, "cut": before & ~self.oldest}

    def only(self, rows: Any) -> Tracks:
        """The rows chosen by places or flags, in that order."""
        columns = ("customer", "micros", "member", "conv", "touch", "value")
        day = None if self.day is None else self.day[rows]
        return replace(self, day=day, **{name: getattr(self, name)[rows] for name in columns})


def fetch(source: Source) -> Tracks | None:
    """Take a stream of events into memory.

    Args:
        source: The stream.

    Returns:
        Its events in order; None where they are too many, or not in DuckDB.
    """
    raw = source.events
    if raw.get_backend().name != "duckdb":
        return None
    came = source.ask(_came(raw))
    counted, lost = (came[name].to_numpy() for name in ("n", "lost"))
    if counted.sum() > MOST_ROWS:
        return None
    days = _days(came["day"]) if "day" in came.column_names else np.zeros(1, np.int64)
    answer = source.ask(raw.filter(raw.customer.notnull(), raw.time.notnull()))
    found = _arrays(answer, (days, np.column_stack([counted, lost])))
    return ordered(found) if len(found.members) <= MOST_MEMBERS else None


def _came(raw: Any) -> Any:
    """Rows as they came, and those without customer or time, by day where there is one."""
    lost = (raw.customer.isnull() | raw.time.isnull()).ifelse(1, 0)
    sums = {"n": raw.count(), "lost": lost.sum().fill_null(0).cast("int64")}
    return raw.group_by("day").agg(**sums) if "day" in raw.columns else raw.agg(**sums)


def _arrays(answer: pa.Table, came: tuple[Ints, Ints]) -> Tracks:
    import pyarrow as pa
    import pyarrow.compute as pc

    time = answer["time"]
    if pa.types.is_timestamp(time.type):
        time = time.cast(pa.timestamp("us", time.type.tz), safe=False)
    member = answer["member"].combine_chunks().dictionary_encode()
    named = member.dictionary.to_pylist()
    members = tuple(sorted({START, *named}))
    place = {name: at for at, name in enumerate(members)}
    return Tracks(
        members=members,
        customer=_numbered(answer["customer"]),
        micros=time.cast(pa.int64()).to_numpy(),
        member=np.array([place[name] for name in named], np.int32)[member.indices.to_numpy()],
        conv=answer["conv"].to_numpy() == 1,
        touch=answer["touch"].to_numpy() == 1,
        value=pc.fill_null(answer["value"], np.nan).to_numpy(),
        day=_days(answer["day"]) if "day" in answer.column_names else None,
        came=came,
    )


def _numbered(customers: Any) -> Ints:
    """A number for each customer, in no order that says anything."""
    import pyarrow as pa

    column = customers.combine_chunks()
    if not pa.types.is_integer(column.type) or column.type == pa.uint64():
        column = column.dictionary_encode().indices
    found: Ints = column.to_numpy().astype(np.int64)
    return found


def _days(column: Any) -> Ints:
    import pyarrow as pa

    found: Ints = column.cast(pa.date32()).cast(pa.int32()).fill_null(0).to_numpy().astype(np.int64)
    return found


def ordered(rows: Tracks) -> Tracks:
    """The rows by customer, oldest first; at one instant conversions follow touches, as in `journeys`."""
    place = _order(rows, [np.nan_to_num(rows.value), rows.member, rows.touch, rows.conv])
    return rows if place is None else rows.only(place)


def _order(rows: Tracks, then: list[Any]) -> Ints | None:
    """Places in order; None where they are in order already. Only rows of one instant are looked at twice."""
    who, when = rows.customer, rows.micros
    rising = (who[1:] > who[:-1]) | ((who[1:] == who[:-1]) & (when[1:] > when[:-1]))
    if rising.all():
        return None
    place: Ints = np.lexsort((when, who))
    same = (np.diff(who[place]) == 0) & (np.diff(when[place]) == 0)
    ties = np.flatnonzero(np.r_[same, same[:0]] if not len(same) else np.r_[same, False] | np.r_[False, same])
    if len(ties):
        at = place[ties]
        place[ties] = at[np.lexsort((*(part[at] for part in then), when[at], who[at]))]
    return place
