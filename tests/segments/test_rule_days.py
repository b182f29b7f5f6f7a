"""Rules and days: what "now" is, instants, decisions to come; parts, and how a rule is written."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
import rule_world
from rule_world import DAY, ZONE

import workbench as wb
from workbench import segments as sg
from workbench import settings as workspace_settings
from workbench.errors import QuestionError
from workbench.privacy import consent


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A store of Shanghai and its rows."""
    folder = tmp_path_factory.mktemp("rules") / "w"
    wb.open(folder)
    workspace_settings.save(folder, workspace_settings.Settings(name="w", timezone=ZONE))
    store = wb.open(folder)
    return store, rule_world.commit(store, 7)


@pytest.fixture
def shelf(tmp_path):
    """An empty workspace."""
    return wb.open(tmp_path / "w")


def test_an_operator_and_a_value_are_no_two_values():
    told = sg.rule(sg.bought(product=("contains", "tea"))).to_plain()["rule"]
    assert told["where"] == {"product": {"op": "contains", "value": "tea"}}
    several = sg.rule(sg.bought(category=("hot tea", "cold-brew"))).to_plain()["rule"]
    assert several["where"] == {"category": {"op": "in", "value": ["hot tea", "cold-brew"]}}
    assert sg.bought(category=("in", ["a", "b"])) == sg.bought(category=["a", "b"])
    with pytest.raises(QuestionError, match="Unknown operator for number values '=<'"):
        sg.answered(score=("=<", 6))


def test_rows_without_a_local_day_have_no_number_of_days():
    with pytest.raises(QuestionError, match="know an instant and no local day"):
        sg.behaviour("feedback", "days") >= 2  # noqa: B015


def test_a_part_has_the_order_lines_of_its_customers(world):
    store, rows = world
    rule = sg.rule(sg.field("gender") == "female", "women")
    who = set(rule.members(store, DAY).table["customer_id"])
    orders = {row["transaction_id"] for row in rows["transactions"] if row["customer_id"] in who}
    part = sg.within(store, rule, DAY)
    lines = part.query(part.table("order_lines"))["line"].to_pylist()
    assert sorted(lines) == [row["line"] for row in rows["order_lines"] if row["transaction_id"] in orders]
    assert 0 < len(lines) < len(rows["order_lines"])


def test_a_decision_of_tomorrow_allows_nobody_today(shelf):
    now = dt.datetime.now(dt.UTC)
    told = [
        {"customer_id": who, "purpose": "news", "channel": "sms", "granted": granted, "time": now + ahead}
        for who, granted, ahead in (
            ("a", True, dt.timedelta(days=-1)),
            ("a", False, dt.timedelta(days=1)),
            ("b", True, dt.timedelta(days=1)),
            ("c", True, dt.timedelta(days=1)),
        )
    ]
    shelf.commit([wb.data.Change("customers", pa.table({"customer_id": ["a", "b", "c"]}))])
    shelf.commit([wb.data.Change("consent", pa.Table.from_pylist(told))])
    size = sg.rule(sg.field("region").unknown()).size(shelf)
    verdict = consent.allowed(shelf, ["a", "b", "c"], "news", "sms")
    assert size.consent["allowed"].tolist() == [verdict["allowed"].sum()] == [1]


def _days(back, **more):
    """One row of customer `a`, so many days before today."""
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(back)
    return {"customer_id": "a", "local_date": day, **more}


def test_who_was_contacted_after_the_last_order_has_been_contacted(shelf):
    shelf.commit([wb.data.Change("customers", pa.table({"customer_id": ["a", "b"]}))])
    order = _days(60, transaction_id="t", amount_micros=1)
    calls = [_days(1, interaction_id="i"), _days(-30, interaction_id="appointment")]
    shelf.commit([wb.data.Change("transactions", pa.Table.from_pylist([order]))])
    shelf.commit([wb.data.Change("interactions", pa.Table.from_pylist(calls))])
    found = sg.rule(sg.contacted(within_days=30)).members(shelf)
    assert found.table["customer_id"].tolist() == ["a"]
    assert found.as_of == calls[0]["local_date"]
    dormant = sg.rule(sg.never("orders", within_days=30) & sg.ordered())
    assert dormant.count(shelf) == dormant.count(sg.within(shelf, dormant)) == 1


def test_a_segment_does_not_take_the_name_of_a_column_of_the_combinations(world):
    store, _ = world
    with pytest.raises(QuestionError, match="called 'customers' would stand in the column"):
        sg.overlap(store, {"customers": sg.ordered(), "others": sg.tagged("vip")}, DAY)


def test_an_instant_means_its_day_in_the_workspace(world):
    """Four in the afternoon of UTC is the next day in Shanghai."""
    store, _ = world
    late = dt.datetime.combine(DAY - dt.timedelta(1), dt.time(16), dt.UTC)
    assert sg.rule(sg.ordered()).members(store, late).as_of == DAY
    assert sg.rfm(store, late, currency="CNY").as_of == DAY
    assert wb.customers.purchases(store, late, currency="CNY").as_of == DAY
