from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import QuestionError
from workbench.metrics import periods
from workbench.metrics.periods import PERIODS, before, label, resolve

LAST, FIRST = dt.date(2026, 11, 20), dt.date(2025, 5, 1)  # a Friday


def span(text: str, compare: str = "", last: dt.date = LAST) -> str | None:
    found = resolve(text, last, FIRST)
    if compare:
        earlier = before(found, compare, last, FIRST)
        if earlier is None:
            return None
        found = earlier
    return f"{found.start}..{found.end}"


@pytest.mark.parametrize(
    ("text", "days", "previous", "year"),
    [
        ("all", "2025-05-01..2026-11-20", None, "2024-05-01..2025-11-20"),
        ("today", "2026-11-20..2026-11-20", "2026-11-19..2026-11-19", "2025-11-20..2025-11-20"),
        ("yesterday", "2026-11-19..2026-11-19", "2026-11-18..2026-11-18", "2025-11-19..2025-11-19"),
        ("last_28_days", "2026-10-24..2026-11-20", "2026-09-26..2026-10-23", "2025-10-24..2025-11-20"),
        ("last_full_week", "2026-11-09..2026-11-15", "2026-11-02..2026-11-08", "2025-11-09..2025-11-15"),
        ("last_full_month", "2026-10-01..2026-10-31", "2026-09-01..2026-09-30", "2025-10-01..2025-10-31"),
        ("last_full_quarter", "2026-07-01..2026-09-30", "2026-04-01..2026-06-30", "2025-07-01..2025-09-30"),
        ("this_week", "2026-11-16..2026-11-20", "2026-11-09..2026-11-13", "2025-11-16..2025-11-20"),
        ("this_month", "2026-11-01..2026-11-20", "2026-10-01..2026-10-20", "2025-11-01..2025-11-20"),
        ("this_quarter", "2026-10-01..2026-11-20", "2026-07-01..2026-08-20", "2025-10-01..2025-11-20"),
        ("this_year", "2026-01-01..2026-11-20", "2025-01-01..2025-11-20", "2025-01-01..2025-11-20"),
        ("2026", "2026-01-01..2026-12-31", "2025-01-01..2025-11-20", "2025-01-01..2025-11-20"),
        ("2026-11", "2026-11-01..2026-11-30", "2026-10-01..2026-10-20", "2025-11-01..2025-11-20"),
        ("2025-02", "2025-02-01..2025-02-28", "2025-01-01..2025-01-31", "2024-02-01..2024-02-29"),
        ("2026-03", "2026-03-01..2026-03-31", "2026-02-01..2026-02-28", "2025-03-01..2025-03-31"),
        (
            "2026-03-05..2026-03-14",
            "2026-03-05..2026-03-14",
            "2026-02-23..2026-03-04",
            "2025-03-05..2025-03-14",
        ),
        ("2026-03-05", "2026-03-05..2026-03-05", "2026-03-04..2026-03-04", "2025-03-05..2025-03-05"),
    ],
)
def test_words_and_their_comparisons(text, days, previous, year):
    assert span(text) == days
    assert span(text, "previous_period") == previous
    assert span(text, "previous_year") == year


def test_a_full_period_that_ends_on_the_last_day_counts():
    assert span("last_full_week", last=dt.date(2026, 11, 22)) == "2026-11-16..2026-11-22"
    assert span("last_full_month", last=dt.date(2026, 10, 31)) == "2026-10-01..2026-10-31"
    assert span("last_full_quarter", last=dt.date(2026, 9, 30)) == "2026-07-01..2026-09-30"


def test_month_to_date_against_a_shorter_month_stops_at_its_end():
    assert span("this_month", "previous_period", dt.date(2026, 3, 31)) == "2026-02-01..2026-02-28"


def test_leap_day_a_year_before_is_the_28th():
    assert span("2024-02-29", "previous_year") == "2023-02-28..2023-02-28"


def test_a_comparison_may_be_any_period():
    assert span("2026-03", "2025-12") == "2025-12-01..2025-12-31"


@pytest.mark.parametrize(
    "text",
    ["last_0_days", "last_x_days", "2026-13", "2026-02-30", "20261", "", "2026-03-05..", "this_day", "a..b"],
)
def test_other_words_are_refused_with_what_is_allowed(text):
    with pytest.raises(QuestionError, match="last_N_days"):
        resolve(text, LAST, FIRST)


@pytest.mark.parametrize("text", ["1989", "2101", "0001-01", "1990-01-01..2101-01-01", "last_99999_days"])
def test_years_far_away_are_refused(text):
    with pytest.raises(QuestionError, match="1990–2100"):
        resolve(text, LAST, FIRST)


def test_did_you_mean_and_reversed_ranges():
    with pytest.raises(QuestionError, match="Did you mean 'this_month'"):
        resolve("this_mnth", LAST, FIRST)
    with pytest.raises(QuestionError, match="ends before it begins"):
        resolve("2026-03-05..2026-03-01", LAST, FIRST)


@given(days=st.integers(1, 4000), last=st.dates(dt.date(2001, 1, 1), dt.date(2090, 1, 1)))
def test_rolling_periods_touch_and_have_equal_length(days, last):
    now = resolve(f"last_{days}_days", last, FIRST)
    earlier = before(now, "previous_period", last, FIRST)
    assert now.days == earlier.days == days
    assert earlier.end + dt.timedelta(days=1) == now.start


@given(name=st.sampled_from(PERIODS), last=st.dates(dt.date(2001, 1, 1), dt.date(2090, 1, 1)))
def test_no_relative_period_looks_past_the_last_day(name, last):
    found = resolve(name, last, dt.date(2000, 1, 1))
    assert found.start <= found.end <= last


def test_every_period_of_the_menu_has_words_in_both_languages():
    for name in (*PERIODS, *periods.COMPARISONS, "today", "last_13_days"):
        assert label(name, "en") != name
        assert label(name, "zh") != label(name, "en")
    assert "13" in label("last_13_days", "zh")
    assert label("2026-03", "zh") == "2026-03"
