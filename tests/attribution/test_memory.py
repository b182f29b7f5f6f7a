"""Events in memory answer as their engine does, and another window asks the store nothing."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_oracles import EVENTS, split

import workbench as wb
from workbench.attribution import memory, tracks

ODD = ("(unknown)", "a", "b", "c", None, "")


def engine_only(ask):
    """What the engine answers to the same question."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tracks, "MOST_ROWS", -1)
        patch.setattr(memory, "_SHELVES", {})
        return ask()


def assert_alike(ask):
    """Every model's table, counts and remarks, from memory and from the engine."""
    found, expected = ask(), engine_only(ask)
    for one, other in zip(found.answers, expected.answers, strict=True):
        pd.testing.assert_frame_equal(one.table, other.table, rtol=1e-9, atol=1e-9)
        assert (one.notes, one.direct, one.units) == (other.notes, other.direct, other.units)
        assert [note.values for note in one.notes] == [note.values for note in other.notes]


@settings(max_examples=8, deadline=None)
@given(
    touches=EVENTS,
    wins=EVENTS,
    options=st.fixed_dictionaries(
        {
            "window_days": st.sampled_from((0.4, 3, 5, 60)),
            "order": st.sampled_from((1, 2, 3)),
            "direct_channel": st.sampled_from(("", "a", "never")),
            "ends": st.sampled_from(((0.4, 0.4), (0.0, 1.0))),
        }
    ),
)
def test_odd_streams_are_cut_alike(touches, wins, options):
    left, right = split(touches)[0], split(wins)[1]
    left = left.assign(channel=[ODD[ord(name) % 6 if at % 5 == 0 else 1 + ord(name) % 3]
                                for at, name in enumerate(left.channel)])  # fmt: skip
    left.loc[left.index % 7 == 3, "customer_id"] = None
    right.loc[right.index % 3 == 1, "value"] = None

    def ask():
        return wb.attribution.compare_models(left, conversions=right, draws=0, **options)

    try:
        assert_alike(ask)
    except wb.WorkbenchError as error:
        with pytest.raises(type(error), match=re.escape(str(error))):
            engine_only(ask)


@pytest.mark.parametrize(
    "options",
    [
        {"period": "last_28_days", "window_days": 7, "draws": 20},
        {"period": "2026-08", "window_days": 120, "by": "campaign", "models": ["markov", "linear"]},
        {"period": "last_90_days", "direct_channel": "search", "models": ["shapley", "markov"]},
        {"window_days": 2.5, "order": 2},
    ],
)
def test_periods_of_a_store_are_answered_alike(demo_store, options):
    assert_alike(lambda: wb.attribution.compare_models(demo_store, **{"draws": 0, **options}))


@pytest.mark.parametrize("period", ["2026-08", "all"])
def test_paths_are_the_same(demo_store, period):
    def ask():
        return wb.attribution.paths(demo_store, 14, period=period, top=40, least_people=10)

    found, expected = ask(), engine_only(ask)
    pd.testing.assert_frame_equal(found.table, expected.table, rtol=1e-9, check_dtype=False)
    assert found.hidden == expected.hidden
    assert len(found.table) > 10


def test_another_window_asks_the_store_nothing(demo_store, monkeypatch):
    store = wb.open(demo_store.path)
    wb.attribution.compare_models(store, ["markov"], 30, period="last_28_days")
    kept = dict(memory._SHELVES[store].streams)
    with monkeypatch.context() as patch:
        patch.setattr(type(store), "query", lambda *_: pytest.fail("the store was asked again"))
        patch.setattr(memory, "_read", lambda *_: pytest.fail("the events were read again"))
        answers = [
            wb.attribution.compare_models(store, None, days, period="last_28_days") for days in (1, 14, 90)
        ]
        ways = [wb.attribution.paths(store, days, period="last_28_days") for days in (3, 60)]
    direct = [found["markov"].direct for found in answers]
    assert direct[0] > direct[1] > direct[2]
    assert len({way.table.conversions.sum() for way in ways}) == 2
    assert dict(memory._SHELVES[store].streams) == kept


def test_only_the_latest_streams_are_kept_and_no_names_of_customers(demo_store):
    store = wb.open(demo_store.path)
    for period in ("2026-08", "2026-09", "2026-10", "2026-09"):
        wb.attribution.attribute(store, "last", period=period, draws=0)
    kept = memory._SHELVES[store].streams
    assert [key[2] for key in kept] == ["2026-10", "2026-09"]
    _, held = kept[next(iter(kept))]
    assert held.customer.dtype == "int64"
    assert {type(name) for name in held.members} == {str}
    assert len(held.members) < 20


def test_the_query_of_an_answer_gives_its_sums(demo_store):
    answer = wb.attribution.attribute(demo_store, "shapley", period="2026-09", draws=0)
    rows = demo_store.query(answer.sql).to_pandas()
    credit = rows[rows.kind == 1].groupby("member").shapley_n.sum()
    table = answer.table.set_index("channel").conversions.drop("(direct)")
    assert credit[table.index].to_numpy() == pytest.approx(table.to_numpy())


def test_a_direct_touch_stays_where_its_own_journey_has_no_other():
    """A touch long before is another journey: it does not count against this one."""
    rows = [
        ("a", "2026-01-01", "x"),
        ("a", "2026-04-01", "d"),
        ("b", "2026-01-01", "x"),
        ("b", "2026-01-02", "d"),
    ]
    touches = pd.DataFrame(rows, columns=["customer_id", "time", "channel"])
    wins = pd.DataFrame({"customer_id": ["b"], "time": ["2026-01-03"]})

    def ask():
        return wb.attribution.compare_models(
            touches, ["markov"], 5, conversions=wins, timezone="UTC", direct_channel="d", draws=0
        )

    assert_alike(ask)
    table = ask()["markov"].table.set_index("channel")
    assert table.removal_effect.to_dict() == {"d": 0.0, "x": 1.0}
    assert table.conversions["x"] == 1
