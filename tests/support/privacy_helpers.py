"""Small workspaces with people in them."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from workbench import privacy, schema
from workbench.data import Change
from workbench.store.changes import Keys

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def rows(table, records):
    """Arrow rows of a canonical table."""
    return pa.Table.from_pylist(records, schema=schema.TABLES[table].arrow())


def person(number, **more):
    """One customer as a CRM exports them."""
    return {
        "customer_id": f"CRM-{number:05d}",
        "name": f"Zoë Muster{number:05d}",
        "email": f"Zoe.{number:05d}@Example.com",
        "phone": f"+86 139 {number:04d} 7{number % 1000:03d}",
        "birth_date": dt.date(1990, 1, 1 + number % 28),
        "company": f"Firma {number} GmbH",
        "region": "north" if number % 2 else "south",
        **more,
    }


def load(store, table, records):
    """Load records through the seam that every loader uses."""
    keys = tuple(column.name for column in schema.TABLES[table].columns if column.role == "key")
    with store.writing():
        made = privacy.protect(store, table, rows(table, records))
        store.commit([Change(table, made.rows, Keys(keys)), *made.changes])
    return made


def fill(store, people=30, orders=4):
    """Customers, orders, feedback and consent in several versions; returns the store."""
    load(store, "customers", [person(number) for number in range(people)])
    sold = [
        {
            "transaction_id": f"T{number:04d}-{index}",
            "customer_id": f"CRM-{number:05d}",
            "kind": "order",
            "channel": "search" if index % 2 else "social",
            "time": NOON + dt.timedelta(days=index, minutes=number),
            "local_date": NOON.date() + dt.timedelta(days=index),
            "currency": "CNY",
            "amount_micros": 1_000_000 * (number + 1) + index,
        }
        for number in range(people)
        for index in range(orders)
    ]
    load(store, "transactions", sold[: len(sold) // 2])
    load(store, "transactions", sold)
    told = [
        {
            "feedback_id": f"F{number}",
            "customer_id": f"CRM-{number:05d}",
            "text": f"Zoë Muster{number:05d} 觉得配送太慢了 {number}",
            "score": float(number % 5 + 1),
            "time": NOON + dt.timedelta(days=number % 7),
        }
        for number in range(people)
    ]
    load(store, "feedback", told)
    return store


FIGURES = (
    "SELECT channel, local_date, count(*) AS n, count(DISTINCT customer_id) AS people, "
    "sum(amount_micros) AS s FROM transactions GROUP BY ALL ORDER BY ALL",
    "SELECT customers.region, count(*) AS n, sum(amount_micros) AS s FROM transactions "
    "JOIN customers USING (customer_id) GROUP BY ALL ORDER BY ALL",
    "SELECT avg(score) AS score, count(*) AS n FROM feedback",
)


def figures(store):
    """Aggregates of a workspace that must survive an erasure to the digit."""
    return [store.query(question).to_pylist() for question in FIGURES]
