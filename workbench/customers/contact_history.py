"""Outbound contacts as they looked when they were made: what had happened before, and nothing since."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

RECENT_DAYS = 30
NAMES = ("method", "contact_gap_days", "contacts_30", "method_gap_days", "positive_share", "method_share")


def outbound(store: Store, until: dt.date) -> pd.DataFrame:
    """Outbound contacts with a known reaction up to a day, in order of customer and time.

    Returns:
        `customer_id, method, time, local_date, positive` (0 or 1).
    """
    rows = store.table("interactions")
    rows = rows.filter(
        rows.customer_id.notnull(),
        rows.local_date <= until,
        rows.time.notnull(),
        rows.direction == "outbound",
        rows.reaction.notnull(),
        rows.method.notnull(),
    )
    asked = rows.select("customer_id", "method", "time", "local_date", "reaction")
    found = store.query(asked).to_pandas()
    found = found.assign(positive=(found.pop("reaction") == "positive").astype(float))
    ordered: pd.DataFrame = found.sort_values(
        ["customer_id", "time", "method", "positive"], kind="stable", ignore_index=True
    )
    return ordered


def looked_back(made: pd.DataFrame) -> pd.DataFrame:
    """Features of each contact from the customer's contacts before it.

    Args:
        made: As `outbound` gives.

    Returns:
        Rows of `made` in its order with `NAMES`: days since the last contact and since the last by the same
        method, contacts in the 30 days before, share of positive reactions before, by any and by the method.
    """
    one, same = made.groupby("customer_id"), made.groupby(["customer_id", "method"])
    day = 86400.0
    return made.assign(
        contact_gap_days=one["time"].diff().dt.total_seconds() / day,
        method_gap_days=same["time"].diff().dt.total_seconds() / day,
        contacts_30=_recent(made),
        positive_share=_before(made["positive"], one),
        method_share=_before(made["positive"], same),
    )


def _before(positive: pd.Series, groups: Any) -> pd.Series:
    """Share of positive reactions among the earlier contacts of the group; missing without any."""
    many = groups.cumcount()
    found: pd.Series = (groups["positive"].cumsum() - positive) / many.where(many > 0)
    return found


def _recent(made: pd.DataFrame) -> pd.Series:
    """Contacts of the customer in the days before each contact; rows are in order, so a search finds them."""
    import numpy as np
    import pandas as pd

    who = pd.factorize(made["customer_id"])[0].astype(np.int64)
    seconds = made["time"].dt.tz_convert(None).to_numpy().astype("datetime64[s]").astype(np.int64)
    ahead = seconds - seconds.min(initial=seconds[0] if len(seconds) else 0)
    span = int(ahead.max(initial=0)) + 1
    key = who * span + ahead
    before = np.maximum(ahead - RECENT_DAYS * 86400, 0) + who * span
    first = np.searchsorted(key, before, side="left")
    return pd.Series(np.arange(len(made)) - first, made.index, dtype=float)


def next_contact(made: pd.DataFrame, customers: pd.Index, day: dt.date) -> pd.DataFrame:
    """Features of a contact tomorrow morning, for each customer × method.

    Args:
        made: Contacts up to the day, as `outbound` gives.
        customers: Whom to look at.
        day: Last day that was known.

    Returns:
        `customer_id` and `NAMES`; ordered by customer and method.
    """
    import pandas as pd

    methods = sorted(made["method"].unique())
    pairs = {"customer_id": customers.repeat(len(methods)), "method": methods * len(customers)}
    rows = pd.DataFrame(pairs)
    moment = pd.Timestamp(day, tz="UTC") + pd.Timedelta(days=1)
    asked = rows.assign(time=moment, positive=0.0)
    lately = made[made["time"] >= moment - pd.Timedelta(days=RECENT_DAYS)]
    by_customer = made.groupby("customer_id").agg(last=("time", "max"), share=("positive", "mean"))
    by_method = made.groupby(["customer_id", "method"]).agg(last=("time", "max"), share=("positive", "mean"))
    asked = asked.join(by_customer, on="customer_id").join(
        by_method, on=["customer_id", "method"], rsuffix="_method"
    )
    many = lately.groupby("customer_id").size().rename("contacts_30")
    return asked.join(many, on="customer_id").assign(
        contact_gap_days=lambda table: (moment - table["last"]).dt.total_seconds() / 86400,
        method_gap_days=lambda table: (moment - table["last_method"]).dt.total_seconds() / 86400,
        contacts_30=lambda table: table["contacts_30"].fillna(0.0),
        positive_share=lambda table: table["share"],
        method_share=lambda table: table["share_method"],
    )[["customer_id", *NAMES]]
