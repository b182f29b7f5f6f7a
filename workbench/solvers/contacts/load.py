"""How many customers a marketer should handle a day: as many as bring more than their time costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError
from workbench.i18n import text
from workbench.i18n.formats import number
from workbench.solvers.contacts.answer import answer
from workbench.solvers.contacts.plan import ContactPlan
from workbench.solvers.contacts.rules import ContactRules, amount, rules_of
from workbench.solvers.plan import figure, plain

if TYPE_CHECKING:
    import pandas as pd

HOURS = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
"""Hours a day that are tried."""

MORNING = 9.0
"""When a day begins if the rules do not say."""


@dataclass(frozen=True, eq=False)
class ContactLoad:
    """The answer of `workbench.optimize.contact_load`.

    Attributes:
        contacts_a_day: Contacts of a marketer and day at which one more hour is worth what it costs.
        hours_a_day: Hours that they take.
        hour_cost: What an hour costs.
        table: One row for each length of the day: `hours`; `contacts_a_day`; `value` (of the whole plan);
            `hour_worth`: what one more hour of every marketer and day brings, over the number of those.
        plan: The plan without a limit of time, every hour paid.
    """

    contacts_a_day: float
    hours_a_day: float
    hour_cost: float
    table: pd.DataFrame
    plan: ContactPlan = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows` and the answer."""
        names = ("contacts_a_day", "hours_a_day", "hour_cost")
        about = {name: getattr(self, name) for name in names}
        told = {lang: self.sentence(lang) for lang in ("en", "zh")}
        return dict(plain({"rows": self.table.to_dict("records"), **about, "sentence": told}))

    def sentence(self, lang: str = "en") -> str:
        """The load in words."""
        shown = {name: number(getattr(self, name), lang, 1) for name in ("contacts_a_day", "hours_a_day")}
        return text("contact_plans.load", lang, cost=figure(self.hour_cost, lang), **shown)

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.sentence())}</p>{self.table.to_html(index=False)}"


def load(candidates: Any, capacity: Any, rules: Any, hour_cost: float, hours: Sequence[float]) -> ContactLoad:
    """Find the load; arguments as `workbench.optimize.contact_load` takes them."""
    import pandas as pd

    kept = rules_of(rules)
    if not kept.minutes:
        raise QuestionError("Contacts take no time.", "Give minutes by method, such as {'call': 6}.")
    cost = amount("cost of an hour", hour_cost)
    best = answer(candidates, capacity, replace(kept, hours=None, hour_cost=cost))
    rows = [_row(candidates, capacity, kept, long) for long in hours]
    table = pd.DataFrame(rows, columns=["hours", "contacts_a_day", "value", "hour_worth"])
    return ContactLoad(best.contacts_a_day, float(best.load["hours"].mean()), cost, table, best)


def _row(candidates: Any, capacity: Any, rules: ContactRules, long: float) -> tuple[float, ...]:
    """What days of one length bring."""
    span = amount("length of a day", long)
    if not 0 < span <= 24:
        raise QuestionError(f"A day of {span:g} hours is none.", "Give hours above 0, at most 24.")
    begin = min(_morning(rules), 24 - span)
    found = answer(candidates, capacity, replace(rules, hours=(begin, begin + span), hour_cost=0.0))
    price = np.nan_to_num(found.load["hour_price"].to_numpy(float)).mean()
    return span, found.contacts_a_day, found.total_value, float(price)


def _morning(rules: ContactRules) -> float:
    """When the day begins: the earliest hour of the rules."""
    if rules.hours is None:
        return MORNING
    pairs = rules.hours.values() if isinstance(rules.hours, Mapping) else [rules.hours]
    return min(float(pair[0]) for pair in pairs)
