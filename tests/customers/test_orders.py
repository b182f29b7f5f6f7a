"""Orders of every kind of frame, against a row-by-row recount; what does not fit is told."""

from __future__ import annotations

import datetime as dt
import random
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from purchase_rows import DAY, commit, rows_of

import workbench as wb
from workbench.customers.occasions import occasions
from workbench.customers.orders import read
from workbench.errors import InputError, QuestionError

SHANGHAI = ZoneInfo("Asia/Shanghai")


def rows(seed=1, count=600):
    """(customer, local time, amount): busy days, refunds, free orders, gaps, times around midnight."""
    pick = random.Random(seed)
    times = [
        dt.datetime(2026, 1, 1)  # noqa: DTZ001  (a clock that names no zone)
        + dt.timedelta(pick.randrange(20), hours=pick.choice([0, 7, 23]), minutes=pick.choice([0, 30, 59]))
        for _ in range(count)
    ]
    return [
        (
            f"c{pick.randrange(60):02}" if pick.random() > 0.03 else None,
            when if pick.random() > 0.03 else None,
            pick.choice([0.0, 9.9, 20.0, 35.55, -5.25, None]),
        )
        for when in times
    ]


def recount(table, until):
    """The oracle: one loop over the rows."""
    found = {}
    for customer, when, amount in table:
        if customer is None or when is None or when.date() > until:
            continue
        one = found.setdefault(customer, {"days": set(), "sums": {}})
        one["days"] |= {when.date()} if (amount or 0) >= 0 else set()
        one["sums"][when.date()] = one["sums"].get(when.date(), 0) + (amount or 0)
    bought = {name: one for name, one in sorted(found.items()) if one["days"]}
    return {
        name: (
            len(one["days"]) - 1,
            (max(one["days"]) - min(one["days"])).days,
            (until - min(one["days"])).days,
            sum(one["sums"].values()) - one["sums"][min(one["days"])],
        )
        for name, one in bought.items()
    }


class Streamed:
    """A table of another library: names its columns, selects, and streams Arrow; nothing else."""

    def __init__(self, table):
        self._table, self.columns = table, table.column_names

    def select(self, names):
        return Streamed(self._table.select(names))

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


class Lazy:
    """A table that is worked out on demand."""

    def __init__(self, table):
        self._table = table

    def collect(self):
        return self._table


def frames(table):
    """The same orders in every form a caller may have."""
    names = ["customer_id", "order_time", "amount"]
    plain = pd.DataFrame(table, columns=names).assign(
        order_time=lambda t: pd.to_datetime(t.order_time), more=1
    )
    arrow = pa.Table.from_pandas(plain, preserve_index=False)
    viewed = arrow.set_column(0, "customer_id", arrow["customer_id"].cast(pa.string_view()))
    coded = pa.chunked_array([chunk.dictionary_encode() for chunk in arrow["customer_id"].chunks])
    aware = plain.order_time.dt.tz_localize(SHANGHAI)
    return {
        "pandas": (plain, "Asia/Shanghai"),
        "pandas, categories": (plain.astype({"customer_id": "category"}), "Asia/Shanghai"),
        "pandas, odd index": (plain.set_index(np.arange(len(plain))[::-1] * 3), "Asia/Shanghai"),
        "pandas, dates": (plain.assign(order_time=plain.order_time.dt.date), None),
        "pandas, in its zone": (plain.assign(order_time=aware), None),
        "pandas, UTC": (plain.assign(order_time=aware.dt.tz_convert("UTC")), "Asia/Shanghai"),
        "arrow": (arrow, "Asia/Shanghai"),
        "arrow, coded": (arrow.set_column(0, "customer_id", coded), "Asia/Shanghai"),
        "ibis": (ibis.memtable(arrow), "Asia/Shanghai"),
        "another library": (Streamed(viewed), "Asia/Shanghai"),
        "lazy": (Lazy(Streamed(arrow)), "Asia/Shanghai"),
    }


@pytest.mark.parametrize("kind", frames(rows(count=20)))
def test_every_kind_of_frame_gives_the_same_occasions(kind):
    until, table = dt.date(2026, 1, 15), rows()
    frame, zone = frames(table)[kind]
    asked = read(frame, until, zone)
    found, expected = occasions(asked), recount(table, until)
    assert list(found.customer_id) == list(expected)
    assert len(found) > 40
    for x, last, age, money, known in zip(
        found.x, found.last, found.age, found.money, expected.values(), strict=True
    ):
        assert (x, last, age) == known[:3]
        assert money == pytest.approx(known[3], abs=1e-6)
    said = {remark.code: remark.values["count"] for remark in asked.remarks}
    assert said == {
        "future": sum(when is not None and when.date() > until for _, when, _ in table),
        "nobody": sum(customer is None for customer, _, _ in table),
        "undated": sum(when is None for _, when, _ in table),
        "priceless": sum(amount is None for _, _, amount in table),
    }


