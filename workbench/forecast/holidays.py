"""Public holidays of a country, days off between them and working days made up for, as events.

The calendars are those of the library `holidays`; what is not announced yet is as the law has it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from workbench.errors import QuestionError, unknown
from workbench.forecast.events import Event
from workbench.i18n import text, texts

if TYPE_CHECKING:
    from workbench.data import Store

NONE = "none"
"""What says that no calendar is wanted."""

MAKE_UP = "make_up"
_MOVED = re.compile(r"substituted", re.IGNORECASE)
_SHOWN = re.compile(r"\s*\((?:observed|estimated|observed, estimated)\)\s*$", re.IGNORECASE)


class Country:
    """A country as a remark names it.

    Args:
        code: As `country` takes it.
    """

    def __init__(self, code: str) -> None:
        self.code = code

    def shown(self, lang: str) -> str:
        """Its name."""
        from babel import Locale

        return str(Locale.parse(lang).territories.get(self.code.partition("-")[0], self.code))


def country_of(store: Store, money: str) -> str:
    """The country of a store's calendar: of its setting, else of its currency; empty for none.

    Args:
        store: The store.
        money: Currency of the amounts, where the settings name none.
    """
    if store.settings.country:
        return checked(store.settings.country)
    code = (store.settings.currency or money)[:2].upper()  # ISO 4217 begins with the country's ISO 3166 code
    return code if code in _known() else ""


def checked(country: str) -> str:
    """A country as asked for, empty for none.

    Raises:
        QuestionError: for one without a calendar.
    """
    if not isinstance(country, str):
        raise QuestionError(f"country={country!r} is no country.", "Write a code such as 'CN', or 'none'.")
    code, _, part = country.strip().upper().partition("-")
    if code in ("", NONE.upper()):
        return ""
    if code not in _known():
        raise unknown("country", country, _known())
    if part and part not in _known()[code]:
        raise unknown("part of the country", part, _known()[code])
    return f"{code}-{part}" if part else code


def public(country: str, first: dt.date, last: dt.date) -> tuple[Event, ...]:
    """Holidays of a country that touch some days, and working days made up for.

    Days off in a row are one event with the weekend between them, named after what most of them are for.

    Args:
        country: As `checked` gives it; empty: none.
        first, last: Days, both included.
    """
    found = _years(country, first.year - 1, last.year + 1) if country else ()
    return tuple(event for event in found if event.end >= first and event.start <= last)


def beside(own: Iterable[Event], public_ones: Iterable[Event]) -> tuple[Event, ...]:
    """The public holidays that somebody's own calendar does not have already, in order of time.

    A kind is left out where one of its times shares at least half of the longer one's days with an own event.
    """
    known, named = list(own), list(public_ones)
    told = {event.name for event in named if any(_same(event, other) for other in known)}
    return tuple(sorted(event for event in named if event.name not in told | {one.name for one in known}))


def _same(one: Event, other: Event) -> bool:
    shared = (min(one.end, other.end) - max(one.start, other.start)).days + 1
    longest = max((event.end - event.start).days + 1 for event in (one, other))
    return 2 * shared >= longest


@lru_cache(maxsize=1)
def _known() -> dict[str, list[str]]:
    """Country → its parts."""
    import holidays

    return {
        code: list(parts) for code, parts in holidays.list_supported_countries().items() if len(code) == 2
    }


@lru_cache(maxsize=64)
def _years(country: str, first: int, last: int) -> tuple[Event, ...]:
    """Events of some years."""
    days, made_up = _calendar(country, first, last, "en_US")
    chinese, _ = _calendar(country, first, last, "zh_CN")
    found = [_event(days, chinese, run, country) for run in _runs(days, made_up)]
    en, zh = (text(f"holidays.{MAKE_UP}", lang) for lang in ("en", "zh"))
    found += [Event(day, day, en, en, zh, country) for day in made_up]
    return tuple(sorted(found))


def _calendar(country: str, first: int, last: int, lang: str) -> tuple[dict[dt.date, str], list[dt.date]]:
    """Name of each holiday in a language if the calendar has it, else in its own; days worked instead."""
    import holidays

    code, _, part = country.partition("-")
    years = range(first, last + 1)
    found = holidays.country_holidays(code, subdiv=part or None, years=years)
    if lang in found.supported_languages:
        found = holidays.country_holidays(code, subdiv=part or None, years=years, language=lang)
    worked = [day for day in getattr(found, "weekend_workdays", ()) if first <= day.year <= last]
    return dict(sorted(found.items())), sorted(worked)


def _runs(days: Iterable[dt.date], made_up: Iterable[dt.date]) -> Iterator[list[dt.date]]:
    """Holidays in a row; a weekend between two of them, or days off beside it, do not part them."""
    worked, run = {*made_up}, list[dt.date]()
    for day in days:
        between = [run[-1] + dt.timedelta(n) for n in range(1, (day - run[-1]).days)] if run else []
        if run and not all(one.weekday() >= 5 and one not in worked for one in between):
            yield run
            run = []
        run.append(day)
    if run:
        yield run


def _event(days: dict[dt.date, str], chinese: dict[dt.date, str], run: list[dt.date], country: str) -> Event:
    own = [day for day in run if not _MOVED.search(days[day])]
    kept = [day for day in own if not _SHOWN.search(days[day])] or own
    names = [(_plain(days[day]), _plain(chinese.get(day, ""))) for day in kept]
    en, zh = Counter(names).most_common(1)[0][0] if names else ("Day off", "")
    key = "holidays." + re.sub(r"\W+", "_", en.lower()).strip("_")
    said = {lang: text(key, lang) for lang in ("en", "zh")} if key in texts() else {"en": en, "zh": zh or en}
    return Event(run[0], run[-1], said["en"], said["en"], said["zh"], country)


def _plain(name: str) -> str:
    """A day's first name without what says that it is kept on another day."""
    return _SHOWN.sub("", name.split("; ")[0])


def is_made_up(event: Event) -> bool:
    """Whether it is a working day that a day off is made up for with."""
    return bool(event.country) and event.name == text(f"holidays.{MAKE_UP}", "en")


def shown(events: Iterable[Event], lang: str) -> dict[str, str]:
    """Name of each event → how it is called in a language."""
    return {event.name: event.shown(lang) for event in events}
