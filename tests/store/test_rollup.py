"""The roll-up against plain loops, its rule of the preferred grain, and its nulls."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_helpers import DAY, comparable, random_facts, rows, slow_rollup

from workbench import schema
from workbench.data import Change, Slice, open
from workbench.store import parquet, rollup


def rolled_up(performance, conversions, where="true"):
    with parquet.connect() as connection:
        connection.register("p", performance)
        connection.register("c", conversions)
        return connection.sql(rollup.sql("FROM p", "FROM c", where)).to_arrow_table().to_pylist()


def answering(delivery, outcomes=()):
    """(grain, breakdown, scope) of the preferred rows of one day."""
    found = rolled_up(rows("performance", delivery), rows("conversions", outcomes))
    return {(row["grain"], row["breakdown"], row["scope"]) for row in found if row["preferred"]}


def fact(grain, cost=None, breakdown="", scope="", **more):
    return {"grain": grain, "breakdown": breakdown, "scope": scope, "cost_micros": cost, **more}


def sale(grain, conversions=3.0, **more):
    return {"grain": grain, "breakdown": "", "scope": "", "is_goal": True, "conversions": conversions, **more}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from([3, 20, 60]))
def test_rollup_equals_plain_loops(seed, size):
    facts = random_facts(seed, size)
    assert comparable(rolled_up(**facts)) == comparable(slow_rollup(**facts))


def test_columns_are_canonical_and_in_order():
    facts = random_facts(1)
    with parquet.connect() as connection:
        connection.register("p", facts["performance"])
        connection.register("c", facts["conversions"])
        made = connection.sql(rollup.sql("FROM p", "FROM c", "true")).to_arrow_table()
    assert made.schema.equals(schema.TABLES["performance_hourly"].arrow())


@pytest.mark.parametrize(
    ("facts", "chosen"),
    [
        ([fact("campaign", 1000), fact("ad", 1000)], ("ad", "", "")),
        ([fact("campaign", 1000), fact("ad", 995)], ("ad", "", "")),
        ([fact("campaign", 1000), fact("ad", 994)], ("campaign", "", "")),
        ([fact("ad", 1000, "region"), fact("ad", 1000)], ("ad", "", "")),
        ([fact("ad", 1000, scope="brand"), fact("ad", 1000)], ("ad", "", "")),
        ([fact("ad", 1000, "age"), fact("campaign", 1000)], ("ad", "age", "")),
        ([fact("ad", 1000, "region"), fact("ad", 1000, "age")], ("ad", "age", "")),
        ([fact("campaign", impressions=50), fact("keyword", impressions=50)], ("keyword", "", "")),
        ([fact("campaign", 10, impressions=50), fact("keyword", impressions=50)], ("campaign", "", "")),
        ([fact("account", 0, impressions=50), fact("ad", 0, impressions=7)], ("account", "", "")),
        ([fact("account", 0), fact("ad", 0)], ("ad", "", "")),
        ([fact("ad")], ("ad", "", "")),
    ],
)
def test_the_finest_complete_grain_answers(facts, chosen):
    assert answering(facts) == {chosen}


def test_a_grain_without_conversions_yields_to_a_complete_one_that_knows_them():
    delivery = [fact("campaign", 1000), fact("ad", 1000)]
    assert answering(delivery, [sale("campaign")]) == {("campaign", "", "")}
    assert answering(delivery, [sale("campaign"), sale("ad")]) == {("ad", "", "")}
    assert answering(delivery, [sale("campaign", 0.0)]) == {("ad", "", "")}


def test_conversions_reported_without_delivery_answer_beside_it():
    assert answering([fact("ad", 1000)], [sale("campaign"), sale("account")]) == {
        ("ad", "", ""),
        ("campaign", "", ""),
    }
    assert answering([], [sale("campaign"), sale("account", 9.0)]) == {("account", "", "")}


def test_accounts_and_days_are_judged_apart_and_null_is_an_account():
    delivery = [
        {**fact("ad", 1000), "account": None},
        {**fact("campaign", 1000), "account": None},
        {**fact("campaign", 1), "account": "a"},
        {**fact("campaign", 5), "account": "a", "local_date": DAY + dt.timedelta(1)},
    ]
    found = rolled_up(rows("performance", delivery), rows("conversions", []))
    assert [(r["account"], r["grain"]) for r in found if not r["preferred"]] == [(None, "campaign")]


def test_a_sum_of_unknowns_is_unknown_and_a_known_zero_stays_zero():
    found = rolled_up(rows("performance", [fact("ad"), fact("ad", clicks=0)]), rows("conversions", []))
    assert [(r["cost_micros"], r["clicks"], r["conversions"], r["orders"]) for r in found] == [
        (None, 0, None, None)
    ]


def test_conversions_in_an_hour_without_delivery_make_a_row_with_unknown_cost():
    found = rolled_up(
        rows("performance", [fact("ad", 7, local_hour=9)]), rows("conversions", [sale("ad", local_hour=10)])
    )
    by_hour = {
        row["local_hour"]: (row["cost_micros"], row["conversions"], row["hour_of_week"]) for row in found
    }
    assert by_hour == {9: (7, None, 9), 10: (None, 3.0, 10)}


def test_only_the_goal_is_a_conversion_and_kinds_are_counted_apart():
    outcomes = [
        sale("ad", 2.0, kind="lead", revenue_micros=5),
        sale("ad", 4.0, kind="order", is_goal=False, revenue_micros=9),
        sale("ad", 1.0, kind="new_customer", is_goal=None),
    ]
    (row,) = rolled_up(rows("performance", []), rows("conversions", outcomes))
    names = ("conversions", "revenue_micros", "orders", "leads", "new_customers")
    assert [row[name] for name in names] == [2.0, 5, 4.0, 2.0, 1.0]


def test_one_kind_by_two_clocks_is_not_added():
    clocks = [("conversion", True, 3.0), ("click", False, 5.0)]
    outcomes = [sale("ad", n, kind="order", is_goal=goal, time_basis=clock) for clock, goal, n in clocks]
    (row,) = rolled_up(rows("performance", []), rows("conversions", outcomes))
    assert (row["conversions"], row["orders"]) == (3.0, 3.0)


def test_runs_of_days_stay_whole_and_bounded():
    days = [(DAY + dt.timedelta(n), 400_000) for n in range(5)]
    assert rollup.spans(days) == [
        (DAY, DAY + dt.timedelta(1)),
        (DAY + dt.timedelta(2), DAY + dt.timedelta(3)),
        (DAY + dt.timedelta(4), DAY + dt.timedelta(4)),
    ]
    assert rollup.spans([(DAY, 10**8)]) == [(DAY, DAY)]
    assert rollup.spans([]) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_incremental_rollup_equals_a_full_rebuild_and_plain_loops(seed, tmp_path, monkeypatch):
    monkeypatch.setattr(rollup, "SPAN_ROWS", 25)
    store = open(tmp_path / "steps")
    facts = random_facts(seed)
    for table, table_rows in facts.items():
        store.commit([Change(table, table_rows.slice(0, 40))])
    store.commit([Change(table, table_rows.slice(40)) for table, table_rows in facts.items()])
    cut = Slice("meta_ads", None, "ad", "", "", DAY + dt.timedelta(1), DAY + dt.timedelta(2))
    new = [fact("ad", 9, account=None, source="meta_ads", local_date=DAY + dt.timedelta(2), campaign="new")]
    store.commit([Change("performance", rows("performance", new), cut)])
    store.commit([Change("conversions", rows("conversions", []), cut)])

    kept = {table: store.query(store.table(table)) for table in facts}
    whole = open(tmp_path / "whole")
    whole.commit([Change(table, table_rows, "all") for table, table_rows in kept.items()])
    steps, rebuilt = (s.query(s.table("performance_hourly")).to_pylist() for s in (store, whole))
    assert comparable(steps) == comparable(rebuilt) == comparable(slow_rollup(**kept))


def test_many_accounts_at_once_are_rebuilt_whole(workspace, monkeypatch):
    monkeypatch.setattr(rollup, "MAX_WINDOWS", 3)
    store = open(workspace)
    for number in (1, 2):
        records = [fact("ad", number, account=f"a{i}", local_date=DAY + dt.timedelta(i)) for i in range(5)]
        store.commit([Change("performance", rows("performance", records))])
    rolled = store.query("SELECT account, cost_micros FROM performance_hourly ORDER BY account").to_pylist()
    assert rolled == [{"account": f"a{i}", "cost_micros": 3} for i in range(5)]
