"""Periods in words: `last_28_days`, `this_month`, `2026-03`, and the one to compare with.

Relative periods count back from the last day that has data, never from the clock.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from difflib import get_close_matches

from workbench import i18n
from workbench.errors import QuestionError

PERIODS = (
    "yesterday",
    "last_7_days",
    "last_28_days",
    "last_90_days",
    "last_full_week",
    "last_full_month",
    "last_full_quarter",
    "this_week",
    "this_month",
    "this_quarter",
    "this_year",
    "all",
)
"""Periods for a menu, short to long."""

COMPARISONS = ("previous_period", "previous_year", "target")
"""Comparisons for a menu; a period in words is allowed as well."""

YEARS = (1990, 2100)
"""Years that a period in words may name."""

_DAY = dt.timedelta(days=1)
_FORMS = "all, today, yesterday, last_N_days, last_full_week|month|quarter, this_week|month|quarter|year, "
_FORMS += "YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DD..YYYY-MM-DD"


@dataclass(frozen=True)
class Period:
    """Days from `start` to `end`, both included.

    Attributes:
        start: First day.
        end: Last day.
        name: The words it was asked with.
    """

    start: dt.date
    end: dt.date
    name: str

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days + 1

    def label(self, lang: str) -> str:
        """The words for a menu or heading in `lang`; dates speak for themselves."""
        return label(self.name, lang)

    def to_dict(self) -> dict[str, str]:
        """Start and end in ISO form, and the name."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat(), "name": self.name}


def label(name: str, lang: str) -> str:
    """Words for a period or comparison in `lang`."""
    if found := re.fullmatch(r"last_(\d+)_days", name):
        return i18n.text("metrics.period_last_n_days", lang, n=int(found[1]))
    key = f"metrics.period_{name}"
    return i18n.text(key, lang) if key in i18n.texts() else name.replace("..", " – ")


def resolve(text: str, last_day: dt.date, first_day: dt.date) -> Period:
    """Turn words into days.

    Args:
        text: One of the forms named in the module's error message, for example `last_28_days`.
        last_day: Last day that has data.
        first_day: First day that has data; where `all` begins.

    Raises:
        QuestionError: for words that name no period.
    """
    return _resolved(text, last_day, first_day, PERIODS, _FORMS)


def before(period: Period, compare: str, last_day: dt.date, first_day: dt.date) -> Period | None:
    """The period that `compare` names, seen from `period`; None where there is none.

    `previous_period` of a calendar period is the calendar period before it; of `this_*` the same
    number of days from the start of the one before; of anything else the days just before. A period
    that runs past the last day is compared as far as it got. A month, quarter or year is compared
    with all of that month, quarter or year of the year before.
    """
    if compare == "previous_year":
        return Period(*_a_year_before(period, last_day), compare)
    if compare != "previous_period":
        forms = f"{', '.join(COMPARISONS)}, {_FORMS}"
        return _resolved(compare, last_day, first_day, COMPARISONS, forms)
    if period.name == "all":
        return None
    return Period(*_previous(period, last_day), compare)


def _resolved(text: str, last: dt.date, first: dt.date, menu: tuple[str, ...], forms: str) -> Period:
    name = str(text).strip().lower()
    span = _relative(name, last, first) or _absolute(name)
    if span is None:
        near = get_close_matches(name, menu, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise QuestionError(f"{text!r} names no period.", f"{hint}Allowed: {forms}.")
    if span[0] > span[1]:
        raise QuestionError(f"Period {text!r} ends before it begins.", "Write the earlier day first.")
    if name != "all" and not YEARS[0] <= span[0].year <= span[1].year <= YEARS[1]:
        raise QuestionError(
            f"Period {text!r} lies outside of the years {YEARS[0]}–{YEARS[1]}.", "Write a nearer one."
        )
    return Period(*span, name)


def _relative(name: str, last: dt.date, first: dt.date) -> tuple[dt.date, dt.date] | None:
    if name == "all":
        return first, last
    if name in ("today", "yesterday"):
        day = last - _DAY * (name == "yesterday")
        return day, day
    if found := re.fullmatch(r"last_(\d{1,5})_days", name):
        return (last - _DAY * (int(found[1]) - 1), last) if int(found[1]) else None
    if found := re.fullmatch(r"this_(week|month|quarter|year)", name):
        return _whole(found[1], last)[0], last
    if found := re.fullmatch(r"last_full_(week|month|quarter|year)", name):
        whole = _whole(found[1], last)
        return whole if whole[1] == last else _whole(found[1], whole[0] - _DAY)
    return None


def _absolute(name: str) -> tuple[dt.date, dt.date] | None:
    try:
        if re.fullmatch(r"\d{4}", name):
            return _whole("year", dt.date(int(name), 1, 1))
        if re.fullmatch(r"\d{4}-\d{2}", name):
            return _whole("month", dt.date.fromisoformat(f"{name}-01"))
        day = r"(\d{4}-\d{2}-\d{2})"
        if found := re.fullmatch(rf"{day}(?:\s*\.\.\s*{day})?", name):
            return dt.date.fromisoformat(found[1]), dt.date.fromisoformat(found[2] or found[1])
        return None
    except ValueError:
        return None


def _whole(unit: str, day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the calendar unit that holds `day`; weeks begin on Monday."""
    if unit == "week":
        monday = day - _DAY * day.weekday()
        return monday, monday + 6 * _DAY
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    month = (day.month - 1) // months * months + 1
    end = month + months - 1
    return day.replace(month=month, day=1), dt.date(day.year, end, calendar.monthrange(day.year, end)[1])


def _unit(name: str) -> str:
    """The calendar unit of a period's name, or nothing."""
    if found := re.fullmatch(r"(?:this|last_full)_(\w+)", name):
        return found[1]
    return {4: "year", 7: "month"}.get(len(name), "") if re.fullmatch(r"\d{4}(-\d{2})?", name) else ""


def _elapsed(period: Period, last: dt.date) -> int:
    """Days of a period that are over; all where none is."""
    over = (min(period.end, last) - period.start).days + 1
    return over if over > 0 else period.days


def _previous(period: Period, last: dt.date) -> tuple[dt.date, dt.date]:
    eve, days = period.start - _DAY, _elapsed(period, last)
    unit = _unit(period.name)
    if not unit:
        return period.start - _DAY * days, eve
    start, end = _whole(unit, eve)
    if period.name.startswith("this_") or days < period.days:
        end = min(end, start + _DAY * (days - 1))
    return start, end


def _a_year_before(period: Period, last: dt.date) -> tuple[dt.date, dt.date]:
    unit, days = _unit(period.name), _elapsed(period, last)
    start = _year_before(period.start)
    if unit and unit != "week" and days == period.days and _whole(unit, period.start)[1] == period.end:
        return _whole(unit, start)
    return start, _year_before(period.start + _DAY * (days - 1))


def _year_before(day: dt.date) -> dt.date:
    leap = day.month == 2 and day.day == 29
    return day.replace(year=day.year - 1, day=28 if leap else day.day)
