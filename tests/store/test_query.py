"""Questions to a store: pinned, thread-safe, in canonical columns, errors as sentences."""

from __future__ import annotations

import threading

import ibis
import pyarrow as pa
import pytest
from store_helpers import DAY, month, rows

from workbench import schema
from workbench.data import Change, open
from workbench.errors import QuestionError, StoreError


@pytest.fixture
def store(workspace):
    store = open(workspace)
    store.commit([month(), month("b", impressions=7)])
    return store


def test_every_canonical_table_is_there_even_without_rows(workspace):
    store = open(workspace)
    for name, table in schema.TABLES.items():
        answer = store.query(store.table(name))
        assert answer.schema.equals(table.arrow())
        assert answer.num_rows == 0


def test_an_unknown_table_is_named_with_the_nearest(store):
    with pytest.raises(QuestionError, match="Did you mean 'performance'"):
        store.table("performence")


def test_expressions_sql_and_scalars(store):
    rollup = store.table("performance_hourly")
    by = rollup.group_by("account").agg(n=rollup.impressions.sum()).order_by("account")
    assert store.query(by).to_pylist() == [{"account": "a", "n": 500}, {"account": "b", "n": 35}]
    assert store.query(store.sql(by)).equals(store.query(by))
    assert '"v' not in store.sql(by)
    assert store.query(rollup.impressions.sum()).to_pydict() == {
        next(iter(store.query(rollup.impressions.sum()).to_pydict())): [535]
    }
    assert store.query("SELECT max(local_date) AS d FROM Performance").num_rows == 1
    assert store.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_sums_of_integers_are_integers(store):
    performance = store.table("performance")
    total = store.query(performance.agg(cost=performance.cost_micros.sum()))
    assert total.schema.field("cost").type == pa.int64()
    wide = store.query("SELECT sum(9223372036854775807) AS big FROM performance")
    assert int(wide["big"][0].as_py()) == 10 * (2**63 - 1)


def test_instants_come_back_in_utc(store):
    assert store.query("SELECT now() AS t").schema.field("t").type == pa.timestamp("us", "UTC")


def test_frames_in_memory_join_with_tables(store):
    performance = store.table("performance")
    wanted = ibis.memtable(pa.table({"account": ["b"]}))
    assert store.query(performance.semi_join(wanted, "account")).num_rows == 5


@pytest.mark.parametrize(
    "question",
    [
        "SELECT nothing FROM performance",
        "SELEC 1",
        "SELECT * FROM nowhere",
        "CREATE TABLE x (a INT)",
        "SELECT 'x'::INT",
        "SELECT 1; SELECT 2",
        "SET threads = 1",
        "",
    ],
)
def test_a_query_that_fails_is_a_sentence(store, question):
    with pytest.raises(QuestionError) as caught:
        store.query(question)
    assert "\n" not in str(caught.value)


def test_a_table_of_another_store_is_refused(store, tmp_path):
    other = open(tmp_path / "other")
    with pytest.raises(QuestionError, match="another store"):
        store.query(other.table("performance"))


def test_a_store_stays_at_its_version_until_refreshed(store, workspace):
    reader = open(workspace)
    question = "SELECT sum(impressions) AS n FROM performance"
    old = reader.table("performance").impressions.sum().name("n")
    store.commit([month("c", impressions=1000)])
    assert (reader.version, store.version) == (1, 2)
    assert reader.query(question).to_pylist() == reader.query(old).to_pylist() == [{"n": 535}]
    assert reader.refresh() == reader.refresh() == 2
    assert reader.query(question).to_pylist() == [{"n": 5535}]
    new = reader.table("performance").impressions.sum().name("n")
    assert reader.query(new).to_pylist() == [{"n": 5535}]
    assert reader.query(old).to_pylist() == [{"n": 535}]


