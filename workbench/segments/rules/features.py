"""The figures of each customer that rules need, added up once a table for all tests together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from workbench.segments.rules import rows as tables
from workbench.segments.rules.clock import Clock, compare
from workbench.segments.rules.compared import holds, micros
from workbench.segments.rules.nodes import Node, Tagged, Test
from workbench.segments.rules.operands import OWN, SOURCES, Behaviour, Condition, Field, Rfm, Score
from workbench.segments.rules.rows import COUNTS, CUSTOMER, DAY

if TYPE_CHECKING:
    from workbench.data import Store


@dataclass(frozen=True)
class Feature:
    """One figure of each customer that tests share.

    Attributes:
        source: A source of behaviour, `tags`, `traits`, or the table of a score.
        measure: `count`, `days`, `sum` (refunds taken off), `total` (without refunds), `min`, `max`, `first`,
            `last`, `valued` (rows with the figure), `score`; for `traits` the column of its value.
        column: The figure; for `tags` the tag, for `traits` the own attribute.
        within_days: Only the last days; None: all.
        where: Conditions.
        currency: Of money.
    """

    source: str
    measure: str
    column: str = ""
    within_days: int | None = None
    where: tuple[Condition, ...] = ()
    currency: str = ""


def needs(test: Node) -> tuple[Feature, ...]:
    """The features of one test."""
    if isinstance(test, Tagged):
        told = (Condition("value", "==", test.value),) if test.value else ()
        return (Feature("tags", "count", test.tag, where=told),)
    of = test.of if isinstance(test, Test) else None
    if isinstance(of, Field):
        return (Feature("traits", OWN[of.kind], of.name),) if of.is_own else ()
    if isinstance(of, Score):
        return (Feature(f"score {of.table}", "score", of.column),)
    if isinstance(of, Rfm):
        return _rfm_needs(of)
    if not isinstance(of, Behaviour):
        return ()
    measures = ("total", "valued") if of.measure == "mean" else (of.measure,)
    return tuple(
        Feature(of.source, measure, of.column, of.within_days, of.where, of.currency) for measure in measures
    )


def _rfm_needs(of: Rfm) -> tuple[Feature, ...]:
    return (
        Feature("orders", "last"),
        Feature("orders", "count"),
        Feature("orders", "sum", "amount", currency=of.currency),
    )


def joined(table: Any, added: Any) -> Any:
    """A table with columns more of each customer; null where there are none."""
    theirs = added.rename(who_=CUSTOMER)
    return table.left_join(theirs, table[CUSTOMER] == theirs.who_).drop("who_")


def added_up(
    store: Store, source: str, features: Mapping[str, Feature], at: Clock, scores: Mapping[str, Any]
) -> Any:
    """One row a customer with the features of one source."""
    if source.startswith("score "):
        table = scores[source.removeprefix("score ")]
        sums = {name: _score(table[feature.column]) for name, feature in features.items()}
    elif source == "tags":
        table = tables.tags(store, at)
        sums = {name: _tagged(table, feature) for name, feature in features.items()}
    elif source == "traits":
        table = tables.traits(store, [feature.column for feature in features.values()])
        sums = {name: _own(table, feature) for name, feature in features.items()}
    else:
        told = {item.column for feature in features.values() for item in feature.where}
        table = _recent(tables.rows(store, source, at, told), list(features.values()), at)
        sums = {name: _figure(table, feature, at) for name, feature in features.items()}
    return table.group_by(CUSTOMER).aggregate(**sums)


def _score(column: Any) -> Any:
    """The score of a customer, the highest where there are several; what is no number is missing."""
    import ibis

    floats = column.type().is_floating()
    return (column.isnan().ifelse(ibis.null(column.type()), column) if floats else column).max()


def _recent(table: Any, features: Sequence[Feature], at: Clock) -> Any:
    """Only the days that a feature looks at."""
    spans = [feature.within_days for feature in features]
    if any(days is None for days in spans):
        return table
    return table.filter(compare(at, table[DAY], ">", at.back(max(filter(None, spans)))))


def _tagged(table: Any, feature: Feature) -> Any:
    found = table.tag == feature.column
    return table.count(where=reduce(and_, (_told(table, item, "tags") for item in feature.where), found))


def _own(table: Any, feature: Feature) -> Any:
    """The own attribute of a customer, of whom there is one row a name."""
    return table[feature.measure].max(where=table.trait == feature.column)


def _figure(table: Any, feature: Feature, at: Clock) -> Any:
    """One conditional aggregate."""
    counts = [] if feature.measure == "sum" else [table[COUNTS]]
    if feature.within_days is not None:
        counts.append(compare(at, table[DAY], ">", at.back(feature.within_days)))
    counts += [_told(table, item, feature.source) for item in feature.where]
    column: Any = table[SOURCES[feature.source].numbers[feature.column]] if feature.column else None
    if feature.currency:
        counts.append(table.currency.fill_null(tables.UNNAMED) == feature.currency)
    where = reduce(and_, counts) if counts else None
    if feature.measure == "count":
        return table.count(where=where)
    if feature.measure == "valued":
        return column.count(where=where)
    figures = {"sum": "sum", "total": "sum", "min": "min", "max": "max"}
    if feature.measure in figures:
        return getattr(column, figures[feature.measure])(where=where)
    day = table[DAY]
    kind = {"first": "min", "last": "max", "days": "nunique"}[feature.measure]
    return getattr(day, kind)(where=where)


def _told(table: Any, item: Condition, source: str) -> Any:
    """A condition on rows; one that is unknown does not hold."""
    numbers = SOURCES[source].numbers if source in SOURCES else {}
    column = table[numbers.get(item.column, item.column)]
    money = numbers.get(item.column, "").endswith("_micros")
    return holds(column, item.op, micros(item.value) if money else item.value).fill_null(False)
