"""The answer of `card`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.customers.cards import history
from workbench.customers.cards.figures import Figures
from workbench.customers.cards.permits import Permits
from workbench.customers.cards.profile import Profile
from workbench.customers.cards.rules import Action
from workbench.customers.cards.words import Labels, Money, say
from workbench.customers.cards.worth import HORIZON_DAYS, LAPSE_DAYS, Worth

if TYPE_CHECKING:
    import pandas as pd

PAGE = 20


@dataclass(frozen=True, eq=False)
class Card:
    """One customer up to a day.

    Attributes:
        customer_id: Pseudonym.
        as_of: Last day that counted.
        profile: Who it is; personal values masked unless they were opened.
        figures: Orders, money, contacts, complaints.
        worth: What is to be expected, with intervals.
        permits: What the customer agreed to.
        actions: What suggests itself, what may be done first.
        timeline: Everything that happened, newest first: `time, day, kind, what, how, campaign_id, who,
            result, amount, currency, ref`.
        contracts: Contracts, oldest first.
        tags: Tags, newest first.
        is_cut: Whether the oldest touches are left out.
        data_version: Version of the store.
    """

    customer_id: str
    as_of: dt.date
    profile: Profile
    figures: Figures
    worth: Worth
    permits: Permits
    actions: tuple[Action, ...]
    timeline: pd.DataFrame = field(repr=False)
    contracts: tuple[Mapping[str, Any], ...] = field(repr=False)
    tags: tuple[Mapping[str, Any], ...] = field(repr=False)
    is_cut: bool
    data_version: int

    @property
    def next_action(self) -> Action | None:
        """What to do next; None where nothing suggests itself or nothing may be done."""
        return next((action for action in self.actions if not action.held), None)

    @right_kinds
    def page(self, kinds: Sequence[str] = (), number: int = 1, size: int = PAGE) -> history.Page:
        """One page of the timeline.

        Args:
            kinds: Kinds to keep, such as `order` or `case`; empty: all.
            number: Page from 1.
            size: Rows of a page.

        Raises:
            QuestionError: for a kind that does not exist.
        """
        return history.part(self.timeline, kinds, number, size)

    @property
    def counts(self) -> dict[str, int]:
        """Kind → happenings in the timeline, in the order of `KINDS`; kinds without any are left out."""
        found = self.timeline["kind"].value_counts()
        return {kind: int(found[kind]) for kind in history.KINDS if kind in found}

    @right_kinds
    def sentence(self, lang: str = "en", labels: Labels | None = None) -> str:
        """What to do next and why."""
        action = self.next_action
        if action:
            return say("next", lang, {}).format(
                what=action.sentence(lang, labels), why=action.reason(lang, labels)
            )
        if self.actions:
            first = self.actions[0]
            return say("held", lang, {}).format(what=first.sentence(lang, labels), why=first.obstacle(lang))
        return say("nothing", lang, {})

    def value_sentence(self, lang: str = "en") -> str:
        """What the customer is worth, or why that cannot be said."""
        found = self.worth
        if found.why_not:
            return say(f"worth_{found.why_not}", lang, {})
        money = {name: Money(getattr(found, name), found.currency) for name in ("clv", "clv_low", "clv_high")}
        kind = say("as_revenue" if found.margin == 1 else "as_margin", lang, {})
        return say("worth", lang, {**money, "days": HORIZON_DAYS, "top": found.top, "kind": kind})

    def risk_sentence(self, lang: str = "en") -> str:
        """How likely the customer is to order nothing, and to have left."""
        found = self.worth
        if found.lapse_risk is None:
            return ""
        ends = {"low": found.lapse_low, "high": found.lapse_high}
        silent = say("lapse", lang, {"risk": found.lapse_risk, **ends, "days": LAPSE_DAYS})
        told = {} if found.churn is None else {"churn": found.churn}
        return i18n.text("card.both", lang, one=silent, two=say("churn" if told else "churn_one", lang, told))

    def to_frame(self) -> pd.DataFrame:
        """A copy of the timeline."""
        return self.timeline.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values; personal values only where they were opened."""
        rows = [_plain(row) for row in self.timeline.astype(object).to_dict("records")]
        return {
            "customer_id": self.customer_id,
            "as_of": self.as_of.isoformat(),
            "profile": _plain({**self.profile.fields, **self.profile.opened}),
            "figures": _plain(asdict(self.figures)),
            "worth": _plain({k: v for k, v in asdict(self.worth).items() if k != "remarks"}),
            "permits": [_plain(asdict(item)) for item in self.permits.items],
            "actions": [
                {"id": item.id, "held": item.held, "what": item.sentence("en"), "why": item.reason("en")}
                for item in self.actions
            ],
            "rows": rows,
            "data_version": self.data_version,
        }

    def _repr_html_(self) -> str:
        from html import escape

        lines = [self.sentence(), self.value_sentence(), self.risk_sentence()]
        said = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
        return f"{said}{self.timeline.head(PAGE).to_html(index=False)}"


def _plain(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Values as JSON has them: days and instants as text, what is missing as null."""
    return {str(name): _json(value) for name, value in values.items()}


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _plain(value)
    if value is None or value != value:
        return None
    return value.isoformat() if isinstance(value, dt.date) else value
