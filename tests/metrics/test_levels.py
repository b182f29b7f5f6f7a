"""Reports side by side: never added, and the one that knows the asked dimensions answers."""

from __future__ import annotations

import datetime as dt

import overlapping
import pandas as pd
import pyarrow as pa
import pytest
import worlds

import workbench.metrics as metrics
from workbench.data import Change
from workbench.store import levels

QUESTIONS = [
    ((), {}),
    (("region",), {}),
    (("device",), {}),
    (("region", "device"), {}),
    (("campaign", "region"), {}),
    (("creative", "region"), {}),
    (("account", "hour"), {}),
    (("creative",), {"device": "mobile"}),
    (("account",), {"region": "north"}),
    (("date",), {"region": ["north", "(unknown)"]}),
]
COLUMNS = {"hour": "local_hour", "date": "local_date"}


def committed(store, frame):
    store.commit([Change("performance", pa.Table.from_pandas(frame, preserve_index=False))])
    return store


def expected(frame, by, where):
    needed = [COLUMNS.get(name, name) for name in (*by, *where) if name not in ("account", "date")]
    rows = overlapping.answering(frame, tuple(needed))
    for name, value in where.items():
        values = [value] if isinstance(value, str) else value
        rows = rows[rows[name].isin(values) | (rows[name].isna() & ("(unknown)" in values))]
    columns = [COLUMNS.get(name, name) for name in by]
    if not by:
        return {(): rows["cost_micros"].sum() / 1e6}
    sums = rows.groupby(columns, dropna=False)["cost_micros"].sum() / 1e6
    keys = [key if isinstance(key, tuple) else (key,) for key in sums.index]
    return {tuple(map(_plain, key)): value for key, value in zip(keys, sums, strict=True)}


def _plain(value):
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


@pytest.mark.parametrize("seed", range(12))
def test_answers_equal_plain_loops_over_the_reports(seed, new_store):
    frame = overlapping.delivery(seed)
    committed(new_store, frame)
    for by, where in QUESTIONS:
        if all(_known(new_store, name, value) for name, value in where.items()):
            table = metrics.kpis(new_store, by, "cost", "all", where=where).table
            assert _costs(table, by) == pytest.approx(expected(frame, by, where)), (by, where)


def _known(store, name, value):
    return (value if isinstance(value, str) else value[0]) in store.members(name)


def _costs(table, by):
    keys = zip(*(map(_plain, table[name]) for name in by), strict=True) if by else [()]
    return dict(zip(keys, table["cost"].fillna(0), strict=True))


def facts(grain, cost, breakdown="", days=3, account="a", **more):
    return [
        {
            "source": "meta_ads",
            "account": account,
            "grain": grain,
            "breakdown": breakdown,
            "local_date": overlapping.START + dt.timedelta(day),
            "currency": "CNY",
            "campaign": "c1",
            "cost_micros": cost * 1_000_000,
            "impressions": 100,
            **more,
        }
        for day in range(days)
    ]


@pytest.fixture
def side_by_side(new_store):
    """Ads without regions; the same spend by region on the first two of three days."""
    rows = [
        *facts("ad", 60, creative="k1"),
        *facts("ad", 40, creative="k2"),
        *facts("campaign", 70, "region", days=2, region="north"),
        *facts("campaign", 30, "region", days=2, region="south"),
    ]
    return committed(new_store, pd.DataFrame(rows))


def note(answer):
    return [item for item in answer.notes if item.code == "levels"]


def test_a_breakdown_report_answers_for_its_dimension_and_the_answer_says_so(side_by_side):
    usual = metrics.kpis(side_by_side, "creative", "cost", "all")
    assert dict(zip(usual.table["creative"], usual.table["cost"], strict=True)) == {"k1": 180.0, "k2": 120.0}
    assert not note(usual)
    answer = metrics.kpis(side_by_side, "region", "cost", "all")
    found = dict(zip(answer.table["region"], answer.table["cost"], strict=True))
    assert found == {"north": 140.0, "south": 60.0, None: 100.0}, "the third day has no breakdown"
    (remark,) = note(answer)
    assert "region" in remark.sentence("en")
    assert "meta_ads campaign level by region" in remark.sentence("en")
    assert "计划层级（按 region 拆分）" in remark.sentence("zh")
    total = metrics.kpis(side_by_side, None, "cost", "all").table["cost"][0]
    assert total == sum(found.values()) == 300.0


