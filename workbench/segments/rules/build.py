"""Rules in Python: `(field("region") == "Sichuan") & ordered(times=2, within_days=90)`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.arguments import right_kinds
from workbench.segments.rules.check import checked
from workbench.segments.rules.nodes import In, Node, Tagged, Test
from workbench.segments.rules.operands import OPERATORS, Behaviour, Condition, Field, Operand, Rfm, Score

_OPERATORS = frozenset(word for words in OPERATORS.values() for word in words)


@dataclass(frozen=True, eq=False)
class Value:
    """A value of a customer, to be compared: `==`, `!=`, `<`, `<=`, `>`, `>=` give a rule.

    Attributes:
        of: What the value is.
    """

    of: Operand

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> Node:  # type: ignore[override]
        return self._test("==", other)

    def __ne__(self, other: object) -> Node:  # type: ignore[override]
        return self._test("!=", other)

    def __lt__(self, other: object) -> Node:
        return self._test("<", other)

    def __le__(self, other: object) -> Node:
        return self._test("<=", other)

    def __gt__(self, other: object) -> Node:
        return self._test(">", other)

    def __ge__(self, other: object) -> Node:
        return self._test(">=", other)

    def between(self, low: object, high: object) -> Node:
        """From `low` to `high`, both included."""
        return self._test("between", (low, high))

    def is_in(self, values: Iterable[object]) -> Node:
        """One of several values."""
        return self._test("in", _several(values))

    def not_in(self, values: Iterable[object]) -> Node:
        """None of several values; unknown where the value is missing."""
        return self._test("not_in", _several(values))

    def contains(self, part: str) -> Node:
        """Text that holds another, letter by letter."""
        return self._test("contains", part)

    def starts_with(self, part: str) -> Node:
        """Text that begins with another."""
        return self._test("starts_with", part)

    def known(self) -> Node:
        """Whether there is a value; never unknown."""
        return self._test("known", None)

    def unknown(self) -> Node:
        """Whether the value is missing; never unknown."""
        return self._test("unknown", None)

    @property
    def days_ago(self) -> Value:
        """Days from a date among the attributes to the day of the question."""
        return Value(replace(self.of, ago=True)) if isinstance(self.of, Field) else self

    def _test(self, op: str, value: object) -> Node:
        return checked(Test(self.of, op, value))


@right_kinds
def field(name: str, type: str = "") -> Value:
    """An attribute of customers.

    Args:
        name: A column of table `customers`, such as `region`, `gender`, `value_class`, `created_date`; or an
            own attribute of this workspace, as the file of customers called it, such as `Income`.
        type: Of an own attribute `number`, `text` or `date`; empty: told by what it is compared with.
    """
    return Value(Field(name, kind=type))


@right_kinds
def rfm_value(
    measure: str = "segment", thresholds: Mapping[str, Sequence[float]] | None = None, currency: str = ""
) -> Value:
    """A measure of RFM, as `segments.rfm` gives it; unknown for who has never ordered.

    Args:
        measure: `segment`, a score `r`, `f`, `m` from 1 to 5, or `recency_days`, `frequency`, `monetary`.
        thresholds: As in `segments.rfm`: keep `.thresholds` for a scale that does not move with the data.
        currency: ISO 4217 code of the amounts; needed where a store has several.
    """
    fixed = {name: tuple(map(float, edges)) for name, edges in (thresholds or {}).items()}
    return Value(Rfm(measure, tuple(sorted(fixed.items())), currency))


@right_kinds
def behaviour(
    source: str,
    measure: str = "count",
    column: str = "",
    within_days: int | None = None,
    currency: str = "",
    **where: Any,
) -> Value:
    """A measure over what a customer did.

    Args:
        source: `orders`, `lines` (products bought), `events`, `interactions`, `feedback`, `leads`.
        measure: `count`, `days` (with at least one), `sum`, `mean`, `min`, `max` (of a figure), or `first`,
            `last` (days since then; unknown where there is none).
        column: The figure: `amount`, `margin`, `quantity`, `minutes`, `score`, `value`.
        within_days: Only the last days, that of the question included.
        currency: ISO 4217 code of a figure that is money; needed where a store has several.
        where: Columns of the source: one value, several, or an operator and a value:
            `channel="search", kind=["click", "visit"], product=("contains", "tea"), score=("<=", 6)`.
    """
    told = tuple(sorted((_condition(*item) for item in where.items()), key=lambda item: item.column))
    return Value(Behaviour(source, measure, column, within_days, told, currency))


@right_kinds
def ordered(times: int = 1, within_days: int | None = None, **where: Any) -> Node:
    """Ordered at least so many times."""
    return behaviour("orders", within_days=within_days, **where) >= times


@right_kinds
def spent(at_least: float, within_days: int | None = None, currency: str = "", **where: Any) -> Node:
    """Spent at least so much, refunds taken off, in currency units."""
    return behaviour("orders", "sum", "amount", within_days, currency, **where) >= at_least


@right_kinds
def bought(times: int = 1, within_days: int | None = None, **where: Any) -> Node:
    """Bought products, such as `bought(category="tea")`: at least so many order lines."""
    return behaviour("lines", within_days=within_days, **where) >= times


@right_kinds
def did(kind: str, times: int = 1, within_days: int | None = None, **where: Any) -> Node:
    """Had at least so many events of a kind, such as `did("click", 3, within_days=30)`."""
    return behaviour("events", within_days=within_days, kind=kind, **where) >= times


@right_kinds
def contacted(times: int = 1, within_days: int | None = None, **where: Any) -> Node:
    """Was in contact (call, mail, meeting, chat, …) at least so many times."""
    return behaviour("interactions", within_days=within_days, **where) >= times


@right_kinds
def answered(times: int = 1, within_days: int | None = None, **where: Any) -> Node:
    """Gave feedback at least so many times, such as `answered(score=("<=", 6))`."""
    return behaviour("feedback", within_days=within_days, **where) >= times


@right_kinds
def never(source: str, within_days: int | None = None, **where: Any) -> Node:
    """Did nothing of the kind, such as `never("orders", within_days=90)`."""
    return behaviour(source, within_days=within_days, **where) == 0


@right_kinds
def days_since(source: str, which: str = "last", **where: Any) -> Value:
    """Days since the `first` or `last` of a kind, such as `days_since("interactions") > 30`."""
    return behaviour(source, which, **where)


@right_kinds
def score(table: str, column: str = "score") -> Value:
    """A model's score, from an own table of the store or one given with the question."""
    return Value(Score(table, column))


@right_kinds
def tagged(tag: str, value: str = "") -> Node:
    """Whether a customer has a tag, by hand or by rule; with this value where one is given."""
    return checked(Tagged(tag, value))


@right_kinds
def in_segment(segment: str) -> Node:
    """Whether a customer is in another saved segment."""
    return checked(In(segment))


def _condition(column: str, told: Any) -> Condition:
    if isinstance(told, tuple) and len(told) == 2 and _is_operator(told[0]):
        return Condition(column, told[0], _several(told[1]) if told[0] in ("in", "not_in") else told[1])
    if isinstance(told, list | set | frozenset | tuple):
        return Condition(column, "in", _several(told))
    return Condition(column, "==", told)


def _is_operator(word: Any) -> bool:
    """Whether the first of two is an operator, be it one that does not exist, and not a value."""
    return isinstance(word, str) and (word in _OPERATORS or (bool(word) and not set(word) - set("<>=!~")))


def _several(values: Any) -> Any:
    if isinstance(values, str):
        return (values,)
    return tuple(sorted(values, key=str)) if isinstance(values, set | frozenset) else tuple(values)
