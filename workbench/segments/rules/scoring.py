"""Measures, scores and segments of RFM as conditions: a score is a range of its measure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

from workbench.segments.cells import BLOCKS
from workbench.segments.rules.check import MOST_DAYS
from workbench.segments.rules.clock import Clock, compare_ago
from workbench.segments.rules.compared import holds, micros
from workbench.segments.rules.nodes import Test
from workbench.segments.rules.operands import PRESENCE, Rfm
from workbench.segments.thresholds import MEASURES, SCORES, span

_MEASURES = {score: measure for measure, score in SCORES.items()}
_OPERATORS = {
    "==": int.__eq__,
    "!=": int.__ne__,
    "<": int.__lt__,
    "<=": int.__le__,
    ">": int.__gt__,
    ">=": int.__ge__,
}


def scored(node: Test, of: Rfm, columns: Sequence[Any], at: Clock) -> Any:
    """Ibis condition of a test by RFM; unknown of who has no order.

    Args:
        node: The test.
        of: Its measure or score, with thresholds.
        columns: Last day with an order, orders, amount in micros.
        at: The day.
    """
    values = dict(zip(MEASURES, columns, strict=True))
    buys = values["recency_days"].notnull()
    values["monetary"] = values["monetary"].fill_null(0)
    if node.op in PRESENCE:
        return buys if node.op == "known" else ~buys
    if of.measure in values:
        return _of_buyers(_measured(node, of.measure, values[of.measure], at), buys)
    edges = dict(of.thresholds)
    if of.measure == "segment":
        return _of_buyers(_any(_named(node, values, edges, at)), buys)
    measure = _MEASURES[of.measure]
    hits = [score for score in range(1, 6) if _hit(score, node.op, node.value)]
    ranges = [_within(measure, (score, score), values[measure], edges, at) for score in hits]
    return _of_buyers(_any(ranges), buys)


def _measured(node: Test, measure: str, column: Any, at: Clock) -> Any:
    if measure == "recency_days":
        return compare_ago(at, column, node.op, node.value)
    return holds(column, node.op, micros(node.value) if measure == "monetary" else node.value)


def _named(node: Test, values: Mapping[str, Any], edges: Mapping[str, Any], at: Clock) -> list[Any]:
    """A condition for each block of cells whose name is asked for."""
    names = node.value if isinstance(node.value, tuple) else (node.value,)
    blocks = [block for block in BLOCKS if (block.segment in names) == (node.op in ("==", "in"))]
    return [
        reduce(
            and_,
            (
                _within(measure, ends, values[measure], edges, at)
                for measure, ends in zip(MEASURES, (block.r, block.f, block.m), strict=True)
            ),
        )
        for block in blocks
    ]


def _within(measure: str, scores: tuple[int, int], column: Any, edges: Mapping[str, Any], at: Clock) -> Any:
    """Whether a measure's score lies between two."""
    import ibis

    ends = span(measure, edges[measure], *scores)
    if ends is None:
        return ibis.literal(False)
    pairs = zip((">", "<="), ends, strict=True)
    tests = [_bound(measure, op, end, column, at) for op, end in pairs if math.isfinite(end)]
    return reduce(and_, tests, ibis.literal(True))


def _bound(measure: str, op: str, end: float, column: Any, at: Clock) -> Any:
    if measure == "recency_days":
        return compare_ago(at, column, op, max(-1, min(MOST_DAYS, math.floor(end))))
    return holds(column, op, micros(end) if measure == "monetary" else end)


def _any(parts: Sequence[Any]) -> Any:
    import ibis

    return reduce(or_, parts, ibis.literal(False))


def _of_buyers(found: Any, buys: Any) -> Any:
    import ibis

    return buys.ifelse(found, ibis.null("boolean"))


def _hit(score: int, op: str, value: Any) -> bool:
    if op == "between":
        return bool(value[0] <= score <= value[1])
    return bool(_OPERATORS[op](score, value))
