"""The one query behind an answer: sums of facts by group and day of the roll-up rows that answer.

Engines only filter and add up; everything after works on day sums in numpy. So every engine gives
the same numbers, both periods of a comparison come out of one pass, and variances need no
cancelling sums of squares.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, or_
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from workbench.metrics.dimensions import stored
from workbench.metrics.filters import Where, predicates
from workbench.metrics.periods import Period
from workbench.schema import DELIVERY_FACTS, NO_CURRENCY
from workbench.store import shared
from workbench.store.levels import Switch, answering

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.data import Store

ROLLUP = "performance_hourly"
MOST_CACHED = 256

_MARKS = tuple((dt.date(1601, 1, day), dt.date(1601, 2, day)) for day in (1, 2))
"""Days that stand for the periods in a compiled query, so that one text serves them all."""

_compiled: WeakKeyDictionary[Store, dict[tuple[Any, ...], str]] = WeakKeyDictionary()
_texts: dict[tuple[str, Shape, tuple[Switch, ...]], str] = {}
"""Engine, shape and switches → SQL: it names no workspace, version or limit, which are in the views that it
reads. So one text serves every store of a process, and of those forked from it."""


@dataclass(frozen=True)
class Shape:
    """What makes two questions the same query but for their days.

    Attributes:
        by: Roll-up columns to group by, beside the day and the currency.
        facts: Roll-up columns to add up.
        where: Filters on stored columns.
        windows: Number of periods, 1 or 2.
        flags: Roll-up columns whose unknown rows are kept apart.
    """

    by: tuple[str, ...]
    facts: tuple[str, ...]
    where: tuple[tuple[str, tuple[str, ...]], ...]
    windows: int
    flags: tuple[str, ...] = ()


def shape(
    by: Sequence[str], facts: Sequence[str], where: Where, windows: int, flags: Sequence[str] = ()
) -> Shape:
    """The shape of a question by dimensions, facts and filters."""
    return Shape(stored(by), tuple(facts), tuple(sorted(where.items())), windows, tuple(flags))


def day_sums(store: Store, shape: Shape, periods: Sequence[Period]) -> tuple[pa.Table, str]:
    """Run the query.

    Returns:
        One row a group × day × currency: `by` columns, `local_date`, `money_in` (the currency of
        its amounts, empty where it has none), `rows`, the facts as float64; and its SQL. With flags,
        also `unknown`: bit i is set where the delivery does not know the i-th flagged fact.
    """
    sql = _template(store, shape)
    for marks, period in zip(_MARKS, periods, strict=False):
        for mark, day in zip(marks, (period.start, period.end), strict=True):
            sql = sql.replace(store.literal(mark), store.literal(day))
    return store.query(sql), sql


def _template(store: Store, shape: Shape) -> str:
    cache = _compiled.setdefault(store, {})
    key = (store.version, shape)
    if key not in cache:
        if len(cache) >= MOST_CACHED:
            cache.clear()
        cache[key] = _text(store, shape)
    return cache[key]


def _text(store: Store, shape: Shape) -> str:
    switches = store.switches(needed(shape))
    known = _texts.get((store.engine, shape, switches))
    if known is None:
        known = store.sql(expression(store.table(ROLLUP), shape, switches))
        learn(store.engine, shape, known, switches)
    return known


def learn(engine: str, shape: Shape, sql: str, switches: tuple[Switch, ...] = ()) -> None:
    """Keep the compiled SQL of a shape for all stores of this process.

    Args:
        engine: The stores' engine.
        shape: The shape.
        sql: Its SQL with the tables' plain names and the days that stand for the periods.
        switches: Where other reports answer than the preferred ones.
    """
    if len(_texts) >= MOST_CACHED:
        _texts.pop(next(iter(_texts)), None)  # another thread may have been quicker
    _texts[engine, shape, switches] = sql


def texts() -> dict[tuple[str, Shape, tuple[Switch, ...]], str]:
    """The compiled SQL that this process keeps: engine, shape and switches → SQL."""
    return dict(_texts)


def needed(shape: Shape) -> tuple[str, ...]:
    """Roll-up columns that a report must know to answer."""
    return (*shape.by, *stored([name for name, _ in shape.where]))


def expression(table: Any, shape: Shape, switches: Sequence[Switch] = ()) -> Any:
    """The Ibis expression of a shape over a roll-up table, with days that stand for the periods."""
    windows = (_between(table, *marks) for marks in _MARKS[: shape.windows])
    kept = [answering(table, switches), reduce(or_, windows), *predicates(table, dict(shape.where))]
    rows = table.filter(*kept)
    apart = [_unknown(rows, shape.flags)] if shape.flags else []
    sums = rows.group_by([*shape.by, "local_date", _money_in(rows), *apart]).aggregate(
        rows=rows.count(), **{fact: rows[fact].sum().cast("float64") for fact in shape.facts}
    )
    # an order of their own, so that the same question gives the same answer to the last bit
    return sums.order_by([*shape.by, "local_date", "money_in", *(key.get_name() for key in apart)])


def _between(table: Any, first: dt.date, last: dt.date) -> Any:
    return table.local_date.between(first, last)


def _money_in(rows: Any) -> Any:
    """The currency of a row's amounts; empty for a row that has none and names no currency."""
    import ibis

    code = rows.currency.fill_null(NO_CURRENCY)
    bare = (code == NO_CURRENCY) & rows.cost_micros.isnull() & rows.revenue_micros.isnull()
    return ibis.ifelse(bare, "", code).name("money_in")


def _lacks(rows: Any, fact: str) -> Any:
    """Whether a row of delivery does not know a fact; a row of conversions alone lacks nothing."""
    return rows[fact].isnull() & _delivered(rows)


def _delivered(rows: Any) -> Any:
    return reduce(or_, (rows[name].notnull() for name in _DELIVERED))


_DELIVERED = ("impressions", "clicks", "cost_micros")


def _unknown(rows: Any, flags: Sequence[str]) -> Any:
    bits = (_lacks(rows, fact).cast("int32") * (1 << bit) for bit, fact in enumerate(flags))
    return reduce(add, bits).name("unknown")


@dataclass(frozen=True)
class Profile:
    """What a version of the roll-up holds.

    Attributes:
        first: First day; None when it is empty.
        gaps: Columns of delivery that some rows of delivery do not know.
    """

    first: dt.date | None
    gaps: frozenset[str]


_profiles: WeakKeyDictionary[Store, tuple[int, Profile]] = WeakKeyDictionary()


def profile(store: Store) -> Profile:
    """The profile of the roll-up, looked up once a version."""
    if store not in _profiles or _profiles[store][0] != store.version:
        _profiles[store] = (store.version, shared.held(store, "metrics.profile", lambda: _profile(store)))
    return _profiles[store][1]


def _profile(store: Store) -> Profile:
    table = store.table(ROLLUP)
    facts = [column.name for column in DELIVERY_FACTS]
    first = store.query(table.local_date.min().name("day").as_table()).column("day")[0].as_py()
    rows = table.filter(_delivered(table))  # any report may answer some question
    known = {fact: rows[fact].count() for fact in facts}
    found = store.query(rows.aggregate(rows=rows.count(), **known)).to_pylist()[0]
    return Profile(first, frozenset(fact for fact in facts if found[fact] < found["rows"]))


def first_day(store: Store) -> dt.date | None:
    """First day of the roll-up; None when it is empty."""
    return profile(store).first
