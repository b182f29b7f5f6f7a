"""No hour of a schedule is lost or doubled, whatever clocks do."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slot_plans import slot_plan

from workbench import schedules
from workbench.errors import QuestionError
from workbench.schedules.answer import Schedule, Window
from workbench.schedules.rules import PLATFORMS


def every_hour() -> Schedule:
    """A week in which each hour is a window of its own."""
    windows = tuple(Window(("a",), hour // 24, hour % 24, hour % 24 + 1, 1.0, 1.0) for hour in range(168))
    return Schedule(("campaign",), windows, PLATFORMS["any"], 1.0, 1.0, 168.0, np.ones((1, 168)), (("a",),))


CHANGES = {
    "2026-03-29": ("Europe/London", 167),
    "2026-10-25": ("Europe/London", 169),
    "2026-11-30": ("Europe/London", 168),
    "2026-03-08": ("America/New_York", 167),
    "2026-04-05": ("Australia/Lord_Howe", 168.5),
    "2026-10-04": ("Australia/Lord_Howe", 167.5),
    "2026-06-03": ("Asia/Shanghai", 168),
}


@pytest.mark.parametrize("week", CHANGES)
@pytest.mark.parametrize("reader", [None, "Asia/Shanghai", "Europe/London", "Asia/Kolkata"])
def test_a_full_week_covers_every_moment_once(week: str, reader: str | None):
    zone, hours = CHANGES[week]
    found = schedules.agenda(every_hour(), week, zone, reader).sort_values("start", kind="stable")
    starts, ends = (pd.to_datetime(found[name], utc=True).to_numpy() for name in ("start", "end"))
    assert (starts[1:] == ends[:-1]).all(), "windows join without gap or overlap"
    assert found["hours"].sum() == pytest.approx(hours)
    assert (ends - starts).sum() / np.timedelta64(1, "h") == pytest.approx(hours)
    assert found["spend"].sum() == pytest.approx(168.0)
    assert (found["date"] == [moment.date() for moment in found["start"]]).all()


def test_a_skipped_hour_gives_its_money_to_the_others_and_a_doubled_one_lasts_longer():
    spring = schedules.agenda(every_hour(), "2026-03-29", "Europe/London")
    sunday = spring[spring["date"] == dt.date(2026, 3, 29)]
    assert len(sunday) == 23
    assert spring["spend"].iloc[0] == pytest.approx(168 / 167)
    autumn = schedules.agenda(every_hour(), "2026-10-25", "Europe/London")
    longest = autumn.loc[autumn["hours"].idxmax()]
    assert (longest["hours"], longest["start"].hour, longest["spend"]) == (2.0, 1, pytest.approx(1.0))


def test_a_shanghai_account_seen_by_a_marketer_in_london():
    window = Window(("a",), 0, 6, 9, 30.0, 1.5)
    one = Schedule(("campaign",), (window,), PLATFORMS["any"], 1, 1, 30, np.zeros((1, 168)), (("a",),))
    found = schedules.agenda(one, "2026-11-30", "Asia/Shanghai", "Europe/London")
    seen = [(f"{row.start:%a %H:%M}", f"{row.end:%a %H:%M}", row.spend) for row in found.itertuples()]
    assert seen == [
        ("Sun 22:00", "Mon 00:00", pytest.approx(20.0)),
        ("Mon 00:00", "Mon 01:00", pytest.approx(10.0)),
    ]


@settings(deadline=None, max_examples=40)
@given(
    to=st.sampled_from(
        ["Europe/London", "Asia/Kolkata", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland"]
    ),
    day=st.dates(dt.date(2026, 11, 9), dt.date(2027, 2, 20)),
)
def test_moved_windows_are_the_same_moments(to: str, day: dt.date):
    own = schedules.compress(slot_plan(1), "google")
    there = schedules.moved(own, day, "Asia/Shanghai", to)
    assert there.to_frame()["spend"].sum() == pytest.approx(own.to_frame()["spend"].sum())
    back = schedules.moved(there, day, to, "Asia/Shanghai")
    assert back.hours == pytest.approx(
        own.hours, abs=own.hours.max() if to.endswith(("Kolkata", "ndu")) else 1e-9
    )
    monday = day - dt.timedelta(days=day.weekday())
    for item in there.windows:
        start = dt.datetime.combine(monday, dt.time(), ZoneInfo(to)) + dt.timedelta(
            days=item.weekday, hours=item.start_hour
        )
        here = start.astimezone(ZoneInfo("Asia/Shanghai"))
        hour = here.weekday() * 24 + here.hour + here.minute / 60
        assert any(
            item_of.weekday * 24 + item_of.start_hour <= hour < item_of.weekday * 24 + item_of.end_hour
            for item_of in own.windows
        )


def test_a_week_in_which_clocks_move_apart_is_said():
    with pytest.raises(QuestionError, match="move apart"):
        schedules.moved(every_hour(), "2026-10-25", "Asia/Shanghai", "Europe/London")
    with pytest.raises(QuestionError, match="no time zone"):
        schedules.agenda(every_hour(), "2026-10-25", "Mars/Base")
    with pytest.raises(QuestionError, match="no day"):
        schedules.agenda(every_hour(), "soon", "UTC")
