"""The calendar chart: one bar part a week and channel, what is over is pale, and it compiles."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from workbench import charts

TABLE = pd.DataFrame(
    {
        "week": [dt.date(2026, 10, 26)] * 2 + [dt.date(2026, 11, 2)] * 2,
        "channel": ["search", "social"] * 2,
        "spend": [60_000.0, 30_000, 50_000, 40_000],
        "committed": [0.0, 0, 9000, 0],
        "past": [True, True, False, False],
    }
)
NAMES = {("channel", "search"): "搜索", ("channel", "social"): "社交媒体"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_week_and_channel_is_a_part(lang):
    chart = charts.weeks(TABLE, "CNY", lang, NAMES, ["social", "search"])
    assert [(row["t"], row["name"], row["m"], row["c"], row["p"]) for row in chart.data] == [
        ("2026-10-26", "搜索", 60_000, 0, 1),
        ("2026-10-26", "社交媒体", 30_000, 0, 1),
        ("2026-11-02", "搜索", 50_000, 9000, 0),
        ("2026-11-02", "社交媒体", 40_000, 0, 0),
    ]
    assert [row["s"] for row in chart.data[:2]] == [1, 0]
    assert ("90K" if lang == "en" else "9万") in chart.alt
    drawn = chart.to_svg()
    assert "搜索" in drawn
    assert ("26 Oct" if lang == "en" else "10月26日") in drawn


def test_nothing_to_draw_is_a_sentence():
    assert charts.weeks(TABLE.head(0), "CNY").data[0]["message"]
