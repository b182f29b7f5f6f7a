"""What orders a store holds: their days and currencies, and whether there are contracts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from workbench.schema import NO_CURRENCY

if TYPE_CHECKING:
    from workbench.data import Store


@dataclass(frozen=True)
class Held:
    """Orders of known customers.

    Attributes:
        first, last: Days of the first and the last; None without any.
        currencies: ISO 4217 codes, the most used first.
        contracts: Number of contracts with a last day.
    """

    first: dt.date | None
    last: dt.date | None
    currencies: tuple[str, ...]
    contracts: int


_known: WeakKeyDictionary[Store, tuple[int, Held]] = WeakKeyDictionary()


def held(store: Store) -> Held:
    """What orders a store holds; asked once a data version."""
    found = _known.get(store)
    if found is None or found[0] != store.version:
        found = (store.version, _asked(store))
        _known[store] = found
    return found[1]


def _asked(store: Store) -> Held:
    rows = store.table("transactions")
    rows = rows.filter(rows.customer_id.notnull())
    groups = rows.group_by(code=rows.currency.fill_null(NO_CURRENCY)).aggregate(
        first=rows.local_date.min(),
        last=rows.local_date.max(),
        count=rows.count(),
        contracts=rows.count(where=(rows.kind == "contract").fill_null(False) & rows.end_date.notnull()),
    )
    found = sorted(store.query(groups).to_pylist(), key=lambda row: (-row["count"], row["code"]))
    days = [(row["first"], row["last"]) for row in found if row["first"]]
    return Held(
        first=min((first for first, _ in days), default=None),
        last=max((last for _, last in days), default=None),
        currencies=tuple(row["code"] for row in found),
        contracts=sum(row["contracts"] for row in found),
    )
