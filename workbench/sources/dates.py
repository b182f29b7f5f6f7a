"""Dates and hours as exports write them, read one distinct value at a time.

`01/02/2026` says nothing about its order: the order is decided for the whole file, from values that
fit one order only, or not at all.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

Order = Literal["dmy", "mdy"]
ORDERS: tuple[Order, ...] = ("dmy", "mdy")

_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep september sept",
            "oct october",
            "nov november",
            "dec december",
        ],
        start=1,
    )
    for name in names.split()
}
_OFFSET = r"(?:(?<=:\d{2}:\d{2})|(?<=\.\d{3})|(?<=\.\d{6}))-\d{2}:?\d{2}$"
"""Behind seconds, `-08:00` is an offset, not the end of a span of hours as in `08:00-09:00`."""

_TIME = (
    r"(?:(?:\s*T\s*|\s+|日\s*)(?P<hour>\d{1,2})(?:[时点](?:\d{1,2}分)?|:(?P<minute>\d{2})(?::\d{2}(?:[.,]\d+)?)?)"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"(?:(?!" + _OFFSET + r")\s*[-~–至]\s*\d{1,2}:\d{2}(?::\d{2})?)?"
    r"\s*(?P<offset>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_WEEKDAY = r"(?:\s*[(（]?(?:周|星期|礼拜)[一二三四五六日天][)）]?)?"
_YMD = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})日?" + _WEEKDAY + _TIME + "日?"
)
_COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?P<hour>\d{2})?")
_BARRED = re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})\|(?P<hour>\d{1,2})")
"""Day and hour as Microsoft's hourly reports write them: `2026-01-01|13`."""

_NUMERIC = re.compile(r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4})" + _TIME)
_NAMED = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)??(?:(?P<m1>[A-Za-z]{3,9})\.?\s+(?P<d1>\d{1,2})(?:st|nd|rd|th)?,?|"
    r"(?P<d2>\d{1,2})[\s-](?P<m2>[A-Za-z]{3,9})\.?,?)[\s-]+(?P<y>\d{4})" + _TIME
)
_SERIAL = re.compile(r"(?P<days>[3-6]\d{4})(?P<part>\.\d+)?")
_RANGE = re.compile(r"(.{6,}?\d日?)\s*(?:至|~|–|—|\s-\s|到|\sto\s)\s*(\S.{5,})")
_HOUR = re.compile(
    r"(?P<hour>\d{1,2})(?:\.0+)?(?:\s*[时点]|:(?P<minute>\d{2})(?::\d{2}(?:\.\d+)?)?)?"
    r"(?:\s*[-~–至]\s*\d{1,2}(?::\d{2}(?::\d{2})?|[时点])?)?\s*(?P<half>[AaPp])?\.?(?:[Mm]\.?)?"
)


@dataclass(frozen=True)
class Moment:
    """What one value says.

    Attributes:
        day: Local date; None where the value is no date.
        written: The date as it stands there, before an offset moved it.
        hour: Local hour; None where it only says the day.
        utc: Start of the hour as a naive UTC instant, where the value carries its own offset.
        exact: Whether it says another time than midnight.
        span: Whether it is a range of several days, as summary rows have.
        ranged: Whether it is a range that begins and ends on one day.
    """

    day: dt.date | None = None
    written: dt.date | None = None
    hour: int | None = None
    utc: dt.datetime | None = None
    exact: bool = False
    span: bool = False
    ranged: bool = False


def order_of(values: Iterable[str]) -> Order | Literal["", "ambiguous", "mixed"]:
    """The order of day and month in a file's dates.

    Args:
        values: Distinct values of the date column.

    Returns:
        `dmy` or `mdy`; empty where no value needs an order; `ambiguous` where nothing decides;
        `mixed` where both orders appear.
    """
    pairs = [
        (int(found["a"]), int(found["b"])) for text in values if (found := _NUMERIC.fullmatch(text.strip()))
    ]
    day_first = any(a > 12 >= b for a, b in pairs)
    month_first = any(b > 12 >= a for a, b in pairs)
    if day_first and month_first:
        return "mixed"
    if day_first or month_first:
        return "dmy" if day_first else "mdy"
    return "ambiguous" if any(a != b for a, b in pairs) else ""


def read(text: str, order: str = "", serial: bool = False, zone: str | None = None) -> Moment:
    """Read one value of a date column.

    Args:
        text: The value.
        order: `dmy` or `mdy` for `01/02/2026`.
        serial: Whether a bare number is an Excel day number.
        zone: Account's time zone, into which a value with its own offset is turned.
    """
    text = text.strip()
    if serial and (found := _SERIAL.fullmatch(text)):
        return _serial(found)
    for pattern in (_YMD, _COMPACT, _BARRED, _NUMERIC, _NAMED):
        if found := pattern.fullmatch(text):
            return _moment(found.groupdict(), order, zone)
    if found := _RANGE.fullmatch(text):
        return _span(found[1], found[2], order)
    return Moment()


