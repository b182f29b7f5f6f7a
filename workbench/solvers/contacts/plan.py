"""A contact plan: who is contacted how, by whom, when, what that brings, and how good it is for sure."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from workbench.i18n import text
from workbench.i18n.formats import number, percent
from workbench.solvers.plan import SMALL_GAP, Note, figure, plain

if TYPE_CHECKING:
    import pandas as pd


class ContactNote(Note):
    """Something to know about a contact plan: a code and its values."""

    def sentence(self, lang: str) -> str:
        """The note in words."""
        shown = {name: figure(value, lang) for name, value in self.values}
        return text(f"contact_plans.{self.code}", lang, **shown)


@dataclass(frozen=True, eq=False)
class ContactPlan:
    """The answer of `workbench.optimize.plan_contacts`; amounts in the unit of the values.

    Attributes:
        table: One row a contact, in order of marketer, day and rank: `customer_id, method, marketer, day,
            rank` (1 is the first of the marketer's day), `start` (hour and minute, where the rules have
            hours), `expected_value`, and `priority, segment, language, message, due` as the candidates.
        load: One row a marketer and day: `marketer, day, contacts, capacity` (contacts; inf: no limit),
            `hours` (of contacts), `hours_have`, `used` (share of the time, else of the contacts), `value`,
            `hour_price` (what one more hour would bring beyond its cost); hours are null without minutes.
        prices: One row a marketer, method and day: `marketer, method, day, contacts, capacity, price` (what
            room for one more contact would bring).
        shadow_prices: `contacts:METHOD`, `hour:MARKETER` (means over days), `hour` (over all) and
            `least:SEGMENT` (what the last contact that it gets at least takes away).
        total_value: Sum of the expected values. cost: Of the hours spent.
        objective: What was made large: values, with the lift of their priority, less the cost of hours.
        upper_bound: No plan within the rules has a better objective.
        gap: How far the objective can be from the best at most, relative.
        status: `optimal`: the gap is at most 0.000001; `feasible`: the rules are kept, the gap says how far
            from the best; `infeasible`: a segment cannot get what it gets at least; the plan is the nearest.
        customers: Customers that have a candidate. contacted: Customers in the plan.
        notes: What else is to be known.
    """

    table: pd.DataFrame
    load: pd.DataFrame
    prices: pd.DataFrame
    shadow_prices: dict[str, float]
    total_value: float
    cost: float
    objective: float
    upper_bound: float
    gap: float
    status: str
    customers: int
    contacted: int
    notes: tuple[ContactNote, ...] = ()

    @property
    def visits(self) -> pd.DataFrame:
        """The table: one row a contact."""
        return self.table

    @property
    def contacts_a_day(self) -> float:
        """Mean contacts of a marketer and day that has capacity."""
        return float(self.load["contacts"].mean()) if len(self.load) else 0.0

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, `load`, `prices` and all else that the plan says of itself."""
        names = ("total_value", "cost", "objective", "upper_bound", "gap", "status", "customers", "contacted")
        return dict(
            plain(
                {
                    "rows": _records(self.table),
                    "load": _records(self.load),
                    "prices": _records(self.prices),
                    "shadow_prices": self.shadow_prices,
                    **{name: getattr(self, name) for name in names},
                    "sentence": {lang: self.sentence(lang) for lang in ("en", "zh")},
                }
            )
        )

    def sentence(self, lang: str = "en") -> str:
        """The plan in words: what it does and brings, how sure that is, what one more hour is worth."""
        told = text(
            "contact_plans.headline",
            lang,
            contacts=number(len(self.table), lang),
            customers=number(self.contacted, lang),
            of=number(self.customers, lang),
            value=figure(self.total_value, lang),
        )
        parts = [told, self._certificate(lang), self._hour(lang)]
        parts += [note.sentence(lang) for note in self.notes]
        return ("" if lang == "zh" else " ").join(part for part in parts if part)

    def _certificate(self, lang: str) -> str:
        if self.status == "infeasible":
            return ""
        code = "optimal" if self.gap <= SMALL_GAP else "feasible"
        return text(f"contact_plans.{code}", lang, gap=percent(self.gap, lang, 2))

    def _hour(self, lang: str) -> str:
        if "hour" not in self.shadow_prices:
            return ""
        value, load = self.shadow_prices["hour"], number(self.contacts_a_day, lang, 1)
        code = "hour" if value > 0 else "hour_none"
        return text(f"contact_plans.{code}", lang, value=figure(value, lang), load=load)

    def _repr_html_(self) -> str:
        table = self.table.to_html(index=False, max_rows=20)
        return f'<div class="wb-plan"><p>{escape(self.sentence())}</p>{table}</div>'


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with days as text."""
    dates = {name: frame[name].dt.strftime("%Y-%m-%d") for name in frame.select_dtypes("datetime")}
    return list(frame.assign(**dates).to_dict("records"))  # type: ignore[arg-type]
