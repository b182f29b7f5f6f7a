"""When a schedule's windows happen: on the account's clock, on anybody else's, and when clocks change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from workbench.errors import QuestionError
from workbench.schedules.answer import Schedule, Window
from workbench.schedules.cells import DAY, HOURS

if TYPE_CHECKING:
    import pandas as pd

UTC, HOUR = dt.UTC, dt.timedelta(hours=1)


@dataclass(frozen=True)
class _Part:
    """A window, or its part before or after midnight, as instants."""

    of: int
    start: dt.datetime
    end: dt.datetime


def agenda(schedule: Schedule, week: Any, timezone: str, seen_from: str | None = None) -> pd.DataFrame:
    """The windows of one week, each on its day, as a person in any time zone sees them.

    In spring an hour of the account's clock does not happen: a window's spend goes to what is left of it,
    and that of a window wholly in the hour to the campaign's other windows of that week. In autumn an hour
    happens twice: its window is longer, and its spend the same.

    Args:
        schedule: On the account's clock.
        week: Any day of the week, as a date or text.
        timezone: IANA name of the account's time zone.
        seen_from: That of the reader; None: the account's.

    Returns:
        One row a window and day of the reader's: `by`, `date`, `weekday`, `start`, `end` (moments with the
        reader's offset), `hours` that pass, `spend`, `multiplier`.

    Raises:
        QuestionError: for a day or time zone that is none.
    """
    import pandas as pd

    monday, zone = monday_of(week), zone_of(timezone)
    reader = zone_of(seen_from) if seen_from else zone
    parts = [
        part for at, item in enumerate(schedule.windows) for part in _parts(at, item, monday, zone, reader)
    ]
    lasts = {part.of: dt.timedelta() for part in parts}
    for part in parts:
        lasts[part.of] += part.end - part.start
    spend = _kept(schedule, set(lasts))
    rows = [_row(schedule, part, reader, lasts[part.of], spend) for part in parts]
    columns = [*schedule.by, "date", "weekday", "start", "end", "hours", "spend", "multiplier"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values([*schedule.by, "start"], kind="stable", ignore_index=True)


def moved(schedule: Schedule, week: Any, timezone: str, to: str) -> Schedule:
    """The same windows on another clock, to be entered into an account that runs on it.

    Args:
        schedule: On the clock of `timezone`.
        week: Any day of the week for which it is made.
        timezone: IANA name of the schedule's time zone. to: The other one.

    Returns:
        The schedule on the clock of `to`; a window over midnight becomes two.

    Raises:
        QuestionError: for a day or zone that is none, or a week in which the two clocks move apart.
    """
    monday, zone, other = monday_of(week), zone_of(timezone), zone_of(to)
    first = dt.datetime.combine(monday, dt.time(), zone)
    moments = [first.astimezone(UTC) + at * HOUR for at in range(HOURS + 1)]
    ahead = {_offset(moment, other) - _offset(moment, zone) for moment in moments}
    if len(ahead) > 1:
        raise QuestionError(
            f"In the week of {monday}, the clocks of {timezone} and {to} move apart.",
            "Make one schedule for the week before it and one for the week after; agenda() shows this week.",
        )
    shift = ahead.pop() / HOUR
    windows = [part for item in schedule.windows for part in _shifted(item, shift)]
    place = {name: at for at, name in enumerate(schedule.names)}
    windows.sort(key=lambda item: (place[item.campaign], item.weekday, item.start_hour))
    return replace(schedule, windows=tuple(windows), hours=_rolled(schedule.hours, shift))


def _parts(at: int, item: Window, monday: dt.date, zone: ZoneInfo, reader: ZoneInfo) -> list[_Part]:
    """A window as instants, cut at the reader's midnights; nothing where its hours do not happen."""
    day = monday + dt.timedelta(days=item.weekday)
    start, end = _instant(day, item.start_hour, zone), _instant(day, item.end_hour, zone)
    found = []
    while start < end:
        tomorrow = start.astimezone(reader).date() + dt.timedelta(days=1)
        midnight = dt.datetime.combine(tomorrow, dt.time(), reader).astimezone(UTC)
        found.append(_Part(at, start, min(end, midnight)))
        start = min(end, midnight)
    return found


def _instant(day: dt.date, hour: float, zone: ZoneInfo) -> dt.datetime:
    """The moment at which a wall clock first shows a time; where it skips it, the moment of the jump."""
    wall = dt.datetime.combine(day, dt.time()) + dt.timedelta(hours=hour)
    before = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if before <= after:
        return before
    low, high = after, before
    while high - low > dt.timedelta(seconds=1):
        middle = low + (high - low) / 2
        if _offset(middle, zone) == _offset(low, zone):
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def _offset(moment: dt.datetime, zone: ZoneInfo) -> dt.timedelta:
    return moment.astimezone(zone).utcoffset() or dt.timedelta()


def _kept(schedule: Schedule, happening: set[int]) -> list[float]:
    """Spend of each window where that of windows that do not happen goes to their campaign's others."""
    planned: dict[Any, float] = {}
    real: dict[Any, float] = {}
    for at, item in enumerate(schedule.windows):
        planned[item.campaign] = planned.get(item.campaign, 0.0) + item.spend
        real[item.campaign] = real.get(item.campaign, 0.0) + (item.spend if at in happening else 0.0)
    return [
        item.spend * planned[item.campaign] / real[item.campaign] if real[item.campaign] else 0.0
        for item in schedule.windows
    ]


def _row(
    schedule: Schedule, part: _Part, reader: ZoneInfo, lasts: dt.timedelta, spend: list[float]
) -> tuple[Any, ...]:
    item, length = schedule.windows[part.of], part.end - part.start
    start, end = part.start.astimezone(reader), part.end.astimezone(reader)
    share = spend[part.of] * (length / lasts)
    return (*item.campaign, start.date(), start.weekday(), start, end, length / HOUR, share, item.multiplier)


def _shifted(item: Window, shift: float) -> list[Window]:
    """A window so many hours later, cut at midnight and within one week."""
    start = (item.weekday * DAY + item.start_hour + shift) % HOURS
    left, found = item.end_hour - item.start_hour, []
    while left > 1e-9:
        weekday, hour = divmod(start, DAY)
        length = min(left, DAY - hour)
        share = item.spend * length / (item.end_hour - item.start_hour)
        found.append(
            replace(item, weekday=int(weekday), start_hour=hour, end_hour=hour + length, spend=share)
        )
        start, left = (start + length) % HOURS, left - length
    return found


def _rolled(hours: Any, shift: float) -> Any:
    whole = int(np.floor(shift))
    rest = shift - whole
    return (1 - rest) * np.roll(hours, whole, axis=1) + rest * np.roll(hours, whole + 1, axis=1)


def monday_of(week: Any, later: bool = False) -> dt.date:
    """The Monday of a day's week.

    Args:
        week: A date or text.
        later: The next Monday, where the day is none.

    Raises:
        QuestionError: for what is no day.
    """
    import pandas as pd

    try:
        day = pd.Timestamp(week).date()
    except (ValueError, TypeError):
        day = None
    if day is None or day != day:
        raise QuestionError(f"{week!r} is no day.", "Give one as '2026-11-30'.")
    past = dt.timedelta(days=day.weekday())
    return day - past + dt.timedelta(days=7) if later and past else day - past


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name.

    Raises:
        QuestionError: for one that does not exist.
    """
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError, TypeError):
        raise QuestionError(
            f"There is no time zone {name!r}.", "Give an IANA name such as 'Asia/Shanghai'."
        ) from None
