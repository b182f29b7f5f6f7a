"""Public holidays: days as announced, effects where the truth is known, own calendars before them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from day_series import long, one, weekly

import workbench as wb
from workbench.errors import QuestionError
from workbench.forecast import Event, anomalies, forecast
from workbench.forecast import holidays as calendar

FIRST, CUT, AHEAD = "2024-01-01", 995, 14
"""Until 21 September 2026; the two weeks after it hold a working day made up for and National Day."""
PLANTED = {"National Day": -0.4, "Labour Day": -0.3, "New Year’s Day": 0.3}


def days(country, year, name):
    found = calendar.public(country, dt.date(year, 1, 1), dt.date(year, 12, 31))
    return [(event.start.isoformat()[5:], event.end.isoformat()[5:]) for event in found if event.en == name]


def test_days_off_are_those_that_were_announced():
    """China: notices of the State Council, weekends at the ends left out; Bavaria: by its law."""
    assert days("CN", 2025, "Spring Festival") == [("01-28", "02-04")]
    assert days("CN", 2026, "Spring Festival") == [("02-16", "02-23")]
    assert days("CN", 2025, "National Day") == [("10-01", "10-08")]
    made_up = ["01-26", "02-08", "04-27", "09-28", "10-11"]
    assert [start for start, _ in days("CN", 2025, "Make-up working day")] == made_up
    made_up = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
    assert [start for start, _ in days("CN", 2026, "Make-up working day")] == made_up
    assert days("DE-BY", 2026, "Epiphany") == [("01-06", "01-06")]
    assert not days("DE", 2026, "Epiphany")
    assert days("US", 2026, "Thanksgiving") == [("11-26", "11-26")]


def test_a_holiday_is_called_the_same_every_year():
    for country in ("GB", "US", "CN"):
        assert all(days(country, year, "New Year’s Day") for year in (2024, 2025, 2026))
    assert days("GB", 2024, "Christmas") == [("12-25", "12-26")]
    assert days("GB", 2026, "Christmas") == [("12-25", "12-28")]  # Boxing Day is a Saturday, kept on Monday
    (festival,) = calendar.public("CN", dt.date(2026, 2, 16), dt.date(2026, 2, 20))
    assert (festival.shown("zh"), festival.country) == ("春节", "CN")


def world(kind, planted, count=24):
    """Series until after National Day 2026, with effects of Chinese holidays as the notices have them."""
    dates = pd.date_range(FIRST, periods=CUT + AHEAD)
    values = weekly(kind, len(dates), count, 5)
    for event in calendar.public("CN", dates[0].date(), dates[-1].date()):
        inside = (dates >= pd.Timestamp(event.start)) & (dates <= pd.Timestamp(event.end))
        values[:, inside] *= np.exp(planted.get(event.en, 0.0))
    return values


def both(values):
    """Forecasts of the last two weeks with the calendar and without, and how far each was off."""
    frame = long(values[:, :CUT], FIRST)
    told = [forecast(frame, AHEAD, by="series", value="value", country=name) for name in ("CN", "none")]
    shape = (len(values), AHEAD)
    return told, [
        np.abs(one.table["forecast"].to_numpy().reshape(shape) - values[:, CUT:]).mean() for one in told
    ]


@pytest.mark.parametrize("kind", ["steady", "wandering"])
def test_planted_effects_are_found_with_their_uncertainty(kind):
    (known, _), (error, blind) = both(world(kind, PLANTED))
    assert error < 0.85 * blind
    found = known.effects[known.effects["event"].isin(PLANTED)]
    assert len(found) >= 0.8 * 24 * len(PLANTED)
    truth = np.expm1(found["event"].map(PLANTED))
    assert ((found["low"] <= truth) & (truth <= found["high"])).mean() >= 0.85
    values, shape = world(kind, PLANTED)[:, CUT:], (24, AHEAD)
    low, high = (known.table[name].to_numpy().reshape(shape) for name in ("low", "high"))
    assert ((values >= low) & (values <= high)).mean() >= 0.9
    note = next(note for note in known.notes if note.code == "holidays")
    assert "National Day" in note.sentence("en")
    assert "国庆节" in note.sentence("zh")


@pytest.mark.parametrize("kind", ["wandering", "counts"])
def test_series_without_effects_are_not_harmed(kind):
    (known, _), (error, blind) = both(world(kind, {}))
    assert error < 1.01 * blind
    tried = {event.name for event in known.events}
    assert len(known.effects) < 0.15 * 24 * len(tried)


def test_a_holiday_that_came_once_counts_only_if_it_is_plain():
    dates = pd.date_range("2025-09-01", periods=150)
    values = weekly("steady", 150, 1, 2)[0]
    festival = (dates >= "2025-10-01") & (dates <= "2025-10-08")
    assert "National Day" not in set(forecast(one(values, "2025-09-01"), 7, country="CN").effects["event"])
    deep = one(np.where(festival, values * 0.3, values), "2025-09-01")
    effect = forecast(deep, 7, country="CN").effects.set_index("event").loc["National Day"]
    assert effect["times"] == 1
    assert effect["high"] < 0


def test_an_own_calendar_goes_before_the_public_one():
    start, end = dt.date(2026, 2, 12), dt.date(2026, 2, 26)
    public = calendar.public("CN", dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    left = {event.name for event in calendar.beside([Event(start, end, "Our break")], public)}
    assert left == {event.name for event in public} - {"Spring Festival"}
    sale = Event(
        dt.date(2026, 5, 24), dt.date(2026, 6, 21), "618"
    )  # has Dragon Boat in it, and is another thing
    assert "Dragon Boat Festival" in {event.name for event in calendar.beside([sale], public)}


def test_the_country_is_the_settings_or_the_currencys(demo_store, monkeypatch):
    known = forecast(demo_store, 14, metric="cost")
    own = {event.name for event in known.events if not event.country}
    assert own == set(wb.demo.truth().calendar["en"])
    assert {event.country for event in known.events} == {"", "CN"}
    assert not {"Spring Festival", "National Day"} & {event.name for event in known.events}
    assert {event.country for event in forecast(demo_store, 14, metric="cost", country="none").events} == {""}
    monkeypatch.setenv("WORKBENCH_COUNTRY", "US")
    american = forecast(wb.open(demo_store.path), 14, metric="cost")
    assert {event.country for event in american.events} == {"", "US"}
    series = one(weekly("steady", 100, 1, 1)[0])
    assert forecast(series, 7).events == ()
    for wrong, words in (
        ("Atlantis", "Unknown country"),
        ("DE-XX", "part of the country"),
        (7, "no country"),
    ):
        with pytest.raises(QuestionError, match=words):
            forecast(series, 7, country=wrong)


def test_a_holiday_explains_a_day_out_of_the_ordinary():
    series = one(weekly("steady", 300, 1, 3)[0])
    series["2025-04-04"] *= 0.2
    blind, told = anomalies(series), anomalies(series, country="CN")
    assert list(blind.unexplained["start"]) == [pd.Timestamp("2025-04-04")]
    assert told.unexplained.empty
    assert told.spans["event"].tolist() == ["Tomb-Sweeping Day"]
