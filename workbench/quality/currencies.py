"""Amounts without a currency, of several currencies in one account, or without a rate into the answer's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.metrics.kpis import kpis
from workbench.quality.answer import Item
from workbench.quality.asked import Asked, named
from workbench.schema import NO_CURRENCY

if TYPE_CHECKING:
    from workbench.data import Store


def check(asked: Asked) -> Iterator[Item]:
    """Look at the currencies of every account's amounts."""
    if asked.store.as_of is None:
        return
    for name, codes in _of_accounts(asked.store).items():
        known = sorted(codes - {NO_CURRENCY})
        if NO_CURRENCY in codes:
            yield asked.item("currency", "no_currency", name)
        if len(known) > 1:
            yield asked.item("currency", "mixed", name, codes=", ".join(known))
    for note in kpis(asked.store, None, "cost", "all").notes:
        if note.code == "other_currencies":
            others, currency = ", ".join(note.values["others"]), note.values["currency"]
            yield asked.item("currency", "no_rate", currency=currency, others=others)


def _of_accounts(store: Store) -> dict[str, set[str]]:
    """Currencies of each account's amounts that are not 0."""
    rows = store.query(
        "SELECT source, account, currency FROM performance_hourly "
        "WHERE preferred AND (coalesce(cost_micros, 0) <> 0 OR coalesce(revenue_micros, 0) <> 0) "
        "GROUP BY source, account, currency ORDER BY source, account, currency"
    ).to_pylist()
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[named(row["source"], row["account"])].add(row["currency"] or NO_CURRENCY)
    return found
