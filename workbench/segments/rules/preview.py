"""The count of a rule that is being written: what was added up stays in memory while only bounds change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from workbench.segments.rules.clock import Clock
from workbench.segments.rules.compiling import base, conditions
from workbench.segments.rules.features import Feature
from workbench.segments.rules.nodes import Node
from workbench.segments.rules.rows import CUSTOMER
from workbench.store.frames import in_memory

if TYPE_CHECKING:
    from workbench.store.store import Store

MOST_CELLS = 200_000_000
"""Customers × figures that are kept, about 1.6 GB; a larger rule asks the store each time."""


@dataclass(frozen=True, eq=False)
class _Kept:
    """The figures of every customer, without ids, for one data version, day and set of features."""

    key: Any
    table: Any
    engine: Any


_HELD: WeakKeyDictionary[Store, _Kept] = WeakKeyDictionary()
_LOCK = Lock()


def count(store: Store, tree: Node, at: Clock, scores: Mapping[str, Any], keep: bool = True) -> int:
    """How many customers a complete tree is true of.

    Other bounds, operators, brackets and values of attributes are answered from memory; other windows,
    conditions on rows and sources are added up anew. One set of figures is kept a store; none where `keep`
    is false, because tables were given with the question.
    """
    trees = {"": tree}
    table, features = base(store, trees, at, scores)
    cells = len(table.columns) * max(store.row_counts.get(name, 0) for name in ("customers", "transactions"))
    if not keep or cells > MOST_CELLS:
        return _counted(table, trees, features, at, store.query)
    with _LOCK:
        kept = _kept(store, table, features, at)
        return _counted(kept.table, trees, features, at, kept.engine.to_pyarrow)


def _kept(store: Store, table: Any, features: Mapping[Feature, str], at: Clock) -> _Kept:
    key = (store.version, at, tuple(features), tuple(table.columns))
    held = _HELD.get(store)
    if held is None or held.key != key:
        held = _Kept(key, *in_memory(store.query(table.mutate(here_=True).drop(CUSTOMER))))
        _HELD[store] = held
    return held


def _counted(
    table: Any, trees: Mapping[str, Node], features: Mapping[Feature, str], at: Clock, ask: Any
) -> int:
    found = table.filter(conditions(trees, table, features, at)[""])
    return int(ask(found.aggregate(n=found.count()))["n"][0].as_py())
