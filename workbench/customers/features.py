"""What was known of each customer on a day: nothing later than that day is ever in a feature."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from workbench.customers.purchases import MICROS, ORDER_KINDS, REFUND, counted_rows, is_purchase
from workbench.errors import InputError, QuestionError
from workbench.schema import NO_CURRENCY

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

ATTRIBUTES = ("region", "interest", "gender", "language", "industry", "company_size", "acquisition_channel")
"""Attributes that hardly change. A value class, say, is often set by what came later: a leak."""

MOST_NAMES = 20
"""Values of an attribute that are told apart; the rest are `other`."""

OTHER = "other"


def of_customers(store: Store, day: dt.date, currency: str, attributes: tuple[str, ...]) -> pd.DataFrame:
    """Features of every customer with an order by the end of a day.

    Args:
        store: The store.
        day: Last day that was known.
        currency: Code of the amounts.
        attributes: Columns of `customers`.

    Returns:
        One row a customer, indexed by id: orders and money, contacts and cases, visits, feedback, consents,
        attributes. Missing where nothing is known.
    """
    orders = _orders(store, day, currency)
    parts = (_contacts, _visits, _feedback, _consents)
    found = orders.join([part(store, day) for part in parts])
    counts = [name for name in ("contacts_90", "cases_180", "complaints_180", "visits_30") if name in found]
    found[counts] = found[counts].fillna(0)
    return found.join(attributes_of(store, attributes)) if attributes else found


def _asked(store: Store, question: Any) -> pd.DataFrame:
    """Rows by customer, in one order: what is learnt with a seed must not depend on an engine's threads."""
    found: pd.DataFrame = store.query(question).to_pandas().set_index("customer_id")
    return found.sort_index(kind="stable")


def _since(day: dt.date, values: pd.Series) -> pd.Series:
    """Days from dates to a day."""
    import pandas as pd

    return (pd.Timestamp(day) - pd.to_datetime(values)).dt.days.astype(float)


def _back(day: dt.date, days: int) -> dt.date:
    return day - dt.timedelta(days=days)


def _orders(store: Store, day: dt.date, currency: str) -> pd.DataFrame:
    rows = counted_rows(store.table("transactions"), day, ORDER_KINDS)
    bought, same = is_purchase(rows, ORDER_KINDS), rows.currency.fill_null(NO_CURRENCY) == currency
    recent = rows.local_date > _back(day, 90)
    sums = rows.group_by("customer_id").aggregate(
        first=rows.local_date.min(where=bought),
        last=rows.local_date.max(where=bought),
        order_days=rows.local_date.nunique(where=bought),
        amount=rows.amount_micros.sum(where=same),
        orders_90=rows.count(where=bought & recent),
        amount_90=rows.amount_micros.sum(where=same & recent),
        refunds=rows.count(where=rows.kind == REFUND),
    )
    found = _asked(store, sums.filter(sums.order_days > 0))
    recency, tenure = _since(day, found.pop("last")), _since(day, found.pop("first"))
    gap = ((tenure - recency) / (found["order_days"] - 1)).where(found["order_days"] > 1)
    money = found[["amount", "amount_90"]].astype(float).fillna(0.0) / MICROS
    return found.assign(
        recency_days=recency,
        tenure_days=tenure,
        gap_days=gap,
        lateness=recency / gap,
        amount=money["amount"],
        amount_90=money["amount_90"],
        order_value=money["amount"] / found["order_days"],
    )


def _contacts(store: Store, day: dt.date) -> pd.DataFrame:
    rows = store.table("interactions")
    rows = rows.filter(rows.customer_id.notnull(), rows.local_date <= day)
    out = (rows.direction == "outbound").fill_null(False)
    good = (rows.reaction == "positive").fill_null(False)
    inbound, lately = (rows.direction == "inbound").fill_null(False), rows.local_date > _back(day, 180)
    found = _asked(
        store,
        rows.group_by("customer_id").aggregate(
            last_contact=rows.local_date.max(where=out),
            contacts=rows.count(where=out),
            contacts_90=rows.count(where=out & (rows.local_date > _back(day, 90))),
            positives=rows.count(where=out & good),
            cases_180=rows.count(where=inbound & lately),
            complaints_180=rows.count(where=lately & (rows.kind == "complaint").fill_null(False)),
        ),
    )
    share = found.pop("positives") / found.pop("contacts").where(lambda many: many > 0)
    return found.assign(positive_share=share, contact_gap_days=_since(day, found.pop("last_contact")))


