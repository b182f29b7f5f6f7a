"""One edit of a rule by what an editor's controls say: a place, a part, and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from workbench.errors import QuestionError, unknown
from workbench.segments.rules import editing, starting
from workbench.segments.rules.check import whole
from workbench.segments.rules.nodes import All, Either, In, Node, Not, Tagged, Test
from workbench.segments.rules.operands import Behaviour, Rfm
from workbench.segments.rules.starting import Known

GROUP = "group:"


def edited(tree: Node | None, key: str, words: str, known: Known) -> Node | None:
    """The rule after one edit.

    Args:
        tree: The rule; None: none yet.
        key: `place/part`, such as `0.1/op`; parts are `add`, `drop`, `kind`, `not`, `what`, `op`, `value`,
            `low`, `high`, `toggle`, `measure`, `days`, `currency`, `tag`, `tag_value`, `segment`, `where`
            and `where.<column>.<part>`.
        words: What was chosen or typed.
        known: What the store knows, for first values.

    Returns:
        The rule with a group at its root, checked; None where no test is left.

    Raises:
        QuestionError: for what cannot be done, with the path of a fault.
    """
    place, _, part = key.partition("/")
    new = _edit(editing.grouped(tree), editing.way(place), part, words, known)
    return None if new is None else whole(new)


def _edit(tree: Node | None, place: editing.Way, part: str, words: str, known: Known) -> Node | None:
    if part == "add":
        return editing.added(tree, place, _new(words, known))
    if tree is None:
        raise QuestionError("The rule has no parts yet.", "Add a condition first.")
    if part == "not":
        return editing.turned(tree, place)
    change = _OF_NODES.get(part)
    if change is not None:
        return editing.grouped(editing.changed(tree, place, lambda node: change(node, words, known)))
    return editing.changed(tree, place, lambda node: _inside(node, part, words, known))


def _new(words: str, known: Known) -> Node:
    """A first test, or a group with one."""
    if not words.startswith(GROUP):
        return starting.fresh(words, known)
    inner = starting.fresh(_sure(known), known)
    return editing.as_kind(All((inner,)), words.removeprefix(GROUP))


def _sure(known: Known) -> str:
    """What a new group begins with: the first own attribute where the region of nobody is known."""
    return (
        "field:region"
        if known.first("customers", "region") or not known.own
        else f"field:{next(iter(known.own))}"
    )


def _inside(node: Node, part: str, words: str, known: Known) -> Node:
    """A test with one part changed, its negation kept."""
    test, negated = editing.bare(node)
    if isinstance(test, Tagged):
        made: Node = _tagged(test, part, words)
    elif isinstance(test, In) and part == "segment":
        made = In(words)
    elif isinstance(test, Test):
        made = _tested(test, part, words, known)
    else:
        raise unknown("part of a rule", part, (*_OF_NODES, *_OF_TESTS))
    return Not(made) if negated else made


def _tagged(test: Tagged, part: str, words: str) -> Tagged:
    if part not in ("tag", "tag_value"):
        raise unknown("part of a tag", part, ("tag", "tag_value"))
    return replace(test, tag=words.strip()) if part == "tag" else replace(test, value=words.strip())


def _tested(test: Test, part: str, words: str, known: Known) -> Test:
    if part.startswith("where."):
        _, column, what = (*part.split(".", 2), "")[:3]
        return starting.with_condition(test, column, what, words, known)
    if part not in _OF_TESTS:
        raise unknown("part of a test", part, _OF_TESTS)
    return _OF_TESTS[part](test, words, known)


def _currency(test: Test, words: str, _known: Known) -> Test:
    if not isinstance(test.of, Behaviour | Rfm):
        raise QuestionError("This test has no currency.", "Choose an amount first.")
    return replace(test, of=replace(test.of, currency=words))


def _what(node: Node, words: str, known: Known) -> Node:
    new = starting.fresh(words, known)
    return Not(new) if editing.bare(node)[1] else new


def _kind(node: Node, words: str, _known: Known) -> Node:
    if not isinstance(editing.bare(node)[0], All | Either):
        raise QuestionError("This is no group.", "Choose a group.")
    return editing.as_kind(node, words)


_OF_NODES: Mapping[str, Callable[[Node, str, Known], Node | None]] = {
    "drop": lambda _node, _words, _known: None,
    "kind": _kind,
    "what": _what,
}
_OF_TESTS: Mapping[str, Callable[[Test, str, Known], Test]] = {
    "op": starting.with_operator,
    "value": lambda test, words, _known: starting.with_value(test, words),
    "low": lambda test, words, _known: starting.with_value(test, words, "low"),
    "high": lambda test, words, _known: starting.with_value(test, words, "high"),
    "toggle": lambda test, words, _known: starting.with_toggled(test, words),
    "measure": starting.with_measure,
    "days": lambda test, words, _known: starting.with_days(test, words),
    "currency": _currency,
    "where": lambda test, words, known: starting.with_condition(test, words, "add", "", known),
}
