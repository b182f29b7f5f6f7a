"""Until when days still change, source by source and for all of them together."""

from __future__ import annotations

import datetime as dt

from workbench.sources.maturity import Moving, settled

NEWEST = dt.date(2026, 3, 31)


def test_the_last_settled_day_is_before_the_first_open_one_of_any_source():
    sources = (Moving("a", NEWEST, 30), Moving("b", NEWEST - dt.timedelta(days=2), 7), Moving("c", NEWEST, 0))
    assert settled(sources) == dt.date(2026, 3, 1)


def test_a_source_that_ended_long_ago_holds_nothing_up():
    ended = Moving("ended", dt.date(2025, 6, 30), 30)
    assert settled((ended, Moving("a", NEWEST, 7))) == dt.date(2026, 3, 24)
    assert settled((ended, Moving("a", NEWEST, 0))) is None
    assert settled(()) is None
