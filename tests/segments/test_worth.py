"""`segments.worth`: sums that add up, planted worth found again, intervals, and nothing of few persons."""

from __future__ import annotations

import datetime as dt
import sys

import cdnow
import numpy as np
import pytest

import workbench as wb
from workbench.errors import QuestionError
from workbench.segments import SEGMENTS, worth

KNOWN = {"r": 0.8, "alpha": 40.0, "a": 0.4, "b": 4.0, "p": 5.0, "q": 4.0, "v": 90.0}
DAY = dt.date(2024, 12, 31)


@pytest.fixture(scope="module")
def orders():
    return cdnow.drawn(3000, 500, KNOWN, seed=4)


@pytest.fixture(scope="module")
def answer(orders):
    return worth(orders[orders.order_time <= DAY], DAY, 120)


def test_it_is_the_sum_of_the_customers(orders, answer):
    past = orders[orders.order_time <= DAY]
    each = wb.customers.fit_clv(past, DAY).predict(120, draws=100).set_index("customer_id")
    named = wb.segments.rfm(past, DAY).table.set_index("customer_id")
    assert answer.total == pytest.approx(each.clv.sum())
    assert answer.customers == len(each)
    for row in answer.table.dropna(subset="value").itertuples():
        mine = each.loc[named.index[named.segment == row.segment]]
        assert row.customers == len(mine)
        assert row.value == pytest.approx(mine.clv.sum())
        assert row.p_order == pytest.approx(mine.p_order.mean())
        assert row.value_low < row.value < row.value_high
    best = np.sort(each.clv.to_numpy())[::-1]
    assert answer.share_of_best(0.2) == pytest.approx(best[: len(best) // 5].sum() / best.sum(), abs=0.002)
    assert answer.curve["value"].is_monotonic_increasing
    assert answer.curve.iloc[-1].tolist() == [1.0, 1.0]


def test_the_interval_of_the_total_holds_what_comes():
    """Money of all customers in the next 100 days, over fresh worlds of one law."""
    inside = []
    for seed in range(20):
        frame = cdnow.drawn(800, 365, KNOWN, seed=60 + seed)
        day = dt.date(2024, 9, 20)
        found = worth(frame[frame.order_time <= day], day, 100)
        later = frame[(frame.order_time > day) & (frame.order_time <= day + dt.timedelta(100))]
        later = later[later.customer_id.isin(set(frame[frame.order_time <= day].customer_id))]
        inside.append(found.low < later.amount.sum() < found.high)
    assert sum(inside) >= 16


def test_no_cell_of_few_persons_is_shown(answer):
    shown = answer.table[~answer.table.suppressed]
    assert (shown.customers >= 50).all()
    hidden = answer.table[answer.table.suppressed]
    assert hidden.drop(columns=["segment", "suppressed"]).isna().all(axis=None)
    cells = answer.chances[~answer.chances.suppressed]
    assert ((cells.customers >= 50) | (cells.customers == 0)).all()
    assert np.diff(answer.curve.customers).min() * answer.customers >= 49
    assert answer.chances.groupby("fifth").size().eq(5).all()


def test_a_segment_alone_is_its_row(orders, answer):
    past = orders[orders.order_time <= DAY]
    name = answer.table.segment[0]
    alone = worth(past, DAY, 120, segment=name)
    row = answer.table.iloc[0]
    assert (alone.total, alone.customers) == (pytest.approx(row.value), row.customers)
    assert (alone.low, alone.high) == (pytest.approx(row.value_low), pytest.approx(row.value_high))
    assert alone.table.segment.tolist() == [name]


def test_of_many_customers_a_part_stands_for_all(orders, answer, monkeypatch):
    monkeypatch.setattr(sys.modules["workbench.segments.worth"], "MOST_DRAWN", 1500)
    part = worth(orders[orders.order_time <= DAY], DAY, 120)
    assert part.total == answer.total
    width = (part.high - part.low) / (answer.high - answer.low)
    assert 0.9 < width < 1.8
    assert part.low < answer.total < part.high


def test_the_planted_worth_of_the_demo_comes_back(demo_store):
    """The next 90 days of every class as planted, against what is expected of its customers."""
    day = dt.date(2026, 8, 2)
    found = worth(demo_store, day, 90)
    rows = demo_store.query(demo_store.table("transactions")).to_pandas()
    known = set(rows[(rows.local_date <= day) & (rows.kind == "order")].customer_id)
    later = rows[(rows.local_date > day) & (rows.local_date <= day + dt.timedelta(90))]
    came = later[later.customer_id.isin(known)].amount_micros.sum() / 1e6
    assert found.total == pytest.approx(came, rel=0.10)
    assert found.share_of_best(0.2) > 0.45
    assert found.table.segment[0] == "champions"
    assert set(found.table.segment) == set(SEGMENTS)


def test_what_cannot_be_answered_is_said(orders):
    past = orders[orders.order_time <= DAY]
    with pytest.raises(QuestionError, match="Did you mean 'champions'"):
        worth(past, DAY, segment="champion")
    with pytest.raises(QuestionError, match="Up to which day"):
        worth(past)
    some = past[past.customer_id < "c00120"]
    with pytest.raises(QuestionError, match="fewer than 50 persons"):
        worth(some, DAY, segment="champions")
    for days in (0, -3):
        with pytest.raises(QuestionError, match=f"horizon_days is {days}"):
            worth(past, DAY, days)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_answer_is_said_and_shown(answer, lang):
    assert "20%" in answer.sentence(lang)
    assert "<table" in answer._repr_html_()
    assert answer.to_csv().startswith(b"\xef\xbb\xbfsegment") or b"segment" in answer.to_csv()[:20]
    assert len(answer.to_dict()["rows"]) == len(answer.table)
    assert answer.name("champions", lang)
