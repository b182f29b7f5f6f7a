"""Transactions, order lines and products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from workbench.demo import arrow
from workbench.demo.delivery import FEN
from workbench.demo.people import People, catalog, customer_ids
from workbench.demo.purchases import Orders
from workbench.demo.streams import Floats, Ints, stream, sums
from workbench.demo.world import World, texts

REFUND_SHARE = 0.025
MAX_LINES = 4
MAX_QUANTITY = 3


def product_ids() -> list[str]:
    """Return the ids of all products, category by category."""
    return [f"p{at + 1:02d}" for at in range(sum(len(category["items"]) for category in catalog()))]


def _prices() -> tuple[Floats, Ints]:
    """Price and category of every product."""
    prices = [item[2] for category in catalog() for item in category["items"]]
    return np.array(prices, float), np.repeat(np.arange(len(catalog())), [len(c["items"]) for c in catalog()])


def products() -> pa.Table:
    """Return the products."""
    prices, category = _prices()
    return arrow.table(
        "products",
        {
            "product_id": product_ids(),
            "product": [item[0] for entry in catalog() for item in entry["items"]],
            "category": [catalog()[at]["id"] for at in category],
            "price_micros": _micros(prices),
        },
    )


@dataclass(frozen=True)
class Lines:
    """One entry a product in an order, sorted by order; money in CNY."""

    order: Ints
    product: Ints
    quantity: Ints
    amount: Floats


def lines(world: World, who: People, bought: Orders) -> Lines:
    """Return what was in every order; the lines of an order add up to it to the fen.

    Most baskets come from the customer's favourite category; product and quantity are those whose
    price is nearest to what the line costs.
    """
    rng = stream(world.seed, "baskets")
    count = np.minimum(1 + rng.poisson(0.7, len(bought)), MAX_LINES)
    order = np.repeat(np.arange(len(bought)), count)
    first = np.cumsum(count) - count
    weight = rng.gamma(2.5, 1.0, len(order)) + 0.3
    share = weight / np.bincount(order, weight)[order]
    amount = np.floor(bought.amount[order] * share * 100) / 100
    amount[first] += np.round(bought.amount - np.bincount(order, amount), 2)
    favourite = who.interest[bought.customer[order]]
    chosen = np.where(rng.random(len(order)) < 0.6, favourite, rng.integers(0, len(catalog()), len(order)))
    product, quantity = _nearest(rng, chosen, amount)
    product, quantity = _drawn_along(world, bought, order, product, quantity, amount)
    return _merged(order, product, quantity, amount)


def affinities() -> list[tuple[int, int, float]]:
    """Return what draws what along: product, drawn product (positions in the catalogue), share of lines."""
    place = {item[0]: at for at, item in enumerate(item for entry in catalog() for item in entry["items"])}
    planted = texts("catalog")["affinities"]
    return [(place[entry["product"]], place[entry["draws"]], entry["share"]) for entry in planted]


def _drawn_along(
    world: World, bought: Orders, order: Ints, product: Ints, quantity: Ints, amount: Floats
) -> tuple[Ints, Ints]:
    """Let who has bought a product buy, in the same order or later, what it draws along.

    A stream of its own, so that amounts, customers and times stay as they are without it.
    """
    rng = stream(world.seed, "drawn along")
    prices, _ = _prices()
    customer = bought.customer[order]
    first = np.full((len(product_ids()), customer.max() + 1), len(bought), np.int64)
    np.minimum.at(first, (product, customer), order)
    product, quantity = product.copy(), quantity.copy()
    drawers = {trigger for trigger, _, _ in affinities()}
    free = ~np.isin(product, list(drawers))
    for trigger, drawn, share in affinities():
        hit = free & (order >= first[trigger, customer]) & (rng.random(len(order)) < share)
        options = np.arange(1, MAX_QUANTITY + 1)
        off = np.abs(np.log(prices[drawn] * options)[None, :] - np.log(amount[hit])[:, None])
        product[hit], quantity[hit] = drawn, options[off.argmin(axis=1)]
        free &= ~hit
    return product, quantity


def _nearest(rng: np.random.Generator, chosen: Ints, amount: Floats) -> tuple[Ints, Ints]:
    """Product and quantity of each line, from the products of the chosen category."""
    prices, category = _prices()
    table = np.arange(len(prices)).reshape(len(catalog()), -1)
    assert (category[table] == np.arange(len(catalog()))[:, None]).all(), "categories are equally long"
    wanted = np.log(amount) + rng.normal(0, 0.2, len(amount))
    quantities = np.arange(1, MAX_QUANTITY + 1)
    full = np.log(prices[table][:, :, None] * quantities).reshape(len(table), -1)
    best = np.abs(full[chosen] - wanted[:, None]).argmin(axis=1)
    return table[chosen, best // MAX_QUANTITY], quantities[best % MAX_QUANTITY]


def _merged(order: Ints, product: Ints, quantity: Ints, amount: Floats) -> Lines:
    """One line a product of an order."""
    size = len(product_ids())
    key, at = np.unique(order * size + product, return_inverse=True)
    return Lines(
        order=key // size,
        product=key % size,
        quantity=np.bincount(at, quantity).astype(np.int64),
        amount=np.round(sums(at, amount, len(key)), 2),
    )


def order_lines(parts: Lines) -> pa.Table:
    """Return the order lines."""
    return arrow.table(
        "order_lines",
        {
            "transaction_id": transaction_ids(parts.order),
            "product_id": arrow.names(product_ids(), parts.product),
            "quantity": parts.quantity,
            "amount_micros": _micros(parts.amount),
        },
    )


def transaction_ids(order: Ints) -> pa.Array:
    """Return identifiers of order positions."""
    return arrow.ids("t", order + 1, 6)


def transactions(
    world: World, who: People, bought: Orders, last: tuple[Ints, Ints], parts: Lines
) -> pa.Table:
    """Return orders and refunds (negative amounts).

    Args:
        world: Constants.
        who: Customers.
        bought: Orders.
        last: Channel and campaign of each order's last touch, −1 for none.
        parts: Lines of every order.
    """
    rng = stream(world.seed, "refunds")
    time = bought.time + rng.uniform(2, 14, len(bought))
    back = np.flatnonzero((rng.random(len(bought)) < REFUND_SHARE) & (time < world.days))
    every = np.concatenate([np.arange(len(bought)), back])
    sign = np.where(np.arange(len(every)) < len(bought), 1, -1)
    when = np.concatenate([bought.time, time[back]])
    number = np.arange(len(every))
    return arrow.table(
        "transactions",
        {
            "transaction_id": transaction_ids(number),
            "customer_id": customer_ids(bought.customer[every]),
            "kind": arrow.names(["order", "refund"], (sign < 0).astype(np.int64)),
            "channel": arrow.names([c.id for c in world.channels], last[0][every]),
            "campaign_id": arrow.names([c.id for c in world.campaigns], last[1][every]),
            "region": arrow.names([r.id for r in world.regions], who.region[bought.customer[every]]),
            "time": arrow.instants(world, when),
            "local_date": arrow.dates(world, when.astype(np.int64)),
            "currency": arrow.every(world.currency, len(every)),
            "amount_micros": sign * _micros(bought.amount[every]),
            "margin_micros": sign * _micros(_margin(parts, len(bought))[every]),
        },
    )


def _margin(parts: Lines, size: int) -> Floats:
    _, category = _prices()
    rate = np.array([entry["margin"] for entry in catalog()])[category]
    return sums(parts.order, parts.amount * rate[parts.product], size)


def _micros(amount: Floats) -> Ints:
    return np.rint(amount * 100).astype(np.int64) * FEN
