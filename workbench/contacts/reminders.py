"""Reminders as iCalendar (RFC 5545): dated lines that a calendar takes, and takes again without doubling."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from workbench.contacts.zones import declared, moment
from workbench.customers.frames import zone_of
from workbench.errors import InputError, QuestionError, unknown
from workbench.i18n import LANGUAGES

if TYPE_CHECKING:
    import pandas as pd
    from icalendar import Calendar, Event

COLUMNS = ("day", "start", "minutes", "summary", "description", "uid")
ONE_DAY = 24 * 60
_EPOCH = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_UNSAID = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Control characters, which no text of a calendar may hold."""


def calendar(
    lines: pd.DataFrame,
    timezone: str,
    name: str,
    lang: str = "en",
    *,
    stamp: dt.datetime | None = None,
    reminder: int | None = None,
) -> str:
    """Write dated lines as an iCalendar file.

    A line with a start takes its minutes on the wall clock of `timezone`; a start that a clock change skips
    moves on by the change, one that comes twice is the first of the two. A line without a start is for the
    whole day and keeps nobody busy. A calendar that reads the same `uid` again replaces its entry, because
    the later file has a later stamp and a higher sequence number.

    Args:
        lines: One row an entry: `day`; `start` (a `datetime.time` or `HH:MM`; empty: the whole day);
            `minutes` (1 to 1,439; not read for a whole day); `summary`; `description` (may be empty); `uid`.
        timezone: IANA name of the clock that days and starts are told by, that of who makes the contacts.
        name: What the calendar is called.
        lang: Language of the texts, `en` or `zh`.
        stamp: Instant with a time zone at which the lines were made; None: now.
        reminder: Minutes before the start at which the calendar reminds; None: it does not.

    Returns:
        The file's text, with the line ends that the standard asks for.

    Raises:
        InputError: for lines without these columns, none at all, or a cell that makes no entry.
        QuestionError: for a time zone, name, language, stamp or reminder that is none.
    """
    zone = _zone(timezone)
    _check(name, lang, stamp, reminder)
    made = (stamp or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(microsecond=0)
    rows = _rows(lines)
    begins = [moment(row["day"], row["start"] or dt.time(), zone) for row in rows]
    book = _book(" ".join(name.split()), lang, timezone)  # a name in a line of its own: no break leads out
    if any(row["start"] for row in rows):
        book.add_component(declared(zone, timezone, min(begins), max(begins)))
    for row, begin in zip(rows, begins, strict=True):
        book.add_component(_event(row, begin, lang, made, reminder))
    return str(book.to_ical(), "utf-8")


def _zone(name: str) -> ZoneInfo:
    zone = zone_of(name)
    if zone is None:
        raise QuestionError(
            f"{name!r} is no time zone.", "Give an IANA name, such as timezone='Asia/Shanghai'."
        )
    return zone


def _check(name: str, lang: str, stamp: dt.datetime | None, reminder: int | None) -> None:
    if not name.strip():
        raise QuestionError("The calendar has no name.", "Give one, such as name='Contacts of Chen'.")
    if lang not in LANGUAGES:
        raise unknown("language", lang, LANGUAGES)
    if stamp is not None and stamp.tzinfo is None:
        raise QuestionError(
            f"The time {stamp} has no time zone.", "Give one, for example datetime.now(timezone.utc)."
        )
    if reminder is not None and not 0 <= reminder <= 7 * ONE_DAY:
        raise QuestionError(f"The reminder is {reminder!r}.", "Give minutes before the start, up to a week.")


def _rows(lines: pd.DataFrame) -> list[dict[str, Any]]:
    """The lines, checked: days, times, minutes and texts as plain values."""
    for column in COLUMNS:
        if column not in getattr(lines, "columns", ()):
            raise InputError(
                f"Column {column!r} is missing in the lines of the calendar.",
                f"Give the columns {', '.join(COLUMNS)}.",
            )
    if not len(lines):
        raise InputError("There is no line for the calendar.", "Give at least one row.")
    twice = lines["uid"][lines["uid"].duplicated()]
    if len(twice):
        raise InputError(f"The uid {twice.iloc[0]!r} is there twice.", "Give every line a uid of its own.")
    records = lines[list(COLUMNS)].to_dict("records")
    return [_row(row, f"row {at}") for at, row in enumerate(records, 1)]


def _row(row: dict[Any, Any], where: str) -> dict[str, Any]:
    start = _start(row["start"], where)
    return {
        "day": _day(row["day"], where),
        "start": start,
        "minutes": 0 if start is None else _minutes(row["minutes"], where),
        "summary": _needed(row, "summary", where),
        "description": _text(row["description"]),
        "uid": _needed(row, "uid", where),
    }


def _day(value: Any, where: str) -> dt.date:
    import pandas as pd

    read = pd.to_datetime(value, errors="coerce") if isinstance(value, str | dt.date) else None
    if read is None or pd.isna(read):
        raise InputError(f"The day {value!r} is no date.", "Give a date, such as 2026-12-01.", where)
    return dt.date(read.year, read.month, read.day)


def _start(value: Any, where: str) -> dt.time | None:
    """The time of the day; None for the whole day."""
    if _empty(value):
        return None
    try:
        read = dt.time.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        read = None
    if not isinstance(read, dt.time) or read.tzinfo is not None:
        raise InputError(
            f"The start {value!r} is no time of the day.", "Give one without a zone, such as 09:30.", where
        )
    return read.replace(microsecond=0)


def _minutes(value: Any, where: str) -> int:
    whole = 0 if _empty(value) or isinstance(value, str) else round(float(value))
    if not 1 <= whole < ONE_DAY:
        raise InputError(
            f"The minutes are {value!r}.", "Give 1 to 1439, or leave the start empty for a whole day.", where
        )
    return whole


def _needed(row: dict[Any, Any], column: str, where: str) -> str:
    said = _text(row[column]).strip()
    if not said:
        raise InputError(f"The line has no {column}.", "Fill it in, or leave the row out.", where)
    return said


def _text(value: Any) -> str:
    """A text without control characters; line ends are those of Unix, which the library escapes."""
    said = "" if _empty(value) else str(value)
    return _UNSAID.sub("", said.replace("\r\n", "\n").replace("\r", "\n"))


def _empty(value: Any) -> bool:
    import pandas as pd

    return bool(pd.isna(value)) or value == ""


def _book(name: str, lang: str, timezone: str) -> Calendar:
    from icalendar import Calendar

    book = Calendar()
    book.add("prodid", f"-//Ad-CRM Workbench//Contacts//{lang.upper()}")
    book.add("version", "2.0")
    book.add("calscale", "GREGORIAN")
    book.add("method", "PUBLISH")
    for title in ("name", "x-wr-calname"):  # RFC 7986, and what was there before it
        book.add(title, _text(name))
    book.add("x-wr-timezone", timezone)
    return book


def _event(
    row: dict[str, Any], begin: dt.datetime, lang: str, stamp: dt.datetime, reminder: int | None
) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", row["uid"])
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", max(0, (stamp - _EPOCH) // dt.timedelta(minutes=1)))
    event.add("summary", row["summary"], parameters={"language": lang})
    if row["description"]:
        event.add("description", row["description"], parameters={"language": lang})
    event.add("class", "PRIVATE")  # who is contacted is nobody else's business
    if row["start"] is None:
        event.add("dtstart", row["day"])
        event.add("dtend", row["day"] + dt.timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    else:
        event.add("dtstart", begin)
        # a length, not an end: on the wall clock the end may come before the start, or twice
        event.add("duration", dt.timedelta(minutes=row["minutes"]))
    if reminder is not None:
        event.add_component(_alarm(row["summary"], reminder))
    return event


def _alarm(summary: str, minutes: int) -> Any:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", -dt.timedelta(minutes=minutes))
    return alarm
