"""Customers as rows of measures and traits, from a store or from a frame of the reader's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.customers.lastday import last_day
from workbench.customers.orders import Orders, read
from workbench.customers.purchases import MICROS, ORDER_KINDS, is_purchase, sums_of_customers
from workbench.customers.remarks import Remark, counts
from workbench.errors import InputError, QuestionError, unknown
from workbench.schema import NO_CURRENCY
from workbench.segments import own

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

ID = "customer_id"
MEASURES = ("recency_days", "frequency", "monetary", "aov", "tenure_days", "categories", "contacts")
"""What a store knows of each buyer in numbers."""
HABITS = ("order_channel", "buys_on", "rhythm", "favourite_category")
"""What a store knows of each buyer's ways, beside the attributes of `customers`."""


@dataclass(frozen=True, eq=False)
class People:
    """Customers with what is known of them.

    Attributes:
        table: One row a customer, by id: `customer_id`, then measures (numbers) and traits (texts), own
            attributes of the workspace among them.
        as_of: Last day that counted; None for a frame.
        currency: ISO 4217 code of the amounts; `XXX`: not known.
        remarks: What was left out.
        data_version: Version of the store; None for a frame.
        sql: The main query; empty for a frame.
        store: Where they are from; None for a frame.
    """

    table: pd.DataFrame
    as_of: dt.date | None
    currency: str
    remarks: tuple[Remark, ...]
    data_version: int | None
    sql: str
    store: Store | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of measures and traits."""
        return tuple(name for name in self.table.columns if name != ID)

    def level(self, column: str, value: Any, lang: str) -> str:
        """What a trait's value is called."""
        return called(self.store, column, value, lang)


def people(
    source: Any,
    as_of: dt.date | str | None = None,
    id: str | None = None,
    currency: str | None = None,
    buyers: bool = True,
) -> People:
    """Bring customers into one form.

    Args:
        source: A store, or a pandas, Polars, Arrow or Ibis table with a row a customer.
        as_of: Last day that counts in a store; None: the last day on which customers did anything.
        id: Column of a frame with the customers' ids; None: `customer_id`, else rows are numbered.
        currency: ISO 4217 code of the amounts; needed where a store has several.
        buyers: Whether only customers with an order are asked for, not everybody in `customers`.

    Raises:
        InputError: for what is no table, or ids that are missing or repeat.
        QuestionError: for an unknown column, a day that is none, or several currencies without a choice.
    """
    from workbench.data import Store

    if isinstance(source, Store):
        day = as_of or last_day(source)
        if day is None:
            raise QuestionError("The store holds no day with data.", "Load orders first, or say as_of=.")
        return _of_store(source, read(source, day, None, currency), buyers)
    return _of_frame(source, id, currency or NO_CURRENCY)


def called(store: Store | None, column: str, value: Any, lang: str) -> str:
    """What a value of a trait is called, as the store's labels or the texts have it."""
    from workbench import i18n

    if value is None or value != value or value == "":
        return i18n.text("clusters.level_unknown", lang)
    own = f"clusters.level_{column}_{value}"
    if own in i18n.texts():
        return i18n.text(own, lang)
    dimension = {"acquisition_channel": "channel", "order_channel": "channel"}.get(column, column)
    dimension = "category" if column == "favourite_category" else dimension
    return (store.labels(lang) if store else {}).get((dimension, str(value)), str(value))


def _of_frame(frame: Any, id: str | None, currency: str) -> People:
    table = pandas_of(frame)
    if id is not None and id not in table.columns:
        raise unknown("column of customers", id, map(str, table.columns), InputError)
    key = id or (ID if ID in table.columns else None)
    who = table[key] if key else table.reset_index(drop=True).index.to_series() + 1
    if who.isna().any() or who.duplicated().any():
        raise InputError(
            f"Column {key!r} has customers without an id, or one customer in several rows.",
            "Give one row a customer; add up orders first, such as with groupby.",
        )
    rest = table.drop(columns=[key] if key else []).reset_index(drop=True)
    rest.columns = rest.columns.map(str)
    rest.insert(0, ID, who.reset_index(drop=True))
    return People(rest.sort_values(ID, ignore_index=True), None, currency, (), None, "")


def pandas_of(frame: Any) -> pd.DataFrame:
    """A copy of a frame of any library as pandas."""
    import pandas as pd

    if isinstance(frame, pd.DataFrame):
        return frame.copy()
    if hasattr(frame, "collect") and not hasattr(frame, "__arrow_c_stream__"):
        frame = frame.collect()
    for way in ("to_pyarrow", "to_arrow"):
        frame = getattr(frame, way)() if hasattr(frame, way) else frame
    if not hasattr(frame, "to_pandas"):
        raise InputError(
            f"Customers are a {type(frame).__name__}, which is no table.",
            "Give a store, or a pandas, Polars, Arrow or Ibis table with one row a customer.",
        )
    found: pd.DataFrame = frame.to_pandas()
    return found


