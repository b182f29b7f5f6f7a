"""What a month should cost by campaign, advertiser, account or channel: the plans of its campaigns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.forecast.notes import Note
from workbench.metrics.rates import rates_of
from workbench.metrics.sums import MICROS
from workbench.schema import NO_CURRENCY, TABLES

if TYPE_CHECKING:
    from workbench.data import Store

TABLE = "campaigns"
DIMENSIONS = ("campaign", "advertiser", "account", "channel")
"""What a campaign's plan is known by."""


def campaigns(
    store: Store,
    by: Sequence[str],
    where: Mapping[str, Sequence[str]],
    first: dt.date,
    last: dt.date,
    currency: str,
) -> tuple[dict[str, float], tuple[Note, ...]]:
    """Planned spend of some days by member, from the budgets of campaigns, each spread evenly over its days.

    Args:
        store: The store.
        by: Dimensions, of `DIMENSIONS`.
        where: Dimension → members that are kept.
        first, last: Days, both included.
        currency: ISO 4217 code that amounts are converted to, at the rates of their days.

    Returns:
        Members joined by ` · ` → amount in currency units; nothing for other dimensions or filters. A note
        counts campaigns whose budget or rate is not known.
    """
    if TABLE not in store.tables or not {*by, *where} <= {*DIMENSIONS}:
        return {}, ()
    found: dict[str, float] = {}
    unknown = 0
    for row in _rows(store, where, first, last):
        amount = _amount(store, row, first, last, currency)
        if amount is None:
            unknown += 1
            continue
        name = " · ".join(str(row[dimension] or "") for dimension in by)
        found[name] = found.get(name, 0.0) + amount
    notes = (Note.of("unplanned", campaigns=unknown),) if unknown and found else ()
    return found, notes


def _rows(
    store: Store, where: Mapping[str, Sequence[str]], first: dt.date, last: dt.date
) -> list[dict[str, Any]]:
    """The campaigns that run in some days."""
    table = store.table(TABLE)
    table = table.select(*[name for name in TABLES[TABLE].names if name in table.columns])
    rows = store.query(table.filter(table.start_date <= last, table.end_date >= first)).to_pylist()
    return [row for row in rows if all(row[name] in members for name, members in where.items())]


def _amount(store: Store, row: dict[str, Any], first: dt.date, last: dt.date, currency: str) -> float | None:
    """The part of a campaign's budget that falls into some days; None where it is not known."""
    if row["budget_micros"] is None:
        return None
    start, end = max(row["start_date"], first), min(row["end_date"], last)
    code = row["currency"] or NO_CURRENCY
    rate = 1.0 if code in (currency, NO_CURRENCY) else rates_of(store).over(code, currency, start, end)
    if rate is None:
        return None
    part = ((end - start).days + 1) / ((row["end_date"] - row["start_date"]).days + 1)
    return float(row["budget_micros"] / MICROS * part * rate)