def day_of(moment: Moment, zone: str) -> dt.date | None:
    """The account's day that a value of a daily file names.

    Some platforms write a day as the UTC time of the account's midnight, with the clock of the day
    on which the report was made: an hour off where clocks changed in between.

    Args:
        moment: The value.
        zone: IANA name of the account's clock; empty: unknown.
    """
    if not zone or not moment.exact or moment.written is None or moment.hour is None:
        return moment.written
    utc = moment.utc or dt.datetime.combine(moment.written, dt.time(moment.hour))
    local = utc.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(zone))
    near = local + dt.timedelta(hours=2)
    return near.date() if near.hour in (1, 2, 3) else moment.written


def day(text: str, order: str = "") -> dt.date | None:
    """The date in a text that holds nothing else, of any year; None where it is none.

    Args:
        text: The value.
        order: `dmy` or `mdy` for `01/02/1975`.
    """
    for pattern in (_YMD, _COMPACT, _NUMERIC, _NAMED):
        if (found := pattern.fullmatch(text.strip())) and found["hour"] is None:
            return _day(found.groupdict(), order)
    return None


def read_hour(text: str) -> int | None:
    """The hour in `23`, `23:00`, `0:00-0:59`, `9时`, `11 PM`, or in a full time; None where there is none."""
    text = text.strip()
    if found := _HOUR.fullmatch(text):
        return _hour(found["hour"], found["half"])
    return read(text).hour


def _moment(parts: dict[str, str | None], order: str, zone: str | None) -> Moment:
    day = _day(parts, order)
    if day is None or not 1990 <= day.year <= 2100:
        return Moment()
    if parts.get("hour") is None:
        return Moment(day, day)
    hour = _hour(str(parts["hour"]), parts.get("half"))
    if hour is None:
        return Moment()
    exact = hour > 0 or int(parts.get("minute") or 0) > 0
    if offset := parts.get("offset"):
        return _placed(dt.datetime.combine(day, dt.time(hour)), offset, zone, exact)
    return Moment(day, day, hour, None, exact)


def _placed(local: dt.datetime, offset: str, zone: str | None, exact: bool) -> Moment:
    """A time with its own offset, in the account's time zone where that is known."""
    written = local.date()
    ahead = dt.timedelta(0)
    if offset not in ("Z", "UTC"):
        hours, minutes = int(offset[1:3]), int(offset[-2:])
        ahead = dt.timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1)
    utc = local - ahead
    if zone:
        local = utc.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return Moment(local.date(), written, local.hour, utc, exact)


def _day(parts: dict[str, str | None], order: str) -> dt.date | None:
    year = int(parts["y"] or 0)
    if parts.get("a"):
        first, second = int(parts["a"] or 0), int(parts["b"] or 0)
        if not order and first != second:
            return None
        day, month = (second, first) if order == "mdy" else (first, second)
    elif parts.get("m1") or parts.get("m2"):
        month = _MONTHS.get(str(parts.get("m1") or parts.get("m2")).casefold(), 0)
        day = int(parts.get("d1") or parts.get("d2") or 0)
    else:
        month, day = int(parts["m"] or 0), int(parts["d"] or 0)
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _hour(text: str, half: str | None) -> int | None:
    hour = int(text)
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.casefold() == "p" else 0)
    return hour if hour <= 23 else None


def _serial(found: re.Match[str]) -> Moment:
    moment = dt.datetime(1899, 12, 30) + dt.timedelta(days=float(found[0]))  # noqa: DTZ001 a local date
    moment += dt.timedelta(seconds=30)
    if not found["part"]:
        return Moment(moment.date(), moment.date())
    exact = (moment.hour, moment.minute) != (0, 0)
    return Moment(moment.date(), moment.date(), moment.hour, None, exact)


def _span(first: str, last: str, order: str) -> Moment:
    start, end = read(first, order), read(last, order)
    if start.day is None or end.day is None:
        return Moment()
    return Moment(start.day, start.day, ranged=True) if start.day == end.day else Moment(span=True)


@dataclass(frozen=True)
class Instant:
    """A local hour in UTC: `first`, and `second` where clocks go back over it; neither where they skip it."""

    first: dt.datetime | None
    second: dt.datetime | None


def instants(hours: Sequence[tuple[dt.date, int]], zone: str) -> list[Instant]:
    """Local hours of one time zone as naive UTC instants.

    Args:
        hours: Local (day, hour).
        zone: IANA name.
    """
    clock = ZoneInfo(zone)
    return [_instant(dt.datetime.combine(day, dt.time(hour)), clock) for day, hour in hours]


def _instant(local: dt.datetime, clock: ZoneInfo) -> Instant:
    found = []
    for fold in (0, 1):
        utc = local.replace(tzinfo=clock, fold=fold).astimezone(dt.UTC)
        if utc.astimezone(clock).replace(tzinfo=None) == local:
            found.append(utc.replace(tzinfo=None))
    first = found[0] if found else None
    return Instant(first, found[-1] if len(set(found)) > 1 else None)
