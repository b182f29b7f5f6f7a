"""How many customers a marketer should handle a day, from a workspace alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.i18n import formats, text
from workbench.optimize import ContactLoad, contact_load
from workbench.plans.contacts import asked as ask
from workbench.plans.contacts.base import base
from workbench.plans.contacts.proposal import candidates_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

LENGTHS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Lengths of a day that are tried, in days as they are planned."""


@dataclass(frozen=True, eq=False)
class WorkLoad:
    """The answer of `plans.contacts.load`; amounts in `currency`, else in positive reactions.

    Attributes:
        found: Load at which one more hour is worth what it costs.
        hours: A marketer's hours a day as planned.
        currency: ISO 4217 code; empty: positive reactions.
    """

    found: ContactLoad
    hours: float
    currency: str

    @property
    def table(self) -> pd.DataFrame:
        """One row a length of the day: `hours, contacts_a_day, value, hour_worth`."""
        return self.found.table

    @property
    def has_cost(self) -> bool:
        """Whether it is known what an hour costs."""
        return self.found.hour_cost > 0

    def sentence(self, lang: str = "en") -> str:
        """How many contacts a day, in words; without a cost, what one more hour is worth."""
        if not self.has_cost:
            return text("contact_proposals.no_cost", lang)
        return text(
            "contact_proposals.load",
            lang,
            cost=self.amount(self.found.hour_cost, lang),
            contacts=formats.number(self.found.contacts_a_day, lang, 1),
            hours=formats.number(self.found.hours_a_day, lang, 2),
        )

    def amount(self, value: float, lang: str) -> str:
        """An amount in words."""
        if self.currency:
            return formats.money(value, self.currency, lang, short=True)
        return text("contact_proposals.reactions", lang, many=formats.number(value, lang, 1))

    def to_csv(self, path: Any = None) -> bytes:
        """The table as CSV that no spreadsheet runs; it holds no customer."""
        from workbench import exports

        return exports.csv(self.table, path)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        told = {lang: self.sentence(lang) for lang in ("en", "zh")}
        return {**self.found.to_dict(), "currency": self.currency, "sentence": told}

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.sentence())}</p>{self.table.to_html(index=False)}"


def load(
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
) -> WorkLoad:
    """Ask how many customers a marketer should handle a day, and what one more hour is worth.

    Args:
        store: The workspace.
        hours, staff, minutes, hour_cost, days, worth_days, purpose, covered, by, segment: As `propose`.

    Returns:
        The load at which one more hour is worth what it costs, and days of other lengths: a quarter of the
        planned hours to four times as many.

    Raises:
        QuestionError: as `propose`.
    """
    found = base(store, by, purpose, covered or {}, worth_days, segment)
    asked = ask.asked_of(found.facts, hours, staff, minutes, hour_cost, days, worth_days)
    room = ask.capacity(found, asked)
    possible = candidates_of(found, room, ask.last_day_of(found.facts, asked.days))
    planned = max(asked.hours_of(name) for name in dict.fromkeys(room["marketer"]))
    tried = [min(part * planned, ask.LONGEST) for part in LENGTHS]
    rules = ask.rules(found, asked, room)
    answer = contact_load(possible, room, rules, asked.hour_cost, list(dict.fromkeys(tried)))
    return WorkLoad(answer, planned, found.worth.currency)
