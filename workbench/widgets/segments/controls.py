"""One test of a rule as a row of controls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from workbench.segments.cells import SEGMENTS
from workbench.segments.rules.nodes import In, Node, Tagged, Test, leaves
from workbench.segments.rules.operands import (
    OPERATORS,
    PRESENCE,
    SOURCES,
    Behaviour,
    Condition,
    Field,
    Operand,
    Rfm,
)
from workbench.segments.rules.starting import LISTS, TEXTS, Known, measure_of, subject
from workbench.tables.controls import button, checks, grouped, menu, select, typed
from workbench.tables.html import Html, join, tag
from workbench.widgets.scene import Scene
from workbench.widgets.segments import words

FULL = 40
"""So many known values are not all there are: they are suggestions for typing."""


def test_row(scene: Scene, known: Known, test: Node, negated: bool, place: str) -> Html:
    """The controls of a test."""
    turn = button(
        scene.say("not"), "edit", f"{place}/not", class_="wb-seg wb-not", aria_pressed=str(negated).lower()
    )
    about = subject(test)
    choices = words.subject_choices(scene, known)
    what = grouped(scene.say("subject"), f"{place}/what", about, choices, "edit", "" if about else "–")
    drop = button("×", "edit", f"{place}/drop", class_="wb-x", aria_label=scene.say("drop"))
    of = test.of if isinstance(test, Test) else None
    where = _conditions(scene, known, of, place) if isinstance(of, Behaviour) else None
    return tag("div", turn, what, _rest(scene, known, test, place), drop, where, class_="wb-test")


def hints(known: Known, tree: Node | None) -> Html | None:
    """Lists of suggestions for the columns that the rule types into."""
    if tree is None:
        return None
    lists = [
        tag("datalist", [tag("option", value=value) for value in values], id=_hint(column))
        for column in dict.fromkeys(column for leaf in leaves(tree) for column in _columns(leaf))
        if (values := known.values.get(column, ()))
    ]
    return join(lists)


def _columns(leaf: Node) -> list[str]:
    if isinstance(leaf, Test) and isinstance(leaf.of, Field):
        return [f"customers.{leaf.of.name}"]
    if isinstance(leaf, Test) and isinstance(leaf.of, Behaviour):
        return [f"{leaf.of.source}.{item.column}" for item in leaf.of.where]
    return []


def _hint(column: str) -> str:
    return f"wb-known-{column}"


def _rest(scene: Scene, known: Known, test: Node, place: str) -> Html:
    """Everything but the subject."""
    if isinstance(test, Tagged):
        return _tagged(scene, known, test, place)
    if isinstance(test, In):
        names = list(known.segments.items())
        return select(scene.say("is_segment"), f"{place}/segment", test.segment, names, act="edit")
    assert isinstance(test, Test)
    if not subject(test):
        return tag("span", scene.say("by_code"), class_="wb-quiet")
    head = _behaviour(scene, test.of, place) if isinstance(test.of, Behaviour) else None
    op = select(
        scene.say("operator"), f"{place}/op", test.op, words.operators(test, OPERATORS[test.of.type], scene),
        act="edit",
    )  # fmt: skip
    return join(head, op, _value(scene, known, test, place), _currency(scene, known, test, place))


def _tagged(scene: Scene, known: Known, test: Tagged, place: str) -> Html:
    tags = known.values.get("tags.tag", ())
    name = _one(scene.say("is_tag"), f"{place}/tag", test.tag, tags, "")
    more = typed(
        scene.say("tag_value"), "edit", f"{place}/tag_value", test.value, placeholder=scene.say("tag_value")
    )
    return join(name, more)


def _behaviour(scene: Scene, of: Behaviour, place: str) -> Html:
    """The measure and its days."""
    measure = select(
        scene.say("measure_of"),
        f"{place}/measure",
        measure_of(of),
        words.measure_choices(of, scene),
        act="edit",
    )
    days = _number(scene, scene.say("within"), f"{place}/days", of.within_days, placeholder=scene.say("ever"))
    within = tag("label", tag("span", scene.say("within"), class_="wb-quiet"), days, class_="wb-inline")
    return join(measure, within)


def _value(scene: Scene, known: Known, test: Test, place: str) -> Html | None:
    """Where the value is chosen or typed; by the operator, the type, and what is known of the column."""
    of, kind, label = test.of, test.of.type, scene.say("value")
    if test.op in PRESENCE:
        return None
    if test.op == "between":
        ends = zip(("low", "high"), test.value, strict=True)
        fields = [_bound(scene, known, of, scene.say(end), f"{place}/{end}", found) for end, found in ends]
        return tag("span", fields[0], "–", fields[1], class_="wb-inline")
    if isinstance(of, Rfm) and of.measure == "segment":
        values: Sequence[str] = SEGMENTS
        names = {name: scene.say(f"segments.name_{name}") for name in SEGMENTS}
    else:
        values = known.values.get(f"customers.{of.name}", ()) if isinstance(of, Field) else ()
        names = {}
    if test.op in LISTS:
        return _several(scene, label, place, test.value, values, names)
    if kind in ("text", "name") and test.op not in TEXTS:
        column = f"customers.{of.name}" if isinstance(of, Field) else ""
        return _one(label, f"{place}/value", test.value, values, column, names)
    if test.op in TEXTS:
        return _typed_one(scene, label, f"{place}/value", test.value, "text")
    return _bound(scene, known, of, label, f"{place}/value", test.value)


def _bound(scene: Scene, known: Known, of: Operand, label: str, key: str, found: Any) -> Html:
    """A number or day: chosen where few occur, else chosen from places among the values or typed."""
    name = of.name if isinstance(of, Field) and not of.ago else ""
    few = known.values.get(f"customers.{name}", ()) if of.type == "number" else ()
    if few:
        offered = dict.fromkeys((*few, words.value(found)))
        return select(label, key, words.value(found), [(item, item) for item in offered], act="edit")
    box = _typed_one(scene, label, key, found, of.type)
    marks = known.marks.get(name, {})
    if not marks:
        return box
    now = words.value(found)
    offers = [(words.value(mark), words.mark(place, mark, scene)) for place, mark in marks.items()]
    first = [] if now in dict(offers) else [(now, scene.say("mark"))]
    said = scene.say("marks_of", what=label)
    return tag("span", box, select(said, key, now, [*first, *offers], act="edit"), class_="wb-inline")


def _typed_one(scene: Scene, label: str, key: str, found: Any, kind: str) -> Html:
    if kind == "date":
        shown = found.isoformat() if isinstance(found, dt.date) else ""
        return tag("input", type="date", value=shown, aria_label=label, data_act="edit", data_key=key)
    if kind in ("number", "whole", "days"):
        unit = kind == "days" and tag("span", scene.say("days_ago"), class_="wb-quiet")
        return tag("span", _number(scene, label, key, found), unit, class_="wb-inline")
    return typed(label, "edit", key, words.value(found))


def _number(_scene: Scene, label: str, key: str, found: Any, **attributes: Any) -> Html:
    """A number; the size follows while it is typed."""
    return typed(
        label, "edit", key, words.value(found), inputmode="decimal", class_="wb-short", data_live=True,
        **attributes,
    )  # fmt: skip


def _one(label: str, key: str, found: str, values: Sequence[str], column: str, names: Any = None) -> Html:
    """One value: chosen where all that occur are known, else typed with suggestions."""
    if not values or len(values) >= FULL:
        return typed(label, "edit", key, found, _hint(column) if values else "")
    offered = dict.fromkeys((*values, found))
    return select(label, key, found, [(item, (names or {}).get(item, item)) for item in offered], act="edit")


def _several(
    scene: Scene, label: str, place: str, found: tuple[str, ...], values: Sequence[str], names: dict[str, str]
) -> Html:
    """Several values: boxes to tick where all that occur are known, else typed between commas."""
    if not values or len(values) >= FULL:
        return typed(label, "edit", f"{place}/value", words.value(found), placeholder=scene.say("commas"))
    offered = dict.fromkeys((*values, *found))
    shown = ("、" if scene.lang == "zh" else ", ").join(names.get(item, item) for item in found)
    boxes = checks("edit", f"{place}/toggle", [(item, names.get(item, item)) for item in offered], found)
    return menu(tag("span", shown, class_="wb-clip"), boxes, name=f"values-{place}", aria_label=label)


def _currency(scene: Scene, known: Known, test: Test, place: str) -> Html | None:
    of = test.of
    is_money = isinstance(of, Rfm) or (isinstance(of, Behaviour) and of.is_money)
    if not known.currencies or not is_money:
        return None
    codes = [("", "–"), *((code, code) for code in known.currencies)]
    return select(scene.say("currency"), f"{place}/currency", getattr(of, "currency", ""), codes, act="edit")


def _conditions(scene: Scene, known: Known, of: Behaviour, place: str) -> Html:
    """What rows must say to count."""
    source = SOURCES[of.source]
    told = [_condition(scene, known, of, item, place) for item in of.where]
    used = {item.column for item in of.where}
    rest = [name for name in (*source.texts, *source.numbers) if name not in used]
    choices = [("", scene.say("add_where"))]
    choices += [(name, words.column(name, name in source.numbers, scene)) for name in rest]
    more = bool(rest) and select(scene.say("add_where"), f"{place}/where", "", choices, act="edit")
    return tag("div", told, more, class_="wb-where")


def _condition(scene: Scene, known: Known, of: Behaviour, item: Condition, place: str) -> Html:
    is_figure = item.column in SOURCES[of.source].numbers
    kind = "number" if is_figure else "text"
    key = f"{place}/where.{item.column}"
    choices = [(op, words.operator(op, kind, scene)) for op in OPERATORS[kind] if op != "between"]
    op = select(scene.say("operator"), f"{key}.op", item.op, choices, act="edit")
    column = f"{of.source}.{item.column}"
    drop = button("×", "edit", f"{key}.drop", class_="wb-x", aria_label=scene.say("drop"))
    name = tag("span", words.column(item.column, is_figure, scene), class_="wb-quiet")
    return tag("span", name, op, _row_value(scene, known, item, key, kind, column), drop, class_="wb-inline")


def _row_value(scene: Scene, known: Known, item: Condition, key: str, kind: str, column: str) -> Html | None:
    label = scene.say("value")
    if item.op in PRESENCE:
        return None
    if kind == "number":
        return _number(scene, label, f"{key}.value", item.value)
    if item.op in LISTS or item.op in TEXTS:
        return typed(label, "edit", f"{key}.value", words.value(item.value), _hint(column))
    return _one(label, f"{key}.value", item.value, known.values.get(column, ()), column)
