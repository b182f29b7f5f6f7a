"""Day series of own sales: orders and what they brought, as the table of transactions has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.customers.purchases import MICROS, ORDER_KINDS, is_purchase, of_anybody
from workbench.errors import QuestionError, unknown
from workbench.forecast.bundle import Bundle
from workbench.forecast.notes import Note
from workbench.forecast.smoothing import Floats
from workbench.metrics import filters, money, periods
from workbench.metrics.dimensions import UNKNOWN, breakdown
from workbench.metrics.intervals import quotient
from workbench.metrics.rates import rates_of
from workbench.schema import NO_CURRENCY

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

GROUP = "sales"
"""What the names of these series begin with, before a colon."""

NAMES = ("revenue", "orders", "aov")
UNITS = {"revenue": "money", "orders": "count", "aov": "money"}
TABLE = "transactions"
BY = ("channel", "region")
"""Dimensions that a sale has."""

EPOCH = np.datetime64("1970-01-01")


def read(
    store: Store,
    name: str,
    by: str | Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    period: Any = "all",
    currency: str | None = None,
) -> Bundle:
    """One series a member.

    A day without any order is a day of 0 orders, from a member's first day to the last one of the table.
    Which orders count is as `customers.purchases` says, those of unknown customers too; a refund lowers the
    revenue of its own day. Amounts in other currencies are converted at the rates of their days.

    Args:
        store: The store. name: One of `NAMES`. by: Of `BY`. where: Filters on `BY`.
        period: Days. currency: ISO 4217 code of the amounts; None: the settings', else that of most orders.

    Raises:
        QuestionError: for another name, dimension or filter, or where there are no sales.
    """
    if name not in NAMES:
        raise unknown("series of sales", name, NAMES)
    names, kept = breakdown(by), filters.normal(store, where)
    for dimension in (*names, *kept):
        if dimension not in BY:
            raise QuestionError(
                f"Sales are known by channel and region, not by {dimension}.",
                "Tell them apart by channel or region, or choose a metric of advertising.",
            )
    rows = _rows(store, tuple(dict.fromkeys((*names, *kept))))
    first, last = rows["local_date"].min(), rows["local_date"].max()
    days = period if isinstance(period, periods.Period) else periods.resolve(period, last, first)
    converted = _converted(store, rows, money.checked(currency))
    inside = _filtered(converted.rows, kept)
    inside = inside[(inside["local_date"] >= days.start) & (inside["local_date"] <= days.end)]
    if inside.empty:
        raise nothing(store)
    return _bundle(store, name, names, kept, inside, min(last, days.end), converted)


def nothing(store: Store) -> QuestionError:
    """What is said where there are no sales to look at."""
    if store.advertisers is not None:
        return QuestionError(
            "Your link is for some advertisers, and sales belong to none of them.",
            "Choose a metric of advertising, or ask for a link without that limit.",
        )
    return QuestionError(
        "There are no sales in this period or under these filters.",
        "Import the orders (table transactions), or widen period and filters.",
    )


def _rows(store: Store, names: tuple[str, ...]) -> pd.DataFrame:
    """Orders and amounts by day, currency and dimensions.

    Raises:
        QuestionError: where there are none.
    """
    if TABLE not in store.tables:
        raise nothing(store)
    counted = of_anybody(store.table(TABLE)).filter(lambda table: table.local_date.notnull())
    keyed = counted.mutate(code=counted.currency.fill_null(NO_CURRENCY))
    sums = keyed.group_by([*names, "local_date", "code"]).aggregate(
        orders=keyed.count(where=is_purchase(keyed, ORDER_KINDS)), amount_micros=keyed.amount_micros.sum()
    )
    rows: pd.DataFrame = store.query(sums).to_pandas()
    if rows.empty:
        raise nothing(store)
    return rows


def _filtered(rows: pd.DataFrame, where: filters.Where) -> pd.DataFrame:
    for name, members in where.items():
        missing = rows[name].isna() & (UNKNOWN in members)
        rows = rows[rows[name].isin(members) | missing]
    return rows


@dataclass(frozen=True, eq=False)
class Converted:
    """Rows with `amount` in one currency, nan where no rate is known; its code; currencies left out."""

    rows: pd.DataFrame
    code: str
    notes: tuple[Note, ...]


def _converted(store: Store, rows: pd.DataFrame, asked: str) -> Converted:
    """Amounts in the currency asked for, else in that of the settings, else in that of most orders."""
    most = rows.groupby("code")["orders"].sum().sort_index().idxmax()
    code = asked or store.settings.currency or str(most)
    day = rows["local_date"].to_numpy("datetime64[D]").astype("int64")
    factor = np.ones(len(rows))
    for other in sorted({*rows["code"]} - {code}):
        at = (rows["code"] == other).to_numpy()
        factor[at] = rates_of(store).factors(other, code, day[at])[0]
    left = np.isnan(factor)
    count, names = int(rows["orders"][left].sum()), tuple(sorted({*rows["code"][left]}))
    notes = (Note.of("sales_left_out", count=count, names=names),) if left.any() else ()
    amount = rows["amount_micros"].astype("float64").fillna(0.0) / MICROS * factor
    return Converted(rows.assign(amount=amount), code, notes)


def _bundle(
    store: Store,
    name: str,
    by: tuple[str, ...],
    where: filters.Where,
    rows: pd.DataFrame,
    last: dt.date,
    converted: Converted,
) -> Bundle:
    groups, keys = _keys(rows, by)
    day = rows["local_date"].to_numpy("datetime64[D]").astype("int64")
    days = EPOCH + np.arange(day.min(), (np.datetime64(last) - EPOCH).astype(int) + 1)
    at = (groups, day - day.min())
    shape = (len(keys), len(days))
    orders, amounts = _grid(rows["orders"], at, shape), _grid(rows["amount"].fillna(0.0), at, shape)
    priced = _grid(rows["orders"].where(rows["amount"].notna(), 0.0), at, shape)
    begun = np.cumsum(_grid(np.ones(len(rows)), at, shape), axis=1) > 0
    value = {"revenue": amounts, "orders": orders, "aov": quotient(amounts, priced)}[name]
    price = {"revenue": np.ones(len(keys)), "orders": quotient(amounts.sum(axis=1), priced.sum(axis=1))}
    return Bundle(
        days=days,
        values=np.where(begun, value, np.nan),
        keys=keys,
        by=by,
        name=f"{GROUP}:{name}",
        unit=UNITS[name],
        currency=converted.code if UNITS[name] == "money" else "",
        sums=name != "aov",
        price=price.get(name, np.full(len(keys), np.nan)),
        money=converted.code,
        where=dict(where),
        data_version=store.version,
        notes=converted.notes if name != "orders" else (),
    )


def _keys(rows: pd.DataFrame, by: tuple[str, ...]) -> tuple[Any, tuple[Mapping[str, str], ...]]:
    """Number of each row's series, and what each series is of."""
    if not by:
        return np.zeros(len(rows), int), ({},)
    members = rows[list(by)].astype(object).where(rows[list(by)].notna(), "")
    found = members.groupby(list(by), sort=True).ngroup().to_numpy()
    named = members.assign(at=found).drop_duplicates("at").sort_values("at")
    return found, tuple({name: str(row[name]) for name in by} for row in named.to_dict("records"))


def _grid(values: Any, at: tuple[Any, Any], shape: tuple[int, int]) -> Floats:
    """Sums by series and day."""
    found = np.zeros(shape)
    np.add.at(found, at, np.asarray(values, float))
    return found
