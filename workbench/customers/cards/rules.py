"""The next best action: a table of rules, the first that applies and may be done."""

from __future__ import annotations

import operator
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from workbench.customers.cards.facts import Facts
from workbench.customers.cards.permits import Permits
from workbench.customers.cards.words import Labels, say
from workbench.errors import QuestionError, unknown

NEEDS = ("nothing", "no_objection", "consent")
OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
}
FACTS = (
    *("complaint_days", "waiting_days", "contract_days_left", "low_score_days", "lapse_risk", "top"),
    *("birthday_in", "orders", "days_since_first_order", "days_since_contact"),
    *("channels_allowed", "channels_undecided"),
)

Condition = tuple[str, str, float]
"""(fact, `<=` `>=` or `=`, value)."""


@dataclass(frozen=True)
class Rule:
    """One rule of the table.

    Attributes:
        id: Which; its sentences are the texts `card.do_<id>` and `card.why_<id>`.
        when: Conditions that must all hold; a fact that is not known holds none.
        needs: `nothing`, `no_objection` (no do-not-contact) or `consent` (marketing allowed somewhere).
    """

    id: str
    when: tuple[Condition, ...]
    needs: str = "consent"


@dataclass(frozen=True)
class Table:
    """Rules, first things first, and how often a customer may be contacted for marketing in 30 days."""

    rules: tuple[Rule, ...]
    most_contacts: int


@dataclass(frozen=True)
class Action:
    """One action that suggests itself.

    Attributes:
        id: The rule.
        held: Why it may not be done: `do_not_contact`, `no_consent`, `pressure`; empty: it may.
        channels: Where it may be done; empty: wherever the customer is waiting.
        told: What the evidence names.
    """

    id: str
    held: str = ""
    channels: tuple[str, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def sentence(self, lang: str, labels: Labels | None = None) -> str:
        """What to do."""
        what = say(f"do_{self.id}", lang, {})
        return say("by", lang, {"method": self.channels}, labels).format(what=what) if self.channels else what

    def reason(self, lang: str, labels: Labels | None = None) -> str:
        """The evidence: why it suggests itself."""
        return say(f"why_{self.id}", lang, self.told, labels)

    def obstacle(self, lang: str) -> str:
        """Why it may not be done; empty where it may."""
        return say(f"held_{self.held}", lang, {}) if self.held else ""


@cache
def builtin() -> Table:
    """The table that comes with the workbench: `rules.toml`."""
    read = tomllib.loads((Path(__file__).parent / "rules.toml").read_text(encoding="utf-8"))
    rules = tuple(Rule(row["id"], tuple(map(tuple, row["when"])), row["needs"]) for row in read["rules"])
    return checked(Table(rules, read["most_contacts"]))


def checked(table: Table) -> Table:
    """The table, if every rule can be read.

    Raises:
        QuestionError: for an unknown rule, fact, comparison or need, or a rule without a condition.
    """
    from workbench import i18n

    for rule in table.rules:
        if f"card.do_{rule.id}" not in i18n.texts():
            raise unknown("rule", rule.id, (row.id for row in builtin().rules))
        if rule.needs not in NEEDS:
            raise unknown("need of a rule", rule.needs, NEEDS)
        if not rule.when:
            raise QuestionError(f"Rule {rule.id!r} has no condition.", "Say when it applies.")
        for name, compare, _ in rule.when:
            if name not in FACTS:
                raise unknown("fact", name, FACTS)
            if compare not in OPERATORS:
                raise unknown("comparison", compare, OPERATORS)
    return table


def actions(table: Table, facts: Facts, permits: Permits, contacts: int) -> tuple[Action, ...]:
    """All actions that suggest themselves, those that may be done first, each group in the table's order.

    Args:
        table: Rules.
        facts: Of the customer.
        permits: What the customer agreed to.
        contacts: Times they were contacted in the last 30 days.
    """
    found = [_action(rule, facts, permits, contacts, table) for rule in table.rules if applies(rule, facts)]
    return tuple(sorted(found, key=lambda action: bool(action.held)))


def applies(rule: Rule, facts: Facts) -> bool:
    """Whether all conditions of a rule hold."""
    known = facts.known
    return all(name in known and OPERATORS[compare](known[name], value) for name, compare, value in rule.when)


def _action(rule: Rule, facts: Facts, permits: Permits, contacts: int, table: Table) -> Action:
    held = _held(rule, permits, contacts, table.most_contacts)
    channels: Sequence[str] = permits.channels if rule.needs == "consent" and not held else ()
    return Action(rule.id, held, tuple(channels), facts.told.get(rule.id, {}))


def _held(rule: Rule, permits: Permits, contacts: int, most: int) -> str:
    if rule.needs == "nothing":
        return ""
    if permits.barred:
        return "do_not_contact"
    if rule.needs == "no_objection":
        return ""
    if not permits.channels:
        return "no_consent"
    return "pressure" if contacts >= most else ""
