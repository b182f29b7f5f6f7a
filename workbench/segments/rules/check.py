"""Whether a rule can be asked: names, operators, values; a fault is said with its path in the tree."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from workbench.errors import QuestionError, WorkbenchError, unknown
from workbench.schema import TABLES
from workbench.segments.cells import SEGMENTS
from workbench.segments.rules.nodes import All, Either, In, Node, Not, Tagged, Test, children
from workbench.segments.rules.operands import (
    DAYLESS,
    FIELDS,
    FIGURES,
    MEASURES,
    OPERATORS,
    OWN,
    PRESENCE,
    RFM,
    SOURCES,
    Behaviour,
    Condition,
    Field,
    Operand,
    Rfm,
    Score,
)
from workbench.segments.thresholds import MEASURES as RFM_MEASURES
from workbench.segments.thresholds import SHARES

DEEPEST = 30
MOST_TESTS = 400
MOST_VALUES = 10_000
MOST_DAYS = 36_500
LARGEST = 9e12
MISSPELT = 0.8
"""Likeness to a column of customers from which a name without a type is taken for that one, misspelt."""


def checked(node: Node, path: str = "rule", depth: int = 1) -> Node:
    """The tree with its values in one form.

    Raises:
        QuestionError: for the first fault, with its path.
    """
    if depth > DEEPEST:
        raise QuestionError(
            f"The rule is more than {DEEPEST} levels deep.",
            "Save an inner part as a segment and name that.",
            path,
        )
    if isinstance(node, All | Either):
        return _group(node, path, depth)
    if isinstance(node, Not):
        return Not(checked(node.part, f"{path}.not", depth + 1))
    if isinstance(node, Test):
        return _test(node, path)
    if isinstance(node, Tagged | In):
        return _named(node, path)
    raise QuestionError(f"{node!r} is no rule.", "Build one of field, ordered, tagged, …", path)


def whole(node: Node) -> Node:
    """A complete rule, checked; also that it has not too many tests.

    Raises:
        QuestionError: for the first fault, with its path.
    """
    made = checked(node)
    many = count(made)
    if many > MOST_TESTS:
        raise QuestionError(
            f"The rule has {many} tests; more than {MOST_TESTS} are not asked at once.",
            "Give several values to one test (is_in), or split it into segments.",
        )
    return made


def count(node: Node) -> int:
    """Tests in a tree."""
    return sum(map(count, children(node))) or 1


def _group(node: All | Either, path: str, depth: int) -> Node:
    key = "all" if isinstance(node, All) else "any"
    if not node.parts:
        raise QuestionError(
            f"'{key}' is empty, which is true of everybody or of nobody.",
            "Name a part, or leave it out.",
            path,
        )
    parts = enumerate(node.parts)
    return replace(
        node, parts=tuple(checked(part, f"{path}.{key}[{place}]", depth + 1) for place, part in parts)
    )


def _named(node: Tagged | In, path: str) -> Node:
    key, name = ("tag", node.tag) if isinstance(node, Tagged) else ("segment", node.segment)
    if not isinstance(name, str) or not name.strip():
        raise QuestionError(f"The {key} is {name!r}, which is no name.", f"Name the {key}.", path)
    if isinstance(node, Tagged) and not isinstance(node.value, str):
        raise QuestionError(f"The value of the tag is {node.value!r}.", "Give a text.", path)
    return node


def _test(node: Test, path: str) -> Test:
    of = _operand(_told(node, path), path)
    if node.op not in OPERATORS[of.type]:
        raise unknown(f"operator for {of.type} values", node.op, OPERATORS[of.type], where=f"{path}.op")
    if node.op in PRESENCE:
        return Test(of, node.op)
    return Test(of, node.op, _value(node.op, node.value, _kind(of), f"{path}.value"))


def _told(node: Test, path: str) -> Operand:
    """The operand; an own attribute of unsaid kind is what the value that it is compared with is."""
    of = node.of
    if not isinstance(of, Field) or not of.is_own or of.kind:
        return of
    if isinstance(of.name, str) and get_close_matches(of.name, FIELDS, n=1, cutoff=MISSPELT):
        wrong = unknown("attribute", of.name, FIELDS, where=path)
        own = f"Or name an own attribute with its type: field({of.name!r}, type='text')."
        raise QuestionError(wrong.what, f"{wrong.fix} {own}", wrong.where)
    if node.op in PRESENCE:
        return of
    value = node.value[0] if isinstance(node.value, list | tuple) and node.value else node.value
    if of.ago or isinstance(value, dt.date) or (_is_day(value) and node.op not in OPERATORS["text"]):
        return replace(of, kind="date")
    return replace(of, kind="text" if isinstance(value, str) else "number")


def _is_day(value: Any) -> bool:
    """Whether a text is a day as it is written: texts are not compared by size, days are."""
    try:
        return isinstance(value, str) and bool(dt.date.fromisoformat(value))
    except ValueError:
        return False


def _kind(of: Operand) -> str:
    return "rfm segment" if isinstance(of, Rfm) and of.measure == "segment" else of.type


def _operand(of: Operand, path: str) -> Operand:
    if isinstance(of, Field):
        return _field(of, path)
    if isinstance(of, Rfm):
        return _rfm(of, path)
    if isinstance(of, Behaviour):
        return _behaviour(of, path)
    return _score(of, path)


def _field(of: Field, path: str) -> Field:
    personal = {column.name for column in TABLES["customers"].columns if column.privacy != "none"}
    if of.name in personal:
        raise QuestionError(
            f"Attribute {of.name!r} is personal, and rules do not read personal values.",
            "Use an attribute that names nobody, such as region, or tag these customers by hand.",
            path,
        )
    if of.is_own:
        return _own(of, path)
    if of.ago and FIELDS[of.name] != "date":
        raise QuestionError(
            f"Attribute {of.name!r} is no date, so it has no days ago.", "Compare the value itself.", path
        )
    return of


def _own(of: Field, path: str) -> Field:
    """An own attribute; whether there is one the store says when it is asked."""
    if of.kind not in ("", *OWN):
        raise unknown("type of attribute", of.kind, OWN, where=f"{path}.type")
    if not of.name.strip():
        raise QuestionError("The attribute has no name.", "Name it.", path)
    if of.ago and of.kind not in ("", "date"):
        raise QuestionError(
            f"Attribute {of.name!r} is no date, so it has no days ago.", "Compare the value itself.", path
        )
    return replace(of, kind="date") if of.ago else of


def _rfm(of: Rfm, path: str) -> Rfm:
    if of.measure not in RFM:
        raise unknown("measure of RFM", of.measure, RFM, where=path)
    for measure, edges in of.thresholds:
        if measure not in RFM_MEASURES:
            raise unknown("measure", measure, RFM_MEASURES, where=f"{path}.thresholds")
        if len(edges) != len(SHARES) or list(edges) != sorted(edges) or not all(map(math.isfinite, edges)):
            raise QuestionError(
                f"Thresholds of {measure} are {list(edges)}.",
                "Give four numbers in ascending order; they part five scores.",
                f"{path}.thresholds",
            )
    return of


def _behaviour(of: Behaviour, path: str) -> Behaviour:
    if of.source not in SOURCES:
        raise unknown("behaviour", of.source, SOURCES, where=path)
    if of.measure not in MEASURES:
        raise unknown("measure", of.measure, MEASURES, where=f"{path}.measure")
    source = SOURCES[of.source]
    if of.measure in FIGURES and of.column not in source.numbers:
        if not source.numbers:
            raise QuestionError(
                f"{of.source!r} has no figures, so there is no {of.measure}.", "Use count or days.", path
            )
        raise unknown(f"figure of {of.source}", of.column, source.numbers, where=f"{path}.column")
    if of.measure == "days" and of.source in DAYLESS:
        raise QuestionError(
            f"Rows of {of.source!r} know an instant and no local day, so there is no number of days.",
            "Use count.",
            f"{path}.measure",
        )
    if of.within_days is not None:
        _days(of.within_days, 1, f"{path}.within_days")
    where = tuple(_condition(item, of.source, f"{path}.where") for item in of.where)
    return replace(of, where=where, column=of.column if of.measure in FIGURES else "")


def _condition(item: Condition, source: str, path: str) -> Condition:
    known = SOURCES[source]
    if item.column not in (*known.texts, *known.numbers):
        raise unknown(f"column of {source}", item.column, (*known.texts, *known.numbers), where=path)
    kind = "number" if item.column in known.numbers else "text"
    path = f"{path}.{item.column}"
    if item.op not in OPERATORS[kind]:
        raise unknown(f"operator for {kind} values", item.op, OPERATORS[kind], where=path)
    value = None if item.op in PRESENCE else _value(item.op, item.value, kind, path)
    return replace(item, value=value)


def _score(of: Score, path: str) -> Score:
    if not (isinstance(of, Score) and of.table and of.column):
        raise QuestionError("A score names no table or column.", "Name both: score('clv', 'p_alive').", path)
    return of


def _value(op: str, value: Any, kind: str, path: str) -> Any:
    if op in ("in", "not_in"):
        return _list(value, kind, path)
    if op == "between":
        return _range(value, kind, path)
    return _one(value, "text" if op in ("contains", "starts_with") else kind, path)


def _list(value: Any, kind: str, path: str) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise QuestionError(f"{value!r} is no list of values.", "Give at least one, in a list.", path)
    if len(value) > MOST_VALUES:
        raise QuestionError(
            f"{len(value):,} values are listed; {MOST_VALUES:,} at most.", "Use a tag or a score table.", path
        )
    return tuple(dict.fromkeys(_one(item, kind, path) for item in value))


def _range(value: Any, kind: str, path: str) -> tuple[Any, Any]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise QuestionError(f"{value!r} is no range.", "Give the lowest and the highest value.", path)
    low, high = (_one(item, kind, path) for item in value)
    if low > high:
        raise QuestionError(f"The range from {low} to {high} is empty.", "Give the lower value first.", path)
    return low, high


def _one(value: Any, kind: str, path: str) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if kind == "rfm segment":
        if value not in SEGMENTS:
            raise unknown("RFM segment", value, SEGMENTS, where=path)
        return value
    if kind == "text":
        if not isinstance(value, str):
            raise _wrong(value, "text", "Put it in quotation marks.", path)
        return value
    if kind == "date":
        return _date(value, path)
    if kind == "days":
        return _days(value, 0, path)
    return _number(value, kind, path)


def _date(value: Any, path: str) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong(value, "day", "Give a date, or YYYY-MM-DD.", path) from None


def _days(value: Any, least: int, path: str) -> int:
    if type(value) is not int or not least <= value <= MOST_DAYS:
        raise _wrong(value, "number of days", f"Give a whole number from {least:,} to {MOST_DAYS:,}.", path)
    return value


def _number(value: Any, kind: str, path: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise _wrong(value, "number", f"Give a number between ±{LARGEST:,.0f}.", path)
    if kind == "whole" and value != int(value):
        raise _wrong(value, "whole number", "Counts and scores are whole.", path)
    return int(value) if kind == "whole" or float(value).is_integer() else float(value)


def _wrong(value: Any, wanted: str, fix: str, path: str) -> WorkbenchError:
    return QuestionError(f"{value!r} is no {wanted}.", fix, path)
