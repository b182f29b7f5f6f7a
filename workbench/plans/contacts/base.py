"""What every plan of a workspace shares: effects, customers, marketers, consent and worth, read once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.audiences import cap as caps
from workbench.audiences.cap import Cap
from workbench.contacts import ContactInterval, Triggers, interval
from workbench.errors import QuestionError
from workbench.plans.contacts.events import due
from workbench.plans.contacts.facts import Facts, facts
from workbench.plans.contacts.permits import Permits, permits, purpose_of
from workbench.plans.contacts.worth import Worth, worth
from workbench.store.kept import Kept

if TYPE_CHECKING:
    from workbench.data import Store

_RHYTHMS: Kept[ContactInterval] = Kept(3)
_FACTS: Kept[Facts] = Kept(3)
_PERMITS: Kept[Permits] = Kept(6)
_WORTHS: Kept[Worth] = Kept(6)
_DUE: Kept[Triggers] = Kept(3)


@dataclass(frozen=True, eq=False)
class Base:
    """Everything that a plan rests on but for capacity.

    Attributes:
        rhythm: Best method and routine interval of each segment.
        facts: Customers, marketers, past contacts.
        permits: Who may be contacted how.
        worth: What a positive reaction of each customer is worth.
        due: Events that ask for a contact.
        cap: The fatigue cap of the gate.
        by: The customers' attribute that makes segments.
        zone: IANA name of the workspace's time zone.
        data_version: Version of the store.
    """

    rhythm: ContactInterval
    facts: Facts
    permits: Permits
    worth: Worth
    due: Triggers
    cap: Cap
    by: str
    zone: str
    data_version: int


def base(
    store: Store, by: str, purpose: str | None, covered: Mapping[str, str], worth_days: int, segment: Any
) -> Base:
    """Read it; each part once a data version and setting.

    Raises:
        QuestionError: for a workspace that lacks interactions, customers, marketers or consents: which, and
            what to import.
    """
    _check(store)
    why = purpose_of(store, purpose)
    cap = caps.of(dict(store.settings.contact_cap))
    rhythm = _RHYTHMS.of(store, by, lambda: interval(store, by))
    methods = rhythm.effects.curve.methods
    known = _FACTS.of(store, (by, methods), lambda: facts(store, by, methods))
    people = list(known.people["customer_id"])
    which = (by, why, tuple(sorted(covered.items())), known.start)
    may = _PERMITS.of(store, which, lambda: permits(store, people, methods, why, covered, known.start))
    value = _WORTHS.of(store, (known.as_of, worth_days), lambda: worth(store, known.as_of, worth_days))
    asking = _DUE.of(store, (known.as_of, by), lambda: due(store, known.as_of, by))
    if segment is not None:
        known = _only(store, known, segment, known.as_of)
    return Base(rhythm, known, may, value, asking, cap, by, store.zone.key, store.version)


def _check(store: Store) -> None:
    """Refuse a workspace in which nobody was ever contacted, or nobody is known."""
    lacking = [name for name in ("interactions", "customers") if not store.row_counts.get(name)]
    if "interactions" in lacking:
        raise QuestionError(
            "This workspace has no interactions, so nobody knows what contacts bring.",
            "Import interactions: customer, method, marketer, time, reaction.",
        )
    if lacking:
        raise QuestionError(
            "This workspace has no customers, so nobody knows their segments.",
            "Import customers: customer, segment or value class, language.",
        )


def _only(store: Store, known: Facts, segment: Any, day: dt.date) -> Facts:
    """The same with the customers of a saved segment alone."""
    from dataclasses import replace

    members = segment.members(store, day).table["customer_id"]
    people = known.people[known.people["customer_id"].isin(members)].reset_index(drop=True)
    if people.empty:
        raise QuestionError(
            "No customer of the segment can be planned for.", "Choose another segment, or everybody."
        )
    return replace(known, people=people)
