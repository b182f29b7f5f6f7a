"""DuckDB = Spark on this machine = a standalone cluster (soak): integers equal, everything else to 1e-12.

Rules drawn at random mean the same customers on both and by hand.
"""

from __future__ import annotations

import datetime as dt
import math

import pyarrow as pa
import pytest
import rule_trees
import spark_answers
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from rule_naive import Naive
from rule_world import DAY, SCORES, ZONE
from store_helpers import rows

from workbench import data, segments
from workbench.data import Change

pytestmark = pytest.mark.spark
TOLERANCE = 1e-12
SEEDS = st.lists(st.integers(0, 10**9), min_size=40, max_size=40, unique=True)
"""Of the rules of one job, which takes Spark as long for 40 as for one."""
BACK = st.integers(0, 40)
ENGINES = ["local_run", pytest.param("cluster_run", marks=pytest.mark.soak)]
"""The small cluster takes two minutes and runs the same code: `make soak`."""
RARELY = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.explicit, Phase.generate),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_answer_is_the_same(request, duckdb_answers, engine):
    found = request.getfixturevalue(engine)
    assert list(found["answers"]) == list(duckdb_answers["answers"])
    for name, expected in duckdb_answers["answers"].items():
        answer = found["answers"][name]
        assert same(expected["rows"], answer["rows"]), name
        rest = [
            {key: item[key] for key in item if key not in ("rows", "code_version")}
            for item in (expected, answer)
        ]
        assert rest[0] == rest[1], name
        assert expected["rows"], name


def test_the_questions_meet_everything_that_questions_can_meet(duckdb_answers):
    notes = {
        note["code"] for answer in duckdb_answers["answers"].values() for note in answer.get("notes", ())
    }
    met = {"converted", "derived_rates", "unknown_part", "levels", "reach_unknown", "no_hour", "too_few_days"}
    assert met | {"other_currencies", "nothing_before"} <= notes
    assert duckdb_answers["answers"]["purchases"]["left_out"] > 0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("what", ["members", "labels", "as_of", "own", "empty", "schema"])
def test_the_store_is_the_same(request, duckdb_answers, engine, what):
    assert request.getfixturevalue(engine)[what] == duckdb_answers[what]


@pytest.mark.parametrize("engine", ENGINES)
def test_findings_are_the_same(request, duckdb_answers, engine):
    found = request.getfixturevalue(engine)["findings"]
    assert [item["en"] for item in found] == [item["en"] for item in duckdb_answers["findings"]]
    assert found


@pytest.mark.soak
def test_both_workers_took_part(cluster_run):
    assert cluster_run["master"].startswith("spark://127.0.0.1:")
    assert cluster_run["executors"] == 2


def test_expressions_sql_versions_and_imports_work_on_spark(local_run):
    checks = local_run["checks"]
    assert checks["same"]
    assert int(checks["moved"][0]["n"]) > 5 * 10**6
    assert checks["loaded"] == [1, True, "local[2]"]


def test_errors_are_sentences(local_run):
    said = local_run["checks"]["said"]
    for sql in ("SELECT nothing FROM labels", "SELEC 1"):
        assert said[sql].startswith("QuestionError: The query cannot be answered"), sql
    for sql in ("DROP TABLE labels", "SELECT 1; SELECT 2", ""):
        assert said[sql].startswith("QuestionError: The query is not one SELECT"), sql
    assert "another store" in said["another store"]
    assert "already uses Spark at local[2]" in said["another engine"]
    assert said["past"] == 1
    assert said["lost file"].startswith("StoreError: A data file of the workspace cannot be read")
    assert not [text for text in said.values() if "\n" in str(text)]


HARMLESS = ("SELECT * FROM performance WHERE advertiser = 'b' OR true", "SELECT * FROM own_table")


