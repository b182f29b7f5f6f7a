"""`cohorts` against pandas and by hand; open cells, repeat rates, both engines."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import workbench as wb
from workbench.errors import QuestionError
from workbench.segments import cohorts
from workbench.segments.shares import wilson


def orders(n=900, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [f"c{at}" for at in rng.integers(0, 150, n)],
            "order_time": [dt.date(2025, 1, 1) + dt.timedelta(int(day)) for day in rng.integers(0, 500, n)],
            "amount": np.where(rng.random(n) < 0.08, -5.0, rng.integers(1, 90, n)),
        }
    )


def by_hand(frame, as_of, unit):
    """The matrix in plain pandas: periods, first periods, and what had ended."""
    known = frame[frame.order_time <= as_of].copy()
    known["now"] = pd.PeriodIndex(pd.to_datetime(known.order_time), freq=unit)
    first = known[known.amount > 0].groupby("customer_id").now.min()
    known = known[known.customer_id.isin(first.index)]
    known["born"] = known.customer_id.map(first)
    known["period"] = [max((now - born).n, 0) for now, born in zip(known.now, known.born, strict=True)]
    rows = {}
    for born, group in known.groupby("born"):
        size = (first == born).sum()
        for period in range(40):
            if (born + period).end_time.date() > as_of:
                continue
            cell = group[group.period == period]
            bought = cell[cell.amount > 0]
            active = bought.customer_id.nunique()
            money = cell.amount.sum()
            rows[(born.start_time.date(), period)] = (size, active, active / size, len(bought), money)
    return rows


@pytest.mark.parametrize(("by", "unit"), [("month", "M"), ("week", "W"), ("quarter", "Q"), ("year", "Y")])
def test_every_cell_is_that_of_pandas_and_open_ones_are_missing(by, unit):
    frame, as_of = orders(), dt.date(2026, 3, 17)
    answer = cohorts(frame, as_of, by)
    expected = by_hand(frame, as_of, unit)
    names = ["customers", "active", "retention", "orders", "amount"]
    known = answer.table[answer.table.customers.notna()].set_index(["cohort", "period"])
    if by == "week":
        known = known[known.index.get_level_values("period") < 40]
    assert set(known.index) == set(expected)
    for key, row in expected.items():
        np.testing.assert_allclose(known.loc[key, names].to_numpy(float), row, atol=1e-6)
    open_ = answer.table[answer.table.customers.isna()]
    assert open_[[*names, "low", "high"]].isna().all(axis=None)
    assert by == "year" or len(open_)


def test_a_young_cohort_has_open_cells_and_a_quiet_one_zeros():
    day = dt.date
    frame = pd.DataFrame(
        [("a", day(2026, 1, 5), 1.0), ("b", day(2026, 1, 9), 1.0), ("c", day(2026, 2, 1), 1.0),
         ("a", day(2026, 3, 30), 1.0)],
        columns=["customer_id", "order_time", "amount"],
    )  # fmt: skip
    matrix = cohorts(frame, "2026-03-30").matrix()
    assert matrix.iloc[0].tolist()[:2] == [1.0, 0.0]
    assert matrix.iloc[1, 0] == 1.0
    assert matrix.isna().to_numpy().tolist() == [[False, False], [False, True]]
    whole = cohorts(frame, "2026-03-31").matrix()
    assert whole.iloc[0].tolist() == [1.0, 0.0, 0.5]
    assert np.isnan(whole.iloc[1, 2])


def test_groups_of_customers_count_only_who_was_old_enough():
    frame = orders()
    groups = {f"c{at}": "odd" if at % 2 else "even" for at in range(150)}
    as_of = dt.date(2026, 3, 17)
    answer = cohorts(frame, as_of, "group", groups=groups)
    by = {}
    for (born, period), (size, active, _, count, money) in by_hand(frame, as_of, "M").items():
        by.setdefault(period, []).append((born, size, active, count, money))
    total = answer.table.groupby("period")[["customers", "active", "orders", "amount"]].sum()
    for period, rows in by.items():
        sums = np.array([row[1:] for row in rows], float).sum(axis=0)
        np.testing.assert_allclose(total.loc[period].to_numpy(), sums, atol=1e-6)
    assert set(answer.table.cohort) == {"odd", "even"}


def test_repeat_rates_are_those_of_a_recount_with_wilson_intervals():
    from statsmodels.stats.proportion import proportion_confint

    frame, as_of = orders(), dt.date(2026, 3, 17)
    answer = cohorts(frame, as_of, within=60)
    bought = frame[(frame.amount > 0) & (frame.order_time <= as_of)].sort_values("order_time")
    days = bought.groupby("customer_id").order_time.apply(list)
    followed = days[days.map(lambda each: (as_of - each[0]).days >= 60)]
    again = followed.map(lambda each: len(each) > 1 and (each[1] - each[0]).days <= 60)
    everyone = answer.repeat[answer.repeat.cohort.isna()].iloc[0]
    assert (everyone.customers, everyone.repeaters) == (len(days), (days.map(len) > 1).sum())
    assert (everyone.followed, everyone.repeaters_within) == (len(followed), again.sum())
    assert everyone.repeat_rate == (days.map(len) > 1).mean()
    expected = proportion_confint(again.sum(), len(followed), method="wilson")
    np.testing.assert_allclose([everyone.low_within, everyone.high_within], expected, atol=1e-9)
    assert answer.repeat[answer.repeat.followed == 0].repeat_rate_within.isna().all()
    assert "ordered again" in answer.sentence("en")
    assert "复购" in answer.sentence("zh")


@pytest.mark.parametrize(("hits", "n"), [(0, 12), (12, 12), (3, 40), (1, 1)])
def test_wilson_is_that_of_statsmodels(hits, n):
    from statsmodels.stats.proportion import proportion_confint

    np.testing.assert_allclose(
        np.ravel(wilson(hits, n)), proportion_confint(hits, n, method="wilson"), atol=1e-9
    )


def test_the_demo_world_by_channel_counts_every_buyer_once(demo_store):
    answer = cohorts(demo_store, by="channel")
    months = cohorts(demo_store)
    bought = wb.customers.purchases(demo_store, demo_store.as_of).table
    for found in (answer, months):
        each = found.repeat[found.repeat.cohort.notna()]
        assert each.customers.sum() == len(bought)
        assert each.repeaters.sum() == (bought.orders > 1).sum()
        assert json.dumps(found.to_dict(), allow_nan=False)
    sums = answer.table.groupby("period")[["active", "orders"]].sum()
    np.testing.assert_allclose(sums, months.table.groupby("period")[["active", "orders"]].sum())
    assert answer.name("search", "zh") == demo_store.labels("zh")[("channel", "search")]
    assert answer.name("", "zh") == "（未知）"
    assert months.name(dt.date(2026, 5, 1), "zh") == "2026年5月"
    assert answer.data_version == demo_store.version


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"by": "moon"}, "Unknown cohort 'moon'"),
        ({"by": "channel"}, "Unknown cohort 'channel'"),
        ({"unit": "day"}, "Unknown unit"),
        ({"by": "week", "unit": "month"}, "cannot be followed"),
        ({"within": 0}, "within is 0"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_question_that_cannot_be_answered_says_why(more, words):
    with pytest.raises(QuestionError, match=words):
        cohorts(orders(50), "2026-01-31", **more)


def test_a_frame_needs_a_last_day():
    with pytest.raises(QuestionError, match="as_of is missing"):
        cohorts(orders(50))


def test_a_store_without_delivery_has_a_last_day_too(tmp_path):
    store = wb.open(tmp_path / "w")
    days = [dt.date(2026, month, 3) for month in (1, 2, 3)]
    rows = pa.table(
        {
            "transaction_id": ["a", "b", "c"],
            "customer_id": ["k"] * 3,
            "local_date": days,
            "amount_micros": [1] * 3,
        }
    )
    store.commit([wb.data.Change("transactions", rows)])
    assert cohorts(store).as_of == days[-1]
