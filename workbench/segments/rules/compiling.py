"""Rules as one query: each table is added up once for each customer, for all rules together.

A test names the features it needs; the features of all tests are merged; each table is read once and
gives all of its features as conditional aggregates; the tree is a condition over the joined row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.segments.rules import rows as tables
from workbench.segments.rules.clock import Clock
from workbench.segments.rules.conditions import condition
from workbench.segments.rules.features import Feature, added_up, joined, needs
from workbench.segments.rules.nodes import Node, Test, leaves
from workbench.segments.rules.operands import Field

if TYPE_CHECKING:
    from workbench.data import Store


@dataclass(frozen=True, eq=False)
class Compiled:
    """The question before it is asked.

    Attributes:
        table: Ibis table, one row a customer: `customer_id` and the features.
        conditions: Name of a rule → Ibis condition, which is null where the rule is unknown.
        features: Feature → its column.
    """

    table: Any
    conditions: Mapping[str, Any]
    features: Mapping[Feature, str]


def compiled(
    store: Store,
    trees: Mapping[str, Node],
    at: Clock,
    scores: Mapping[str, Any],
    more: Iterable[Feature] = (),
) -> Compiled:
    """Compile resolved trees.

    Args:
        store: The store.
        trees: Name → tree without `In`, with thresholds and currencies filled in.
        at: The day.
        scores: Table of a score → Ibis table.
        more: Features that are wanted beside those of the trees.
    """
    table, features = base(store, trees, at, scores, more)
    return Compiled(table, conditions(trees, table, features, at), features)


def base(
    store: Store,
    trees: Mapping[str, Node],
    at: Clock,
    scores: Mapping[str, Any],
    more: Iterable[Feature] = (),
) -> tuple[Any, dict[Feature, str]]:
    """Ibis table of the customers with what the trees need, and the column of each feature."""
    tests = [leaf for tree in trees.values() for leaf in leaves(tree)]
    wanted = dict.fromkeys([feature for test in tests for feature in needs(test)] + list(more))
    features = {feature: f"f{place}" for place, feature in enumerate(wanted)}
    asked = [test.of for test in tests if isinstance(test, Test) and isinstance(test.of, Field)]
    table = tables.everybody(store, at, tuple(dict.fromkeys(of.name for of in asked if not of.is_own)))
    for source in dict.fromkeys(feature.source for feature in features):
        mine = {name: feature for feature, name in features.items() if feature.source == source}
        table = joined(table, added_up(store, source, mine, at, scores))
    return table, features


def conditions(
    trees: Mapping[str, Node], table: Any, features: Mapping[Feature, str], at: Clock
) -> dict[str, Any]:
    """Name of a rule → its condition over such a table."""
    return {name: condition(tree, table, features, at) for name, tree in trees.items()}
