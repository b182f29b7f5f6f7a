"""Everything that a store knows of one customer up to a day: one small query a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from workbench.customers import lastday
from workbench.customers.purchases import ORDER_KINDS, counted_rows

if TYPE_CHECKING:
    from workbench.data import Store

Row = dict[str, Any]

HISTORIES = ("transactions", "interactions", "events", "feedback", "consent", "tags", "leads")
"""Tables whose rows are something that happened with a customer."""

MOST = 5_000
"""Touches of one customer that a card holds, the newest ones: a robot may have millions."""


@dataclass(frozen=True, eq=False)
class Rows:
    """What a store knows of one customer.

    Attributes:
        customer_id: Pseudonym.
        as_of: Last day that counts.
        zone: Time zone in which instants become days.
        customer: The row of table `customers`; empty where there is none.
        counted: Purchases and refunds that count, as `purchases.counted_rows` says.
        tables: Table → its rows up to `as_of`, newest first, each with its `day`.
        cut: Whether touches before the newest `MOST` are left out.
    """

    customer_id: str
    as_of: dt.date
    zone: dt.tzinfo
    customer: Row
    counted: list[Row]
    tables: Mapping[str, list[Row]]
    cut: bool

    def days_since(self, day: dt.date | None) -> int | None:
        """Days from a day to `as_of`; None for none."""
        return None if day is None else (self.as_of - day).days


def zone_of(store: Store) -> dt.tzinfo:
    """The zone in which instants of a workspace become days: its own, else UTC."""
    return ZoneInfo(store.settings.timezone) if store.settings.timezone else dt.UTC


def last_day(store: Store) -> dt.date:
    """The last day on which customers did anything; today for a store without any."""
    return lastday.last_day(store) or dt.datetime.now(zone_of(store)).date()


def of_customer(store: Store, customer: str, day: dt.date) -> Rows:
    """Read one customer's rows.

    Args:
        store: The store.
        customer: Pseudonym.
        day: Last day that counts.
    """
    zone = zone_of(store)
    names = [name for name in (*HISTORIES, "customers") if name in store.tables]
    with ThreadPoolExecutor(max_workers=4) as pool:
        counted = pool.submit(_counted, store, customer, day)
        read = dict(zip(names, pool.map(lambda name: _read(store, name, customer), names), strict=True))
    people = read.pop("customers", [])
    tables = {name: _until(read.get(name, []), day, zone) for name in HISTORIES}
    return Rows(
        customer_id=customer,
        as_of=day,
        zone=zone,
        customer=people[0] if people else {},
        counted=counted.result(),
        tables=tables,
        cut=len(read.get("events", ())) >= MOST,
    )


def _read(store: Store, name: str, customer: str) -> list[Row]:
    import ibis

    table = store.table(name)
    mine = table.filter(table.customer_id == customer)
    if name == "events":
        mine = mine.order_by(ibis.desc("time"), "event_id").limit(MOST)
    found: list[Row] = store.query(mine).to_pylist()
    return found


def _counted(store: Store, customer: str, day: dt.date) -> list[Row]:
    """Purchases and refunds that count, by the rule of every other question about orders."""
    if "transactions" not in store.tables:
        return []
    transactions = store.table("transactions")
    mine = counted_rows(transactions.filter(transactions.customer_id == customer), day, ORDER_KINDS)
    found: list[Row] = store.query(mine).to_pylist()
    return sorted(found, key=lambda row: (row["local_date"], row["transaction_id"]))


def _until(rows: list[Row], day: dt.date, zone: dt.tzinfo) -> list[Row]:
    """Rows up to a day, newest first; what has no day at all is left out."""
    dated = [{**row, "day": _day(row, zone)} for row in rows]
    known = [row for row in dated if row["day"] and row["day"] <= day]
    return sorted(known, key=lambda row: (row["day"], row.get("time") or _FIRST), reverse=True)


_FIRST = dt.datetime.min.replace(tzinfo=dt.UTC)


def _day(row: Row, zone: dt.tzinfo) -> dt.date | None:
    if day := row.get("local_date"):
        return day  # type: ignore[no-any-return]
    time = row.get("time")
    return time.astimezone(zone).date() if time else None
