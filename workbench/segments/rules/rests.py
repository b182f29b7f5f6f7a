"""What a rule decides by, in the words of the measures and traits that describe a customer."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from workbench.segments.rules.nodes import Node, Test, leaves
from workbench.segments.rules.operands import Behaviour, Field, Rfm

ORDERS = ("recency_days", "frequency", "monetary", "aov", "tenure_days", "rhythm", "categories")
"""Measures that orders make, and what only says the same in other words: one order has few categories."""
PLACES = ("region", "city")
"""One tells the other."""
BEHAVIOUR = MappingProxyType(
    {
        "orders": ORDERS,
        "lines": ("categories", "favourite_category"),
        "interactions": ("contacts",),
    }
)


def columns(tree: Node) -> frozenset[str]:
    """Names of the measures and traits that a tree without `In` decides by."""
    return frozenset(name for leaf in leaves(tree) for name in _of(leaf))


def _of(leaf: Node) -> Iterator[str]:
    of = leaf.of if isinstance(leaf, Test) else None
    if isinstance(of, Field):
        yield from PLACES if of.name in PLACES else (of.name,)
    elif isinstance(of, Rfm):
        yield from ORDERS
    elif isinstance(of, Behaviour):
        yield from BEHAVIOUR.get(of.source, ())
        if of.source == "orders" and "channel" in [item.column for item in of.where]:
            yield "order_channel"