@pytest.fixture(scope="module")
def two_advertisers(tmp_path_factory):
    """A workspace of two advertisers and nobody, two rows each, with customers and a table of its own."""
    store = data.open(tmp_path_factory.mktemp("limits") / "w")
    facts = [
        {"advertiser": who, "account": f"{who}", "campaign_id": f"{who}1", "campaign": f"{who} {number}",
         "creative": f"{who} ad", "clicks": number, "cost_micros": number * 10**6,
         "local_date": DAY + dt.timedelta(number)}
        for who in ("a", "b", None) for number in (1, 2)
    ]  # fmt: skip
    labels = [("advertiser", "a"), ("advertiser", "b"), ("campaign", "b 1"), ("channel", "search")]
    store.commit([
        Change("performance", rows("performance", facts)),
        Change("labels", rows("labels", [
            {"dimension": of, "value": value, "lang": "en", "label": value} for of, value in labels
        ])),
        Change("campaigns", rows("campaigns", [
            {"campaign_id": f"{who}1", "advertiser": named} for who in "ab" for named in (who, None)
        ])),
        Change("creatives", rows("creatives", [
            {"creative_id": who, "creative": f"{who} ad", "campaign_id": f"{who}1"} for who in "ab"
        ])),
        Change("customers", rows("customers", [{"customer_id": "u1"}])),
        Change("own_table", pa.table({"advertiser": ["a"], "note": ["secret"]})),
    ])  # fmt: skip
    return store.path


@pytest.mark.parametrize("names", [["a"], ["a", "b"], [], ["x') OR ('1' = '1", "\\\\'"]], ids=range(4))
def test_a_limit_by_advertiser_leaves_the_same_rows(local_session, world, two_advertisers, names):
    files = next((two_advertisers / "tables" / "performance").glob("*.parquet"))
    refused = (
        f"SELECT * FROM parquet.`{files}`",
        f'SELECT * FROM "{files}"',
        f"WITH c AS (SELECT * FROM parquet.`{files}`) SELECT * FROM c",
        "SELECT * FROM v1_performance",
        "SELECT * FROM performance WHERE 1 IN (SELECT id FROM range(3))",
        "SHOW TABLES",
    )
    asked = {"workspace": str(two_advertisers), "advertisers": names, "queries": [*HARMLESS, *refused]}
    found, duck = local_session.ask("limited", **asked), spark_answers.limited("duckdb", **asked)
    assert {part: found[part] for part in ("rows", "counts", "as_of")} == {
        part: duck[part] for part in ("rows", "counts", "as_of")
    }
    theirs = len(names) if set(names) <= {"a", "b"} else 0
    assert len(found["rows"]["performance"]) == 2 * theirs
    assert found["rows"]["customers"] == found["rows"]["own_table"] == []
    assert found["said"][:2] == ["no error"] * 2
    assert not [said for said in found["said"][2:] if not said.startswith("QuestionError")]


@examples(max_examples=2, **RARELY)
@given(SEEDS, BACK)
def test_any_rule_means_the_same_customers_on_both_engines_and_by_hand(
    rule_store, local_session, seeds, back
):
    check_rules(rule_store, local_session, seeds, back)


@pytest.mark.soak
@examples(max_examples=15, **RARELY)
@given(SEEDS, BACK)
def test_hundreds_of_rules_mean_the_same_customers_on_both_engines_and_by_hand(
    rule_store, local_session, seeds, back
):
    check_rules(rule_store, local_session, seeds, back)


def check_rules(rule_store, local_session, seeds, back):
    """Rules of one day: one job of Spark, one question of DuckDB, and plain Python."""
    store, rows = rule_store
    day, trees = DAY - dt.timedelta(back), [rule_trees.tree(seed) for seed in seeds]
    naive = Naive(rows, day, ZONE, SCORES)
    by_hand = [naive.members(tree["rule"]) for tree in trees]
    found = segments.members(
        store, {str(seed): segments.rule(tree) for seed, tree in zip(seeds, trees, strict=True)}, day
    )
    duckdb = [one.table["customer_id"].tolist() for one in found.values()]
    spark = local_session.ask("members", workspace=str(store.path), day=day.isoformat(), trees=trees)
    wrong = [
        {"tree": tree, "by hand": hand, "duckdb": one, "spark": other}
        for tree, hand, one, other in zip(trees, by_hand, duckdb, spark, strict=True)
        if not hand == one == other
    ]
    assert not wrong, wrong[0]


def same(expected, found) -> bool:
    """Whether rows are equal: whole numbers and texts exactly, floats to the tolerance of their column."""
    if len(expected) != len(found):
        return False
    scale: dict[str, float] = {}
    for row in expected:
        for name, value in row.items():
            if isinstance(value, float):
                scale[name] = max(scale.get(name, 0.0), abs(value))
    return all(
        list(one) == list(other) and all(_equal(one[name], other[name], scale.get(name, 0.0)) for name in one)
        for one, other in zip(expected, found, strict=True)
    )


def _equal(one, other, scale: float) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE * scale)
    return type(one) is type(other) and one == other
