"""Finding a customer: by pseudonym or its beginning, by the source's own keys, by an order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.customers.cards.figures import COMPLAINT, SETTLED
from workbench.customers.cards.rows import last_day
from workbench.customers.purchases import day_of
from workbench.errors import QuestionError
from workbench.privacy import meant
from workbench.store.part import part_of

if TYPE_CHECKING:
    from workbench.data import Store

LEAST = 3
"""Letters of a beginning that is looked for."""

RECENT_DAYS = 180


@dataclass(frozen=True)
class Found:
    """One customer that was meant.

    Attributes:
        customer_id: Pseudonym.
        how: By what: `pseudonym`, `own_id`, `identity` (e-mail, phone, member number …), `order`,
            `beginning`, `complaint`.
        day: Day of the open complaint, for `complaint`.
    """

    customer_id: str
    how: str
    day: dt.date | None = None


@right_kinds
def find(store: Store, text: str, limit: int = 10) -> tuple[Found, ...]:
    """Find customers by what a person types; nothing of it is kept.

    A key that a source uses (customer number, e-mail, phone) is turned into its pseudonym and looked for
    as such, so no personal value is opened.

    Args:
        store: The store.
        text: Pseudonym or at least three letters of its beginning, a source's own key, or an order number.
        limit: Most customers.

    Returns:
        The first way that finds anybody, in the order of `Found.how`.
    """
    wanted = text.strip()
    if not wanted:
        return ()
    return next((found for way in _ways(store, wanted, limit) if (found := way)), ())


@right_kinds
def identify(store: Store, text: str) -> str:
    """The pseudonym of exactly one customer, named by pseudonym or by the source's own key.

    Raises:
        QuestionError: for a customer whom nothing in this data version knows.
    """
    wanted = text.strip()
    ways = (_pseudonym(store, wanted), _own(store, wanted), _identity(store, wanted))
    found = next((way for way in ways if way), ()) if wanted else ()
    if not found:
        raise QuestionError(
            "No customer of this workspace has this id.",
            "Give the pseudonym in the tables, or the identifier as the source writes it; "
            "customers.find(store, …) also looks for beginnings and orders.",
        )
    return found[0].customer_id


@right_kinds
def pressing(
    store: Store, as_of: dt.date | str | None = None, limit: int = 8, segment: Any = None
) -> tuple[Found, ...]:
    """Customers with an open complaint of the last 180 days, the newest first: where to begin a day.

    Args:
        store: The store.
        as_of: Last day that counts; None: the last day of orders, contacts or delivery.
        limit: Most customers.
        segment: A rule or a saved segment's name: its customers alone are named; None: everybody.

    Raises:
        QuestionError: for a day that is none, or fewer than no customers.
    """
    import ibis

    if limit < 0:
        raise QuestionError(f"limit is {limit!r}.", "Give a whole number from 0.")
    if "interactions" not in store.tables:
        return ()
    day = last_day(store) if as_of is None else day_of(as_of, store.zone)
    store = part_of(store, segment, as_of)
    table = store.table("interactions")
    still = table.filter(
        table.kind == COMPLAINT,
        table.customer_id.notnull(),
        table.resolved_time.isnull(),
        table.result.isnull() | ~table.result.isin(SETTLED),
        table.local_date <= day,
        table.local_date > day - dt.timedelta(days=RECENT_DAYS),
    )
    newest = still.group_by("customer_id").aggregate(day=still.local_date.max())
    rows = store.query(newest.order_by(ibis.desc("day"), "customer_id").limit(limit)).to_pylist()
    return tuple(Found(row["customer_id"], "complaint", row["day"]) for row in rows)


def _ways(store: Store, text: str, limit: int) -> Iterator[tuple[Found, ...]]:
    yield _pseudonym(store, text)
    yield _own(store, text)
    yield _identity(store, text)
    yield _order(store, text)
    yield _beginning(store, text, limit)


def _pseudonym(store: Store, text: str) -> tuple[Found, ...]:
    return (Found(text, "pseudonym"),) if _is_known(store, text) else ()


def _own(store: Store, text: str) -> tuple[Found, ...]:
    """By the identifier under which a source knows the customer, or by an earlier key's pseudonym."""
    names = meant.pseudonyms_of(store.path, text).customer
    return next(((Found(name, "own_id"),) for name in names if name and _is_known(store, name)), ())


def _identity(store: Store, text: str) -> tuple[Found, ...]:
    names = meant.pseudonyms_of(store.path, text).identity if "identities" in store.tables else ()
    if not names:
        return ()
    table = store.table("identities")
    rows = table.filter(table.identity.isin(names), table.customer_id.notnull()).select("customer_id")
    return _each(store, rows.distinct().order_by("customer_id"), "identity")


def _order(store: Store, text: str) -> tuple[Found, ...]:
    if "transactions" not in store.tables:
        return ()
    table = store.table("transactions")
    rows = table.filter(table.transaction_id == text, table.customer_id.notnull()).select("customer_id")
    return _each(store, rows.distinct(), "order")


def _beginning(store: Store, text: str, limit: int) -> tuple[Found, ...]:
    if len(text) < LEAST:
        return ()
    for name in _tables(store):
        table = store.table(name)
        rows = table.filter(table.customer_id.startswith(text)).select("customer_id").distinct()
        if found := _each(store, rows.order_by("customer_id").limit(limit), "beginning"):
            return found
    return ()


def _is_known(store: Store, customer: str) -> bool:
    for name in _tables(store):
        table = store.table(name)
        mine = table.filter(table.customer_id == customer).select("customer_id").limit(1)
        if store.query(mine).num_rows:
            return True
    return False


def _tables(store: Store) -> list[str]:
    """Tables that name customers, the one of customers first."""
    return [name for name in ("customers", "transactions", "interactions") if name in store.tables]


def _each(store: Store, rows: Any, how: str) -> tuple[Found, ...]:
    return tuple(Found(name, how) for name in store.query(rows)["customer_id"].to_pylist())
