"""A rule as JSON: what is saved, and what a page sends. Faults are said with their path.

```
{"version": 1, "rule": {"all": [
  {"field": "region", "op": "==", "value": "Sichuan"},
  {"behaviour": "orders", "measure": "count", "within_days": 90, "op": ">=", "value": 2},
  {"not": {"tag": "staff"}}
]}}
```
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from workbench.errors import QuestionError, unknown
from workbench.segments.rules.check import DEEPEST, whole
from workbench.segments.rules.nodes import All, Either, In, Node, Not, Tagged, Test
from workbench.segments.rules.operands import PRESENCE, Behaviour, Condition, Field, Operand, Rfm, Score

VERSION = 1

KEYS = MappingProxyType(
    {
        "all": ("all",),
        "any": ("any",),
        "not": ("not",),
        "tag": ("tag", "value"),
        "segment": ("segment",),
        "field": ("field", "type", "ago", "op", "value"),
        "rfm": ("rfm", "thresholds", "currency", "op", "value"),
        "behaviour": (
            *("behaviour", "measure", "column", "within_days", "where", "currency", "op", "value"),
        ),
        "score": ("score", "column", "op", "value"),
    }
)
"""First key of a node, which says its kind → the keys it may have."""

WORDS = (
    "type",
    "tag",
    "segment",
    "field",
    "rfm",
    "behaviour",
    "score",
    "measure",
    "column",
    "currency",
    "op",
)
"""Keys whose value is a text."""


def to_plain(node: Node) -> dict[str, Any]:
    """The rule with its version as JSON values."""
    return {"version": VERSION, "rule": _plain(node)}


def from_plain(value: Any) -> Node:
    """The rule of JSON values or JSON text.

    Raises:
        QuestionError: for the first fault, with its path.
    """
    if isinstance(value, str | bytes):
        value = _parsed(value)
    if not isinstance(value, Mapping):
        raise QuestionError("It is no rule.", 'Give an object {"version": 1, "rule": …}.', "rule")
    for key in value:
        if key not in ("version", "rule"):
            raise unknown("key", key, ("version", "rule"), where="rule")
    version = value.get("version", VERSION)
    if type(version) is not int or not 1 <= version <= VERSION:
        raise QuestionError(
            f"The rule is of version {version!r}; this workbench reads up to {VERSION}.",
            "Update the workbench, or build the rule again.",
            "version",
        )
    return whole(_node(value.get("rule"), "rule", 1))


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise QuestionError(f"The rule is not valid JSON: {error}.", "Correct it there.") from None


def _plain(node: Node) -> dict[str, Any]:
    if isinstance(node, All | Either):
        return {"all" if isinstance(node, All) else "any": [_plain(part) for part in node.parts]}
    if isinstance(node, Not):
        return {"not": _plain(node.part)}
    if isinstance(node, Tagged):
        return {"tag": node.tag, **({"value": node.value} if node.value else {})}
    if isinstance(node, In):
        return {"segment": node.segment}
    assert isinstance(node, Test)
    value = {} if node.op in PRESENCE else {"value": _json(node.value)}
    return {**_operand(node.of), "op": node.op, **value}


def _operand(of: Operand) -> dict[str, Any]:
    if isinstance(of, Field):
        kind = {"type": of.kind} if of.kind and not of.ago else {}
        return {"field": of.name, **kind, **({"ago": True} if of.ago else {})}
    if isinstance(of, Score):
        return {"score": of.table, "column": of.column}
    if isinstance(of, Rfm):
        edges = {measure: list(found) for measure, found in of.thresholds}
        return _said(rfm=of.measure, thresholds=edges, currency=of.currency)
    where = {item.column: _condition(item) for item in of.where}
    return _said(
        behaviour=of.source,
        measure=of.measure,
        column=of.column,
        within_days=of.within_days,
        where=where,
        currency=of.currency,
    )


def _condition(item: Condition) -> Any:
    if item.op in PRESENCE:
        return {"op": item.op}
    return _json(item.value) if item.op == "==" else {"op": item.op, "value": _json(item.value)}


def _said(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None, {})}


def _json(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return [_json(item) for item in value] if isinstance(value, tuple) else value


def _node(value: Any, path: str, depth: int) -> Node:
    if depth > DEEPEST + 1:
        raise QuestionError(
            f"The rule is more than {DEEPEST} levels deep.",
            "Save an inner part as a segment and name that.",
            path,
        )
    kind = _kind_of(value, path)
    if kind in ("all", "any"):
        return _group(kind, value[kind], path, depth)
    if kind == "not":
        return Not(_node(value["not"], f"{path}.not", depth + 1))
    if kind == "tag":
        return Tagged(value["tag"], value.get("value", ""))
    if kind == "segment":
        return In(value["segment"])
    if "op" not in value:
        raise QuestionError("The test has no operator.", "Give 'op', such as '=='.", path)
    return Test(_OPERANDS[kind](value, path), value["op"], _read(value.get("value")))


def _kind_of(value: Any, path: str) -> str:
    if not isinstance(value, Mapping):
        raise QuestionError(f"{value!r} is no rule.", 'Give an object, such as {"tag": "vip"}.', path)
    kinds = [kind for kind in KEYS if kind in value]
    if len(kinds) != 1:
        said = f"names {' and '.join(map(repr, kinds))}" if kinds else "names no kind of test"
        raise QuestionError(f"The object {said}.", f"Give one of: {', '.join(KEYS)}.", path)
    for key in value:
        if key not in KEYS[kinds[0]]:
            raise unknown(f"key of {kinds[0]!r}", key, KEYS[kinds[0]], where=path)
        if key in WORDS and not isinstance(value[key], str):
            raise QuestionError(f"{value[key]!r} is no text.", "Put it in quotation marks.", f"{path}.{key}")
    return kinds[0]


def _group(kind: str, parts: Any, path: str, depth: int) -> Node:
    if not isinstance(parts, Sequence) or isinstance(parts, str):
        raise QuestionError(f"'{kind}' is no list.", "Give its parts in a list.", path)
    made = (_node(part, f"{path}.{kind}[{place}]", depth + 1) for place, part in enumerate(parts))
    return All(tuple(made)) if kind == "all" else Either(tuple(made))


def _field(value: Mapping[str, Any], _path: str) -> Operand:
    return Field(value["field"], value.get("ago") is True, value.get("type", ""))


def _rfm(value: Mapping[str, Any], path: str) -> Operand:
    edges = value.get("thresholds", {})
    try:
        fixed = tuple(sorted((name, tuple(map(float, found))) for name, found in edges.items()))
    except (AttributeError, TypeError, ValueError):
        raise QuestionError(
            "The thresholds are no lists of numbers.",
            "Give four numbers for each measure.",
            f"{path}.thresholds",
        ) from None
    return Rfm(value["rfm"], fixed, value.get("currency", ""))


def _behaviour(value: Mapping[str, Any], path: str) -> Operand:
    where = value.get("where", {})
    if not isinstance(where, Mapping):
        raise QuestionError("'where' is no object.", 'Give {"column": value}.', f"{path}.where")
    told = tuple(_read_condition(name, where[name], f"{path}.where") for name in sorted(where))
    return Behaviour(
        source=value["behaviour"],
        measure=value.get("measure", "count"),
        column=value.get("column", ""),
        within_days=value.get("within_days"),
        where=told,
        currency=value.get("currency", ""),
    )


def _read_condition(column: str, value: Any, path: str) -> Condition:
    if not isinstance(value, Mapping):
        return Condition(column, "in" if isinstance(value, list | tuple) else "==", _read(value))
    if "op" not in value or set(value) - {"op", "value"}:
        raise QuestionError(
            "The condition is not an operator and a value.",
            'Give {"op": "<=", "value": 6}.',
            f"{path}.{column}",
        )
    return Condition(column, value["op"], _read(value.get("value")))


def _score(value: Mapping[str, Any], _path: str) -> Operand:
    return Score(value["score"], value.get("column", "score"))


_OPERANDS: Mapping[str, Callable[[Mapping[str, Any], str], Operand]] = MappingProxyType(
    {"field": _field, "rfm": _rfm, "behaviour": _behaviour, "score": _score}
)


def _read(value: Any) -> Any:
    return tuple(map(_read, value)) if isinstance(value, list) else value
