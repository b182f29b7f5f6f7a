"""Next best offer: fit over many customers, and the hit rate of its offers against popularity."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import CACHE, SEED, alone, peak_mb
from benchmarks.page import load, ms, table

HEAD = ("", "time", "peak memory", "note")
ORDERS_EACH, LINES_EACH = 4.0, 2.0
PRODUCTS, CATEGORIES = 600, 30
DRAWN_ALONG = 0.3
"""Share of the lines that are what an owned product draws along."""

K = 3


def section(customers: int) -> Iterator[str]:
    """The section of the results.

    Args:
        customers: Customers of the made shop.
    """
    yield from ("## Next best offer", "", load(), "")
    made = alone("offers:shop", customers=customers)
    fitted = alone("offers:fit", folder=made.get("folder", ""))
    yield from table(HEAD, _rows(made, fitted))
    yield ""


def _rows(made: dict[str, Any], fitted: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    title = f"{made.get('customers', 0):,} customers, {made.get('lines', 0):,} lines, {PRODUCTS} products"
    if problem := made.get("failed") or fitted.get("failed"):
        yield title, "–", "–", f"not run: {problem}"
        return
    memory = f"{fitted['peak_mb']:,.0f} MB"
    yield f"fit with check: {title}", ms(fitted["ms"]), memory, f"processor {ms(fitted['cpu_ms'])}"
    yield f"offers to everybody, {K} each", ms(fitted["offers_ms"]), memory, f"{fitted['offers']:,} offers"
    for method, found in fitted["check"].items():
        ends = f"{found['low']:.1%} to {found['high']:.1%}"
        over = f"; over popular {found['over_popular']:+.1%} (p {found['p_value']:.2g})"
        note = f"coverage of products {found['coverage']:.0%}" + (over if method != "popular" else "")
        yield f"hit rate@{K}, {method}", f"{found['hit_rate']:.1%} ({ends})", "", note


def shop(customers: int) -> dict[str, Any]:
    """Write a shop once: customers with tastes, products popular and rare, some that draw others along."""
    import pyarrow as pa

    from workbench import data

    folder = CACHE / f"offers-{customers}"
    lines = _lines(customers)
    if not folder.exists():
        names = lines["order"].cast(pa.string())
        orders = pa.table(
            {
                "transaction_id": names,
                "customer_id": lines["customer"].cast(pa.string()),
                "local_date": lines["day"],
                "kind": pa.repeat(pa.scalar("order"), len(lines)),
                "amount_micros": pa.repeat(pa.scalar(50_000_000), len(lines)),
            }
        )
        firsts = orders.take(pa.array(_firsts(lines)))
        sold = pa.table({"transaction_id": names, "product_id": _product(lines["product"])})
        store = data.open(folder)
        store.commit(
            [
                data.Change("transactions", firsts, "all"),
                data.Change("order_lines", sold, "all"),
                data.Change("products", _products(), "all"),
            ]
        )
    return {"folder": str(folder), "customers": customers, "lines": len(lines)}


def _firsts(lines: Any) -> Any:
    """Number of the first line of each order."""
    import numpy as np

    order = lines["order"].to_numpy()
    return np.flatnonzero(np.r_[True, order[1:] != order[:-1]])


def _lines(customers: int) -> Any:
    """Lines in time order of each customer: by taste, by popularity, or drawn along by the line before."""
    import numpy as np
    import pyarrow as pa

    rng = np.random.default_rng(SEED)
    number = rng.poisson(ORDERS_EACH - 1, customers) + 1
    customer = np.repeat(np.arange(customers), number)
    order = np.arange(len(customer))
    day = np.datetime64("2026-06-30") - rng.integers(0, 540, len(customer)).astype("timedelta64[D]")
    size = rng.poisson(LINES_EACH - 1, len(customer)) + 1
    who, which, when = (np.repeat(values, size) for values in (customer, order, day))
    taste = rng.integers(0, CATEGORIES, customers)[who]
    popular = 1 / np.arange(1, PRODUCTS // CATEGORIES + 1)
    rank = rng.choice(len(popular), len(who), p=popular / popular.sum())
    category = np.where(rng.random(len(who)) < 0.6, taste, rng.integers(0, CATEGORIES, len(who)))
    product = rank * CATEGORIES + category
    drawn = (rng.random(len(who)) < DRAWN_ALONG) & (np.r_[-1, who[:-1]] == who)
    product = np.where(drawn, (np.r_[0, product[:-1]] * 7 + 3) % PRODUCTS, product)
    return pa.table(
        {"customer": who, "order": which, "day": pa.array(when).cast(pa.date32()), "product": product}
    )


def _product(numbers: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.binary_join_element_wise("p", numbers.cast(pa.string()), "")


def _products() -> Any:
    import numpy as np
    import pyarrow as pa

    at = pa.array(np.arange(PRODUCTS))
    return pa.table(
        {
            "product_id": _product(at),
            "category": pa.array([f"c{number % CATEGORIES}" for number in range(PRODUCTS)]),
            "price_micros": pa.array((1 + np.arange(PRODUCTS) % 17) * 10_000_000),
        }
    )


def fit(folder: str) -> dict[str, Any]:
    """Fit with its check, then offers to everybody."""
    from workbench import data, offers

    store = data.open(folder)
    start, began = time.perf_counter(), time.process_time()
    model = offers.fit(store, "2026-06-30", k=K)
    middle, cpu = time.perf_counter(), 1000 * (time.process_time() - began)
    found = _offered(model)
    end = time.perf_counter()
    check = {row["method"]: row for row in model.check.to_dict("records")}
    times = {"ms": 1000 * (middle - start), "cpu_ms": cpu, "offers_ms": 1000 * (end - middle)}
    return {**times, "check": check, "offers": found, "fit_mb": peak_mb()}


def _offered(model: Any) -> int:
    """Offers to everybody; consent is not part of the measurement."""
    names = list(model.baskets.customers)
    parts = (model._ranked(*part, K) for part in model._parts(names))
    return sum(1 for part in parts for _ in part)
