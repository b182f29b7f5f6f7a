from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import worlds

import workbench.metrics as metrics
from workbench.errors import QuestionError


def with_hours(frame):
    known = frame[frame["local_hour"].notna()].copy()
    weekday = pd.to_datetime(known["local_date"]).dt.weekday
    known["slot"] = weekday * 24 + known["local_hour"].astype(int)
    return known


def test_slots_are_rates_of_hours_of_the_week_against_their_group(random_store, random_facts):
    answer = metrics.slots(random_store, "cvr", by=["channel"])
    known = with_hours(random_facts)
    known["channel"] = known["channel"].astype(object).where(known["channel"].notna(), "–")
    sums = known.groupby(["channel", "slot"])[["conversions", "clicks"]].sum()
    whole = known.groupby("channel")[["conversions", "clicks"]].sum()
    dates = known.groupby(["channel", "slot"])["local_date"].nunique()
    assert list(answer.table.columns[:2]) == ["channel", "hour_of_week"]
    assert len(answer.table) == len(sums)
    for row in answer.table.to_dict("records"):
        place = (row["channel"] or "–", row["hour_of_week"])
        rate = sums.loc[place, "conversions"] / sums.loc[place, "clicks"]
        overall = whole.loc[place[0], "conversions"] / whole.loc[place[0], "clicks"]
        assert row["cvr"] == pytest.approx(rate)
        assert row["slot_index"] == pytest.approx(rate / overall)
        assert row["n"] == dates[place]


def test_slots_say_which_share_of_cost_has_no_hour(random_store, random_facts):
    answer = metrics.slots(random_store, by=[])
    note = next(note for note in answer.notes if note.code == "no_hour")
    lacking = random_facts.loc[random_facts["local_hour"].isna(), "cost_micros"].sum()
    assert note.values["share"] == pytest.approx(lacking / random_facts["cost_micros"].sum())
    assert len(answer.table) == 168
    assert answer.table["hour_of_week"].tolist() == list(range(168))


def test_the_index_of_a_sum_is_against_the_mean_slot(random_store):
    table = metrics.slots(random_store, "clicks", None).table
    assert table["slot_index"].mean() == pytest.approx(1)
    assert table["slot_index"].iloc[5] == pytest.approx(table["clicks"].iloc[5] / table["clicks"].mean())


def test_daily_data_fakes_no_hours(new_store):
    worlds.commit(new_store, worlds.facts(1, rows=300).assign(local_hour=None))
    answer = metrics.slots(new_store)
    assert answer.table.empty
    assert [note.code for note in answer.notes if note.code.startswith("no_hour")] == ["no_hours"]


def test_enough_weeks_give_a_cell_its_interval(random_store):
    table = metrics.slots(random_store, "ctr", []).table
    some = table[table["n"] >= 8]
    assert len(some) > 20
    assert (some["ctr_low"] < some["ctr"]).all()
    assert table.loc[table["n"] < 8, "ctr_low"].isna().all()


def test_a_trend_has_every_day_and_missing_ones_are_missing(new_store):
    frame = worlds.facts(1)
    hole = frame["local_date"].between(dt.date(2026, 3, 20), dt.date(2026, 3, 22))
    worlds.commit(new_store, frame[~hole])
    table = metrics.trend(new_store, ["cost", "ctr"]).table.set_index("date")
    assert len(table) == 28
    assert table.loc["2026-03-20":"2026-03-22", "cost"].isna().all()
    assert (table.loc["2026-03-20":"2026-03-22", "n"] == 0).all()
    assert table["cost"].notna().sum() == 25
    total = metrics.kpis(new_store, None, "cost").table["cost"][0]
    assert table["cost"].sum() == pytest.approx(total)


def test_a_trend_by_group_is_a_full_grid_and_ends_with_the_data(random_store):
    answer = metrics.trend(random_store, "cost", by="channel", period="2026", compare="previous_year")
    assert answer.by == ("week", "channel")
    assert len(answer.table) == 15 * 4
    assert answer.table["week"].max() == pd.Timestamp("2026-04-06")
    monthly = metrics.trend(random_store, "cost", period="all", grain="month").table
    assert monthly["month"].tolist() == list(
        pd.to_datetime(["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"])
    )
    with pytest.raises(QuestionError, match="Unknown grain"):
        metrics.trend(random_store, "cost", grain="hour")


def test_shares_fold_the_rest_and_add_up(random_store):
    answer = metrics.kpis(random_store, ["campaign", "creative"], ["cost", "ctr"])
    parts = metrics.share(answer, "cost", top=4)
    assert len(parts) == 5
    assert parts.iloc[-1][["campaign", "creative"]].tolist() == ["other", "other"]
    assert parts["share"].sum() == pytest.approx(1)
    assert parts["value"].sum() == pytest.approx(answer.table["cost"].sum())
    assert parts["value"][:4].is_monotonic_decreasing
    assert len(metrics.share(answer, "cost", top=14)) == 15, "one more than the top is shown as itself"
    with pytest.raises(QuestionError, match="do not add up"):
        metrics.share(answer, "ctr")
    with pytest.raises(QuestionError, match="Unknown metric"):
        metrics.share(answer, "clicks")


def test_losses_have_no_shares(random_store):
    answer = metrics.kpis(random_store, "channel", "profit")
    lost = answer.table.assign(
        profit=np.where(answer.table["channel"] == "feed", -1.0, answer.table["profit"])
    )
    from dataclasses import replace

    assert metrics.share(replace(answer, table=lost), "profit")["share"].isna().all()
