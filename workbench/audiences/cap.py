"""The fatigue cap: nobody is contacted more often than this, over all channels together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import SettingsError

if TYPE_CHECKING:
    from workbench.store.store import Store

SETTING = "contact_cap"


@dataclass(frozen=True)
class Cap:
    """At most so many contacts that we began, in so many days, by any method.

    A contact of which nobody wrote down who began it counts as ours: a blind cap lets everybody through.

    Attributes:
        contacts: Contacts that fill the cap; who has had so many is held back.
        days: Length of the window that ends now.
    """

    contacts: int = 4
    days: int = 7

    def __post_init__(self) -> None:
        if self.contacts < 1 or self.days < 1:
            raise SettingsError(
                f"A cap of {self.contacts} contacts in {self.days} days lets nobody through.",
                "Give whole numbers, at least 1.",
                SETTING,
            )


def of(settings: Mapping[str, int]) -> Cap:
    """The cap that a workspace's setting names; what it does not name is as usual.

    Raises:
        SettingsError: for a name that a cap does not have, or numbers that make none.
    """
    if strange := sorted(set(settings) - {"contacts", "days"}):
        raise SettingsError(
            f"Setting {SETTING!r} has no {strange[0]!r}.",
            f"Write, for example: {SETTING} = {{ contacts = 4, days = 7 }}.",
        )
    return Cap(**settings)


def reached(store: Store, cap: Cap, at: dt.datetime) -> set[str]:
    """Customers who had as many contacts as the cap allows, in the days before a moment."""
    since, until = ((at - dt.timedelta(days=days)).astimezone(dt.UTC).isoformat() for days in (cap.days, 0))
    query = f"""
SELECT customer_id FROM interactions
WHERE direction IS DISTINCT FROM 'inbound' AND time > CAST('{since}' AS TIMESTAMPTZ)
  AND time <= CAST('{until}' AS TIMESTAMPTZ) AND customer_id IS NOT NULL
GROUP BY customer_id HAVING count(*) >= {cap.contacts}"""
    return set(store.query(query)["customer_id"].to_pylist())
