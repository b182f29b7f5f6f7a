"""Commits: what they append, replace and refuse, and that a refused one changes nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pyarrow as pa
import pytest
from store_helpers import DAY, comparable, month, random_facts, rows

from workbench import schema
from workbench.data import Change, Slice, open
from workbench.errors import StoreError
from workbench.store import parquet, transaction

COUNT = "SELECT count(*) AS n, sum(cost_micros) AS cost FROM {}"


def count(store, table="performance"):
    (row,) = store.query(COUNT.format(table)).to_pylist()
    return row["n"], row["cost"]


def dump(store, table):
    return comparable(store.query(store.table(table)).to_pylist())


def ledger(*ids, **more):
    return pa.table({"import_id": list(ids), **{key: [value] * len(ids) for key, value in more.items()}})


def test_append_slice_and_all(workspace):
    store = open(workspace)
    assert store.commit([month()]) == 1
    assert store.commit([replace(month("b"), replace=None)]) == 2
    assert count(store) == (10, 10_000_000)
    assert store.commit([month(cost_micros=7)]) == 3
    assert count(store) == (10, 5_000_035)
    assert store.commit([replace(month("c", days=2), replace="all")]) == 4
    assert count(store) == count(store, "performance_hourly") == (2, 2_000_000)
    assert (store.version, store.as_of) == (4, DAY + dt.timedelta(1))
    assert store.tables == ("performance", "performance_hourly")


def test_nothing_to_commit_is_no_new_version(workspace):
    store = open(workspace)
    assert store.commit([]) == 0
    assert not list((workspace / "versions").iterdir())


def test_the_same_slice_again_changes_nothing(workspace):
    store = open(workspace)
    store.commit([month(), month("b"), month(grain="campaign")])
    before = dump(store, "performance"), dump(store, "performance_hourly")
    store.commit([month()])
    store.commit([month()])
    assert (dump(store, "performance"), dump(store, "performance_hourly")) == before


def test_a_slice_replaces_exactly_its_own_rows(workspace):
    store = open(workspace)
    facts = random_facts(5, 200)["performance"]
    store.commit([Change("performance", facts)])
    part = Slice("meta_ads", None, "ad", "", "", DAY, DAY + dt.timedelta(1))
    store.commit([Change("performance", facts.slice(0, 0), part)])

    def inside(row):
        same = row["source"] == "meta_ads" and row["account"] is None and row["grain"] == "ad"
        return (
            same and not row["breakdown"] and not row["scope"] and part.start <= row["local_date"] <= part.end
        )

    kept = [row for row in facts.to_pylist() if not inside(row)]
    assert 0 < len(kept) < 200
    assert dump(store, "performance") == comparable(kept)


def test_a_window_may_cut_an_older_one(workspace):
    store = open(workspace)
    store.commit([month(days=10)])
    store.commit([month(start=DAY + dt.timedelta(3), days=4, cost_micros=1)])
    assert count(store) == (10, 6_000_004)
    assert count(store, "performance_hourly") == (10, 6_000_004)


def test_facts_roll_up_and_ledger_move_together(workspace):
    store = open(workspace)
    store.commit([month()], ledger("i1", active=True, status="PASS"))
    store.commit([], ledger("i1", "i2", active=False))
    found = store.query("SELECT import_id, active, status FROM imports ORDER BY 1").to_pylist()
    assert found == [
        {"import_id": "i1", "active": False, "status": None},
        {"import_id": "i2", "active": False, "status": None},
    ]
    assert (workspace / "imports" / "ledger" / "_delta_log").is_dir()
    assert (workspace / "rollups" / "performance_hourly" / "_delta_log").is_dir()


def test_other_delta_readers_see_the_same_tables(workspace):
    from deltalake import DeltaTable

    store = open(workspace)
    store.commit([Change(name, facts) for name, facts in random_facts(3).items()], ledger("i"))
    store.commit([month(), month("b")], ledger("j"))
    for name, folder in (
        ("performance", "tables/performance"),
        ("conversions", "tables/conversions"),
        ("performance_hourly", "rollups/performance_hourly"),
        ("imports", "imports/ledger"),
    ):
        elsewhere = DeltaTable(str(workspace / folder))
        assert comparable(pa.table(elsewhere.to_pyarrow_table()).to_pylist()) == dump(store, name)
        assert elsewhere.version() == store._version.tables[name].version


def test_many_small_files_are_joined(workspace, monkeypatch):
    monkeypatch.setattr(transaction, "MAX_SMALL_FILES", 3)
    store = open(workspace)
    for number in range(8):
        store.commit([replace(month(f"a{number}"), replace=None)], ledger(f"i{number}"))
    assert all(len(pinned.files) <= 5 for pinned in store._version.tables.values())
    assert count(store) == count(store, "performance_hourly") == (40, 40_000_000)
    assert store.query("SELECT count(*) AS n FROM imports")["n"].to_pylist() == [8]


def test_a_replaced_month_leaves_other_files_alone(workspace, monkeypatch):
    monkeypatch.setattr(parquet, "FILE_BYTES", 1)
    store = open(workspace)
    store.commit([month()])
    store.commit([month("b")])
    before = set(store._version.tables["performance"].files)
    store.commit([month("b", cost_micros=1)])
    assert len(before & set(store._version.tables["performance"].files)) == 1


def test_columns_are_filled_cast_and_put_in_order(workspace):
    store = open(workspace)
    given = pa.table(
        {
            "local_date": pa.array([DAY], pa.date64()),
            "impressions": pa.array([3.0]),
            "currency": pa.array(["USD"]).dictionary_encode(),
            "grain": pa.array(["ad"], pa.large_string()),
            "source": ["meta_ads"],
            "hour_utc": pa.array(
                [dt.datetime(2026, 1, 5, tzinfo=dt.UTC)], pa.timestamp("s", "Asia/Shanghai")
            ),
        }
    )
    store.commit([Change("performance", given)])
    answer = store.query(store.table("performance"))
    assert answer.schema.equals(schema.TABLES["performance"].arrow())
    row = answer.to_pylist()[0]
    assert (row["impressions"], row["breakdown"], row["clicks"]) == (3, "", None)
    assert row["hour_utc"] == dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


def test_a_number_that_is_none_is_unknown(workspace):
    store = open(workspace)
    found = rows("conversions", [{"is_goal": True, "conversions": float("nan")}])
    store.commit([Change("conversions", found)])
    assert store.query("SELECT conversions FROM performance_hourly")["conversions"].to_pylist() == [None]


def _with(name, values):
    table = month().rows.slice(0, len(values))
    return table.set_column(table.schema.get_field_index(name), name, pa.array(values))


PART = Slice("meta_ads", "a", "ad", "", "", DAY, DAY + dt.timedelta(4))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            Change("performance", month().rows.append_column("imps", pa.array([1] * 5))),
            ["'imps'", "performance"],
        ),
        (Change("performance", _with("clicks", ["many"])), ["'clicks'", "many"]),
        (Change("performance", _with("clicks", [1.5])), ["'clicks'"]),
        (Change("performance", _with("source", [None])), ["'source'", "row 1"]),
        (Change("performance", _with("currency", ["USD", None])), ["'currency'", "row 2"]),
        (Change("performance", _with("grain", ["adset"])), ["'adset'", "ad_group"]),
        (Change("performance", _with("hour_utc", [dt.datetime(2026, 1, 1)])), ["'hour_utc'", "time zone"]),  # noqa: DTZ001
        (
            Change("conversions", rows("conversions", [{"conversions": float("inf")}])),
            ["'conversions'", "infinite"],
        ),
        (Change("performance", month("b").rows, PART), ["5 of 5 rows", "outside"]),
        (Change("performance", month(days=6).rows, PART), ["1 of 6 rows", "outside"]),
        (Change("performance", month().rows, replace(PART, end=DAY - dt.timedelta(1))), ["before it starts"]),
        (Change("labels", rows("labels", []), PART), ["'labels'", "no slices"]),
        (Change("performance_hourly", rows("performance_hourly", [])), ["kept by the store"]),
        (Change("imports", rows("imports", [])), ["kept by the store"]),
        (Change("../evil", pa.table({"a": [1]})), ["no name"]),
        (Change("Own", pa.table({"a": [1]})), ["no name"]),
        (Change("own", pa.table({"a": [[1]]})), ["'a'", "list"]),
        (Change("own", pa.table({"a": [1]}), PART), ["'own'", "no slices"]),
    ],
)
def test_what_does_not_fit_is_refused_with_its_name_and_nothing_changes(workspace, change, words):
    store = open(workspace)
    store.commit([month()])
    before = dump(store, "performance")
    with pytest.raises(StoreError) as caught:
        store.commit([month("b"), change])
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert open(workspace).version == store.version == 1
    assert dump(open(workspace), "performance") == before


@pytest.mark.parametrize("ids", [["i", "i"], [None]])
def test_an_import_is_named_once(workspace, ids):
    with pytest.raises(StoreError, match="import_id"):
        open(workspace).commit([month()], pa.table({"import_id": pa.array(ids, pa.string())}))
    assert open(workspace).version == 0


@pytest.mark.parametrize("broken", ["tables/performance", "rollups/performance_hourly", "imports/ledger"])
def test_a_write_that_fails_midway_leaves_the_pointer(workspace, broken):
    store = open(workspace)
    (workspace / broken).write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="could not be written"):
        store.commit([month()], ledger("i"))
    assert (store.version, open(workspace).version) == (0, 0)
    (workspace / broken).unlink()
    assert store.commit([month("b")], ledger("j")) == 1
    assert count(store) == count(store, "performance_hourly") == (5, 5_000_000)
    assert store.query("SELECT import_id FROM imports")["import_id"].to_pylist() == ["j"]


def test_own_tables(workspace):
    store = open(workspace)
    store.commit([Change("weather", pa.table({"day": [DAY], "rain": [1], "who's": ["x"]}))])
    store.commit([Change("weather", pa.table({"day": [DAY], "sun": [True]}))])
    found = store.query(store.table("weather").order_by("rain")).to_pylist()
    assert found == [
        {"day": DAY, "rain": 1, "who's": "x", "sun": None},
        {"day": DAY, "rain": None, "who's": None, "sun": True},
    ]
    with pytest.raises(StoreError, match="'rain'"):
        store.commit([Change("weather", pa.table({"rain": ["much"]}))])
    store.commit([Change("weather", pa.table({"rain": ["much"]}), "all")])
    assert store.query("SELECT * FROM weather").to_pylist() == [{"rain": "much"}]
    store.commit([Change("weather", pa.table({"rain": pa.array([], pa.string())}), "all")])
    assert store.table("weather").columns == ("rain",)
    assert store.query(store.table("weather")).num_rows == 0
    assert "weather" not in store.tables


def test_a_column_of_a_newer_workbench_is_null_in_older_rows(workspace, monkeypatch):
    store = open(workspace)
    store.commit([Change("labels", pa.table({"dimension": ["channel"], "value": ["a"]}))])
    labels = schema.TABLES["labels"]
    newer = replace(
        labels, columns=(*labels.columns, schema.Column("colour"), schema.Column("rank", "int64"))
    )
    monkeypatch.setitem(schema.TABLES, "labels", newer)
    schema._arrow_schema.cache_clear()
    try:
        old = open(workspace)
        assert old.query(old.table("labels"))["rank"].to_pylist() == [None]
        old.commit([Change("labels", pa.table({"value": ["b"], "colour": ["red"], "rank": [1]}))])
        found = old.query("SELECT value, colour, rank FROM labels ORDER BY 1").to_pylist()
    finally:
        monkeypatch.undo()
        schema._arrow_schema.cache_clear()
    assert found == [{"value": "a", "colour": None, "rank": None}, {"value": "b", "colour": "red", "rank": 1}]


def test_what_a_dead_writer_left_never_surfaces(workspace):
    """The tables of a later version, without the pointer that names them: as after a kill before it."""
    store = open(workspace)
    store.commit([month(), Change("own", pa.table({"a": [1]}))])
    pointer = (workspace / "pointer.json").read_bytes()
    orphans = [
        month("ghost"),
        Change("own", pa.table({"a": ["ghost"]}), "all"),
        Change("ghosts", pa.table({"a": [1]})),
    ]
    store.commit(orphans, ledger("ghost"))
    (workspace / "pointer.json").write_bytes(pointer)

    again = open(workspace)
    assert again.version == 1
    assert again.commit([month("b"), Change("own", pa.table({"a": [2]}))], ledger("i")) == 2
    assert again.query("SELECT DISTINCT account FROM performance ORDER BY 1")["account"].to_pylist() == [
        "a",
        "b",
    ]
    assert count(again) == count(again, "performance_hourly") == (10, 10_000_000)
    assert again.query("SELECT a FROM own ORDER BY 1")["a"].to_pylist() == [1, 2]
    assert again.query("SELECT import_id FROM imports")["import_id"].to_pylist() == ["i"]
    again.commit([Change("ghosts", pa.table({"b": [5]}))])
    assert again.query("SELECT * FROM ghosts").to_pylist() == [{"b": 5}]


def test_a_column_of_a_newer_workbench_that_no_file_has_yet_is_null(workspace, monkeypatch):
    """A commit that brings no rows, or takes some away, never promises a column that no file has."""
    store = open(workspace)
    store.commit([month(), month("b")])
    table = schema.TABLES["performance"]
    newer = replace(table, columns=(*table.columns, schema.Column("likes_of_the_future", "int64", "fact")))
    monkeypatch.setitem(schema.TABLES, "performance", newer)
    schema._arrow_schema.cache_clear()
    try:
        store.commit([replace(month("none"), rows=month("none").rows.slice(0, 0))])
        assert store.query(
            "SELECT count(*) AS n, count(likes_of_the_future) AS k FROM performance"
        ).to_pylist() == [{"n": 10, "k": 0}]
    finally:
        monkeypatch.undo()
        schema._arrow_schema.cache_clear()
