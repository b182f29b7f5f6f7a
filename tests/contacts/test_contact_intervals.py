"""The best interval: found where it was planted, moved by costs as costs say, and told in words."""

from __future__ import annotations

import json

import numpy as np
import pytest
from contact_worlds import BEST, METHODS, SEGMENTS, world

import workbench as wb
from workbench.errors import QuestionError


@pytest.fixture(scope="module")
def demo_answer(demo_store):
    return wb.contacts.interval(demo_store)


def test_the_demo_worlds_best_intervals_are_found(demo_answer):
    known = wb.demo.truth().method_effects.set_index(["value_class", "method"])["best_interval_days"]
    table = demo_answer.table.set_index(["segment", "method"])
    meant = known.loc[table.index]
    inside = (table["low"] <= meant) & (meant <= table["high"])
    assert inside.mean() >= 0.85
    assert (np.abs(np.log(table["best_days"] / meant)) < 0.35).all()  # within two fifths, rare visits too
    often = table["n"] > 1_000
    assert (table["high"] / table["low"])[often].median() < 2


def test_the_demo_worlds_best_method_of_each_segment_is_found(demo_answer):
    known = wb.demo.truth().method_effects
    best = known.loc[known.groupby("value_class")["reaction_probability"].idxmax()]
    found = demo_answer.segments.set_index("segment")["method"]
    assert found.to_dict() == best.set_index("value_class")["method"].to_dict()


def test_a_routine_counts_the_contacts_it_makes_itself():
    """Of two laws alike but for fatigue, the tiring one wants the longer routine."""
    table = wb.contacts.interval(world(2, 3_000).frame, "segment").table.set_index(["segment", "method"])
    assert (table["routine_days"] >= np.floor(table["best_days"]) - 1).all()
    call, email = table.loc[("high", "call")], table.loc[("high", "email")]
    assert call["routine_days"] > 30  # each contact within 30 days takes a third away
    assert email["routine_days"] < 31
    assert (table["routine_low"] <= table["routine_days"]).all()
    assert (table["routine_days"] <= table["routine_high"]).all()


def test_dearer_bad_reactions_make_routines_longer_and_gains_smaller():
    frame = world(2, 2_000).frame
    cheap, dear = (wb.contacts.interval(frame, "segment", negative=cost).table for cost in (0.0, 5.0))
    assert (dear["routine_days"] >= cheap["routine_days"]).all()
    assert (dear["routine_days"] > cheap["routine_days"]).any()
    assert (dear["gain"] < cheap["gain"]).all()


def test_a_day_wants_more_contacts_than_a_contact_does():
    frame = world(2, 2_000).frame
    scarce, free = (wb.contacts.interval(frame, "segment", per=per).table for per in ("contact", "day"))
    assert (free["routine_days"] <= scarce["routine_days"]).all()
    assert (free["gain"] <= scarce["gain"] + 1e-9).all()


def test_time_that_costs_is_taken_off_the_gain():
    frame = world(2, 1_000).frame
    minutes = dict.fromkeys(METHODS, 6.0)
    free = wb.contacts.interval(frame, "segment", opt_out=0.0).table
    paid = wb.contacts.interval(frame, "segment", opt_out=0.0, minutes=minutes, hour_cost=0.2).table
    assert (free["gain"] - paid["gain"]).to_numpy() == pytest.approx(0.02, abs=1e-6)


def test_curves_are_what_the_table_says():
    answer = wb.contacts.interval(world(2, 1_500).frame, "segment")
    own_rows = answer.table.set_index(["segment", "method"])
    for cell, rows in answer.curves.groupby(["segment", "method"]):
        own = own_rows.loc[cell]
        top = rows.loc[rows["reaction"].idxmax(), "gap"]
        assert top == pytest.approx(own["best_days"], rel=0.1, abs=1)
        assert rows.loc[rows["gain"].idxmax(), "gap"] == own["routine_days"]
        assert (rows["reaction_low"] <= rows["reaction"] * 1.001).all()
    assert len(answer.curves.groupby(["segment", "method"])) == BEST.size == len(METHODS) * len(SEGMENTS)


def test_the_answer_is_told(demo_answer):
    english, chinese = (" ".join(demo_answer.sentences(lang)) for lang in ("en", "zh"))
    assert "Visit works best" in english
    assert "上门拜访最有效" in chinese
    assert json.dumps(demo_answer.to_dict(), allow_nan=False)
    assert "<table" in demo_answer._repr_html_()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"per": "week"}, "Unknown value of per 'week'"),
        ({"negative": -1}, "The cost of 'negative' is -1"),
        ({"opt_out": float("nan")}, "The cost of 'opt_out' is nan"),
        ({"hour_cost": -1}, "The cost of 'hour' is -1"),
        ({"hour_cost": 20}, "contacts take no time"),
    ],
)
def test_one_sentence_says_what_is_wrong(more, says):
    with pytest.raises(QuestionError) as caught:
        wb.contacts.interval(world(1, 20).frame, "segment", **more)
    assert says in str(caught.value)
    assert caught.value.fix