def test_no_note_where_the_question_meets_no_such_day(side_by_side):
    last = overlapping.START + dt.timedelta(2)
    assert not note(metrics.kpis(side_by_side, "region", "cost", f"{last}..{last}"))


def test_members_of_a_dimension_are_those_of_the_reports_that_know_it(side_by_side):
    assert side_by_side.members("region") == ("north", "south")
    answer = metrics.kpis(side_by_side, None, "cost", "all", where={"region": "south"})
    assert answer.table["cost"][0] == 60.0
    assert note(answer)


def test_dimensions_that_no_report_knows_together_stay_with_the_usual_one(side_by_side):
    answer = metrics.kpis(side_by_side, ["creative", "region"], "cost", "all")
    assert answer.table["region"].isna().all()
    assert not note(answer)


def test_an_incomplete_breakdown_does_not_answer(new_store):
    rows = [*facts("ad", 100, creative="k1"), *facts("campaign", 99, "region", region="north")]
    committed(new_store, pd.DataFrame(rows))
    assert metrics.kpis(new_store, "region", "cost", "all").table["region"].tolist() == [None]


def test_a_daily_report_yields_to_an_hourly_one_for_hours(new_store):
    rows = [*facts("keyword", 24, creative="k1")]
    for hour in range(24):
        rows += facts("campaign", 1, local_hour=hour)
    committed(new_store, pd.DataFrame(rows))
    answer = metrics.slots(new_store, "cost")
    assert answer.table["cost"].tolist() == [1.0] * 72
    assert note(answer)
    assert "no_hours" not in [item.code for item in answer.notes]


def test_a_breakdown_with_outcomes_comes_before_one_without(new_store):
    rows = [
        *facts("ad", 100, creative="k1"),
        *facts("campaign", 100, "region", region="north"),
        *facts("account", 100, "region", region="north"),
    ]
    committed(new_store, pd.DataFrame(rows))
    sold = pd.DataFrame(facts("ad", 0, creative="k1") + facts("account", 0, "region", region="north"))
    outcomes = sold.drop(columns=["cost_micros", "impressions"]).assign(
        goal="order", kind="order", is_goal=True, time_basis="click", conversions=2.0
    )
    new_store.commit([Change("conversions", pa.Table.from_pandas(outcomes, preserve_index=False))])
    answer = metrics.kpis(new_store, "region", ["cost", "conversions"], "all").table
    assert answer[["region", "cost", "conversions"]].values.tolist() == [["north", 300.0, 6.0]]


def test_one_report_an_account_asks_nothing_more(random_store):
    assert random_store.switches(("region",)) == ()
    assert not random_store.side_by_side


def test_many_accounts_with_the_same_reports_are_one_switch(new_store):
    rows = []
    for account in [None, *(f"a{number:02d}" for number in range(40))]:
        rows += facts("ad", 10, account=account, creative="k1")
        rows += facts("campaign", 10, "region", account=account, region="north")
    store = committed(new_store, pd.DataFrame(rows))
    (switch,) = store.switches(("region", "source"))
    assert len(switch.accounts) == 41
    assert isinstance(switch, levels.Switch)
    assert metrics.kpis(store, "region", "cost", "all").table["cost"].tolist() == [41 * 30.0]


def test_a_store_that_moves_on_answers_from_the_new_reports(side_by_side):
    worlds.commit(side_by_side, worlds.facts(1, rows=50))
    assert "north" in side_by_side.members("region")
    rest = facts("campaign", 70, "region", region="north") + facts("campaign", 30, "region", region="south")
    part = [row for row in rest if row["local_date"] == overlapping.START + dt.timedelta(2)]
    committed(side_by_side, pd.DataFrame(part))
    table = metrics.kpis(side_by_side, "region", "cost", "all", where={"source": "meta_ads"}).table
    assert dict(zip(table["region"], table["cost"], strict=True)) == {"north": 210.0, "south": 90.0}