def _of_store(store: Store, orders: Orders, buyers: bool) -> People:
    question = sums_of_customers(orders.counted, ORDER_KINDS, orders.currency)
    rows = orders.ask(question)
    bought = rows[rows["orders"] > 0]
    table = _measured(bought, orders.as_of)
    for more in (_habits(orders), _tastes(store, orders.counted), _contacts(store, orders.as_of)):
        table = table.merge(more, on=ID, how="left") if more is not None else table
    if "contacts" in table:
        table["contacts"] = table["contacts"].fillna(0)
    who = _attributes(store)
    if (told := own.columns(store, {*table.columns, *who.columns})) is not None:
        who = who.merge(told, on=ID, how="outer")
    table = table.merge(who, on=ID, how="left") if buyers else table.merge(who, on=ID, how="outer")
    table = table.sort_values(ID, ignore_index=True)
    said = orders.remarks + counts(
        others=int(rows["others"].sum()), refunds_only=int((rows["orders"] == 0).sum())
    )
    return People(
        table, orders.as_of, orders.currency, said, orders.data_version, orders.sql(question), store
    )


def _measured(rows: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    first, last = (rows[name].to_numpy().astype("datetime64[D]") for name in ("first_day", "last_day"))
    day, often = np.datetime64(as_of, "D"), rows["orders"].to_numpy(float)
    spent = rows["amount_micros"].fillna(0).to_numpy(float) / MICROS
    return pd.DataFrame(
        {
            ID: rows[ID].to_numpy(object),
            "recency_days": (day - last).astype(float),
            "frequency": often,
            "monetary": spent,
            "aov": spent / often,
            "tenure_days": (day - first).astype(float),
            "rhythm": np.select([often == 1, often <= 3], ["once", "sometimes"], "often").astype(object),
        }
    )


def _habits(orders: Orders) -> pd.DataFrame:
    """Where and on what days each buyer mostly orders; of equals the first by name."""
    bought = orders.counted.filter(is_purchase(orders.counted, ORDER_KINDS))
    late = bought.local_date.day_of_week.index() >= 5  # Monday is 0
    days = orders.ask(bought.group_by(ID).aggregate(late=late.cast("int64").sum(), rows=bought.count()))
    weekend = days["late"].astype(float) / days["rows"].astype(float) > 0.5
    days["buys_on"] = weekend.map({True: "weekend", False: "weekday"}).astype(object)
    most = orders.ask(_most(bought.filter(bought.channel.notnull()), "channel", "order_channel"))
    return days[[ID, "buys_on"]].merge(most, on=ID, how="left")


def _tastes(store: Store, counted: Any) -> pd.DataFrame | None:
    """Favourite category and number of categories; None where no order has lines."""
    if not store.row_counts.get("order_lines") or not store.row_counts.get("products"):
        return None
    lines, products = store.table("order_lines"), store.table("products")
    orders = counted.filter(is_purchase(counted, ORDER_KINDS)).select("transaction_id", ID)
    bought = lines.join(orders, "transaction_id").join(products, "product_id")
    bought = bought.select(ID, "category").filter(lambda rows: rows.category.notnull())
    kinds = store.query(bought.group_by(ID).aggregate(categories=bought.category.nunique())).to_pandas()
    most = store.query(_most(bought, "category", "favourite_category")).to_pandas()
    joined: pd.DataFrame = kinds.astype({"categories": float}).merge(most, on=ID)
    return joined


def _contacts(store: Store, as_of: dt.date) -> pd.DataFrame | None:
    """Interactions of each customer up to the day."""
    import pandas as pd

    if not store.row_counts.get("interactions"):
        return None
    rows = store.table("interactions")
    known = rows.filter(rows.local_date <= as_of, rows.customer_id.notnull())
    found = store.query(known.group_by(ID).aggregate(contacts=known.count())).to_pandas()
    return pd.DataFrame(found.astype({"contacts": float}))


def _attributes(store: Store) -> pd.DataFrame:
    """Attributes of `customers` that are filled; personal values are never among them."""
    from workbench.schema import TABLES

    known = TABLES["customers"].columns
    names = [c.name for c in known if c.role == "attribute" and c.privacy == "none"]
    names = [name for name in names if not name.endswith("_id")]
    rows = store.query(store.table("customers").select(ID, *names)).to_pandas()
    filled = [name for name in names if rows[name].notna().any()]
    kept: pd.DataFrame = rows[[ID, *filled]].astype(dict.fromkeys(filled, object))
    return kept


def _most(rows: Any, column: str, named: str) -> Any:
    """Ibis expression: the commonest value of a column by customer; of equals the first by name."""
    import ibis

    by = rows.group_by([ID, column]).aggregate(times=rows.count())
    rank = ibis.row_number().over(group_by=ID, order_by=[ibis.desc("times"), by[column]])
    return by.mutate(rank=rank).filter(lambda ranked: ranked.rank == 0).select(ID, **{named: column})


def check_columns(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse names of columns that a table lacks.

    Raises:
        QuestionError: naming the first.
    """
    for name in names:
        if name not in table.columns or name == ID:
            raise unknown("feature", name, [column for column in map(str, table.columns) if column != ID])
