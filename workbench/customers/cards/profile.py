"""Who a customer is: what may be shown, and what stays masked until somebody opens it for a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.customers.cards.rows import Row, Rows
from workbench.privacy.people import TELLING

if TYPE_CHECKING:
    from workbench.data import Store

MASK = "••••"
PERSONAL = ("name", "email", "phone", "birth_date", *TELLING["customers"])
"""Fields that tell who it is; company and position do so beside one customer's orders."""

SHOWN = (
    *("value_class", "region", "city", "language", "gender", "interest", "industry", "company_size"),
    *("acquisition_channel", "acquisition_campaign_id", "created_date"),
)


@dataclass(frozen=True)
class Profile:
    """Who a customer is.

    Attributes:
        fields: Field → value, without those that are not known.
        masked: Personal fields that are known and masked.
        opened: Personal field → value, where they were opened; else empty.
    """

    fields: Mapping[str, Any]
    masked: tuple[str, ...]
    opened: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def birth_date(self) -> dt.date | None:
        """The birth date, where it was opened."""
        born = self.opened.get("birth_date")
        return born if isinstance(born, dt.date) else None


def profile(store: Store, rows: Rows, opened: Mapping[str, Any] | None) -> Profile:
    """Put a profile together.

    Args:
        store: The store.
        rows: What it knows of the customer.
        opened: Personal values that `privacy.open_personal` gave; None: they stay masked.
    """
    row = rows.customer
    fields = {name: row[name] for name in SHOWN if row.get(name) is not None}
    if opened is None:
        return Profile(fields, _known(store, row, rows.customer_id))
    telling = {name: row[name] for name in TELLING["customers"] if row.get(name)}
    values = {name: value for name, value in opened.items() if value is not None}
    return Profile(fields, (), {**values, **telling})


def _known(store: Store, row: Row, customer: str) -> tuple[str, ...]:
    """Personal fields that hold something; what is sealed is not looked into, only that it is there."""
    plain = [name for name in PERSONAL if row.get(name) is not None]
    if "vault" not in store.tables:
        return tuple(plain)
    vault = store.table("vault")
    mine = vault.filter(vault.customer_id == customer, vault.of_table == "customers")
    sealed = store.query(mine.count().name("n").as_table())["n"][0].as_py()
    hidden = [name for name in PERSONAL if name not in TELLING["customers"]] if sealed else []
    return tuple(name for name in PERSONAL if name in plain or name in hidden)
