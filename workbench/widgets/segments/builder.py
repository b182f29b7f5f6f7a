"""The rule as a tree in words: every part can be changed where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.segments.rules import editing
from workbench.segments.rules.nodes import All, Either, Node, children
from workbench.segments.rules.rule import Rule
from workbench.segments.rules.starting import Known
from workbench.tables.controls import button, grouped, select
from workbench.tables.html import Html, join, tag
from workbench.widgets import views_menu
from workbench.widgets.scene import Region, Scene
from workbench.widgets.segments import words
from workbench.widgets.segments.controls import hints, test_row
from workbench.widgets.views import Shelf


@dataclass(frozen=True)
class Fault:
    """What could not be done, at the control where it was asked."""

    key: str
    sentence: str

    @property
    def place(self) -> str:
        """The place in the rule."""
        return self.key.partition("/")[0]


def builder(scene: Scene, known: Known, fault: Fault | None, shelf: Shelf) -> Region:
    """The rule in a sentence, as a tree, and where it is saved."""
    tree = scene.state.tree
    name = shelf.opened.name if shelf.opened else ""
    new = scene.live and tree is not None and button(scene.say("new"), "new")
    head = tag("div", tag("h2", name or scene.say("builder"), class_="wb-as-is"), new, class_="wb-head")
    said = tag("p", _sentence(scene, tree, known), class_="wb-say wb-rule-said")
    if not scene.live:
        return Region(join(head, said))
    start = tree is None and _adding(scene, known, "")
    whole = _node(scene, known, fault, tree, "") if tree is not None else None
    wrong = _fault(fault) if fault and tree is None else None
    keep = tree is not None and tag(
        "div", views_menu.saver(scene, shelf, _suggested(scene, tree, known, shelf)), class_="wb-keep"
    )
    body = tag("ul", whole, class_="wb-tree") if whole is not None else None
    return Region(join(head, said, body, start, wrong, hints(known, tree), keep))


def _suggested(scene: Scene, tree: Node, known: Known, shelf: Shelf) -> str:
    """A name from the rule's own words, so that nothing has to be typed; empty where a segment has it."""
    name = Rule(tree).suggested_name(scene.lang, known.segments)
    taken = {item.name.casefold() for item in (*shelf.mine, *shelf.others, *shelf.trash)}
    return "" if name.casefold() in taken else name


def _sentence(scene: Scene, tree: Node | None, known: Known) -> str:
    if tree is None:
        return scene.say("begin" if scene.live else "begin_report")
    return Rule(tree).sentence(scene.lang, known.segments)


def _node(scene: Scene, known: Known, fault: Fault | None, node: Node, place: str) -> Html:
    """One node with all below it."""
    inner, negated = editing.bare(node)
    wrong = _fault(fault) if fault and fault.place == place else None
    if not isinstance(inner, All | Either):
        row = test_row(scene, known, inner, negated, place)
        return tag("li", row, wrong, class_="wb-leaf", data_id=f"rule-{place}")
    parts = [
        _node(scene, known, fault, part, f"{place}.{number}".strip("."))
        for number, part in enumerate(children(inner))
    ]
    kinds = [(kind, scene.say(f"kind_{kind}")) for kind in editing.GROUPS]
    kind = select(scene.say("kind"), f"{place}/kind", editing.kind_of(node), kinds, "wb-strong", act="edit")
    drop = place and _drop(scene, place)
    return tag(
        "li",
        tag("div", kind, drop, class_="wb-test"),
        wrong,
        tag("ul", parts, class_="wb-tree"),
        _adding(scene, known, place),
        class_="wb-group",
        data_id=f"rule-{place}",
    )


def _adding(scene: Scene, known: Known, place: str) -> Html:
    """Where a condition or a group is added to the group at a place."""
    choices = words.subject_choices(scene, known)
    more = grouped(scene.say("add"), f"{place}/add", "", choices, "edit", first=scene.say("add"))
    group = button(scene.say("add_group"), "edit", f"{place}/add", "group:any")
    return tag("div", more, group, class_="wb-adding")


def _drop(scene: Scene, place: str) -> Html:
    return button("×", "edit", f"{place}/drop", class_="wb-x", aria_label=scene.say("drop"))


def _fault(fault: Fault | None) -> Any:
    return fault and tag("p", fault.sentence, class_="wb-fault", role="alert")
