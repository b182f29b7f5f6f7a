"""Schedules as platforms read them."""

from __future__ import annotations

import io
import re

import pandas as pd
import pytest
from slot_plans import slot_plan

from workbench import schedules
from workbench.errors import QuestionError

ONE = re.compile(r"\((\w+?)(?:@(\d+)%)?\[(\d\d):(\d\d)-(\d\d):(\d\d)\]\)")


@pytest.fixture(scope="module")
def google() -> schedules.Schedule:
    return schedules.compress(slot_plan(), "google")


def test_google_reads_back_the_same_windows(google: schedules.Schedule):
    table = pd.read_csv(io.BytesIO(schedules.google_ads_editor(google, {"c0": "Brand", "c1": "Generic"})))
    assert list(table["Campaign"]) == ["Brand", "Generic"]
    days = [*["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]]
    for at, name in enumerate(("c0", "c1")):
        texts = table["Ad Schedule"][at].split(";")
        found = [ONE.fullmatch(part).groups() for part in texts]
        read = [
            (days.index(day), int(a) + int(b) / 60, int(c) + int(d) / 60, int(percent or 100) / 100)
            for day, percent, a, b, c, d in found
        ]
        own = [item for item in google.windows if item.campaign == (name,)]
        assert read == [
            (item.weekday, item.start_hour, item.end_hour, pytest.approx(item.multiplier)) for item in own
        ]


def test_half_hour_strings_are_on_where_the_windows_are():
    found = schedules.compress(slot_plan(), "oceanengine")
    strings = schedules.day_strings(found)
    for at, name in enumerate(found.names):
        week = "".join(strings[name])
        assert len(week) == 336
        assert [week[2 * hour : 2 * hour + 2] == "11" for hour in range(168)] == list(found.hours[at] > 0)


def test_what_a_platform_cannot_say_gets_a_sentence(google: schedules.Schedule):
    with pytest.raises(QuestionError, match="on or off"):
        schedules.day_strings(google)
    with pytest.raises(QuestionError, match="no campaign"):
        schedules.google_ads_editor(google, {"c9": "Brand"})
    with pytest.raises(QuestionError, match=r"Google takes (6 a day|whole percents)"):
        schedules.google_ads_editor(schedules.compress(slot_plan(), "any"))
    quarter = schedules.moved(
        schedules.compress(slot_plan(), "oceanengine"), "2026-11-30", "Asia/Shanghai", "Asia/Kathmandu"
    )
    with pytest.raises(QuestionError, match="no half hour"):
        schedules.day_strings(quarter)
