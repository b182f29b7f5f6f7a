"""The tree of a rule: and, or and not over tests of one customer.

A test answers true, false or unknown (a value that is missing); `all`, `any` and `not` are Kleene's, as in
SQL: not unknown is unknown. A customer is a member where the whole rule is true.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any as Value

from workbench.errors import QuestionError
from workbench.segments.rules.operands import Operand


@dataclass(frozen=True)
class Node:
    """What is true, false or unknown of one customer; join with `&`, `|` and `~`."""

    def __and__(self, other: Node) -> Node:
        return All((*_parts(self, All), *_parts(as_node(other), All)))

    def __or__(self, other: Node) -> Node:
        return Either((*_parts(self, Either), *_parts(as_node(other), Either)))

    def __invert__(self) -> Node:
        return self.part if isinstance(self, Not) else Not(self)

    def __bool__(self) -> bool:
        raise QuestionError(
            "A rule is true of some customers and not of others.",
            "Join rules with &, | and ~ (in brackets), not with and, or and not; no chains like 1 < x < 3.",
        )


@dataclass(frozen=True)
class All(Node):
    """True where every part is."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Either(Node):
    """True where at least one part is."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not(Node):
    """True where its part is false."""

    part: Node


@dataclass(frozen=True)
class Test(Node):
    """A value of the customer compared with another.

    Attributes:
        of: Whose value.
        op: One of `operands.OPERATORS`.
        value: What it is compared with; None for `known` and `unknown`.
    """

    of: Operand
    op: str
    value: Value = field(default=None)


@dataclass(frozen=True)
class Tagged(Node):
    """Whether the customer has a tag, with this value where one is given."""

    tag: str
    value: str = ""


@dataclass(frozen=True)
class In(Node):
    """Whether the rule of another saved segment is true; `segment` is its id or name."""

    segment: str


def leaves(node: Node) -> Iterator[Node]:
    """The tests of a tree, from left to right."""
    below = children(node)
    if not below:
        yield node
    for part in below:
        yield from leaves(part)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below one."""
    if isinstance(node, All | Either):
        return node.parts
    return (node.part,) if isinstance(node, Not) else ()


def _parts(node: Node, kind: type[All] | type[Either]) -> tuple[Node, ...]:
    return node.parts if isinstance(node, kind) else (node,)


def as_node(value: object) -> Node:
    """The tree of a rule.

    Raises:
        QuestionError: for what is no rule.
    """
    if isinstance(value, Node):
        return value
    tree = getattr(value, "tree", None)
    if isinstance(tree, Node):
        return tree
    raise QuestionError(
        f"{value!r} is no rule.", "Compare it with something first, such as field('region') == 'Sichuan'."
    )
