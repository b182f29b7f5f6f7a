"""What asks for a contact, from `contacts.triggers`, as candidates that go before the routine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING

from workbench.contacts import triggers
from workbench.plans.contacts.permits import Permits
from workbench.plans.contacts.worth import Worth

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contacts import Triggers
    from workbench.data import Store

KINDS = ("complaint", "mention", "contract", "lapse")
"""Events of a plan; birthdays are personal and open for a reason alone."""

ROUTINE = "routine"
"""Message of a contact that no event asks for."""

MOST_DAYS = 31
"""Days ahead of the longest plan."""

COLUMNS = (
    *("customer_id", "method", "value", "segment", "ready", "due", "priority", "message", "worth"),
    *("chance", "why_en", "why_zh"),
)


def due(store: Store, day: dt.date, by: str) -> Triggers:
    """What asks for a contact from a day on, as far as any plan goes."""
    return triggers(store, day, MOST_DAYS, KINDS, group=by)


def event_candidates(
    found: Triggers, permits: Permits, worth: Worth, people: Collection[str], start: dt.date, end: dt.date
) -> pd.DataFrame:
    """What is due within the plan, by methods that the gate lets through; one row a customer and method.

    Of several events of a customer the most pressing stands.

    Args:
        found: What is due.
        permits: What the gate says.
        worth: What a positive reaction of each customer is worth.
        people: Customers that are planned.
        start: First day of the plan. end: Its last day.

    Returns:
        `COLUMNS`: `ready, due` (first and last day), `priority` (1 goes first), `message` (the kind).
    """
    import pandas as pd

    known = found.candidates([name for name in found.methods if name in permits.audiences])
    known = known[known["customer_id"].isin(people)]
    may = [
        known[(known["method"] == name) & known["customer_id"].isin(audience.ids)]
        for name, audience in permits.audiences.items()
    ]
    if not sum(map(len, may)):
        return pd.DataFrame(columns=list(COLUMNS))
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    table = pd.concat(may, ignore_index=True).rename(columns={"value": "chance"})
    table = table.merge(_said(found), on=["customer_id", "message"], how="left")
    table = table[(table["until"] >= first) & (table["ready"] <= last)]
    table["due"] = table["due"].where(table["due"] > first, first)
    table = table.sort_values(["priority", "due"], kind="stable").drop_duplicates(["customer_id", "method"])
    table = table.merge(worth.table, on="customer_id", how="left")
    table["worth"] = table["worth"].fillna(worth.usual)
    table["value"] = table["worth"] * table["chance"]
    return table[list(COLUMNS)].reset_index(drop=True)


def _said(found: Triggers) -> pd.DataFrame:
    """Why each event asks for a contact, in words, and until when it does."""
    said = found.table[["customer_id", "kind", "until", "why_en", "why_zh"]]
    return said.drop_duplicates(["customer_id", "kind"]).rename(columns={"kind": "message"})
