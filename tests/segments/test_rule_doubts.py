"""Rules: refunds by channel, values that nobody has, own attributes whose names look like others."""

from __future__ import annotations

import pyarrow as pa
import pytest
import rule_world
from rule_world import DAY

import workbench as wb
from workbench import segments as sg
from workbench.errors import QuestionError


@pytest.fixture
def shelf(tmp_path):
    """An empty workspace."""
    return wb.open(tmp_path / "w")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A store in which much occurs."""
    store = wb.open(tmp_path_factory.mktemp("doubts") / "w")
    return store, rule_world.commit(store, 7)


def ids(rule, store):
    return sg.rule(rule).members(store, DAY).table["customer_id"].tolist()


def test_a_refund_is_taken_off_the_channel_of_its_order(shelf):
    """One refund names its order, one a channel of its own, one neither."""
    shelf.commit([wb.data.Change("customers", pa.table({"customer_id": ["a", "b"]}))])
    rows = [
        ("o1", "a", "order", None, "search", 100), ("o2", "a", "order", None, "social", 50),
        ("r1", "a", "refund", "o1", None, -30), ("r2", "a", "refund", "o2", "email", -20),
        ("r3", "a", "refund", None, None, -10), ("o3", "b", "order", "o1", None, 40),
    ]  # fmt: skip
    names = ("transaction_id", "customer_id", "kind", "refund_of", "channel")
    table = pa.Table.from_pylist(
        [
            dict(zip(names, row, strict=False)) | {"amount_micros": row[5] * 10**6, "local_date": DAY}
            for row in rows
        ]
    )
    shelf.commit([wb.data.Change("transactions", table)])
    for channel, left in (("search", 70), ("social", 50), ("email", -20)):
        spent = sg.behaviour("orders", "sum", "amount", channel=channel)
        assert ids(spent == left, shelf) == ["a"]
    assert ids(sg.spent(90), shelf) == ["a"]
    assert ids(sg.ordered(1, channel="search"), shelf) == ["a"]


def test_a_product_that_was_bought_is_no_doubt_without_a_table_of_products(shelf):
    lines = {"transaction_id": ["o1"], "product_id": ["p1"], "quantity": [1.0], "amount_micros": [5]}
    order = {"transaction_id": ["o1"], "customer_id": ["a"], "kind": ["order"], "local_date": [DAY]}
    shelf.commit(
        [wb.data.Change("order_lines", pa.table(lines)), wb.data.Change("transactions", pa.table(order))]
    )
    bought = sg.rule(sg.bought(product_id="p1")).size(shelf, DAY)
    assert (bought.customers, bought.doubts) == (1, ())
    (doubt,) = sg.rule(sg.bought(product_id="p2")).size(shelf, DAY).doubts
    assert doubt.nearest == ("p1",)


def test_what_nobody_has_is_doubted_with_the_nearest(world):
    store, _ = world
    rule = sg.rule(
        sg.tagged("vpi") | sg.tagged("vip", "golden") | (sg.field("region") == "North")
        | (sg.field("学历", "text").contains("博士")) | sg.did("clik") | sg.tagged("new", "gold")
    )  # fmt: skip
    told = {doubt.values["value"]: doubt for doubt in rule.size(store, DAY).doubts}
    assert {name: doubt.code for name, doubt in told.items()} == {
        "vpi": "tag", "golden": "tag_value", "North": "value", "博士": "value", "clik": "row_value",
    }  # fmt: skip
    nearest = {name: doubt.nearest[0] for name, doubt in told.items()}
    assert nearest | {"博士": ""} == {
        "vpi": "vip", "golden": "gold", "North": "north", "博士": "", "clik": "click",
    }  # fmt: skip
    assert told["vpi"].sentence("en") == "No customer has the tag “vpi”. Nearest: vip."
    assert told["North"].sentence("zh").startswith("没有客户的“地区”为“North”。最接近的有：north")
    assert sg.rule(sg.tagged("vip") & (sg.field("region") != "south")).size(store, DAY).doubts == ()


def test_an_own_attribute_is_named_with_its_type_where_its_name_looks_like_another():
    with pytest.raises(QuestionError, match=r"Unknown attribute 'regions'.*field\('regions', type='text'\)"):
        _ = sg.field("regions") == "x"
    rule = sg.rule(sg.field("regions", "text") == "x")
    assert sg.Rule.from_json(rule.to_json()).tree == rule.tree
    assert rule.suggested_name("en") == "regions is x"
    with pytest.raises(QuestionError, match="Unknown type of attribute 'word'"):
        _ = sg.field("x", "word") == "x"