@pytest.mark.parametrize("currency", ["CNY", "USD"])
def test_occasions_of_a_store_agree_with_its_purchases(tmp_path, currency):
    store = wb.open(tmp_path)
    written = commit(store, rows_of(4))
    found = occasions(read(store, DAY, currency=currency))
    table = wb.customers.purchases(store, DAY, currency=currency).table
    assert list(found.customer_id) == list(table.customer_id)
    assert np.array_equal(found.x + 1, table.order_days)
    assert np.array_equal(found.last, [span.days for span in table.last_day - table.first_day])
    lost = {
        row["transaction_id"]
        for row in written
        if row["kind"] in (None, "order", "contract") and row["status"] in ("open", "cancelled", "refunded")
    }
    begun = dict(zip(table.customer_id, table.first_day, strict=True))
    first = dict.fromkeys(begun, 0)
    for row in written:
        order = row["kind"] in (None, "order", "contract") and row["transaction_id"] not in lost
        counts = order or (row["kind"] == "refund" and row["refund_of"] not in lost)
        if counts and row["currency"] == currency and row["local_date"] == begun.get(row["customer_id"], 0):
            first[row["customer_id"]] += row["amount_micros"] or 0
    rest = table.amount.to_numpy() - np.array(list(first.values())) / 1e6
    assert found.money == pytest.approx(rest, abs=1e-6)
    assert found.refunds_only > 0
    assert found.others > 0


def test_the_day_is_that_of_the_zone():
    late = pd.DataFrame(
        {"customer_id": [7], "order_time": pd.to_datetime(["2026-01-01T18:00Z"]), "amount": [1]}
    )
    assert len(occasions(read(late, "2026-01-01"))) == 1
    assert len(occasions(read(late, "2026-01-01", "Asia/Shanghai"))) == 0
    moment = dt.datetime(2026, 1, 1, 23, tzinfo=dt.UTC)
    assert read(late, moment, "Asia/Shanghai").as_of == dt.date(2026, 1, 2)
    assert occasions(read(late, "2026-01-02", "Asia/Shanghai")).customer_id.tolist() == [7]


def test_a_store_needs_no_zone(demo_store):
    assert [remark.code for remark in read(demo_store, demo_store.as_of, "UTC").remarks][-1:] == [
        "zone_of_store"
    ]


GOOD = pd.DataFrame({"customer_id": ["a"], "order_time": [dt.date(2026, 1, 1)], "amount": [1.0]})


@pytest.mark.parametrize(
    ("frame", "zone", "error", "said"),
    [
        (
            GOOD.assign(order_time=pd.Timestamp("2026-01-01")),
            None,
            QuestionError,
            "without a time zone.*timezone=",
        ),
        (
            GOOD.assign(order_time="2026-01-01"),
            None,
            InputError,
            "holds .*string, which is no time",
        ),
        (GOOD.assign(amount="1.0"), None, InputError, "'amount' holds .*string, which is no number"),
        (GOOD.assign(amount=np.inf), None, InputError, "beyond ±"),
        (GOOD.assign(amount=-1e300), None, InputError, "beyond ±"),
        (
            GOOD.rename(columns={"order_time": "time"}),
            None,
            InputError,
            "Unknown column .*'order_time'",
        ),
        (GOOD, "Mars/Base", QuestionError, "'Mars/Base' is no time zone"),
        ("orders.csv", None, InputError, "Orders are a str, which is no table"),
        (GOOD.assign(order_time=pd.Series([5], dtype=object)), None, InputError, "'order_time' holds int64"),
    ],
)
def test_what_is_no_order_is_told(frame, zone, error, said):
    with pytest.raises(error, match=said):
        read(frame, "2026-01-01", zone)


def test_a_column_of_mixed_kinds_is_told():
    mixed = pd.DataFrame({**GOOD.to_dict("list"), "amount": pd.Series([{}], dtype=object)})
    mixed = pd.concat([mixed, GOOD])
    with pytest.raises(InputError, match="Column 'amount' mixes kinds of values"):
        read(mixed, "2026-01-01")
