"""Dates and hours in every form exports use; the order of day and month for the whole file; DST."""

# ruff: noqa: DTZ001  (local times without a zone are the subject)

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sources import load
from workbench.sources.dates import instants, order_of, read, read_hour

DAY = dt.date(2021, 3, 31)


@pytest.mark.parametrize(
    "text",
    [
        "2021-03-31", "2021/3/31", "2021.03.31", "20210331", "2021年3月31日", "2021年03月31日",
        "31-03-2021", "31/03/2021",
        "31.3.2021", "Mar 31, 2021", "March 31st, 2021", "31 Mar 2021", "31-Mar-2021", "Wed, Mar 31, 2021",
        "Wednesday, March 31, 2021", "2021-03-31 (周三)", "2021-03-31 星期三", "2021-03-31 ~ 2021-03-31",
    ],
)  # fmt: skip
def test_a_day(text):
    moment = read(text, "dmy")
    assert (moment.day, moment.hour) == (DAY, None)


@pytest.mark.parametrize(
    "text",
    [
        "2021-03-31 23:00", "2021-03-31 23:00:00", "2021-03-31T23:15:00.123", "2021033123",
        "2021-03-31|23",
        "2021年3月31日23时",
        "2021年3月31日 23:00", "2021-03-31 23:00-23:59", "2021-03-31 23:00:00 ~ 23:59:59",
        "31/03/2021 11:00 PM",
        "Mar 31, 2021 11:00 PM",
    ],
)  # fmt: skip
def test_a_day_and_hour(text):
    moment = read(text, "dmy")
    assert (moment.day, moment.hour, moment.exact) == (DAY, 23, True)


@pytest.mark.parametrize(
    "text",
    [
        "2021-02-30",
        "2021-13-01",
        "31-31-2021",
        "21-03-31",
        "0021-03-31",
        "2021-03-31 25:00",
        "2021-03-31|24",
        "yesterday",
        "44286",
        "",
        "3",
    ],
)
def test_no_date(text):
    assert read(text, "dmy").day is None


def test_a_range_of_days_is_a_summary():
    assert read("2021-03-01至2021-03-31").span
    assert read("2021-03-01 - 2021-03-31").span
    assert not read("2021-03-31").span


def test_excel_day_numbers_only_in_workbooks():
    assert read("44286", serial=True).day == DAY
    assert read("44286.75", serial=True).hour == 18
    assert read("44286").day is None


@pytest.mark.parametrize(
    ("text", "hour", "utc"),
    [
        ("2026-01-01T05:00:00.000-08:00", 5, 13),
        ("2026-01-01 05:00:00-0800", 5, 13),
        ("2026-01-01T05:00:00+08:00", 5, 21),
        ("2026-01-01 08:00-09:00", 8, None),
        ("2026-01-01 05:00:00 - 05:59:59", 5, None),
        ("2026-01-01 08:00:00-08:59:59", 8, None),
    ],
)
def test_an_offset_is_no_span_of_hours(text, hour, utc):
    moment = read(text)
    assert moment.hour == hour
    assert (moment.utc.hour if moment.utc else None) == utc


def test_a_value_with_its_own_offset_is_an_instant():
    moment = read("2021-03-31T23:00:00Z", zone="Asia/Shanghai")
    assert (moment.day, moment.hour, moment.utc) == (dt.date(2021, 4, 1), 7, dt.datetime(2021, 3, 31, 23))
    assert read("2021-03-31 23:00:00+08:00").utc == dt.datetime(2021, 3, 31, 15)
    assert read("2021-03-31 23:00:00+08:00").hour == 23


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("23", 23), ("0", 0), ("23:00", 23), ("0:00-0:59", 0), ("23:00:00 ~ 23:59:59", 23),
        ("00:00 - 00:59", 0),
        ("9时", 9),
        ("9点", 9), ("11 PM", 23), ("12 AM", 0), ("12 p.m.", 12), ("5.0", 5), ("2021-03-31 23:00", 23),
        ("24", None), ("-1", None), ("noon", None), ("13 PM", None),
    ],
)  # fmt: skip
def test_hours(text, hour):
    assert read_hour(text) == hour


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["31-08-2023", "01-08-2023"], "dmy"),
        (["08/31/2023", "08/01/2023"], "mdy"),
        (["01/02/2026", "03/04/2026"], "ambiguous"),
        (["01/01/2026", "02/02/2026"], ""),
        (["13/01/2026", "01/13/2026"], "mixed"),
        (["2026-01-02", "20260102"], ""),
    ],
)
def test_the_order_of_day_and_month(values, order):
    assert order_of(values) == order


