"""A rule being written: one change at a time, a tree in and a tree out.

A place in a tree is the way to it, `0.1`: the second part of the first part of the root; empty: the root.
Negations have no place of their own: a place means a node together with a `not` around it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from workbench.errors import QuestionError
from workbench.segments.rules.nodes import All, Either, Node, Not, children

Way = tuple[int, ...]
GROUPS = ("all", "any", "not_all", "none")
"""Kinds of groups: and, or, and both negated."""


def way(words: str) -> Way:
    """The way of its words.

    Raises:
        QuestionError: for what is none.
    """
    try:
        return tuple(int(step) for step in words.split(".") if words)
    except ValueError:
        raise _nowhere(words) from None


def bare(node: Node) -> tuple[Node, bool]:
    """A node without the `not` around it, and whether there was one."""
    return (node.part, True) if isinstance(node, Not) else (node, False)


def grouped(tree: Node | None) -> Node | None:
    """The same rule with a group at its root; None stays None, a rule without tests."""
    if tree is None or isinstance(bare(tree)[0], All | Either):
        return tree
    return All((tree,))


def kind_of(node: Node) -> str:
    """Which of `GROUPS` a group is."""
    inner, negated = bare(node)
    names = ("all", "not_all") if isinstance(inner, All) else ("any", "none")
    return names[negated]


def as_kind(node: Node, kind: str) -> Node:
    """A group as another kind.

    Raises:
        QuestionError: for another kind of group.
    """
    if kind not in GROUPS:
        raise QuestionError(f"{kind!r} is no kind of group.", f"Allowed: {', '.join(GROUPS)}.")
    made = (All if kind in ("all", "not_all") else Either)(children(bare(node)[0]))
    return Not(made) if kind in ("not_all", "none") else made


def at(tree: Node | None, place: Way) -> Node:
    """The node at a place, with its negation.

    Raises:
        QuestionError: where there is none.
    """
    node = tree
    for step in place:
        parts = children(bare(node)[0]) if node is not None else ()
        if not 0 <= step < len(parts):
            raise _nowhere(".".join(map(str, place)))
        node = parts[step]
    if node is None:
        raise _nowhere("")
    return node


def changed(tree: Node, place: Way, change: Callable[[Node], Node | None]) -> Node | None:
    """The tree with one node changed, or without it where the change gives None; empty groups go, too.

    Raises:
        QuestionError: where there is no such place.
    """
    if not place:
        return change(tree)
    inner, negated = bare(tree)
    old = at(inner, place[:1])
    new = changed(old, place[1:], change)
    before, after = children(inner)[: place[0]], children(inner)[place[0] + 1 :]
    parts = (*before, *([new] if new is not None else []), *after)
    if not parts:
        return None
    made = replace(inner, parts=parts)  # type: ignore[call-arg]
    return Not(made) if negated else made


def added(tree: Node | None, place: Way, node: Node) -> Node | None:
    """The tree with a node at the end of the group at a place; a rule without tests begins with it."""
    if tree is None:
        return All((node,))
    return changed(tree, place, lambda group: _longer(group, node))


def turned(tree: Node, place: Way) -> Node | None:
    """The tree with the node at a place negated, or no longer."""
    return changed(tree, place, lambda node: ~node)


def _longer(group: Node, node: Node) -> Node:
    inner, negated = bare(group)
    if not isinstance(inner, All | Either):
        raise QuestionError("There is no group to add to.", "Add it to a group.")
    made = replace(inner, parts=(*inner.parts, node))
    return Not(made) if negated else made


def _nowhere(words: str) -> QuestionError:
    return QuestionError(f"The rule has no part {words!r}.", "Reload the page: the rule has changed.")
