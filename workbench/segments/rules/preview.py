"""Rules that are asked again and again: what was added up stays in memory while only bounds change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    import pyarrow as pa

    from workbench.store.store import Store

MOST_CELLS = 200_000_000
"""Customers × figures that are kept of a store, about 1.6 GB; a larger rule asks the store each time."""

MOST_SETS = 4
"""Sets of figures that are kept of a store: those of a rule being written, of an overlap, …"""


@dataclass(frozen=True, eq=False)
class Kept:
    """The figures of every customer, without ids, for one data version and day.

    Attributes:
        moment: Data version and day.
        columns: Attribute or feature → its column.
        cells: Customers × columns.
        table: Ibis table.
        engine: What answers it.
    """

    moment: tuple[int, Clock]
    columns: Mapping[Any, str]
    cells: int
    table: Any
    engine: Any

    def conditions(self, trees: Mapping[str, Node], at: Clock) -> dict[str, Any]:
        """Name of a rule → its condition over the table."""
        features = {of: name for of, name in self.columns.items() if isinstance(of, Feature)}
        return conditions(trees, self.table, features, at)

    def ask(self, question: Any) -> pa.Table:
        """Answer an expression over the table."""
        found: pa.Table = self.engine.to_pyarrow(question)
        return found


_HELD: WeakKeyDictionary[Store, tuple[Kept, ...]] = WeakKeyDictionary()
_LOCK = Lock()


def count(store: Store, tree: Node, at: Clock, scores: Mapping[str, Any], keep: bool = True) -> int:
    """How many customers a complete tree is true of.

    Other bounds, operators, brackets and values of attributes are answered from memory; other windows,
    conditions on rows and sources are added up anew. Nothing is kept where `keep` is false, because tables
    were given with the question.
    """
    trees = {"": tree}
    found = answered(store, trees, at, scores, _counted) if keep else None
    if found is None:
        table, features = base(store, trees, at, scores)
        found = store.query(_counted(table, conditions(trees, table, features, at)))
    return int(found["n"][0].as_py())


def answered(
    store: Store,
    trees: Mapping[str, Node],
    at: Clock,
    scores: Mapping[str, Any],
    question: Callable[[Any, Mapping[str, Any]], Any],
) -> pa.Table | None:
    """Answer a question about complete trees from kept figures; None where they are too many to keep.

    Args:
        store: The store.
        trees: Name → tree.
        at: The day.
        scores: Table of a score → Ibis table, all of them the store's own.
        question: (table of figures, name → condition) → expression.
    """
    with _LOCK:
        held = _kept(store, trees, at, scores)
        return held.ask(question(held.table, held.conditions(trees, at))) if held else None


def _kept(store: Store, trees: Mapping[str, Node], at: Clock, scores: Mapping[str, Any]) -> Kept | None:
    """Figures that answer these trees: those that are held, else new ones; None where they are too many."""
    table, features = base(store, trees, at, scores)
    names = {name: of for of, name in features.items()}
    wanted = {names.get(name, name): name for name in table.columns if name != CUSTOMER}
    moment = (store.version, at)
    held = tuple(one for one in _HELD.get(store, ()) if one.moment == moment)
    found = next((one for one in held if wanted.keys() <= one.columns.keys()), None)
    if found is None:
        if len(table.columns) * _people(store) > MOST_CELLS:
            return None
        rows = store.query(table.mutate(here_=True).drop(CUSTOMER))
        found = Kept(moment, wanted, len(rows) * len(table.columns), *in_memory(rows))
    _HELD[store] = _within((found, *(one for one in held if one is not found)))
    return found


def _people(store: Store) -> int:
    """How many customers there may be: rows of their table; where there is none, of orders."""
    return store.row_counts.get("customers", 0) or store.row_counts.get("transactions", 0)


def _within(sets: tuple[Kept, ...]) -> tuple[Kept, ...]:
    """The newest sets that together fit."""
    fitting, cells = [], 0
    for one in sets[:MOST_SETS]:
        cells += one.cells
        if cells <= MOST_CELLS:
            fitting.append(one)
    return tuple(fitting)


def _counted(table: Any, conditions: Mapping[str, Any]) -> Any:
    found = table.filter(conditions[""])
    return found.aggregate(n=found.count())
