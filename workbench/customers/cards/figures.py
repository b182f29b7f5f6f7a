"""The figures of one customer: orders, money, contacts, complaints."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.customers.cards.rows import Row, Rows
from workbench.customers.purchases import MICROS, ORDER_KINDS
from workbench.schema import NO_CURRENCY

PRESSURE_DAYS = 30
"""Days over which contact pressure is counted."""

WALLET_TAG = "annual_spend"
"""Tag whose value is what a customer spends on such things in a year, everywhere, in the store's currency."""

WALLET_DAYS = 365
COMPLAINT = "complaint"
INBOUND, OUTBOUND = "inbound", "outbound"
SETTLED = ("resolved", "closed", "done")
"""Results with which a case is over, also where nobody wrote down when."""


@dataclass(frozen=True)
class Figures:
    """The figures of one customer up to a day.

    Attributes:
        orders, refunds: Purchases and refunds that count.
        revenue: Currency → purchases less refunds, in currency units.
        average_order: Currency → revenue by order.
        margin: Currency → contribution margin, where the orders name one.
        first_day, last_day: Of purchase.
        days_since_order, days_since_contact: To `as_of`; None: never. A contact is any interaction.
        last_contact: Its day.
        contacts_30: Times the customer was contacted in the last 30 days (contact pressure).
        complaints, open_complaints: All of them, and those without a resolution.
        share_of_wallet: Revenue of the last 365 days over what tag `annual_spend` says; None: not known.
    """

    orders: int
    refunds: int
    revenue: Mapping[str, float]
    average_order: Mapping[str, float]
    margin: Mapping[str, float]
    first_day: dt.date | None
    last_day: dt.date | None
    days_since_order: int | None
    days_since_contact: int | None
    last_contact: dt.date | None
    contacts_30: int
    complaints: int
    open_complaints: int
    share_of_wallet: float | None

    @property
    def currency(self) -> str:
        """The currency most of the revenue's orders are in; `XXX` where none is known."""
        return next(iter(self.revenue), NO_CURRENCY)


def figures(rows: Rows) -> Figures:
    """Work the figures out."""
    orders = [row for row in rows.counted if is_order(row)]
    contacts = rows.tables["interactions"]
    complaints = [row for row in contacts if row["kind"] == COMPLAINT]
    days = [row["local_date"] for row in orders]
    first, last = (min(days), max(days)) if days else (None, None)
    recent = contacts[0]["day"] if contacts else None
    revenue = _by_currency(rows.counted, "amount_micros", orders)
    return Figures(
        orders=len(orders),
        refunds=len(rows.counted) - len(orders),
        revenue=revenue,
        average_order=_average(revenue, orders),
        margin=_by_currency(_priced(rows.counted), "margin_micros", orders),
        first_day=first,
        last_day=last,
        days_since_order=rows.days_since(last),
        days_since_contact=rows.days_since(recent),
        last_contact=recent,
        contacts_30=sum(_presses(row, rows) for row in contacts),
        complaints=len(complaints),
        open_complaints=sum(is_open(row, rows) for row in complaints),
        share_of_wallet=_wallet(rows),
    )


def is_order(row: Row) -> bool:
    """Whether a row that counts is a purchase; one that names no kind is."""
    return row["kind"] is None or row["kind"] in ORDER_KINDS


def is_open(row: Row, rows: Rows) -> bool:
    """Whether a case was still open at the end of the card's last day."""
    solved = row["resolved_time"]
    if solved is not None:
        return bool(solved.astimezone(rows.zone).date() > rows.as_of)
    return row["result"] not in SETTLED


def _presses(row: Row, rows: Rows) -> bool:
    return row["direction"] == OUTBOUND and (rows.days_since(row["day"]) or 0) < PRESSURE_DAYS


def _by_currency(counted: Iterable[Row], column: str, orders: list[Row]) -> dict[str, float]:
    """Sums by currency, the currency of most orders first."""
    often: dict[str, int] = defaultdict(int)
    for row in orders:
        often[_code(row)] += 1
    total: dict[str, int] = defaultdict(int)
    for row in counted:
        total[_code(row)] += row[column] or 0
    return {code: total[code] / MICROS for code in sorted(total, key=lambda code: (-often[code], code))}


def _average(revenue: Mapping[str, float], orders: list[Row]) -> dict[str, float]:
    count = {code: sum(_code(row) == code for row in orders) for code in revenue}
    return {code: revenue[code] / count[code] for code in revenue if count[code]}


def _priced(counted: list[Row]) -> list[Row]:
    """Rows whose margin is known; none at all where one order's is not, for half a margin misleads."""
    known = all(row["margin_micros"] is not None for row in counted)
    return counted if known else []


def _wallet(rows: Rows) -> float | None:
    """Share of wallet, where a tag says what the whole of it is."""
    said = next((row["value"] for row in rows.tables["tags"] if row["tag"] == WALLET_TAG), None)
    try:
        whole = float(said or "")
    except ValueError:
        return None
    year = [row for row in rows.counted if (rows.as_of - row["local_date"]).days < WALLET_DAYS]
    ours = _by_currency(year, "amount_micros", year)
    return next(iter(ours.values()), 0.0) / whole if whole > 0 and len(ours) < 2 else None


def _code(row: Row) -> str:
    return row["currency"] or NO_CURRENCY
