"""Reminders: what another reader of iCalendar finds in them, whatever clocks do."""

from __future__ import annotations

import datetime as dt
import io
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from workbench.contacts import calendar
from workbench.contacts.zones import declared
from workbench.errors import WorkbenchError

STAMP = dt.datetime(2026, 11, 28, 9, 30, tzinfo=dt.UTC)
LONDON, SHANGHAI = "Europe/London", "Asia/Shanghai"


def line(day="2026-12-01", start=dt.time(9), minutes=30, uid="u1", **more):
    """One line of a calendar."""
    named = {"day": day, "start": start, "minutes": minutes, "summary": "Call", "description": "", "uid": uid}
    return named | more


def written(*rows, timezone=SHANGHAI, **more):
    """The calendar of some lines."""
    return calendar(pd.DataFrame(rows), timezone, "Contacts", **{"stamp": STAMP, **more})


def read(text):
    """Its events, by uid, as the library reads them."""
    return {str(event["uid"]): event for event in Calendar.from_ical(text).events}


def instants(text):
    """(begin, end) of each event in UTC, with the zone that the file itself declares."""
    book = Calendar.from_ical(text)
    zones = tzical(io.StringIO(text))
    found = {}
    for event in book.events:
        begin = event["dtstart"].dt
        if zone := event["dtstart"].params.get("TZID"):
            begin = begin.replace(tzinfo=zones.get(zone))
        begin = begin.astimezone(dt.UTC)
        found[str(event["uid"])] = (begin, begin + event["duration"].dt)
    return found


def test_a_line_comes_back_as_it_was_written():
    said = "Ring back; ask for „Li, Wei“ \\ 2nd floor\nThen write."
    text = written(
        line(summary="联络 " * 60, description=said),
        line(uid="u2", start=None, minutes=None),
        reminder=15,
        lang="zh",
    )
    book, events = Calendar.from_ical(text), read(text)
    assert (str(book["x-wr-calname"]), str(book["version"]), str(book["method"])) == (
        "Contacts",
        "2.0",
        "PUBLISH",
    )
    first, whole = events["u1"], events["u2"]
    assert first["dtstart"].dt == dt.datetime(2026, 12, 1, 9, tzinfo=ZoneInfo(SHANGHAI))
    assert first["duration"].dt == dt.timedelta(minutes=30)
    assert str(first["summary"]) == ("联络 " * 60).strip()
    assert first["summary"].params["LANGUAGE"] == "zh"
    assert str(first["description"]) == said
    assert first["dtstamp"].dt == STAMP
    assert [alarm["trigger"].dt for alarm in first.walk("VALARM")] == [-dt.timedelta(minutes=15)]
    assert (whole["dtstart"].dt, whole["dtend"].dt) == (dt.date(2026, 12, 1), dt.date(2026, 12, 2))
    assert str(whole["transp"]) == "TRANSPARENT"


def test_lines_of_the_file_are_as_long_as_the_standard_allows_and_end_as_it_asks():
    text = written(line(summary="联络张先生，商谈续约" * 30))
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(part.encode()) for part in text.split("\r\n")) <= 75


def test_the_same_lines_are_the_same_file_and_a_later_one_replaces_it():
    rows = line(), line(uid="u2", start="10:15")
    assert written(*rows) == written(*rows)
    later = read(written(line(start=dt.time(11)), stamp=STAMP + dt.timedelta(minutes=1)))["u1"]
    before = read(written(*rows))["u1"]
    assert later["sequence"] > before["sequence"]
    assert later["dtstamp"].dt > before["dtstamp"].dt
    assert read(calendar(pd.DataFrame([line()]), SHANGHAI, "Contacts"))["u1"]["dtstamp"].dt > STAMP


def test_no_text_ends_the_entry_before_its_end():
    nasty = "A\rB\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil\x00\x1b"
    events = read(written(line(summary=nasty, description=nasty)))
    assert list(events) == ["u1"]
    assert str(events["u1"]["summary"]) == "A\nB\nEND:VEVENT\nBEGIN:VEVENT\nUID:evil"


LONDON_HOURS = {
    "before spring": ("2026-03-28", dt.time(9), "2026-03-28T09:00"),
    "after spring": ("2026-03-30", dt.time(9), "2026-03-30T08:00"),
    "minute before spring": ("2026-03-29", dt.time(0, 59), "2026-03-29T00:59"),
    "skipped": ("2026-03-29", dt.time(1, 30), "2026-03-29T01:30"),
    "minute after spring": ("2026-03-29", dt.time(2), "2026-03-29T01:00"),
    "twice, first": ("2026-10-25", dt.time(1, 30), "2026-10-25T00:30"),
    "twice, second": ("2026-10-25", dt.time(1, 30, fold=1), "2026-10-25T01:30"),
    "after autumn": ("2026-10-25", dt.time(2), "2026-10-25T02:00"),
    "winter": ("2026-12-01", dt.time(9), "2026-12-01T09:00"),
}


