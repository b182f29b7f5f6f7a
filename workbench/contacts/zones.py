"""The clock of a calendar: moments on it, and how its zone is declared (RFC 5545, section 3.6.5)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Component, Timezone

_STEP = dt.timedelta(days=14)
"""Step in which offsets are looked at; the shortest time between two changes is the four weeks of Ramadan."""

_SECOND = dt.timedelta(seconds=1)
_AROUND = dt.timedelta(days=1)


def moment(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    """The instant at which the wall clock of a zone shows a time.

    A time that is skipped moves on by the change. The second of two equal times (`fold=1`) is told in UTC,
    because a wall clock without offsets cannot.
    """
    wall = dt.datetime.combine(day, time, zone)
    exact = wall.astimezone(dt.UTC)
    there = exact.astimezone(zone)
    return exact if there.fold else there


def declared(zone: ZoneInfo, name: str, first: dt.datetime, last: dt.datetime) -> Timezone:
    """The component VTIMEZONE that holds from a day before the first moment until a day after the last.

    Each change of the clock is one observance; it begins at the time that the clock showed before it.
    """
    from icalendar import Timezone

    start, end = (at.astimezone(dt.UTC) for at in (first - _AROUND, last + _AROUND))
    component = Timezone()
    component.add("tzid", name)
    component.add_component(_observance(zone, start, start))
    for change in _changes(zone, start, end):
        component.add_component(_observance(zone, change - _SECOND, change))
    return component


def _changes(zone: ZoneInfo, start: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    """Instants in UTC at which the offset becomes another one."""
    found, at = [], start
    while at < end:
        after = min(at + _STEP, end)
        if _state(zone, at) != _state(zone, after):
            found.append(_change(zone, at, after))
        at = after
    return found


def _change(zone: ZoneInfo, before: dt.datetime, after: dt.datetime) -> dt.datetime:
    """The first second with the later offset, by halving."""
    while after - before > _SECOND:
        middle = before + ((after - before) // 2 // _SECOND) * _SECOND
        middle = max(middle, before + _SECOND)
        before, after = (middle, after) if _state(zone, middle) == _state(zone, before) else (before, middle)
    return after.replace(microsecond=0)


def _state(zone: ZoneInfo, at: dt.datetime) -> tuple[dt.timedelta, str]:
    there = at.astimezone(zone)
    return there.utcoffset() or dt.timedelta(), there.tzname() or ""


def _observance(zone: ZoneInfo, before: dt.datetime, change: dt.datetime) -> Component:
    """What holds from a change on."""
    from icalendar import TimezoneDaylight, TimezoneStandard

    there = change.astimezone(zone)
    old = before.astimezone(zone).utcoffset() or dt.timedelta()
    part = TimezoneDaylight() if there.dst() else TimezoneStandard()
    part.add("dtstart", (change + old).replace(tzinfo=None, microsecond=0))
    part.add("tzoffsetfrom", old)
    part.add("tzoffsetto", there.utcoffset() or dt.timedelta())
    part.add("tzname", there.tzname() or str(zone))
    return part
