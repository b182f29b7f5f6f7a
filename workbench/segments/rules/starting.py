"""Tests as an editor begins and changes them: another subject, operator or value, always complete."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.errors import QuestionError, unknown
from workbench.segments.cells import SEGMENTS
from workbench.segments.rules.nodes import In, Node, Tagged, Test
from workbench.segments.rules.operands import (
    DAYLESS,
    FIELDS,
    FIGURES,
    OPERATORS,
    PRESENCE,
    RFM,
    SOURCES,
    Behaviour,
    Condition,
    Field,
    Operand,
    Rfm,
)

LISTS = ("in", "not_in")
TEXTS = ("contains", "starts_with")


@dataclass(frozen=True)
class Known:
    """What a store knows, for a first value that fits.

    Attributes:
        day: Its last day.
        values: `source.column` (also `customers` and `tags`) → values that occur, the most frequent first.
        segments: Id → name of the saved segments.
        currencies: Of orders, where there are several.
        own: Own attribute of customers → its type: `number`, `text` or `date`.
        marks: Attribute that is a number or day → name of a place among its values → the value there:
            `lowest`, `quarter`, `half`, `three_quarters`, `nine_tenths`, `highest`.
    """

    day: dt.date
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    currencies: tuple[str, ...] = ()
    own: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def first(self, source: str, column: str) -> str | None:
        """The most frequent value of a column."""
        return next(iter(self.values.get(f"{source}.{column}", ())), None)


def subjects(known: Known) -> dict[str, tuple[str, ...]]:
    """What a test can be about, in groups: `field:region`, `ago:created_date`, `rfm:segment`, `orders`, …"""
    others = ("tag", *(["segment"] if known.segments else []))
    return {
        **({"own": _attributes(known.own)} if known.own else {}),
        "attributes": _attributes(FIELDS),
        "behaviour": tuple(SOURCES),
        "rfm": tuple(f"rfm:{name}" for name in RFM),
        "other": others,
    }


def _attributes(kinds: Mapping[str, str]) -> tuple[str, ...]:
    """Attributes, and the days since those that are dates."""
    dates = [name for name, kind in kinds.items() if kind == "date"]
    return (*(f"field:{name}" for name in kinds), *(f"ago:{name}" for name in dates))


def subject(node: Node) -> str:
    """What a test is about, as `subjects` calls it; empty for one that only code can write."""
    if isinstance(node, Tagged):
        return "tag"
    if isinstance(node, In):
        return "segment"
    of = node.of if isinstance(node, Test) else None
    if isinstance(of, Field):
        return f"{'ago' if of.ago else 'field'}:{of.name}"
    if isinstance(of, Rfm):
        return f"rfm:{of.measure}"
    return of.source if isinstance(of, Behaviour) else ""


def fresh(about: str, known: Known) -> Node:
    """A first test about a subject.

    Raises:
        QuestionError: for another subject.
    """
    kind, _, name = about.partition(":")
    if about == "tag":
        return Tagged(known.first("tags", "tag") or "vip")
    if about == "segment" and known.segments:
        return In(next(iter(known.segments)))
    if kind in ("field", "ago") and (name in FIELDS or name in known.own):
        return _first(Field(name, kind == "ago", known.own.get(name, "")), known)
    if kind == "rfm" and name in RFM:
        return _first(Rfm(name), known)
    if about in SOURCES:
        return Test(Behaviour(about), ">=", 1)
    raise unknown("subject", about, [item for group in subjects(known).values() for item in group])


def with_operator(test: Test, op: str, known: Known) -> Test:
    """A test with another operator, its value in the form that one takes.

    Raises:
        QuestionError: for an operator that does not fit.
    """
    of = test.of
    if isinstance(of, Field) and of.is_own and not of.kind:
        of = replace(of, kind=known.own.get(of.name, ""))
    if op not in OPERATORS[of.type]:
        raise unknown("operator", op, OPERATORS[of.type])
    return Test(of, op, _formed(op, test.value, _value(of, known) if of.type != "any" else None))


def with_value(test: Test, words: Any, end: str = "") -> Test:
    """A test with another value, as typed; the `low` or `high` end of a range alone."""
    if test.op == "between" and end in ("low", "high"):
        low, high = test.value
        new = read(words, test.of.type)
        return replace(test, value=(new, high) if end == "low" else (low, new))
    if test.op in LISTS:
        parts = str(words).replace("，", ",").replace("、", ",").split(",")
        return replace(test, value=tuple(part.strip() for part in parts if part.strip()))
    kind = "text" if test.op in TEXTS else test.of.type
    return replace(test, value=read(words, kind))


def with_toggled(test: Test, words: str) -> Test:
    """A test of several values with one more, or without one that was among them; one always stays."""
    now = test.value if isinstance(test.value, tuple) else (test.value,)
    left = tuple(item for item in now if item != words)
    return replace(test, value=(left or now) if words in now else (*now, words))


def with_measure(test: Test, words: str, known: Known) -> Test:
    """Behaviour by another measure: `count`, `last`, `sum:amount`, …"""
    now = _behaviour(test)
    if words not in measures(now.source):
        raise unknown("measure", words, measures(now.source))
    measure, _, column = words.partition(":")
    of = replace(now, measure=measure, column=column)
    fits = of.type == test.of.type
    return replace(test, of=of) if fits else _first(of, known)


def with_days(test: Test, words: str) -> Test:
    """Behaviour within other days; empty: all of them."""
    days = None if not words.strip() else read(words, "days")
    return replace(test, of=replace(_behaviour(test), within_days=days))


def with_condition(test: Test, column: str, part: str, words: str, known: Known) -> Test:
    """Behaviour with a condition on its rows added (`add`), changed (`op`, `value`) or left out (`drop`)."""
    of = _behaviour(test)
    told = {item.column: item for item in of.where}
    columns = (*SOURCES[of.source].texts, *SOURCES[of.source].numbers)
    if column not in (columns if part == "add" else told):
        raise unknown("column", column, columns)
    kind = "number" if column in SOURCES[of.source].numbers else "text"
    if part == "drop":
        del told[column]
    elif part == "add":
        start = known.first(of.source, column) or ""
        told[column] = Condition(column, "==", 0 if kind == "number" else start)
    else:
        told[column] = _condition(told[column], part, words, kind)
    where = tuple(sorted(told.values(), key=lambda item: item.column))
    return replace(test, of=replace(of, where=where))


def measures(source: str) -> tuple[str, ...]:
    """What can be measured of a source, as `with_measure` takes it."""
    figures = tuple(f"{measure}:{column}" for column in SOURCES[source].numbers for measure in FIGURES)
    days = () if source in DAYLESS else ("days",)
    return ("count", *days, *figures, "first", "last")


def measure_of(of: Behaviour) -> str:
    """The measure of behaviour, as `measures` calls it."""
    return f"{of.measure}:{of.column}" if of.column else of.measure


def read(words: Any, kind: str) -> Any:
    """A value as typed: a number where one is wanted and given; else the words, for the check to refuse."""
    if kind not in ("number", "whole", "days") or not isinstance(words, str):
        return words
    plain = words.strip().replace(",", "").replace("，", "").replace("−", "-")
    try:
        value = float(plain)
    except ValueError:
        return words
    return int(value) if value == value and abs(value) < 1e15 and value == int(value) else value


def _condition(now: Condition, part: str, words: str, kind: str) -> Condition:
    if part == "op":
        if words not in OPERATORS[kind]:
            raise unknown("operator", words, OPERATORS[kind])
        return Condition(now.column, words, _formed(words, now.value, 0 if kind == "number" else ""))
    test = with_value(Test(_Of(kind), now.op, now.value), words)  # type: ignore[arg-type]
    return Condition(now.column, now.op, test.value)


@dataclass(frozen=True)
class _Of:
    """Stands for a column of rows where only its type matters."""

    type: str


def _behaviour(test: Test) -> Behaviour:
    if not isinstance(test.of, Behaviour):
        raise QuestionError("This test is about no behaviour.", "Choose behaviour first.")
    return test.of


def _first(of: Operand, known: Known) -> Test:
    """The test that an operand begins with."""
    start = _value(of, known)
    if start is None:
        return Test(of, "known")
    few = isinstance(of, Field) and of.type == "number" and f"customers.{of.name}" in known.values
    op = "==" if few else {"days": "<=", "number": ">=", "whole": ">=", "date": ">="}.get(of.type, "==")
    return Test(of, op, start)


def _value(of: Operand, known: Known) -> Any:
    """A value that fits an operand; None where there is no sensible one."""
    if isinstance(of, Field) and not of.ago:
        marks = known.marks.get(of.name, {})
        if of.type == "number":
            return marks.get("three_quarters") or marks.get("highest", 0)
        if of.type == "date":
            return marks.get("half", dt.date(known.day.year, 1, 1))
        return known.first("customers", of.name)
    if isinstance(of, Rfm) and of.measure == "segment":
        return SEGMENTS[0]
    return {"days": 90, "whole": 1, "number": 100}[of.type]


def _formed(op: str, value: Any, start: Any) -> Any:
    """A value in the form that an operator takes."""
    one = value[0] if isinstance(value, tuple) and value else value
    one = start if one is None or value == () else one
    if op in PRESENCE:
        return None
    if op == "between":
        return value if isinstance(value, tuple) and len(value) == 2 else (one, one)
    one = "" if one is None else one
    return (value if isinstance(value, tuple) else (one,)) if op in LISTS else one