def test_a_marketer_in_london_loses_and_doubles_no_hour():
    rows = [line(day, start, 60, uid) for uid, (day, start, _) in LONDON_HOURS.items()]
    found = instants(written(*rows, timezone=LONDON))
    hour = dt.timedelta(hours=1)
    expected = {uid: dt.datetime.fromisoformat(f"{told}+00:00") for uid, (_, _, told) in LONDON_HOURS.items()}
    assert found == {uid: (begin, begin + hour) for uid, begin in expected.items()}


def test_an_account_in_shanghai_and_a_marketer_in_london_mean_the_same_instant():
    day = dt.date(2026, 3, 29)
    for hour in range(24):
        there = dt.datetime(2026, 3, 29, hour, tzinfo=ZoneInfo(SHANGHAI))
        here = there.astimezone(ZoneInfo(LONDON))
        account = instants(written(line(day, dt.time(hour)), timezone=SHANGHAI))
        marketer = instants(written(line(here.date(), here.time()), timezone=LONDON))
        assert account == marketer == {"u1": (there, there + dt.timedelta(minutes=30))}


@settings(max_examples=60, deadline=None)
@given(
    st.dates(dt.date(2020, 1, 1), dt.date(2035, 1, 1)),
    st.integers(0, 23),
    st.sampled_from(
        [LONDON, SHANGHAI, "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tehran"]
    ),
    st.integers(1, 600),
)
def test_the_declared_zone_says_what_the_zone_says(day, hour, name, days):
    zone, at = ZoneInfo(name), dt.datetime.combine(day, dt.time(hour))
    last = at + dt.timedelta(days=days)
    component = declared(zone, name, at.replace(tzinfo=dt.UTC), last.replace(tzinfo=dt.UTC))
    book = Calendar()
    book.add_component(component)
    told = tzical(io.StringIO(book.to_ical().decode())).get(name)
    for step in range(0, days * 24, 7):
        wall = at + dt.timedelta(hours=step)
        there = wall.replace(tzinfo=zone)
        if there.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != wall:
            continue  # a time that was skipped
        if there.utcoffset() != there.replace(fold=1).utcoffset():
            continue  # one that comes twice
        assert wall.replace(tzinfo=told).utcoffset() == there.utcoffset(), wall


@pytest.mark.parametrize(
    ("row", "more", "said"),
    [
        ({"day": "soon"}, {}, "row 1: The day 'soon' is no date."),
        ({"day": 5}, {}, "row 1: The day 5 is no date."),
        ({"day": None}, {}, "The day None is no date."),
        ({"start": "25:00"}, {}, "The start '25:00' is no time of the day."),
        ({"start": 9}, {}, "The start 9 is no time of the day."),
        ({"start": dt.time(9, tzinfo=dt.UTC)}, {}, "no time of the day."),
        ({"minutes": 0}, {}, "The minutes are 0."),
        ({"minutes": 1440}, {}, "The minutes are 1440."),
        ({"minutes": None}, {}, "The minutes are None."),
        ({"summary": " "}, {}, "The line has no summary."),
        ({"uid": None}, {}, "The line has no uid."),
        ({}, {"timezone": "Mars/Base"}, "'Mars/Base' is no time zone."),
        ({}, {"timezone": ""}, "'' is no time zone."),
        ({}, {"lang": "fr"}, "Unknown language 'fr'."),
        ({}, {"reminder": -1}, "The reminder is -1."),
        ({}, {"stamp": STAMP.replace(tzinfo=None)}, "has no time zone."),
    ],
)  # fmt: skip
def test_what_makes_no_entry_is_said(row, more, said):
    with pytest.raises(WorkbenchError) as error:
        written(line(**row), **more)
    assert said in str(error.value)


def test_lines_that_make_no_calendar_are_said():
    with pytest.raises(WorkbenchError, match="The uid 'u1' is there twice"):
        written(line(), line())
    with pytest.raises(WorkbenchError, match="Column 'uid' is missing"):
        calendar(pd.DataFrame([line()]).drop(columns="uid"), SHANGHAI, "Contacts")
    with pytest.raises(WorkbenchError, match="There is no line"):
        calendar(pd.DataFrame([line()]).head(0), SHANGHAI, "Contacts")
    with pytest.raises(WorkbenchError, match="has no name"):
        calendar(pd.DataFrame([line()]), SHANGHAI, " ")
