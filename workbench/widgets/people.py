"""Whose customers a panel is about: everybody, or those of a saved segment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.segments import listed
from workbench.segments.rules import shelf
from workbench.segments.rules.resolving import opened
from workbench.segments.rules.rule import Rule
from workbench.tables.controls import select
from workbench.tables.html import Html, tag
from workbench.widgets.traits import Setting, text_of

if TYPE_CHECKING:
    from workbench.data import Store
    from workbench.widgets.scene import Scene

ABOUT = "A saved segment, by id or name, whose customers alone count; empty: everybody."


@dataclass(frozen=True)
class Saved:
    """A saved segment as a question takes it; in code it is loaded by its name.

    Attributes:
        name: What it is called.
        rule: Its rule as JSON, segments that it names in their place: an answer is kept by it.
    """

    name: str
    rule: str = field(repr=False)

    def asked(self) -> Rule:
        """The rule that a question takes."""
        return Rule.from_json(self.rule, self.name)

    def __repr__(self) -> str:
        return f"wb.segments.load(store, {self.name!r})"


def segment(state: Any, value: Any) -> str:
    """Check a saved segment; the state keeps its id.

    Raises:
        QuestionError: where there is none of that id or name, with the nearest.
    """
    named = text_of(value)
    return shelf.find(state.store, named).id if named else ""


def setting() -> Setting:
    """The setting of a panel that a segment can filter."""
    return Setting("", segment, ABOUT)


def chosen(store: Store, id: str) -> Saved | None:
    """The saved segment of an id, as it is now; None for nobody's or one that is gone meanwhile."""
    if not id:
        return None
    known = shelf.lookup(store)
    _, name, tree = known(id)
    return Saved(name, Rule(opened(tree, known, ((id, name),))).to_json())


def only(store: Store, id: str) -> dict[str, Saved]:
    """The argument `segment` of a question; none for everybody."""
    found = chosen(store, id)
    return {"segment": found} if found else {}


def control(scene: Scene) -> Html | None:
    """Everybody, or one of the saved segments; in a report its name; nothing where none is saved."""
    names, now = saved_names(scene.store), scene.state.segment
    if not names:
        return None
    if not scene.live:
        return tag("span", " · ", scene.shell("only", name=names[now])) if now in names else None
    choices = [("", scene.shell("everybody")), *names.items()]
    return select(scene.shell("whose"), "segment", now, choices)


def saved_names(store: Store) -> dict[str, str]:
    """Id → name of the saved rules."""
    return {rule.id: rule.name for rule in listed(store)}