def test_rising_dates_alone_decide_nothing(workspace, export):
    text = "date,campaign,impressions\n" + "".join(f"{n:02d}/01/2026,A,10\n" for n in range(1, 13))
    assert load(workspace, export(text)).findings[0].code == "dates_ambiguous"


@given(st.datetimes(dt.datetime(1995, 1, 1), dt.datetime(2040, 1, 1)))
def test_every_form_gives_the_same_hour_back(moment):
    forms = ("%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%Y年%m月%d日%H时", "%b %d, %Y %I:%M %p", "%Y%m%d%H")
    for form in forms:
        found = read(moment.strftime(form), "dmy")
        assert (found.day, found.hour) == (moment.date(), moment.hour), form


@given(st.text(max_size=40))
def test_no_text_breaks_the_readers(text):
    assert read(text).day is None or read(text).day.year >= 1990
    hour = read_hour(text)
    assert hour is None or 0 <= hour <= 23


def test_hours_that_clocks_skip_or_repeat():
    skipped, repeated, plain = instants(
        [(dt.date(2026, 3, 8), 2), (dt.date(2026, 11, 1), 1), (dt.date(2026, 7, 1), 1)], "America/New_York"
    )
    assert (skipped.first, skipped.second) == (None, None)
    assert (repeated.first, repeated.second) == (dt.datetime(2026, 11, 1, 5), dt.datetime(2026, 11, 1, 6))
    assert (plain.first, plain.second) == (dt.datetime(2026, 7, 1, 5), None)


def day_of_hours(day, hours):
    rows = "".join(f"{day} {hour:02d}:00,A,10,1\n" for hour in hours)
    return "date,campaign,impressions,clicks\n" + rows


def test_the_day_clocks_go_forward_has_23_hours(workspace, export, facts):
    review = load(workspace, export(day_of_hours("2026-03-29", range(24))), timezone="Europe/Berlin")
    assert review.quarantine["line"].tolist() == [4]
    assert "Europe/Berlin" in review.quarantine["reasons"][0]
    utc = [row["hour_utc"] for row in facts(workspace)]
    steps = {second - first for first, second in itertools.pairwise(utc)}
    assert len(utc) == 23
    assert steps == {dt.timedelta(hours=1)}


def test_the_day_clocks_go_back_has_25_hours(workspace, export, facts):
    hours = [0, 1, 2, 2, *range(3, 24)]
    load(workspace, export(day_of_hours("2026-10-25", hours)), timezone="Europe/Berlin")
    rows = facts(workspace)
    utc = [row["hour_utc"] for row in rows]
    assert len(set(utc)) == 25
    assert {second - first for first, second in itertools.pairwise(utc)} == {dt.timedelta(hours=1)}
    assert [row["local_hour"] for row in rows] == hours
    assert rows[0]["hour_of_week"] == 6 * 24


def test_daily_data_never_has_hours(workspace, export, facts):
    text = "date,campaign,impressions\n2026-01-15 00:00:00,A,10\n2026-01-16 00:00:00,A,10\n"
    review = load(workspace, export(text), timezone="Asia/Shanghai")
    rows = facts(workspace)
    assert [(row["local_hour"], row["hour_of_week"], row["hour_utc"]) for row in rows] == [
        (None, None, None)
    ] * 2
    assert "no_timezone" not in {item.code for item in review.findings}


@pytest.mark.parametrize("column", ["hour", "小时"])
@pytest.mark.parametrize("form", ["{}", "{}:00", "{0}:00-{0}:59"])
def test_hours_in_a_column_of_their_own(column, form, workspace, export, facts):
    rows = "".join(f"2026-01-15,{form.format(hour)},A,10\n" for hour in (0, 9, 23))
    review = load(
        workspace, export(f"date,{column},campaign,impressions\n{rows}2026-01-15,25,A,1\n"), timezone="UTC"
    )
    assert [row["local_hour"] for row in facts(workspace)] == [0, 9, 23]
    assert [row["hour_of_week"] for row in facts(workspace)] == [72, 81, 95]
    assert "25" in review.quarantine["reasons"][0]


def test_future_days_stay_and_are_told(workspace, export):
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=40)
    review = load(workspace, export(f"date,campaign,impressions\n{day},A,10\n"))
    assert (review.status, review.rows_ok) == ("REVIEW", 1)
    assert "future" in {item.code for item in review.findings}
