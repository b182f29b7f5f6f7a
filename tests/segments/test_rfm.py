"""`rfm`: measures against a recount, scores against their definition, ties, cells, words."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise

import cdnow
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.customers.orders import read
from workbench.errors import QuestionError
from workbench.segments import SEGMENTS, rfm, segment_of
from workbench.segments.cells import BLOCKS, cells
from workbench.segments.rfm import measured, named
from workbench.segments.thresholds import MEASURES, chosen, scores, span

DAY = dt.date(2026, 6, 30)
NUMBERS = st.lists(st.integers(-3, 12), min_size=1, max_size=60)


def orders(rows):
    return pd.DataFrame(rows, columns=["customer_id", "order_time", "amount"])


def days_ago(number):
    return DAY - dt.timedelta(int(number))


ROWS = st.lists(
    st.tuples(st.sampled_from("abcdefghijkl"), st.integers(0, 6), st.sampled_from([1.0, 2.5, 4.0, -1.0])),
    min_size=1,
    max_size=60,
)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_equal_values_never_differ_in_their_score(rows):
    table = rfm(orders([(who, days_ago(ago), amount) for who, ago, amount in rows]), DAY).table
    for measure, score in zip(MEASURES, "rfm", strict=True):
        assert (table.groupby(measure)[score].nunique() == 1).all()
    again = table[["r", "f", "m", "segment"]].drop_duplicates()
    assert len(again) == len(again[["r", "f", "m"]].drop_duplicates())


@settings(max_examples=200, deadline=None)
@given(NUMBERS, st.sampled_from(MEASURES))
def test_scores_follow_the_value_and_fill_from_both_ends(values, measure):
    table = pd.DataFrame(dict.fromkeys(MEASURES, np.array(values, float)))
    edges = chosen(table, None)[measure]
    assert set(edges) <= set(map(float, values))
    found = scores(measure, np.array(values, float), edges)
    assert set(found) <= {1, 2, 3, 4, 5}
    sign = -1 if measure == "recency_days" else 1
    pairs = sorted(zip([sign * value for value in values], found, strict=True))
    assert all(a[1] <= b[1] for a, b in pairwise(pairs))
    assert all((a[1] == b[1]) for a, b in pairwise(pairs) if a[0] == b[0])
    low, high = (found == 5, found == 1) if sign < 0 else (found == 1, found == 5)
    assert low.mean() >= 0.2
    assert high.mean() <= 0.2
    for score in range(1, 6):
        ends = span(measure, edges, score, score)
        inside = [value for value in values if ends and ends[0] < value <= ends[1]]
        assert Counter(inside) == Counter(v for v, s in zip(values, found, strict=True) if s == score)


def test_every_cell_has_exactly_one_name_and_every_name_a_cell():
    held = [[block.segment for block in BLOCKS if block.holds(*cell)] for cell in cells()]
    assert len(held) == 125
    assert {len(names) for names in held} == {1}
    assert {names[0] for names in held} == set(SEGMENTS)
    assert segment_of(5, 5, 5) == "champions"
    assert segment_of(5, 1, 5) == "new"
    assert segment_of(1, 5, 5) == "win_back"
    assert segment_of(1, 1, 1) == "lost"


def test_the_table_carries_the_name_of_its_cell():
    table = pd.DataFrame(cells(), columns=["recency_days", "frequency", "monetary"])
    edges = dict.fromkeys(MEASURES, (1.0, 2.0, 3.0, 4.0))
    found = named(table.assign(recency_days=6 - table.recency_days), edges)
    assert found[["r", "f", "m"]].to_numpy().tolist() == table.to_numpy().tolist()
    assert found.segment.tolist() == [segment_of(*cell) for cell in cells()]


@pytest.mark.shared
def test_cdnow_agrees_with_pandas(shared_data):
    frame, day = cdnow.frame(shared_data), dt.date(1998, 6, 30)
    found = rfm(frame, day).table.set_index("customer_id")
    groups = frame.groupby("customer_id")
    last = (day - groups.order_time.max()).map(lambda gap: gap.days)
    assert found.recency_days.tolist() == last.tolist()
    assert found.frequency.tolist() == groups.size().tolist()
    np.testing.assert_allclose(found.monetary, groups.amount.sum(), atol=1e-6)
    assert len(found) == 2357


def test_a_store_and_its_rows_give_the_same_answer(demo_store):
    day = demo_store.as_of
    answer = rfm(demo_store, day)
    bought = wb.customers.purchases(demo_store, day).table
    assert answer.table.customer_id.tolist() == bought.customer_id.tolist()
    assert answer.table.frequency.tolist() == bought.orders.tolist()
    assert answer.table.recency_days.tolist() == bought.recency_days.tolist()
    np.testing.assert_allclose(answer.table.monetary, bought.amount)
    assert (answer.currency, answer.data_version) == ("CNY", demo_store.version)
    assert "transactions" in answer.sql
    rows = demo_store.query(demo_store.table("transactions")).to_pandas()
    assert set(rows.kind) == {"order", "refund"}
    frame = orders(zip(rows.customer_id, rows.local_date, rows.amount_micros / 1e6, strict=True))
    pd.testing.assert_frame_equal(rfm(frame, day).table, answer.table, check_dtype=False)


@settings(max_examples=20, deadline=None)
@given(ROWS, st.integers(1, 40))
def test_customers_added_up_in_parts_are_those_added_up_at_once(rows, at_once):
    asked = read(orders([(who, days_ago(ago), amount) for who, ago, amount in rows]), DAY)
    parts, whole = measured(asked, at_once), measured(asked)
    pd.testing.assert_frame_equal(parts[0], whole[0])
    assert parts[1] == whole[1]


def test_the_planted_value_classes_stand_out(demo_store):
    """High-value customers are far more often champions than low-value ones."""
    people = demo_store.query(demo_store.table("customers")).to_pandas().set_index("customer_id").value_class
    table = rfm(demo_store, demo_store.as_of).table
    best = (table.segment == "champions").groupby(people.reindex(table.customer_id).to_numpy()).mean()
    assert best["high"] > 2 * best["mid"] > 4 * best["low"]


def test_the_profile_adds_up_and_says_what_parts_the_segments(demo_store):
    answer = rfm(demo_store, demo_store.as_of)
    profile = answer.profile()
    assert profile.segment.tolist() == [name for name in SEGMENTS if name in set(answer.table.segment)]
    assert profile["size"].sum() == len(answer.table)
    assert profile.share.sum() == pytest.approx(1)
    assert profile.money_share.sum() == pytest.approx(1)
    best = answer.table[answer.table.segment == "champions"]
    row = profile.set_index("segment").loc["champions"]
    assert row.monetary == best.monetary.median()
    edges = answer.thresholds
    assert f"up to {edges['recency_days'][1]:.0f} days ago" in row.label
    assert f"over ¥{edges['monetary'][2]:,.2f}" in row.label
    assert row.sentence.startswith(f"{row.label}: {row['size']:,} customers (")
    chinese = answer.profile("zh").set_index("segment").loc["champions"]
    assert chinese.sentence.startswith("重要价值客户（最近下单在 ")
    assert "新客户" in answer.profile("zh").name.tolist()
    assert "Champions" in answer._repr_html_()


def test_labels_hold_for_every_member(demo_store):
    """The bounds that a label of one block names are those of its customers."""
    answer = rfm(demo_store, demo_store.as_of)
    table = answer.table
    for block in BLOCKS:
        wanted = pd.Series(True, index=table.index)
        for measure, score in zip(MEASURES, "rfm", strict=True):
            ends = span(measure, answer.thresholds[measure], *getattr(block, score))
            wanted &= table[measure].between(*ends, inclusive="right") if ends else False
        assert (table.segment[wanted] == block.segment).all()
        assert wanted.any() or span("frequency", answer.thresholds["frequency"], *block.f) is None


def test_thresholds_that_coincide_leave_empty_blocks_unsaid():
    rows = [(f"c{one}", days_ago(one), 10.0 + one) for one in range(100)] + [("c1", days_ago(1), 1.0)]
    answer = rfm(orders(rows), DAY)
    assert answer.thresholds["frequency"] == (1.0,) * 4
    assert answer.label("potential") == "Potential (no value scores so)"
    assert answer.label("new", "en") == "New (last order up to 39 days ago, 1 order)"
    assert set(answer.table.f) == {1, 5}


def test_a_label_of_several_blocks_names_every_way():
    edges = {"recency_days": (7, 30, 90, 180), "frequency": (1, 2, 4, 9), "monetary": (10, 20, 50, 100)}
    table = pd.DataFrame({"customer_id": ["a"], "order_time": [DAY], "amount": [1.0]})
    answer = rfm(table, DAY, thresholds=edges, currency="CNY")
    assert answer.label("at_risk") == (
        "At risk (last order 91 days ago or longer, with at least 5 orders, spent up to ¥50.00, "
        "or with 3 to 4 orders, or with at most 2 orders, spent over ¥50.00)"
    )
    assert answer.label("at_risk", "zh") == (
        "流失风险（最近下单在 91 天前或更早，且（至少 5 笔订单，消费不超过 ¥50.00；"
        "或3–4 笔订单；或至多 2 笔订单，消费超过 ¥50.00））"
    )
    assert answer.label("attention") == "Needs attention (last order 31 to 90 days ago, at most 4 orders)"


def test_own_thresholds_score_on_a_scale_that_stays(demo_store):
    first = rfm(demo_store, "2026-06-30")
    later = rfm(demo_store, demo_store.as_of, thresholds=first.thresholds)
    assert later.thresholds == first.thresholds
    mine = rfm(demo_store, demo_store.as_of, thresholds={"recency_days": [7, 30, 90, 180]})
    near = mine.table[mine.table.recency_days <= 7]
    assert (near.r == 5).all()
    assert (mine.table.r == 1).sum() == (mine.table.recency_days > 180).sum()
    assert mine.thresholds["monetary"] == rfm(demo_store, demo_store.as_of).thresholds["monetary"]


def test_refunds_lower_the_money_and_make_no_customer():
    rows = [("a", days_ago(9), 30.0), ("a", days_ago(2), -10.0), ("b", days_ago(1), -5.0)]
    rows += [("late", days_ago(-1), 1.0)]
    answer = rfm(orders(rows), DAY)
    assert answer.table[["customer_id", "recency_days", "frequency", "monetary"]].to_numpy().tolist() == [
        ["a", 9, 1, 20.0]
    ]
    assert {remark.code: remark.values["count"] for remark in answer.remarks} == {
        "future": 1,
        "refunds_only": 1,
    }
    assert answer.profile().sentence[0].endswith("1 customer (100.0%) with 100.0% of the money.")
    assert answer.to_dict()["rows"][0]["segment"] == answer.table.segment[0]


def test_a_day_before_the_first_order_has_no_segments():
    answer = rfm(orders([("a", DAY, 1.0)]), days_ago(1))
    assert (len(answer.table), len(answer.profile())) == (0, 0)
    assert [remark.sentence("en") for remark in answer.remarks] == [
        "Rows later than the last day that counts, left out: 1.",
        "There is no order up to the last day that counts.",
    ]
    assert len(rfm(orders([("a", DAY, 1.0)]), DAY).to_frame()) == 1


@pytest.mark.parametrize(
    ("thresholds", "said"),
    [
        ({"recency": [1, 2, 3, 4]}, "Unknown measure 'recency'.*recency_days"),
        ({"frequency": [1, 2, 3]}, "four numbers in ascending order"),
        ({"frequency": [1, 3, 2, 4]}, "four numbers in ascending order"),
        ({"frequency": [1, 2, 3, float("inf")]}, "four numbers in ascending order"),
        ({"frequency": "abcd"}, "four numbers in ascending order"),
        ({"frequency": 3}, "four numbers in ascending order"),
        ([1, 2, 3, 4], r"thresholds=list is of the wrong kind\. Give a dict"),
    ],
)
def test_thresholds_that_do_not_fit_are_told(thresholds, said):
    with pytest.raises(QuestionError, match=said):
        rfm(orders([("a", DAY, 1.0)]), DAY, thresholds=thresholds)
