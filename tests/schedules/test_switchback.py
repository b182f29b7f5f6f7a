"""The test of a schedule: fair lots, and an answer that is right as often as it says."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from workbench import schedules
from workbench.errors import QuestionError

ZONE = "Asia/Shanghai"


def outcomes(design: schedules.Switchback, effect: float, seed: int, spill: int = 0) -> pd.DataFrame:
    """Hourly sales with a weekly season, a trend, and more of them while the new schedule runs."""
    rng = np.random.default_rng(seed)
    table = design.table
    hours = pd.date_range(pd.Timestamp(table["date"].iloc[0]), periods=len(table) * 24, freq="h")
    on = (table["arm"] == design.arms[1]).to_numpy().repeat(24)
    on = np.append(np.full(spill, on[0]), on[: len(on) - spill])
    level = 20 + 8 * np.sin(2 * np.pi * np.arange(len(hours)) / 168) + 0.002 * np.arange(len(hours))
    return pd.DataFrame({"time": hours, "sales": rng.normal(level + effect * on, 4), "cost": 10.0})


def test_each_weekday_gets_both_schedules_in_every_two_weeks():
    design = schedules.switchback("2026-12-01", 6, ZONE, 12, seed=4)
    table = design.to_frame()
    assert table["date"].iloc[0] == dt.date(2026, 12, 7)
    table["fortnight"] = table.index // (2 * 14)
    counts = table.groupby(["place", "fortnight", "arm"]).size()
    assert len(table) == 6 * 14
    assert (counts == 1).all()
    assert len(counts) == 14 * 3 * 2
    assert not table["arm"].equals(schedules.switchback("2026-12-01", 6, ZONE, 12, seed=5).table["arm"])


def test_intervals_cover_the_truth_as_often_as_they_say():
    inside = []
    for seed in range(60):
        design = schedules.switchback("2026-12-07", 8, ZONE, seed=seed)
        row = schedules.switchback_result(design, outcomes(design, 1.5, seed), "sales").to_frame().iloc[0]
        inside.append(row["low"] <= 24 * 1.5 <= row["high"])
    assert 0.86 <= np.mean(inside) <= 1.0, "95% of 60: 57, and the band of chance around it"


def test_no_effect_is_rarely_called_one():
    found = []
    for seed in range(60):
        design = schedules.switchback("2026-12-07", 8, ZONE, seed=seed)
        found.append(
            schedules.switchback_result(design, outcomes(design, 0, seed), "sales").to_frame()["p_value"][0]
        )
    assert np.mean(np.array(found) < 0.05) <= 0.14
    assert 0.3 < np.mean(found) < 0.7


def test_washout_takes_out_what_the_other_schedule_still_brings():
    design = schedules.switchback("2026-12-07", 40, ZONE, washout_hours=0, seed=1)
    careful = schedules.switchback("2026-12-07", 40, ZONE, washout_hours=6, seed=1)
    late = outcomes(design, 4.0, 1, spill=6)
    plain = schedules.switchback_result(design, late, [("sales", "cost")]).to_frame()["effect"][0]
    washed = schedules.switchback_result(careful, late, [("sales", "cost")]).to_frame()["effect"][0]
    assert plain < 0.37 < washed
    assert washed == pytest.approx(0.4, abs=0.03)


def test_moments_with_an_offset_are_put_on_the_accounts_clock():
    design = schedules.switchback("2026-12-07", 4, ZONE)
    naive = outcomes(design, 1.0, 3)
    aware = naive.assign(time=naive["time"].dt.tz_localize(ZONE).dt.tz_convert("UTC"))
    columns = ["sales"]
    pd.testing.assert_frame_equal(
        schedules.block_sums(design, naive, columns), schedules.block_sums(design, aware, columns)
    )


def test_blocks_that_have_not_come_yet_are_left_out():
    design = schedules.switchback("2026-12-07", 4, ZONE)
    half = outcomes(design, 1.0, 3).query("time < '2026-12-21'")
    assert len(schedules.block_sums(design, half, ["sales"])) == 14


BAD = {
    "weeks": ({"weeks": 5}, "even number"),
    "few": ({"weeks": 2}, "even number"),
    "block": ({"block_hours": 5}, "6, 8, 12 or 24"),
    "washout": ({"washout_hours": 24}, "are left out"),
    "arms": ({"arms": ("a", "a")}, "two different names"),
    "one": ({"arms": "a"}, "two different names"),
    "zone": ({"timezone": "Mars"}, "no time zone"),
    "day": ({"start": "soon"}, "no day"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_design_gets_a_sentence(case: str):
    change, sentence = BAD[case]
    with pytest.raises(QuestionError) as error:
        schedules.switchback(**{"start": "2026-12-07", "timezone": ZONE} | change)
    assert sentence in str(error.value)


def test_outcomes_that_fit_no_block_get_a_sentence():
    design = schedules.switchback("2026-12-07", 4, ZONE)
    past = pd.DataFrame({"time": pd.to_datetime(["2020-01-01"]), "sales": [1.0]})
    with pytest.raises(QuestionError, match="No outcome lies"):
        schedules.switchback_result(design, past, "sales")
    with pytest.raises(QuestionError, match="no moments"):
        schedules.switchback_result(design, past.assign(time="soon"), "sales")
    with pytest.raises(QuestionError, match="Unknown column"):
        schedules.switchback_result(design, past, "orders")
