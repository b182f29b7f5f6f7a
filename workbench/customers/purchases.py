"""What each customer bought: the aggregates behind recency, frequency, money and repeat-purchase models.

The engine only filters, counts and adds up whole numbers, so every engine gives the same ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.errors import QuestionError, unknown
from workbench.schema import NO_CURRENCY
from workbench.store.part import part_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd

    from workbench.data import Store

ORDER_KINDS = ("order", "contract")
"""Kinds of transaction that are a purchase, beside those that name no kind. A payment settles one."""

REFUND = "refund"
LOST = ("open", "cancelled", "refunded")
"""States of an order that was no purchase in the end; its refunds are no loss then either."""

MICROS = 1_000_000
FIRST, LAST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
"""Days that a question may be of."""


@dataclass(frozen=True, eq=False)
class Purchases:
    """The answer of `purchases`.

    Attributes:
        table: One row a customer with a purchase: `customer_id`; `first_day` and `last_day` of purchase;
            `order_days` (days with a purchase: several orders of a day are one occasion); `orders`;
            `amount` (purchases less refunds, currency units); `recency_days` (from `last_day` to `as_of`).
        as_of: Last day that counts.
        currency: ISO 4217 code of the amounts; `XXX`: not known.
        left_out: Transactions whose amounts are in another currency and in no sum.
        data_version: Version of the store.
        sql: The query.
    """

    table: pd.DataFrame
    as_of: dt.date
    currency: str
    left_out: int
    data_version: int
    sql: str

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, and what the answer says of itself."""
        rows = [
            {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in row.items()}
            for row in self.table.to_dict("records")
        ]
        about = {name: getattr(self, name) for name in ("currency", "left_out", "data_version")}
        return {"rows": rows, "as_of": self.as_of.isoformat(), **about}

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, max_rows=20))


@right_kinds
def purchases(
    store: Store,
    as_of: dt.date | str,
    kinds: Sequence[str] = ORDER_KINDS,
    currency: str | None = None,
    segment: Any = None,
) -> Purchases:
    """Answer what each customer bought up to a day.

    Args:
        store: The store; table `transactions`.
        as_of: Last day that counts, as a date or `YYYY-MM-DD`.
        kinds: Kinds of transaction that are a purchase; one that names no kind is one, too.
        currency: ISO 4217 code of the amounts; needed where transactions have several.
        segment: A rule or a saved segment's name, whose customers alone count, as on that day; None: all.

    Returns:
        One row a customer with at least one purchase, ordered by id. A refund lowers the amount, on its
        own day, and takes no purchase away; orders that are open, cancelled or refunded as a whole count
        nothing, nor do their refunds.

    Raises:
        QuestionError: for a day that is none, no kind, or several currencies without a choice.
    """
    day, kept = day_of(as_of, store.zone), _kinds(kinds)
    store = part_of(store, segment, day)
    counted = counted_rows(store.table("transactions"), day, kept)
    code = currency_of(store, counted, currency)
    question = per_customer(counted, kept, code)
    rows = store.query(question)
    return Purchases(
        table=_table(rows.to_pandas(), day),
        as_of=day,
        currency=code,
        left_out=int(sum(rows["others"].to_pylist())),
        data_version=store.version,
        sql=store.sql(question),
    )


def counted_rows(transactions: Any, as_of: dt.date, kinds: Sequence[str]) -> Any:
    """Ibis expression of the purchases and refunds of known customers up to a day.

    Args:
        transactions: Ibis table `transactions`.
        as_of: Last day.
        kinds: Kinds that are a purchase.
    """
    counted = of_anybody(transactions, kinds)
    return counted.filter(counted.customer_id.notnull(), counted.local_date <= as_of)


def of_anybody(transactions: Any, kinds: Sequence[str] = ORDER_KINDS) -> Any:
    """Ibis expression of the purchases and refunds of known customers and others.

    Args:
        transactions: Ibis table `transactions`.
        kinds: Kinds that are a purchase.
    """
    lost = transactions.filter(
        transactions.status.isin(LOST),
        is_purchase(transactions, kinds),
        transactions.transaction_id.notnull(),
    )
    # No anti join: an engine that misjudges a filter would hold every order in memory for it.
    of_lost = transactions.refund_of.isin(lost.transaction_id)
    return transactions.filter(
        is_purchase(transactions, kinds) | (transactions.kind == REFUND),
        transactions.status.isnull() | ~transactions.status.isin(LOST) | (transactions.kind == REFUND),
        transactions.kind.isnull()
        | (transactions.kind != REFUND)
        | transactions.refund_of.isnull()
        | ~of_lost,
    )


