"""The rows of each kind of behaviour up to the day of a question, as Ibis tables of known customers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from workbench.customers.purchases import ORDER_KINDS, REFUND, counted_rows, is_purchase
from workbench.schema import NO_CURRENCY
from workbench.segments.rules.clock import Clock
from workbench.segments.rules.operands import DAYLESS, SOURCES

if TYPE_CHECKING:
    from workbench.data import Store

CUSTOMER = "customer_id"
DAY = "day_"
COUNTS = "counts_"
UNNAMED = NO_CURRENCY


def rows(store: Store, source: str, at: Clock, told: Collection[str] = ()) -> Any:
    """The rows of a source with `customer_id`, its texts and figures, `currency`, `day_` and `counts_`.

    `day_` is a local day, or epoch seconds where rows only know an instant; `counts_` is false for a refund,
    which lowers a sum and is no order.

    Args:
        store: The store.
        source: A key of `operands.SOURCES`.
        at: Rows after its day are left out, as are rows without a day or customer.
        told: Columns that conditions ask for: of a refund without them those of the order it gives back.
    """
    if source == "orders":
        found = counted_rows(store.table("transactions"), at.as_of, ORDER_KINDS)
        found = _as_ordered(found, [name for name in SOURCES["orders"].texts if name in told])
        return found.mutate(**{DAY: found.local_date, COUNTS: is_purchase(found, ORDER_KINDS)})
    found = _lines(store, at) if source == "lines" else store.table(SOURCES[source].table)
    day = found.time.epoch_seconds() if source in DAYLESS else found.local_date
    known = found.mutate(**{DAY: day, COUNTS: True})
    return known.filter(known[CUSTOMER].notnull(), at.seen(known[DAY]))


def _as_ordered(orders: Any, names: Sequence[str]) -> Any:
    """Orders and refunds, a refund with the channel (or another text) of its order where it has none."""
    if not names:
        return orders
    bought = orders.filter(is_purchase(orders, ORDER_KINDS))
    origin = bought.select(origin_="transaction_id", **{f"{name}_of_": name for name in names})
    whole = orders.left_join(origin, [orders.kind == REFUND, orders.refund_of == origin.origin_])
    given = {name: whole[name].coalesce(whole[f"{name}_of_"]) for name in names}
    return whole.mutate(**given).drop("origin_", *(f"{name}_of_" for name in names))


def _lines(store: Store, at: Clock) -> Any:
    """Order lines with the customer, day and channel of their order, and their product."""
    orders = counted_rows(store.table("transactions"), at.as_of, ORDER_KINDS)
    orders = orders.filter(is_purchase(orders, ORDER_KINDS))
    orders = orders.select("transaction_id", CUSTOMER, "local_date", "channel", "currency")
    products = store.table("products").select("product_id", "product", "category")
    lines = store.table("order_lines").select("transaction_id", "product_id", "quantity", "amount_micros")
    known = lines.inner_join(orders, "transaction_id")
    return known.left_join(products, "product_id").drop("product_id_right")


def tags(store: Store, at: Clock) -> Any:
    """Tags of known customers, those set after the question left out; one without a time was always there."""
    found = store.table("tags")
    return found.filter(found[CUSTOMER].notnull(), at.stands(found.time.epoch_seconds()))


def traits(store: Store, names: Sequence[str]) -> Any:
    """Some own attributes of known customers, as the store has them."""
    found = store.table("traits")
    return found.filter(found[CUSTOMER].notnull(), found.trait.isin(sorted(set(names))))


def everybody(store: Store, at: Clock, columns: tuple[str, ...]) -> Any:
    """One row a customer, with attributes: table `customers`; without it, who has an order or refund.

    Args:
        store: The store.
        at: Customers since a later day are left out.
        columns: Attributes.
    """
    people = store.table("customers")
    if "customers" in store.tables:
        known = people.filter(people[CUSTOMER].notnull(), at.stands(people.created_date))
        return known.select(CUSTOMER, *columns)
    buyers = store.table("transactions")
    known = buyers.filter(buyers[CUSTOMER].notnull(), buyers.local_date <= at.as_of).select(CUSTOMER)
    import ibis

    nothing = {name: ibis.null(people.schema()[name]) for name in columns}
    return known.distinct().mutate(**nothing)