def _visits(store: Store, day: dt.date) -> pd.DataFrame:
    rows = store.table("events")
    rows = rows.filter(rows.customer_id.notnull(), rows.local_date <= day)
    found = _asked(
        store,
        rows.group_by("customer_id").aggregate(
            last_visit=rows.local_date.max(),
            visits_30=rows.count(where=rows.local_date > _back(day, 30)),
        ),
    )
    return found.assign(visit_gap_days=_since(day, found.pop("last_visit")))


def _moment(day: dt.date) -> dt.datetime:
    """A UTC instant that lies on or before the day in every time zone."""
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _feedback(store: Store, day: dt.date) -> pd.DataFrame:
    rows = store.table("feedback")
    rows = rows.filter(rows.customer_id.notnull(), rows.time < _moment(day), rows.mood.notnull())
    bad = (rows.mood == "negative").fill_null(False)
    sums = rows.group_by("customer_id").aggregate(answers=rows.count(), bad=rows.count(where=bad))
    found = _asked(store, sums)
    return found.assign(negative_share=found.pop("bad") / found.pop("answers"))


def _consents(store: Store, day: dt.date) -> pd.DataFrame:
    rows = store.table("consent")
    rows = rows.filter(rows.time < _moment(day))
    keys = ["customer_id", "purpose", "channel"]
    latest = rows.group_by(keys).aggregate(granted=rows.granted.argmax(rows.time))
    return _asked(
        store, latest.group_by("customer_id").aggregate(consents=latest.count(where=latest.granted))
    )


def attributes_of(store: Store, names: tuple[str, ...]) -> pd.DataFrame:
    """Attributes of customers, indexed by id; rare values are `other`."""
    found = _asked(store, store.table("customers").select("customer_id", *names))
    for name in names:
        common = found[name].value_counts().index[:MOST_NAMES]
        known = found[name].where(found[name].isin(common) | found[name].isna(), OTHER)
        found[name] = known.astype(object)
    return found[~found.index.duplicated()]


def extra_at(extra: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """The newest row of each customer that was known by a day."""
    import pandas as pd

    known = extra[extra["known_on"] <= pd.Timestamp(day)]
    newest = known.sort_values("known_on", kind="stable").groupby("customer_id").tail(1)
    return newest.set_index("customer_id").drop(columns="known_on")


def _as_frame(extra: Any) -> pd.DataFrame:
    import pandas as pd

    if isinstance(extra, pd.DataFrame):
        return extra
    try:
        return pd.DataFrame(extra)
    except (TypeError, ValueError):
        raise InputError(
            f"Own features are a {type(extra).__name__}, which is no table.",
            "Give a frame with customer_id, known_on and the features.",
        ) from None


def checked_extra(extra: Any) -> pd.DataFrame | None:
    """Own features of customers with the day from which on they were known.

    Raises:
        InputError: for columns that are missing.
        QuestionError: for a frame without a feature.
    """
    import pandas as pd

    if extra is None:
        return None
    frame = _as_frame(extra)
    for name in ("customer_id", "known_on"):
        if name not in frame:
            raise InputError(
                f"extra has no column {name!r}.",
                "Give customer_id, known_on (the day from which a value was known) and the features: without "
                "that day nobody can tell whether a feature looks into the future.",
            )
    if len(frame.columns) < 3:
        raise QuestionError("extra has no feature beside customer_id and known_on.", "Add at least one.")
    return frame.assign(known_on=pd.to_datetime(frame["known_on"]))
