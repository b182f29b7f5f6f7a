"""What a slot fit refuses, in one sentence each, and what it takes in any form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import slot_worlds as worlds

import workbench as wb
from workbench.errors import InputError, QuestionError


@pytest.fixture(scope="module")
def table():
    return worlds.once(worlds.world(0), 0)


def changed(table, column, value):
    """The table with one value changed in the second row."""
    found = table.copy()
    found[column] = found[column].astype(object)
    found.loc[1, column] = value
    return found


FRAMES = [
    ("hour 168", lambda t: changed(t, "hour_of_week", 168), "hour_of_week.*168 in row 2"),
    ("hour -1", lambda t: changed(t, "hour_of_week", -1), "-1 in row 2"),
    ("half hour", lambda t: changed(t, "hour_of_week", 3.5), "3.5 in row 2"),
    ("hour as words", lambda t: changed(t, "hour_of_week", "noon"), "noon in row 2"),
    ("negative cost", lambda t: changed(t, "cost", -1), "'cost' is -1 in row 2"),
    ("missing cost", lambda t: changed(t, "cost", None), "'cost'.*row 2"),
    ("endless cost", lambda t: changed(t, "cost", float("inf")), "'cost' is inf in row 2"),
    ("negative conversions", lambda t: changed(t, "conversions", -2), "'conversions' is -2 in row 2"),
    ("negative capacity", lambda t: changed(t, "capacity", -2), "'capacity' is -2 in row 2"),
    ("no capacity at all", lambda t: t.assign(capacity=0), "Every capacity is 0"),
    ("no region", lambda t: changed(t, "region", None), "Row 2 has nothing in column 'region'"),
    ("no column cost", lambda t: t.drop(columns="cost"), "column 'cost'"),
    ("no column region", lambda t: t.drop(columns="region"), "column 'region'"),
    ("no column hour", lambda t: t.drop(columns="hour_of_week"), "column 'hour_of_week'"),
    ("no outcome", lambda t: t.drop(columns="conversions"), "no column 'conversions'"),
    ("empty", lambda t: t.iloc[:0], "no row"),
    ("a list", lambda t: [1, 2], "list, which is no table"),
    ("a row twice", lambda t: pd.concat([t, t.iloc[:1]]), "Hour 0 is there more than once"),
    ("no week", lambda t: changed(t.assign(week=1), "week", None), "Row 2 names no week"),
    (
        "a strange week",
        lambda t: changed(t.assign(week="2026-01-05"), "week", "soon"),
        "'soon', which is no day",
    ),
]


@pytest.mark.parametrize(("spoil", "said"), [row[1:] for row in FRAMES], ids=[row[0] for row in FRAMES])
def test_a_broken_frame_is_refused_with_its_place(table, spoil, said):
    with pytest.raises(InputError, match=said):
        wb.response.fit_slots(spoil(table))


QUESTIONS = [
    ("no conversions", {}, lambda t: t.assign(conversions=0), "no conversions at all"),
    ("no spend", {}, lambda t: t.assign(cost=0), "Nothing was ever spent"),
    ("spend elsewhere", {}, lambda t: t.assign(cost=np.where(t["conversions"] > 0, 0, 5)), "came in a slot"),
    ("group by hour", {"by": ["hour_of_week"]}, None, "names no group"),
    ("group twice", {"by": ["channel", "channel"]}, None, "named twice"),
    ("half-life", {"half_life": 0}, None, "half_life=0"),
    ("weeks", {"weeks": 0}, None, "weeks=0"),
    ("weeks twice", {"weeks": 4}, lambda t: t.assign(week=1), "a week each"),
    ("value", {"value": -1}, None, "value=-1"),
    ("draws", {"draws": -1}, None, "draws=-1"),
    ("outcome", {"outcome": "likes"}, None, "outcome 'likes'"),
    ("holidays without days", {"holidays": ["2026-01-01"]}, None, "weeks that are days"),
    ("no days", {"holidays": ["soon"]}, lambda t: t.assign(week="2026-01-05"), "no days of a holiday"),
    (
        "nothing but holidays",
        {"holidays": pd.date_range("2026-01-05", periods=7).astype(str).tolist()},
        lambda t: t.assign(week="2026-01-05"),
        "nothing is left",
    ),
]


@pytest.mark.parametrize(
    ("how", "spoil", "said"), [row[1:] for row in QUESTIONS], ids=[row[0] for row in QUESTIONS]
)
def test_a_question_that_makes_no_sense_is_refused(table, how, spoil, said):
    with pytest.raises(QuestionError, match=said):
        wb.response.fit_slots(table if spoil is None else spoil(table), **how)


def test_clicks_stand_in_for_conversions_and_a_note_says_so(table):
    clicks = table.rename(columns={"conversions": "clicks"})
    for given in (clicks, clicks.assign(conversions=0), clicks.assign(conversions=np.nan)):
        model = wb.response.fit_slots(given, draws=0)
        assert model.outcome == "clicks"
        assert model.notes[0].code == "slot_clicks"
        assert "clicks" in model.notes[0].sentence("en")
    declared = wb.response.fit_slots(table.assign(clicks=1), outcome="clicks", draws=0)
    assert "slot_clicks" not in [note.code for note in declared.notes]


def test_one_slot_one_group_and_no_groups(table):
    one = table.iloc[[20]].assign(conversions=3)
    model = wb.response.fit_slots(one)
    assert len(model.curves()) == 1
    assert "slot_one" in [note.code for note in model.notes]
    plan = wb.optimize.allocate_slots(model, weekly_budget=50)
    assert plan.table["spend"].tolist() == pytest.approx([50])
    whole = table[(table["channel"] == "c0") & (table["region"] == "r0")]
    assert len(wb.response.fit_slots(whole, by=[]).curves()) == 168
    assert len(wb.response.fit_slots(whole, by="channel").curves()) == 168


def test_any_frame_gives_the_same_curves_whatever_its_order(table):
    import polars as pl
    import pyarrow as pa

    plain = wb.response.fit_slots(table, draws=0).curves()
    shuffled = table.sample(frac=1, random_state=1)
    for given in (shuffled, pl.from_pandas(table), pa.Table.from_pandas(table)):
        pd.testing.assert_frame_equal(
            wb.response.fit_slots(given, draws=0).curves(), plain, check_dtype=False
        )


def test_units_of_money_do_not_change_the_answer(table):
    cents = table.assign(cost=100 * table["cost"], capacity=100 * table["capacity"])
    plain, small = (wb.response.fit_slots(given, draws=0).curves() for given in (table, cents))
    np.testing.assert_allclose(small["scale"], plain["scale"], rtol=1e-6)


def test_the_answer_can_be_shown_and_written(table):
    import json

    model = wb.response.fit_slots(
        table.assign(capacity=np.where(table.index == 0, 0, table["capacity"])), draws=30
    )
    json.dumps(model.to_dict(), allow_nan=False)
    assert "time slots" in model._repr_html_()
    assert "时段" in model.to_html("zh")
    assert model.status == "REVIEW"
    assert 0 < model.explained < 1
    assert model.curves()["max"].iloc[0] == 0
    long = model.curves(draws=True)
    assert len(long) == 30 * 2016
    best = model.best(2)
    assert len(best) == 2 * worlds.GROUPS
    assert (best["low"] < best["slot_index"]).all()


def test_rows_from_single_conversions_keep_every_hour_of_a_clock_change():
    hours = pd.date_range("2026-03-28", "2026-03-30", freq="h", tz="UTC", inclusive="left")
    spend = pd.DataFrame({"channel": "a", "time": hours, "cost": 1.0})
    brought = spend[["channel", "time"]].assign(click_time=hours)
    rows = wb.response.slot_frame(spend, brought, by="channel", timezone="Europe/London")
    assert rows["cost"].sum() == len(hours)
    assert rows["conversions"].sum() == len(hours)
    sunday = 6 * 24
    assert sunday + 1 not in rows["hour_of_week"].to_numpy()  # 01:00 is skipped in London
    with pytest.raises(QuestionError, match="zone of the account"):
        wb.response.slot_frame(spend, brought, by="channel")
    with pytest.raises(QuestionError, match="no time zone"):
        wb.response.slot_frame(spend, brought, by="channel", timezone="Mars/Base")
    with pytest.raises(InputError, match="no time"):
        wb.response.slot_frame(spend.assign(time="soon"), brought, by="channel")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"by": ["channel", "region", "device"]}, "no group of slots"),
        ({"by": []}, "no group of slots"),
        ({"where": {"channel": "outdoor"}}, "knows its hour"),
    ],
    ids=["three dimensions", "none", "no hours"],
)
def test_a_store_is_asked_for_slots_that_it_has(demo_store, asked, said):
    with pytest.raises(QuestionError, match=said):
        wb.response.slots_from_store(demo_store, **asked)
