"""What may come in, in every form, with the same answer; and what is refused, in one sentence."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal
from portable import problems

import workbench as wb
from workbench.attribution import counts, stores, tables
from workbench.attribution.answer import DIRECT
from workbench.attribution.models import MODELS, Rules, pick
from workbench.errors import InputError, QuestionError, WorkbenchError

START = pd.Timestamp("2026-03-01T00:00:00Z")


def world(customers=60, seed=1):
    """A frame with a few touches a customer, some of which convert."""
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 6, customers)
    rows = int(size.sum())
    return pd.DataFrame(
        {
            "customer_id": np.repeat([f"u{number}" for number in range(customers)], size),
            "time": START + pd.to_timedelta(rng.integers(0, 40 * 86400, rows), unit="s"),
            "channel": rng.choice(["search", "social", "email"], rows),
            "converted": (rng.random(rows) < 0.3).astype(int),
            "value": rng.integers(1, 100, rows).astype(float),
        }
    )


def shares(answer):
    return answer.to_frame().set_index(answer.by)[["conversions", "value", "share"]]


@pytest.fixture(scope="module")
def expected():
    return shares(wb.attribution.attribute(world(), draws=0))


def as_polars_sends(frame, kind):
    """Arrow with the text types of Polars."""
    table = pa.Table.from_pandas(frame.assign(time=frame.time.dt.strftime("%Y-%m-%dT%H:%M:%SZ")))
    texts = [pa.field(field.name, kind if field.type in (pa.string(), pa.large_string()) else field.type)
             for field in table.schema]  # fmt: skip
    return table.cast(pa.schema(texts))


def polars(frame):
    return pytest.importorskip("polars").from_pandas(frame)


FORMS = {
    "arrow": pa.Table.from_pandas,
    "polars": polars,
    "large text": lambda frame: as_polars_sends(frame, pa.large_string()),
    "views of text": lambda frame: as_polars_sends(frame, pa.string_view()),
    "ibis": ibis.memtable,
    "shuffled": lambda frame: frame.sample(frac=1, random_state=3),
    "categories": lambda frame: frame.astype({"channel": "category"}),
    "bool": lambda frame: frame.astype({"converted": bool}),
    "text times": lambda frame: frame.assign(time=frame.time.dt.strftime("%Y-%m-%dT%H:%M:%SZ")),
    "other zone": lambda frame: frame.assign(time=frame.time.dt.tz_convert("Asia/Shanghai")),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same(form, expected):
    found = shares(wb.attribution.attribute(FORMS[form](world()), draws=0))
    pd.testing.assert_frame_equal(found, expected, check_index_type=False, rtol=1e-12)


def test_naive_times_need_a_zone_and_are_moved_by_it(expected):
    naive = world().assign(time=lambda frame: frame.time.dt.tz_convert("Asia/Shanghai").dt.tz_localize(None))
    with pytest.raises(InputError, match=r"names no time zone.*timezone="):
        wb.attribution.attribute(naive)
    with pytest.raises(InputError, match="no time zone 'Mars/North'"):
        wb.attribution.attribute(naive, timezone="Mars/North")
    found = shares(wb.attribution.attribute(naive, timezone="Asia/Shanghai", draws=0))
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12)
    with pytest.raises(InputError, match="Ibis table is naive"):
        wb.attribution.attribute(ibis.memtable(naive), timezone="Asia/Shanghai")


def test_columns_of_other_names(expected):
    other = world().rename(columns={"customer_id": "who", "converted": "sale", "channel": "media"})
    columns = {"customer_id": "who", "converted": "sale"}
    found = wb.attribution.attribute(other, columns=columns, by="media", draws=0).to_frame()
    assert list(found["media"]) == list(expected.index)
    with pytest.raises(InputError, match=r"Unknown column 'customer_id'.*Allowed"):
        wb.attribution.attribute(other)


def test_a_gap_longer_than_the_window_starts_a_new_journey_and_old_touches_do_not_count():
    day = pd.Timedelta(days=1)
    touches = pd.DataFrame({"customer_id": "a", "channel": ["old", "near"], "time": [START, START + 9 * day]})
    win = pd.DataFrame({"customer_id": ["a"], "time": [START + 10 * day], "value": [5.0]})
    for window, named in ((5, {"near"}), (30, {"old", "near"})):
        found = wb.attribution.attribute(touches, "linear", window, conversions=win).to_frame()
        assert set(found[found.conversions > 0].channel) == named
    paths = wb.attribution.paths(touches, 5, conversions=win, least_people=10)
    assert paths.table.iloc[0].journeys == 2


def test_touches_after_a_conversion_count_for_the_next_one():
    hours = pd.to_timedelta([0, 1, 2, 3], unit="h")
    rows = {"customer_id": 1, "time": START + hours, "channel": list("abca"), "converted": [0, 1, 0, 1]}
    found = wb.attribution.attribute(pd.DataFrame(rows), "first", draws=0).to_frame()
    assert dict(zip(found.channel, found.conversions, strict=True)) == {"a": 1, "b": 0, "c": 1}
    assert found.value.isna().all()


def test_direct_touches_only_count_where_there_is_no_other():
    hours = pd.to_timedelta([0, 1, 2, 50], unit="h")
    rows = {"customer_id": [1, 1, 2, 2], "time": START + hours, "converted": [0, 1, 1, 1]}
    frame = pd.DataFrame(rows | {"channel": ["search", "direct", "direct", "email"]})
    plain = wb.attribution.attribute(frame, "last", draws=0).to_frame().set_index("channel").conversions
    kept = wb.attribution.attribute(frame, "last", draws=0, direct_channel="direct").to_frame()
    assert plain.to_dict() == {"direct": 2, "email": 1, "search": 0}
    assert kept.set_index("channel").conversions.to_dict() == {"direct": 1, "email": 1, "search": 1}


def test_conversions_without_a_touch_are_a_row_or_left_out():
    touches = world().drop(columns=["converted", "value"])
    wins = pd.DataFrame(
        {"customer_id": ["u1", "nobody"], "time": START + pd.Timedelta(days=41), "value": [3, 4]}
    )
    own = wb.attribution.attribute(touches, conversions=wins, draws=0, window_days=60)
    out = wb.attribution.attribute(touches, conversions=wins, draws=0, window_days=60, direct="leave_out")
    assert own.to_frame().set_index("channel").conversions[DIRECT] == own.direct == out.direct == 1
    assert own.table.value.sum() == pytest.approx(7)
    assert own.table.share.sum() == out.table.share.sum() == pytest.approx(1)
    assert out.table.conversions.sum() == pytest.approx(1)
    assert {"direct_own", "direct_leave_out"} == {
        note.code for answer in (own, out) for note in answer.notes if note.code.startswith("direct")
    }


BAD = {
    "no conversions": (lambda frame: frame.assign(converted=0), {}, "no conversions to share"),
    "all-null channel": (lambda frame: frame.assign(channel=None), {}, "No touch says its channel"),
    "negative value": (lambda frame: frame.assign(value=-1.0, converted=1), {}, "negative value.*Refunds"),
    "unknown model": (lambda frame: frame, {"model": "markow"}, "Unknown model 'markow'.*'markov'"),
    "window 0": (lambda frame: frame, {"window_days": 0}, "window_days=0 is no number of days"),
    "window of text": (lambda frame: frame, {"window_days": "30"}, "is no number of days"),
    "order 4": (lambda frame: frame, {"order": 4}, "order=4"),
    "half-life": (lambda frame: frame, {"half_life_days": -1}, "half_life_days=-1"),
    "ends": (lambda frame: frame, {"ends": (0.7, 0.7)}, "shares of the first and the last"),
    "direct": (lambda frame: frame, {"direct": "no"}, "Unknown value of direct"),
    "draws": (lambda frame: frame, {"draws": -1}, "draws=-1"),
    "period": (lambda frame: frame, {"period": "last_28_days"}, "is for a Store"),
    "flags": (lambda frame: frame.assign(converted=2), {}, "other values than 0 and 1"),
    "values": (lambda frame: frame.assign(value="much"), {}, "no number"),
    "times": (lambda frame: frame.assign(time="yesterday"), {}, "no time.*ISO 8601"),
    "time type": (lambda frame: frame.assign(time=1.5), {}, "which is no time"),
    "no table": (lambda frame: [1, 2], {}, "which is no table"),
    "role": (lambda frame: frame, {"columns": {"client": "x"}}, "Unknown column 'client'"),
    "column": (lambda frame: frame.drop(columns="channel"), {}, "Unknown column 'channel'"),
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_input_gets_one_sentence(bad):
    spoil, options, said = BAD[bad]
    with pytest.raises(WorkbenchError, match=said):
        wb.attribution.attribute(spoil(world()), **options)


def test_no_touch_before_any_conversion_is_said():
    wins = pd.DataFrame({"customer_id": ["x"], "time": [START]})
    with pytest.raises(QuestionError, match="No conversion has a touch before it"):
        wb.attribution.attribute(world().drop(columns=["converted", "value"]), conversions=wins)
    with pytest.raises(QuestionError, match="Unknown parameter 'windw'"):
        wb.attribution.compare_models(world(), windw=3)


def codes(answer):
    return {note.code: note for note in answer.notes}


def test_what_is_remarkable_is_noted():
    frame = world()
    clean = codes(wb.attribution.attribute(frame.sort_values(["customer_id", "time"]), draws=0))
    assert not {"twins", "lost_rows", "unknown_member", "one_member", "sorted"} & set(clean)
    twice = codes(wb.attribution.attribute(pd.concat([frame, frame.head(3)]), draws=0))
    assert twice["twins"].values["count"] == 3
    assert "Warning: 3 rows" in twice["twins"].sentence("en")
    assert "警告" in twice["twins"].sentence("zh")
    holes = frame.assign(
        channel=frame.channel.where(frame.index > 2), customer_id=frame.customer_id.where(frame.index < 50)
    )
    found = codes(wb.attribution.attribute(holes, draws=0))
    assert found["unknown_member"].values["count"] == 3
    assert found["lost_rows"].values["count"] == len(frame) - 50
    one = wb.attribution.attribute(frame.assign(channel="search"), draws=0)
    assert "one_member" in codes(one)
    assert one.table.share.tolist() == [1.0]
    assert "sorted" in codes(wb.attribution.attribute(frame.iloc[::-1], draws=0))
    few = wb.attribution.attribute(frame.assign(time=START + pd.to_timedelta(frame.index, unit="s")))
    assert "few_days" in codes(few)
    assert few.table.share_low.isna().all()


def test_a_missing_value_is_unknown_and_not_zero():
    without = wb.attribution.attribute(world().drop(columns="value"), draws=0)
    assert without.value is None
    assert without.to_dict()["rows"][0]["value"] is None
    holes = world().assign(value=lambda frame: frame.value.where(frame.index % 2 == 0))
    assert codes(wb.attribution.attribute(holes, draws=0))["unvalued"].values["count"] > 0


@pytest.mark.parametrize("given", ["store", "frame"])
def test_the_query_is_portable(given, demo_store):
    rules = Rules(pick(None), order=3, direct_channel="email")
    source = (
        stores.source(demo_store, "campaign", 30, "last_28_days", "order")
        if given == "store"
        else tables.source(world(), None, "channel", None, None)
    )
    assert problems(counts.question(source, rules)) == []
    assert len(rules.models) == len(MODELS)


def test_an_answer_says_where_it_is_from(demo_store):
    answer = wb.attribution.attribute(demo_store, "last", period="2026-09", draws=0)
    assert answer.period.start == dt.date(2026, 9, 1)
    assert answer.data_version == demo_store.version
    said = answer.to_dict()
    assert said["period"]["end"] == "2026-09-30"
    assert said["notes"][0]["code"] == "own"
    assert "own conversions" in answer._repr_html_()
    again = demo_store.query(answer.sql)
    assert again.num_rows > 0


def test_the_usual_other_names_of_columns_and_models_are_understood(expected):
    named = world().rename(columns={"converted": "conversion", "value": "conversion_value"})
    assert_frame_equal(shares(wb.attribution.attribute(named, draws=0)), expected)
    table = ibis.memtable(named)
    assert_frame_equal(shares(wb.attribution.attribute(table, draws=0)), expected, rtol=1e-9)
    assert [model.id for model in pick(["position_based", "Time-decay", "last click"])] == [
        "position",
        "time_decay",
        "last",
    ]


def test_no_touches_are_no_conversions():
    with pytest.raises(QuestionError, match="no conversions"):
        wb.attribution.attribute(world().iloc[:0])
