"""Birthdays: opened for a reason, for those who may be congratulated alone, with a line in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.contacts.due.events import Asked, events, later, nothing
from workbench.customers.cards.facts import days_to_birthday
from workbench.errors import PrivacyError
from workbench.privacy import audit, open_many

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

LEAST_REASON = 3


def birthdays(asked: Asked, customers: Sequence[str], reason: str, who: str = "") -> pd.DataFrame:
    """The next birthday of customers; 29 February is kept on 1 March in other years.

    Nothing but the day comes out: neither the year nor the age, nor the other values of the sealed row.

    Args:
        asked: The question.
        customers: Pseudonyms of those who may be congratulated; nobody else's row is opened.
        reason: Why, in words; it is kept in the audit log.
        who: Who asks; empty: the user of this machine.

    Raises:
        PrivacyError: without a reason, or where the audit log cannot be written.
    """
    import pandas as pd

    if len(reason.strip()) < LEAST_REASON:
        raise PrivacyError(
            "Personal data is opened only for a reason.", "Say why, for example: reason='complaint 1234'."
        )
    if not len(customers):
        return nothing()
    born = _born(asked.store.whole, customers, reason, who)
    away = born["birth_date"].map(
        {day: days_to_birthday(day, asked.day) for day in born["birth_date"].unique()}
    )
    day = pd.Timestamp(asked.day) + pd.to_timedelta(away, unit="D")
    return events(
        asked, born[["customer_id"]], kind="birthday", reason="birthday", of_table="customers",
        event=day, opens=later(day, -asked.rules.birthday_days), due=day, until=day,
    )  # fmt: skip


def _born(store: Store, customers: Sequence[str], reason: str, who: str) -> pd.DataFrame:
    """`customer_id, birth_date` of those whose birth date is known.

    Only a world made up, like the demo's, has birth dates in the table itself.
    """
    if store.row_counts.get("vault"):
        opened = open_many(store, customers, reason, who).select(["customer_id", "birth_date"])
        born: pd.DataFrame = opened.to_pandas().dropna()
        return born
    audit.append(
        store.path,
        "personal_opened",
        who,
        counts={"customers": len(customers)},
        why=reason,
        table="customers",
    )
    people = store.table("customers")
    rows = store.query(people.filter(people.birth_date.notnull()).select("customer_id", "birth_date"))
    found: pd.DataFrame = rows.to_pandas()
    return found[found["customer_id"].isin(set(customers))].reset_index(drop=True)
