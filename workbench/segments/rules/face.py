"""Segments by name: saved, loaded, and as a filter of any question about customers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench import saved
from workbench.arguments import right_kinds
from workbench.errors import QuestionError
from workbench.segments.rules import asking, shelf
from workbench.segments.rules.answers import Members, Size
from workbench.segments.rules.rule import Rule, rule

if TYPE_CHECKING:
    from workbench.saved import Item
    from workbench.store.part import Part
    from workbench.store.store import Store


@right_kinds
def save(
    store: Store,
    rule: Rule,
    name: str = "",
    shared: bool = False,
    base: Item | None = None,
    who: str | None = None,
) -> Item:
    """Save a rule as a segment.

    Args:
        store: The store; the file goes into the folder `segments` of its workspace.
        rule: The rule; other segments that it names must be saved.
        name: What people call it; empty: the rule's own name.
        shared: Whether others see a new one.
        base: The segment as it was read, where this is a change of it.
        who: Who saves; None: who acts here.

    Returns:
        The saved thing, with its revision.

    Raises:
        QuestionError: for segments that are not there or name one another in a ring.
        Refused: for a name that cannot be used, or a thing that is gone.
        Conflict: where somebody has changed `base` since it was read; says who and when.
    """
    return shelf.save(store, rule.tree, name or rule.name, shared, base, who)


@right_kinds
def load(store: Store, words: str, who: str | None = None) -> Rule:
    """A saved segment by id, name or address.

    Raises:
        QuestionError: where there is none, with the nearest name; where it is no rule; for a faulty rule.
    """
    return _read(shelf.find(store, words, who))


@right_kinds
def listed(store: Store, who: str | None = None) -> list[Rule]:
    """Saved rules that a person may see, by name; other saved segments and faulty files are left out."""
    found = []
    for item in saved.items(store.path, shelf.KIND, who):
        try:
            found.append(_read(item))
        except QuestionError:
            continue
    return found


@right_kinds
def as_rule(store: Store, segment: Any) -> Rule:
    """A rule from a saved segment's name, a rule, an expression or JSON values.

    Raises:
        QuestionError: for what is no segment.
    """
    if isinstance(segment, str) and not segment.lstrip().startswith("{"):
        return load(store, segment)
    return rule(segment)


@right_kinds
def size(store: Store, segment: Any, as_of: dt.date | str | None = None) -> Size:
    """How many customers a segment has, exactly, with their money and consent.

    Args:
        store: The store.
        segment: A saved segment's name or id, a rule, an expression, or JSON of a rule.
        as_of: As for `Rule.size`.

    Raises:
        QuestionError: for a segment that is not there, or what the store does not have.
    """
    return as_rule(store, segment).size(store, as_of)


@right_kinds
def count(store: Store, segment: Any, as_of: dt.date | str | None = None) -> int:
    """How many customers a segment has, exactly, and nothing else; arguments as `size`."""
    return as_rule(store, segment).count(store, as_of)


@right_kinds
def members(
    store: Store,
    segments: Mapping[str, Any],
    as_of: dt.date | str | None = None,
    scores: Mapping[str, Any] | None = None,
) -> dict[str, Members]:
    """Members of many segments, worked out together: each table is read once for all of them.

    On Spark that is one job where asking one by one is a job each.

    Args:
        store: The store.
        segments: Name → saved segment's name, rule, expression or JSON of a rule.
        as_of: As for `Rule.members`.
        scores: Name of a table of scores → frame.

    Returns:
        Name → its members, as `Rule.members` gives them.

    Raises:
        QuestionError: for a segment that is not there, or what the store does not have.
    """
    rules = {name: as_rule(store, segment) for name, segment in segments.items()}
    return asking.members_of(rules, store, as_of, scores)


@right_kinds
def within(
    store: Store,
    segment: Any,
    as_of: dt.date | str | None = None,
    scores: Mapping[str, Any] | None = None,
) -> Part:
    """The store with the rows of a segment's customers alone: ask it what you would ask the store.

    Args:
        store: The store.
        segment: A saved segment's name or id, a rule, an expression, or JSON values of a rule.
        as_of: Day on which who is in it is decided; None: the last day on which customers did
            anything.
        scores: Name of a table of scores → frame.

    Returns:
        A store for reading: `customers.purchases(within(store, "loyal"), as_of)`. Tables of delivery, which
        know no customers, refuse with a sentence.

    Raises:
        QuestionError: for a segment that is not there.
    """
    return as_rule(store, segment).within(store, as_of, scores)


def _read(item: Item) -> Rule:
    return Rule(shelf.tree_of(item), item.name, item.id)
