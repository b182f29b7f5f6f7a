"""Rules as saved segments: files in `segments/` with owner, revisions and trash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench import saved
from workbench.arguments import right_kinds
from workbench.errors import QuestionError, unknown
from workbench.segments.rules import coding
from workbench.segments.rules.nodes import All, Either, In, Node, Not
from workbench.segments.rules.resolving import Lookup, opened

if TYPE_CHECKING:
    from workbench.saved import Item
    from workbench.store.store import Store

KIND = "segment"
RULE = "rule"


def save(
    store: Store,
    rule: Node,
    name: str = "",
    shared: bool = False,
    base: Item | None = None,
    who: str | None = None,
) -> Item:
    """Save a tree; see `face.save`."""
    known = lookup(store, who)
    tree = by_id(rule, known)
    opened(tree, known, ((base.id, base.name),) if base else ())
    content = coding.to_plain(tree)
    if base is not None:
        return saved.update(store.path, base, {**base.content, **content}, who)
    return saved.create(store.path, KIND, name, content, who, shared)


@right_kinds
def find(store: Store, words: str, who: str | None = None) -> Item:
    """The saved thing behind a segment, as `save(base=…)` takes it.

    Raises:
        QuestionError: where there is none, with the nearest name, or several of that name.
    """
    items = saved.items(store.path, KIND, who)
    meant = [item for item in items if words in (item.id, item.address)]
    meant = meant or [item for item in items if item.name.casefold() == str(words).casefold()]
    if not meant:
        raise unknown("segment", words, [item.name for item in items])
    if len(meant) > 1:
        raise QuestionError(
            f"Several segments are called {words!r}.",
            f"Name one by its id: {', '.join(item.id for item in meant)}.",
        )
    return saved.read(store.path, KIND, meant[0].id, who)


def names(store: Store, who: str | None = None) -> dict[str, str]:
    """Id → name of the saved segments."""
    return {item.id: item.name for item in saved.items(store.path, KIND, who)}


def lookup(store: Store, who: str | None = None) -> Lookup:
    """Finds the rules of saved segments as a person may see them."""

    def look(words: str) -> tuple[str, str, Node]:
        item = find(store, words, who)
        return item.id, item.name, tree_of(item)

    return look


def tree_of(item: Item) -> Node:
    """The tree of a saved segment.

    Raises:
        QuestionError: where it is no rule, or a faulty one.
    """
    content: Mapping[str, Any] = item.content
    if RULE not in content:
        raise QuestionError(f"Segment {item.name!r} is no rule.", "Choose one that was saved as a rule.")
    known = {key: content[key] for key in ("version", RULE) if key in content}
    try:
        return coding.from_plain(known)
    except QuestionError as error:
        raise QuestionError(f"Segment {item.name!r}: {error.what}", error.fix, error.where) from None


def by_id(node: Node, known: Lookup) -> Node:
    """The tree with other segments by id, so that a new name breaks nothing.

    Raises:
        QuestionError: for a segment that is not there.
    """

    if isinstance(node, All | Either):
        return replace(node, parts=tuple(by_id(part, known) for part in node.parts))
    if isinstance(node, Not):
        return Not(by_id(node.part, known))
    return In(known(node.segment)[0]) if isinstance(node, In) else node
