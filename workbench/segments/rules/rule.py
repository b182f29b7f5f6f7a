"""A rule over customers: who is meant, how many, in words, as JSON, and as a filter of other questions."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.errors import QuestionError
from workbench.segments.rules import asking, coding, saying
from workbench.segments.rules.answers import Members, Size
from workbench.segments.rules.check import whole
from workbench.segments.rules.nodes import All, Either, Node, Not, as_node

if TYPE_CHECKING:
    from workbench.store.part import Part
    from workbench.store.store import Store


@dataclass(frozen=True)
class Rule:
    """A rule; join rules with `&`, `|` and `~`.

    Attributes:
        tree: Its tests.
        name: What people call the segment; may be empty.
        id: Id of the saved segment; empty where it is not saved.
    """

    tree: Node
    name: str = ""
    id: str = field(default="", compare=False)

    def __and__(self, other: Any) -> Rule:
        return Rule(self.tree & as_node(other))

    def __or__(self, other: Any) -> Rule:
        return Rule(self.tree | as_node(other))

    def __invert__(self) -> Rule:
        return Rule(~self.tree)

    @right_kinds
    def members(
        self, store: Store, as_of: dt.date | str | None = None, scores: Mapping[str, Any] | None = None
    ) -> Members:
        """Who is meant.

        Args:
            store: The store.
            as_of: Last day that counts, as a date or `YYYY-MM-DD`: later rows, tags and customers are not
                seen. None: behaviour up to the last day on which any customer did something; tags,
                consent and customers as they stand. Attributes are as the store has them.
            scores: Name of a table of scores → frame with `customer_id` and the scores.

        Returns:
            `.table`: `customer_id, segment`, ordered by id; `.profile()`.

        Raises:
            QuestionError: for what the store does not have, segments in a ring, or several currencies
                without a choice.
        """
        return asking.members(self, store, as_of, scores)

    @right_kinds
    def count(
        self, store: Store, as_of: dt.date | str | None = None, scores: Mapping[str, Any] | None = None
    ) -> int:
        """How many are meant, exactly, and nothing else: the figure of a rule being written.

        Arguments as `members`.
        """
        return asking.count(self, store, as_of, scores)

    @right_kinds
    def size(
        self, store: Store, as_of: dt.date | str | None = None, scores: Mapping[str, Any] | None = None
    ) -> Size:
        """How many are meant, exactly, with their money and consent; arguments as `members`."""
        return asking.size(self, store, as_of, scores)

    @right_kinds
    def within(
        self, store: Store, as_of: dt.date | str | None = None, scores: Mapping[str, Any] | None = None
    ) -> Part:
        """The store with the rows of the members alone: ask it what you would ask the store.

        Arguments as `members`. Tables without customers (delivery, reach) refuse with a sentence.
        """
        return asking.within(self, store, as_of, scores)

    @right_kinds
    def sentence(self, lang: str = "en", names: Mapping[str, str] | None = None) -> str:
        """The rule as one plain sentence.

        Args:
            lang: `en` or `zh`.
            names: Id of a saved segment that the rule names → its name.
        """
        return saying.sentence(self.tree, lang, names)

    @right_kinds
    def suggested_name(self, lang: str = "en", names: Mapping[str, str] | None = None) -> str:
        """A name of up to 60 characters, taken from the sentence; arguments as `sentence`."""
        return saying.short(self.tree, lang, names)

    def to_plain(self) -> dict[str, Any]:
        """The rule as JSON values, with the version of their form."""
        return coding.to_plain(self.tree)

    def to_json(self) -> str:
        """The rule as JSON text."""
        return json.dumps(self.to_plain(), ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, text: Any, name: str = "") -> Rule:
        """The rule of JSON text, or of values as `to_plain` gives them.

        Raises:
            QuestionError: for the first fault, with its path.
        """
        return cls(coding.from_plain(text), name)

    def _repr_html_(self) -> str:
        from html import escape

        return "".join(f"<p>{escape(self.sentence(lang))}</p>" for lang in i18n.LANGUAGES)


@right_kinds
def rule(expr: Any, name: str = "") -> Rule:
    """A rule from an expression, its JSON, or another rule.

    Args:
        expr: Built of `field`, `ordered`, `spent`, `behaviour`, `tagged`, `score`, … with `&`, `|`, `~`; JSON
            text or values as `Rule.to_json` gives; or a rule.
        name: What people call the segment.

    Raises:
        QuestionError: for the first fault, with its path in the tree.
    """
    if isinstance(expr, Rule):
        return Rule(expr.tree, name or expr.name, expr.id)
    if isinstance(expr, Node):
        return Rule(whole(expr), name)
    if isinstance(expr, str | bytes | Mapping):
        return Rule.from_json(expr, name)
    raise QuestionError(
        f"{type(expr).__name__} is no rule.",
        "Compare something, such as field('region') == 'Sichuan', or give the JSON of a rule.",
    )


@right_kinds
def all_of(*rules: Any) -> Node:
    """True where every rule is, as `&`.

    Raises:
        QuestionError: without rules.
    """
    return whole(All(tuple(map(as_node, rules))))


@right_kinds
def any_of(*rules: Any) -> Node:
    """True where at least one rule is, as `|`.

    Raises:
        QuestionError: without rules.
    """
    return whole(Either(tuple(map(as_node, rules))))


@right_kinds
def none_of(*rules: Any) -> Node:
    """True where every rule is false.

    Raises:
        QuestionError: without rules.
    """
    return Not(any_of(*rules))
