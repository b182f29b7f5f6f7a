"""What each customer bought, against a row-by-row recount in Python."""

from __future__ import annotations

import pandas as pd
import pytest
from purchase_rows import DAY, commit, rows_of

import workbench as wb
from workbench.customers import ORDER_KINDS, purchases
from workbench.errors import QuestionError


def recount(rows, currency):
    """The oracle: one loop over the rows, in the words of the definition."""
    bought = lambda row: row["kind"] in (None, *ORDER_KINDS)  # noqa: E731
    lost = {
        row["transaction_id"]
        for row in rows
        if bought(row) and row["status"] in ("open", "cancelled", "refunded")
    }
    found = {}
    for row in rows:
        if row["customer_id"] is None or row["local_date"] is None or row["local_date"] > DAY:
            continue
        refund = row["kind"] == "refund" and row["refund_of"] not in lost
        if not refund and not (bought(row) and row["transaction_id"] not in lost):
            continue
        one = found.setdefault(row["customer_id"], {"days": [], "micros": 0, "others": 0})
        one["days"] += [] if refund else [row["local_date"]]
        same = (row["currency"] or "XXX") == currency
        one["micros"] += (row["amount_micros"] or 0) if same else 0
        one["others"] += not same
    return {name: one for name, one in sorted(found.items()) if one["days"]}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return wb.open(tmp_path_factory.mktemp("purchases"))


@pytest.mark.parametrize(("seed", "currency"), [(1, "CNY"), (2, "USD"), (3, "XXX")])
def test_every_customer_is_counted_as_defined(store, seed, currency):
    expected = recount(commit(store, rows_of(seed)), currency)
    answer = purchases(store, DAY, currency=currency)
    table = answer.table.set_index("customer_id")
    assert len(expected) > 30
    assert list(table.index) == list(expected)
    assert answer.left_out == sum(one["others"] for one in expected.values())
    for name, one in expected.items():
        row = table.loc[name]
        assert (row.first_day, row.last_day) == (min(one["days"]), max(one["days"]))
        assert (row.orders, row.order_days) == (len(one["days"]), len(set(one["days"])))
        assert row.recency_days == (DAY - max(one["days"])).days
        assert row.amount == pytest.approx(one["micros"] / 1e6, abs=1e-9)


def test_a_refund_lowers_the_amount_and_takes_no_purchase_away(store):
    order = {
        "customer_id": "a",
        "kind": "order",
        "local_date": DAY,
        "currency": "CNY",
        "amount_micros": 50_000_000,
    }
    back = {**order, "kind": "refund", "refund_of": "t0", "amount_micros": -20_000_000}
    blank = {"status": None, "refund_of": None}
    commit(store, [{**blank, **order}, {**blank, **back}])
    answer = purchases(store, "2026-03-01")
    assert answer.table.to_dict("records") == [
        {
            "customer_id": "a",
            "first_day": DAY,
            "last_day": DAY,
            "order_days": 1,
            "orders": 1,
            "amount": 30.0,
            "recency_days": 0,
        }
    ]
    assert (answer.currency, answer.left_out, answer.as_of) == ("CNY", 0, DAY)
    assert answer.to_dict()["rows"][0]["last_day"] == "2026-03-01"
    assert len(purchases(store, "2026-02-28").table) == 0


def test_the_demo_world_agrees_with_pandas(demo_store):
    day = demo_store.as_of
    rows = demo_store.query(demo_store.table("transactions")).to_pandas()
    rows = rows[(rows.local_date <= day) & rows.customer_id.notna()]
    orders = rows[rows.kind.isin(ORDER_KINDS) & ~rows.status.isin(["open", "cancelled", "refunded"])]
    expected = orders.groupby("customer_id").agg(
        orders=("transaction_id", "size"),
        order_days=("local_date", "nunique"),
        last_day=("local_date", "max"),
    )
    found = purchases(demo_store, day).table.set_index("customer_id")
    pd.testing.assert_frame_equal(
        found[["orders", "order_days", "last_day"]], expected, check_dtype=False, check_names=False
    )
    assert len(found) > 100


def test_no_currency_is_guessed(store):
    row = {
        **dict.fromkeys(["kind", "status", "refund_of"]),
        "customer_id": "a",
        "local_date": DAY,
        "amount_micros": 1,
    }
    commit(store, [{**row, "currency": code} for code in ("EUR", "USD")])
    with pytest.raises(QuestionError, match=r"EUR, USD.*never added up.*currency='EUR'"):
        purchases(store, DAY)
    with pytest.raises(QuestionError, match=r"currency 'CNY'.*EUR"):
        purchases(store, DAY, currency="CNY")


def test_an_empty_workspace_has_no_purchases(tmp_path):
    answer = purchases(wb.open(tmp_path), DAY)
    assert (len(answer.table), answer.currency, answer.left_out) == (0, "XXX", 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [({"as_of": "soon"}, "'soon', which is no day"), ({"as_of": DAY, "kinds": ["refund"]}, "'refund'")],
)
def test_what_does_not_fit_is_told(store, arguments, said):
    with pytest.raises(QuestionError, match=said):
        purchases(store, **arguments)
