"""A small workspace in which one customer has one of everything."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from workbench import schema
from workbench.data import Change

DAY = dt.date(2026, 6, 30)
NOON = dt.datetime(2026, 6, 30, 4, tzinfo=dt.UTC)


def days_ago(days):
    return {"time": NOON - dt.timedelta(days=days), "local_date": DAY - dt.timedelta(days=days)}


def order(number, days, amount, **more):
    named = {"transaction_id": f"t{number}", "customer_id": "ann", "kind": "order", "currency": "CNY"}
    return {**named, **days_ago(days), "amount_micros": int(amount * 1e6), "channel": "search", **more}


def contact(number, days, **more):
    named = {"interaction_id": f"i{number}", "customer_id": "ann", "method": "email"}
    return {**named, "direction": "outbound", "kind": "marketing", **days_ago(days), **more}


def case(number, days, kind="complaint", **more):
    return contact(number, days, direction="inbound", kind=kind, method="chat", message="delivery", **more)


def permit(channel, granted, days, purpose="marketing", customer="ann"):
    named = {"customer_id": customer, "purpose": purpose, "channel": channel, "granted": granted}
    return {**named, "time": NOON - dt.timedelta(days=days)}


def person(customer="ann", **more):
    named = {"customer_id": customer, "name": "Ann Example", "email": "ann@example.com", "region": "north"}
    return {**named, "birth_date": dt.date(1990, 7, 4), "company": "Example Ltd", **more}


def fill(store, **tables):
    """Commit rows of canonical tables."""
    changes = [
        Change(name, pa.Table.from_pylist(rows, schema=schema.TABLES[name].arrow()))
        for name, rows in tables.items()
    ]
    store.commit(changes)
    return store
