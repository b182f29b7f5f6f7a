"""What a customer agreed to: by purpose and channel, and whether nobody may contact them at all."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.customers.cards.rows import Rows
from workbench.privacy.consent import EVERY, allowed

if TYPE_CHECKING:
    from workbench.data import Store

MARKETING = "marketing"
BARRED, OPEN = "do_not_contact", "no_decision"


@dataclass(frozen=True)
class Permit:
    """Whether one purpose on one channel is allowed.

    Attributes:
        purpose, channel: As the consent table names them.
        allowed: Whether contact is allowed.
        reason: `granted`, `refused`, `withdrawn`, `do_not_contact` or `no_decision`.
        day: Day of the decision that counts; None: there is none.
    """

    purpose: str
    channel: str
    allowed: bool
    reason: str
    day: dt.date | None


@dataclass(frozen=True)
class Permits:
    """All permits of one customer, marketing first."""

    items: tuple[Permit, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        """Channels on which marketing is allowed."""
        return tuple(item.channel for item in self.items if item.allowed and item.purpose == MARKETING)

    @property
    def undecided(self) -> int:
        """Channels on which the customer has said neither yes nor no to marketing."""
        return sum(item.reason == OPEN and item.purpose == MARKETING for item in self.items)

    @property
    def barred(self) -> bool:
        """Whether the customer may not be contacted on any channel."""
        return bool(self.items) and all(item.reason == BARRED for item in self.items)


def permits(store: Store, rows: Rows) -> Permits:
    """Ask for every purpose and channel that the workspace knows, at the end of the card's last day."""
    if "consent" not in store.tables:
        return Permits()
    end = dt.datetime.combine(rows.as_of, dt.time.max, rows.zone)
    pairs = sorted(_pairs(store), key=lambda pair: (pair[0] != MARKETING, pair))
    found = []
    for purpose, channel in pairs:
        row = allowed(store, [rows.customer_id], purpose, channel, end).to_dict("records")[0]
        decided = row["decided_at"]
        day = None if decided != decided or decided is None else decided.tz_convert(rows.zone).date()
        found.append(Permit(purpose, channel, row["allowed"], row["reason"], day))
    return Permits(tuple(found))


def _pairs(store: Store) -> set[tuple[str, str]]:
    """Purposes and channels that any decision names; `all` is no channel of its own."""
    table = store.table("consent")
    rows = store.query(table.select("purpose", "channel").distinct()).to_pylist()
    purposes = {row["purpose"] for row in rows if row["purpose"] and row["purpose"] != EVERY} or {MARKETING}
    channels = {row["channel"] for row in rows if row["channel"] and row["channel"] != EVERY}
    return {(purpose, channel) for purpose in purposes for channel in channels}