def per_customer(counted: Any, kinds: Sequence[str], currency: str) -> Any:
    """Ibis expression of the aggregates by customer; amounts in micros of one currency.

    Args:
        counted: As `counted_rows` gives.
        kinds: Kinds that are a purchase.
        currency: Code of the amounts; rows in others are counted as `others`.
    """
    sums = sums_of_customers(counted, kinds, currency)
    return sums.filter(sums.orders > 0).order_by("customer_id")


def sums_of_customers(
    counted: Any, kinds: Sequence[str], currency: str, columns: Sequence[str] | None = None
) -> Any:
    """As `per_customer`, in no order and with customers who only have refunds (`orders` is 0).

    Args:
        counted: As `counted_rows` gives.
        kinds: Kinds that are a purchase.
        currency: Code of the amounts.
        columns: Those that are needed; all where not given. An engine works out a number of distinct days
            even where nobody reads it: that alone takes twice the time and memory of all others.
    """
    bought = is_purchase(counted, kinds)
    same = counted.currency.fill_null(NO_CURRENCY) == currency
    sums = {
        "first_day": counted.local_date.min(where=bought),
        "last_day": counted.local_date.max(where=bought),
        "order_days": counted.local_date.nunique(where=bought),
        "orders": counted.count(where=bought),
        "amount_micros": counted.amount_micros.sum(where=same),
        "others": counted.count(where=~same),
    }
    return counted.group_by("customer_id").aggregate(**{name: sums[name] for name in columns or sums})


def is_purchase(rows: Any, kinds: Sequence[str]) -> Any:
    """Ibis expression: whether a row is a purchase; one that names no kind is."""
    return rows.kind.isnull() | rows.kind.isin(list(kinds))


def day_of(value: dt.date | str, zone: ZoneInfo | None = None) -> dt.date:
    """The day of a date or `YYYY-MM-DD`; of an instant, the day in a zone.

    Raises:
        QuestionError: for what is no day.
    """
    try:
        if isinstance(value, dt.datetime):
            day = (value.astimezone(zone) if zone and value.tzinfo else value).date()
        else:
            day = value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
    except (ValueError, OverflowError):
        raise QuestionError(f"as_of is {value!r}, which is no day.", "Give a date, or YYYY-MM-DD.") from None
    if not FIRST <= day <= LAST:
        raise QuestionError(f"as_of is {value!r}, centuries away.", "Give a day from 1900 to 2199.")
    return day


def _kinds(kinds: Sequence[str]) -> tuple[str, ...]:
    named = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    known = (*ORDER_KINDS, "payment")
    for kind in named:
        if kind not in known:
            raise unknown("kind of purchase", kind, known, QuestionError)
    return named


def currency_of(store: Store, counted: Any, asked: str | None) -> str:
    """The currency of the amounts: the one asked for, else the only one there is.

    Raises:
        QuestionError: for several currencies without a choice, or one that no row has.
    """
    found = _codes(store, store.table("transactions"))
    if len(found) > 1:  # some may be on rows alone that do not count, which takes a longer look
        found = _codes(store, counted)
    if asked:
        if asked not in found and found:
            raise unknown("currency", asked, found, QuestionError)
        return asked
    if len(found) > 1:
        raise QuestionError(
            f"Transactions are in {', '.join(found)}, and different currencies are never added up.",
            f"Choose one, such as currency={found[0]!r}; what is in the others is counted and left out.",
        )
    return found[0] if found else NO_CURRENCY


def _codes(store: Store, rows: Any) -> list[str]:
    """Currencies of some rows; files whose rows all name none are known by their statistics."""
    import ibis

    named = rows.filter(rows.currency.notnull()).select(code="currency").distinct()
    unnamed = rows.filter(rows.currency.isnull()).limit(1).select(code=ibis.literal(NO_CURRENCY))
    return sorted({row["code"] for row in store.query(named.union(unnamed)).to_pylist()})


def _table(rows: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    amount = rows["amount_micros"].astype("float64").fillna(0.0) / MICROS
    recency = [(as_of - day).days for day in rows["last_day"]]
    kept = rows.drop(columns=["amount_micros", "others"])
    return kept.assign(amount=amount, recency_days=recency)
