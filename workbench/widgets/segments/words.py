"""What an editor of rules calls subjects, operators and measures."""

from __future__ import annotations

import datetime as dt
from typing import Any

from workbench.customers.cards.words import member
from workbench.i18n import formats, texts
from workbench.segments.rules.nodes import Test
from workbench.segments.rules.operands import FIELDS, Behaviour
from workbench.segments.rules.starting import Known, measures, subjects
from workbench.tables.controls import Choice
from workbench.widgets.scene import Scene

_OPERATORS = {"==": "is", "!=": "not", "<": "below", "<=": "upto", ">": "above", ">=": "from"}
Groups = list[tuple[str, list[Choice]]]


def purpose(scene: Scene, name: str) -> str:
    """What a purpose of consent is called; one of the workspace's own as it stands there."""
    key = f"segments.purpose_{name}"
    return scene.say(f"purpose_{name}") if key in texts() else name


def way(scene: Scene, channel: str) -> str:
    """What a channel of consent is called."""
    return member("method", channel, scene.lang, scene.labels)


def subject_choices(scene: Scene, known: Known) -> Groups:
    """What a test can be about, in groups."""
    return [
        (scene.say(f"about_{group}"), [(name, subject(name, scene)) for name in names])
        for group, names in subjects(known).items()
    ]


def subject(name: str, scene: Scene) -> str:
    """A subject, as `starting.subjects` calls it."""
    kind, _, rest = name.partition(":")
    if kind in ("field", "ago"):
        what = scene.say(f"rules.column_{rest}") if rest in FIELDS else rest
        told = what if kind == "field" else scene.say("days_since", what=what)
        return capital(told) if rest in FIELDS else told
    if kind == "rfm":
        return scene.say(f"rfm_{rest}")
    return scene.say(f"is_{name}") if name in ("tag", "segment") else capital(scene.say(f"rules.many_{name}"))


def operators(test: Test, allowed: tuple[str, ...], scene: Scene) -> list[Choice]:
    """Operators of a test."""
    return [(op, operator(op, test.of.type, scene)) for op in allowed]


def operator(op: str, kind: str, scene: Scene) -> str:
    """One operator; dates have words of their own."""
    name = _OPERATORS.get(op, op)
    own = kind == "date" and op in ("<", "<=", ">", ">=")
    return scene.say(f"op_{name}_date" if own else f"op_{name}")


def measure_choices(of: Behaviour, scene: Scene) -> list[Choice]:
    """What can be measured of behaviour."""
    return [(name, _measure(name, scene)) for name in measures(of.source)]


def column(name: str, is_figure: bool, scene: Scene) -> str:
    """A column of the rows of behaviour."""
    return capital(scene.say(f"rules.figure_{name}" if is_figure else f"rules.column_{name}"))


def value(found: Any) -> str:
    """A value as it is typed."""
    if isinstance(found, tuple):
        return ", ".join(value(item) for item in found)
    return found.isoformat() if isinstance(found, dt.date) else str("" if found is None else found)


def mark(place: str, found: Any, scene: Scene) -> str:
    """A value that a bound may take, and where it is among all of them."""
    shown = formats.date(found, scene.lang) if isinstance(found, dt.date) else _figure(found, scene.lang)
    return scene.say(f"mark_{place}", value=shown)


def _figure(found: float, lang: str) -> str:
    return formats.number(found, lang, 0 if float(found).is_integer() else 3)


def capital(words: str) -> str:
    """Words at the beginning of a line."""
    return f"{words[:1].upper()}{words[1:]}"


def _measure(name: str, scene: Scene) -> str:
    measure, _, figure = name.partition(":")
    given = {"figure": scene.say(f"rules.figure_{figure}")} if figure else {}
    return scene.say(f"measure_{measure}", **given)
