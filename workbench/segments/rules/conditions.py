"""The tree of a rule as one condition over the features of each customer; null: unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

from workbench.segments.rules.clock import Clock, compare, compare_ago
from workbench.segments.rules.compared import holds, micros
from workbench.segments.rules.features import Feature, needs
from workbench.segments.rules.nodes import All, Node, Not, Tagged, Test, children
from workbench.segments.rules.operands import PRESENCE, Behaviour, Field, Rfm
from workbench.segments.rules.scoring import scored


def condition(node: Node, table: Any, features: Mapping[Feature, str], at: Clock) -> Any:
    """Ibis condition of a tree over the joined table; null where it is unknown."""
    if isinstance(node, Not):
        return ~condition(node.part, table, features, at)
    below = children(node)
    if below:
        parts = [condition(part, table, features, at) for part in below]
        return reduce(and_ if isinstance(node, All) else or_, parts)
    columns = [table[features[feature]] for feature in needs(node)]
    if isinstance(node, Tagged):
        return columns[0].fill_null(0) > 0
    assert isinstance(node, Test)
    if isinstance(node.of, Field):
        column = columns[0] if columns else table[node.of.name]
        if node.of.ago:
            return compare_ago(at, column, node.op, node.value)
        days = column.type().is_date()
        return compare(at, column, node.op, node.value) if days else holds(column, node.op, node.value)
    if isinstance(node.of, Rfm):
        return scored(node, node.of, columns, at)
    if isinstance(node.of, Behaviour):
        return _behaviour(node, node.of, columns, at)
    return holds(columns[0], node.op, node.value)


def _behaviour(node: Test, of: Behaviour, columns: Sequence[Any], at: Clock) -> Any:
    value = micros(node.value) if of.is_money else node.value
    if of.measure in ("first", "last"):
        return compare_ago(at, columns[0], node.op, value)
    if of.measure in ("count", "days", "sum"):
        return holds(columns[0].fill_null(0), node.op, value)
    if of.measure == "mean":
        return _mean(columns[0], columns[1], node.op, value)
    return holds(columns[0], node.op, value)


def _mean(total: Any, rows: Any, op: str, value: Any) -> Any:
    """A mean compared without a division: the sum with so many times the value."""
    rows = rows.nullif(0)
    if op in PRESENCE:
        return holds(rows, op, value)
    if op == "between":
        return (total >= rows * value[0]) & (total <= rows * value[1])
    return holds(total, op, rows * value)
