"""`propose`: a contact plan from a workspace alone, with the reason of each contact."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.audiences import Audience
from workbench.contacts import ContactInterval
from workbench.errors import QuestionError
from workbench.optimize import ContactPlan, plan_contacts
from workbench.plans.contacts import asked as ask
from workbench.plans.contacts import words
from workbench.plans.contacts.asked import Asked, asked_of
from workbench.plans.contacts.base import Base, base
from workbench.plans.contacts.candidates import candidates
from workbench.plans.contacts.events import ROUTINE, event_candidates
from workbench.plans.contacts.listing import Listing, listing
from workbench.solvers.plan import Note, plain

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

REASONS = ("customer_id", "method", "chance", "harm", "worth", "gap", "routine_days", "why_en", "why_zh")
"""Columns of a candidate that its reason tells."""


@dataclass(frozen=True, eq=False)
class ContactProposal:
    """The answer of `plans.contacts.propose`; amounts in `currency`, else in positive reactions.

    Attributes:
        base: What it rests on: effects, customers, marketers, consent, worth.
        plan: Who, how, by whom, when, with its certificate.
        asked: Hours, minutes and days, with the defaults filled in.
        table: One row a contact, as the plan has it, with `segment`, `chance` (of a positive reaction then),
            `harm`, `worth` (of a positive reaction), `gap` (days since the last contact; NaN: the first),
            `routine_days` (the routine interval), `message` (`routine` or the event that asks for it),
            `why_en, why_zh` (of an event).
        candidates: Customers and methods that might have been planned.
        start: First day. end: Last day.
    """

    base: Base
    plan: ContactPlan
    asked: Asked
    table: pd.DataFrame
    candidates: pd.DataFrame = field(repr=False)
    start: dt.date
    end: dt.date

    @property
    def data_version(self) -> int:
        """Version of the store."""
        return self.base.data_version

    @property
    def currency(self) -> str:
        """ISO 4217 code of the amounts; empty where they are positive reactions."""
        return self.base.worth.currency

    @property
    def rhythm(self) -> ContactInterval:
        """Best method and interval of each segment."""
        return self.base.rhythm

    @property
    def marketers(self) -> tuple[str, ...]:
        """Who contacts customers."""
        return self.base.facts.marketers

    @property
    def audiences(self) -> Mapping[str, Audience]:
        """Method → what the gate says of it."""
        return self.base.permits.audiences

    @property
    def hour_worth(self) -> float:
        """What one more hour of a marketer and day brings beyond its cost."""
        return float(self.plan.shadow_prices.get("hour", 0.0))

    @property
    def hour_pays(self) -> bool:
        """Whether one more hour brings anything."""
        return self.hour_worth > 0

    @property
    def contacts_a_day(self) -> float:
        """Mean contacts of a marketer and day."""
        return self.plan.contacts_a_day

    @cached_property
    def load(self) -> pd.DataFrame:
        """One row a marketer and day: contacts, hours, what is used of them, and what one more is worth."""
        return self.plan.load

    @cached_property
    def methods(self) -> pd.DataFrame:
        """One row a method: `method, minutes, usual, most` (end of a slider), `contacts, customers` (that may
        be contacted so), `asked` (whether a consent names it), `each`, `per_hour` (mean value of a planned
        contact, and of an hour of them; NaN: none)."""
        return _methods(self)

    @cached_property
    def staff(self) -> pd.DataFrame:
        """One row a marketer: `marketer, hours` (a day), `contacts`, `used` (share of the time), `price`."""
        return _staff(self)

    @cached_property
    def segments(self) -> pd.DataFrame:
        """One row a segment: its best method and interval with their intervals, and contacts planned."""
        return _segments(self)

    def listed(self, marketer: str = "", page: int = 1) -> Listing:
        """One page of the work list of a marketer, or of all: see `whose`.

        Args:
            marketer: Whose; empty: everybody's.
            page: From 1 on.
        """
        return listing(self.whose(marketer), page)

    def whose(self, marketer: str = "") -> pd.DataFrame:
        """The whole work list of a marketer in order of day and rank; of all the most valuable first."""
        if not marketer:
            order = ["expected_value", "customer_id"]
            return self.table.sort_values(order, ascending=[False, True], ignore_index=True)
        mine = self.table[self.table["marketer"] == marketer]
        return mine.sort_values(["day", "rank"], ignore_index=True)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What must be known to believe it, and what binds."""
        return words.notes(self)

    def sentence(self, lang: str = "en") -> str:
        """The plan in a sentence."""
        return words.headline(self, lang)

    def certificate(self, lang: str = "en") -> str:
        """How far from the best it can be, and what one more hour brings."""
        return words.certificate(self, lang)

    def binds(self, lang: str = "en") -> list[str]:
        """What keeps the plan from bringing more, each in a sentence."""
        return words.binds(self, lang)

    def remarks(self, lang: str = "en", names: Mapping[Any, str] | None = None) -> list[str]:
        """What must be known to believe it, each in a sentence."""
        return [words.noted(note, lang, names) for note in self.notes]

    def reason(self, row: Mapping[Any, Any], lang: str = "en", names: Mapping[Any, str] | None = None) -> str:
        """Why a contact of `table` is made.

        Args:
            row: A row.
            lang: `en` or `zh`.
            names: (dimension, value) → shown name (`Store.labels`).
        """
        return words.reason(self, row, lang, names)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values without any customer: figures, load, methods, sentences."""
        load = self.load.assign(day=self.load["day"].astype(str)).to_dict("records")
        figures = {
            "contacts": len(self.table), "customers": self.plan.contacted, "value": self.plan.total_value,
            "gap": self.plan.gap, "upper_bound": self.plan.upper_bound, "hour_worth": self.hour_worth,
            "currency": self.currency, "start": str(self.start), "end": str(self.end),
            "data_version": self.data_version,
        }  # fmt: skip
        told = {lang: [self.sentence(lang), self.certificate(lang)] for lang in ("en", "zh")}
        return dict(plain({**figures, "load": load, "methods": self.methods.to_dict("records"), **told}))

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.sentence())} {escape(self.certificate())}</p>"


def propose(
    store: Store,
    hours: float | None = None,
    staff: Mapping[str, float] | None = None,
    minutes: Mapping[str, float] | None = None,
    hour_cost: float = 0.0,
    days: int = 5,
    worth_days: int = 30,
    purpose: str | None = None,
    covered: Mapping[str, str] | None = None,
    by: str = "value_class",
    segment: Any = None,
) -> ContactProposal:
    """Plan contacts from what the workspace holds: interactions, customers, orders, consent.

    A customer may be contacted by a method once its routine interval has passed, the gate of `audiences`
    lets it through (consent for the purpose, do-not-contact, the fatigue cap) and no complaint is open.
    What an event asks for (an open complaint, a mention, a contract's end, a lapse: `contacts.triggers`) goes
    first, within the same gate.
    A contact is worth what the customer brings in `worth_days`, times the probability of a positive
    reaction after that gap, less bad reactions, complaints and opt-outs.

    Args:
        store: The workspace.
        hours: A marketer's hours a day; None: as they are spent now.
        staff: Marketer → own hours a day; 0: away.
        minutes: Method → minutes of a contact; what is not named takes as long as it did.
        hour_cost: What an hour costs, in the unit of the values; 0: not known.
        days: Weekdays of the plan, 1 to 20, from the first one after the data.
        worth_days: Days of a customer's value that a positive reaction counts as, 1 to 365.
        purpose: What the consent must be for; None: `marketing`, else the first that consents name.
        covered: Method without a consent of its own → the channel whose consent covers it, for example
            `{"visit": "call"}`; what is not named here is not planned.
        by: The customers' attribute that makes segments.
        segment: A rule of `segments` whose customers alone are planned; None: everybody.

    Raises:
        QuestionError: for what is missing in the workspace, and settings that are none.
    """
    if not isinstance(worth_days, int) or not 1 <= worth_days <= ask.MOST_WORTH_DAYS:
        raise QuestionError(
            f"A positive reaction counts {worth_days!r} days.", "Give a whole number from 1 to 365."
        )
    found = base(store, by, purpose, covered or {}, worth_days, segment)
    asked = asked_of(found.facts, hours, staff, minutes, hour_cost, days, worth_days)
    end = ask.last_day_of(found.facts, asked.days)
    room = ask.capacity(found, asked)
    possible = candidates_of(found, room, end)
    plan = plan_contacts(possible, room, ask.rules(found, asked, room))
    return ContactProposal(found, plan, asked, _told(plan, possible), possible, found.facts.start, end)


def candidates_of(found: Base, room: pd.DataFrame, end: dt.date) -> pd.DataFrame:
    """The candidates whom somebody with hours can contact.

    Raises:
        QuestionError: where nobody is due.
    """
    possible = _with_events(found, end)
    possible = possible[possible["method"].isin(room["method"]) & (possible["value"] > 0)]
    if possible.empty:
        raise QuestionError(
            "No customer is due for a contact that pays.",
            "Look at consents and intervals, plan more days, or choose other customers.",
        )
    return possible.reset_index(drop=True)


def _with_events(found: Base, end: dt.date) -> pd.DataFrame:
    """Routine contacts and those that an event asks for, which go first; one row a customer and method."""
    import pandas as pd

    facts = found.facts
    routine = candidates(facts, found.rhythm, found.permits, found.worth, end)
    routine = routine.assign(message=ROUTINE, why_en="", why_zh="")
    people = facts.people[["customer_id", "language"]]
    asking = event_candidates(
        found.due, found.permits, found.worth, list(people["customer_id"]), facts.start, end
    ).merge(people, on="customer_id")
    if asking.empty:
        return routine
    both = pd.concat([asking, routine.assign(priority=asking["priority"].max() + 1)], ignore_index=True)
    kept = both.drop_duplicates(["customer_id", "method"])
    return kept.sort_values(["customer_id", "method"], ignore_index=True)


def _told(plan: ContactPlan, possible: pd.DataFrame) -> pd.DataFrame:
    """The plan's contacts with what their reasons tell."""
    return plan.table.merge(possible[list(REASONS)], on=["customer_id", "method"], how="left")


def _methods(found: ContactProposal) -> pd.DataFrame:
    import pandas as pd

    usual, now = found.base.facts.minutes, found.asked.minutes
    by = found.table.groupby("method")["expected_value"]
    many, mean = by.size(), by.mean()
    rows = [
        {
            "method": name,
            "minutes": now[name],
            "usual": usual[name],
            "most": max(10.0, 3 * usual[name], now[name]),
            "contacts": int(many.get(name, 0)),
            "customers": found.audiences[name].size if name in found.audiences else 0,
            "asked": name in found.audiences,
            "each": float(mean.get(name, math.nan)),
            "per_hour": float(mean.get(name, math.nan)) * 60 / now[name],
        }
        for name in usual
    ]
    return pd.DataFrame(rows).sort_values("minutes", ascending=False, ignore_index=True)


def _staff(found: ContactProposal) -> pd.DataFrame:
    import pandas as pd

    load = found.load.assign(share=found.load["used"])
    by = load.groupby("marketer", sort=False).agg(
        contacts=("contacts", "sum"), used=("share", "mean"), price=("hour_price", "mean")
    )
    rows = [
        {"marketer": name, "hours": found.asked.hours_of(name), "own": name in found.asked.staff}
        for name in found.marketers
    ]
    table = pd.DataFrame(rows).merge(by.reset_index(), on="marketer", how="left")
    return table.fillna({"contacts": 0, "used": 0.0, "price": 0.0})


def _segments(found: ContactProposal) -> pd.DataFrame:
    many = found.table["segment"].value_counts()
    table = found.rhythm.segments.copy()
    table["planned"] = table["segment"].map(many).fillna(0).astype(int)
    return table.sort_values("reaction", ascending=False, ignore_index=True)
