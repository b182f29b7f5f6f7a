"""Transactions with every mixture of kinds, states, days, currencies and gaps."""

from __future__ import annotations

import datetime as dt
import random

import pyarrow as pa

from workbench.data import Change

DAY = dt.date(2026, 3, 1)
CHOICES = {
    "kind": ["order", "order", "contract", "refund", "refund", "payment", None],
    "status": ["done", "done", "open", "cancelled", "refunded", None],
    "local_date": [None, *(DAY + dt.timedelta(days) for days in range(-3, 3))],
    "currency": ["CNY", "CNY", "USD", None],
    "amount_micros": [None, *range(-(10**9), 10**9, 123_456_789)],
}


def rows_of(seed, count=400):
    """Rows with every mixture of kinds, states, days and gaps; refunds of orders near them and of nothing."""
    pick = random.Random(seed)
    rows = [{name: pick.choice(values) for name, values in CHOICES.items()} for _ in range(count)]
    near = [f"t{max(0, number - pick.randrange(1, 30))}" for number in range(count)]
    names = [f"c{pick.randrange(80):02}" if pick.random() > 0.05 else None for _ in range(count)]
    return [
        {**row, "customer_id": name, "refund_of": pick.choice([None, other])}
        for row, name, other in zip(rows, names, near, strict=True)
    ]


def commit(store, rows):
    numbered = [{**row, "transaction_id": f"t{number}"} for number, row in enumerate(rows)]
    names = [
        "transaction_id",
        "customer_id",
        "kind",
        "status",
        "refund_of",
        "local_date",
        "currency",
        "amount_micros",
    ]
    schema = pa.schema(
        [
            (name, {"local_date": pa.date32(), "amount_micros": pa.int64()}.get(name, pa.string()))
            for name in names
        ]
    )
    store.commit([Change("transactions", pa.Table.from_pylist(numbered, schema), "all")])
    return numbered