def test_old_versions_are_let_go_after_many_refreshes(store, workspace, monkeypatch):
    from workbench.store import engine

    monkeypatch.setattr(engine, "_KEPT_VERSIONS", 2)
    reader = open(workspace)
    for number in range(4):
        assert reader.query("SELECT count(*) AS n FROM labels")["n"].to_pylist() == [number]
        store.commit([Change("labels", rows("labels", [{"lang": "en"}]))])
        reader.refresh()
    assert len(reader._engine._versions) <= 2


def test_threads_share_a_store_while_it_moves(store, workspace):
    """Each answer is one version's: accounts × 5 rows in facts and roll-up alike, never something between."""
    reader = open(workspace)
    failures = []

    def ask():
        for _ in range(12):
            performance, rollup = reader.table("performance"), reader.table("performance_hourly")
            days = performance.agg(n=performance.count()).cross_join(rollup.agg(m=rollup.count()))
            (row,) = reader.query(days).to_pylist()
            raw = reader.query(
                "SELECT (SELECT count(*) FROM performance) n, (SELECT count(*) FROM performance_hourly) m"
            ).to_pylist()[0]
            if row["n"] % 5 or raw["n"] % 5 or raw["n"] != raw["m"]:
                failures.append((row, raw))
            reader.refresh()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(5):
        store.commit([month(f"new{number}")])
    for thread in threads:
        thread.join()
    assert failures == []
    assert reader.refresh() == 6


def test_equal_expressions_are_compiled_once(store):
    def ask():
        table = store.table("performance_hourly")
        return store.sql(table.filter(table.preferred).agg(n=table.clicks.sum()))

    assert ask() is not None
    compiled = dict(store._engine._compiled)
    assert ask() == ask()
    assert store._engine._compiled == compiled


def test_labels_and_members(workspace):
    store = open(workspace)
    assert store.labels("en") == {}
    assert store.members("channel") == ()
    facts = [("b", 5), ("a", 5), (None, 90), ("c", 50), ("silent", None)]
    records = [{"channel": channel, "impressions": n, "account": str(channel)} for channel, n in facts]
    coarse = {"channel": "a", "impressions": 5, "account": "a", "grain": "account"}
    label = {"dimension": "channel", "value": "a", "lang": "zh", "label": "搜索"}
    store.commit(
        [
            Change("performance", rows("performance", [*records, coarse])),
            Change("labels", rows("labels", [label, {**label, "lang": "en", "label": "Search"}])),
        ]
    )
    assert store.labels("zh") == {("channel", "a"): "搜索"}
    assert store.members("channel") == ("c", "a", "b", "silent")
    store.commit([Change("labels", rows("labels", []), "all")])
    assert store.labels("zh") == {}
    with pytest.raises(QuestionError, match="'chanel'"):
        store.members("chanel")


def test_own_metrics_and_a_readable_store(store, workspace):
    assert "cpa" in store.metrics
    assert str(DAY.year) in repr(store)
    assert "performance" in repr(store)


def test_large_questions_side_by_side_are_answered_like_one_after_another(store):
    rollup = store.table("performance_hourly")
    parts = [
        rollup.filter(rollup.account == name).agg(n=rollup.impressions.sum()) for name in ("b", "a", "z")
    ]
    inside = rollup.filter(rollup.account.isin(ibis.memtable({"who": ["b"]}).who)).agg(
        n=rollup.impressions.sum()
    )
    for questions in (parts, [*parts, inside]):
        each = list(store.query_each(questions))
        assert [answer.to_pylist() for answer in each] == [
            store.query(question).to_pylist() for question in questions
        ]
    store.commit([month("c")])
    assert [answer.to_pylist() for answer in store.query_each(parts)] == [
        [{"n": 35}],
        [{"n": 500}],
        [{"n": None}],
    ]


def test_a_large_question_over_a_lost_file_gets_a_sentence(store):
    rollup = store.table("performance_hourly")
    question = rollup.agg(n=rollup.impressions.sum())
    for file in store.path.rglob("*.parquet"):
        file.unlink()
    with pytest.raises(StoreError, match="data file of the workspace cannot be read"):
        list(store.query_each([question, question]))
