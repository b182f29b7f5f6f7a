"""What a rule leaves open is filled in: other segments, thresholds of RFM, currencies, tables of scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from workbench.errors import QuestionError, unknown
from workbench.schema import NO_CURRENCY, TABLES
from workbench.segments.rules.check import whole
from workbench.segments.rules.clock import Clock
from workbench.segments.rules.nodes import All, Either, In, Node, Not, Test, leaves
from workbench.segments.rules.operands import FIELDS, SOURCES, Behaviour, Field, Rfm, Score

if TYPE_CHECKING:
    from workbench.data import Store

Lookup = Callable[[str], tuple[str, str, Node]]
"""Id or name of a saved segment → its id, name and tree."""

_KEPT: WeakKeyDictionary[Any, dict[Any, Any]] = WeakKeyDictionary()
_MOST_KEPT = 64


def opened(node: Node, lookup: Lookup, ring: tuple[tuple[str, str], ...] = ()) -> Node:
    """The tree with the rules of other segments in their place.

    Args:
        node: The tree.
        lookup: Finds saved segments.
        ring: (id, name) of the segments that are being opened, the outermost first.

    Raises:
        QuestionError: for a segment that is not there, or segments that name one another in a ring.
    """
    if isinstance(node, In):
        id, name, tree = lookup(node.segment)
        if id in [known for known, _ in ring]:
            names = [known for _, known in ring] + [name]
            start = [known for known, _ in ring].index(id)
            raise QuestionError(
                f"Segments name one another in a ring: {' → '.join(names[start:])}.",
                "Take one of these memberships out.",
            )
        return opened(tree, lookup, (*ring, (id, name)))
    if isinstance(node, All | Either):
        return replace(node, parts=tuple(opened(part, lookup, ring) for part in node.parts))
    return Not(opened(node.part, lookup, ring)) if isinstance(node, Not) else node


@dataclass(frozen=True)
class Resolver:
    """Fills in what the store knows.

    Attributes:
        store: The store.
        at: The day.
        lookup: Finds saved segments.
        scores: Tables given with the question.
    """

    store: Store
    at: Clock
    lookup: Lookup
    scores: Mapping[str, Any] = field(default_factory=dict)

    def tree(self, node: Node, ring: tuple[tuple[str, str], ...] = ()) -> Node:
        """The tree, complete.

        Raises:
            QuestionError: for what the store does not have, or several currencies without a choice.
        """
        return self._filled(whole(opened(node, self.lookup, ring)))

    def tables(self, trees: Mapping[str, Node]) -> dict[str, Any]:
        """Table of each score that is asked for, as Ibis tables.

        Raises:
            QuestionError: for a table or column that is not there.
        """
        tests = [leaf for tree in trees.values() for leaf in leaves(tree) if isinstance(leaf, Test)]
        asked = [test.of for test in tests if isinstance(test.of, Score)]
        found = {name: self._scores(name) for name in dict.fromkeys(of.table for of in asked)}
        for of in asked:
            _check_column(of, found[of.table])
        return found

    def _filled(self, node: Node) -> Node:
        if isinstance(node, All | Either):
            return replace(node, parts=tuple(map(self._filled, node.parts)))
        if isinstance(node, Not):
            return Not(self._filled(node.part))
        if not isinstance(node, Test):
            return node
        if isinstance(node.of, Field):
            return replace(node, of=self._field(node.of))
        if isinstance(node.of, Behaviour) and node.of.is_money:
            table = "transactions" if node.of.source == "lines" else SOURCES[node.of.source].table
            return replace(node, of=replace(node.of, currency=self._currency(table, node.of.currency)))
        return replace(node, of=self._rfm(node.of)) if isinstance(node.of, Rfm) else node

    def _field(self, of: Field) -> Field:
        """An own attribute with the kind that the store has."""
        if not of.is_own:
            return of
        found = own_kinds(self.store)
        if of.name not in found:
            raise unknown("attribute", of.name, [*FIELDS, *found])
        if of.kind not in ("", found[of.name]):
            raise QuestionError(
                f"Attribute {of.name!r} is of type {found[of.name]}, and the rule takes it for {of.kind}.",
                f"Compare it with a value of type {found[of.name]}.",
            )
        return replace(of, kind=found[of.name])

    def _rfm(self, of: Rfm) -> Rfm:
        code = self._currency("transactions", of.currency)
        scored = of.measure in ("segment", "r", "f", "m")
        if scored and len(of.thresholds) < 3:
            own = dict(self._kept(("rfm", self.at.as_of, code), lambda: self._thresholds(code)))
            of = replace(of, thresholds=tuple(sorted({**own, **dict(of.thresholds)}.items())))
        return replace(of, currency=code)

    def _thresholds(self, currency: str) -> Mapping[str, tuple[float, ...]]:
        from workbench.segments.rfm import rfm

        return rfm(self.store, self.at.as_of, currency=currency).thresholds

    def _currency(self, table: str, asked: str) -> str:
        """The currency asked for, else the only one of the table."""
        found = currencies(self.store, table)
        if asked:
            if found and asked not in found:
                raise unknown("currency", asked, found)
            return asked
        if len(found) > 1:
            raise QuestionError(
                f"Amounts are in {', '.join(found)}, and different currencies are never added up.",
                f"Choose one, such as currency={found[0]!r}.",
            )
        return found[0] if found else NO_CURRENCY

    def _scores(self, name: str) -> Any:
        if name in self.scores:
            return given(name, self.scores[name])
        own = [table for table in self.store.tables if table not in TABLES]
        if name not in own:
            raise unknown("table of scores", name, [*own, *self.scores])
        table = self.store.table(name)
        if "customer_id" not in table.columns:
            raise QuestionError(f"Table {name!r} has no customer_id.", "A score belongs to a customer.")
        return table.filter(table.customer_id.notnull())

    def _kept(self, key: Any, ask: Callable[[], Any]) -> Any:
        return kept(self.store, key, ask)


def own_kinds(store: Store) -> dict[str, str]:
    """Own attribute of customers → its type: what most of its values are."""

    def ask() -> dict[str, str]:
        rows = store.table("traits")
        told = rows.filter(rows.trait.notnull()).group_by("trait")
        counts = told.aggregate(all=rows.value.count(), number=rows.number.count(), date=rows.day.count())
        found = store.query(counts.order_by("trait")).to_pylist()
        return {row["trait"]: _own_kind(row) for row in found if row["all"]}

    return dict(kept(store, "traits", ask))


def _own_kind(row: Mapping[str, Any]) -> str:
    return next((kind for kind in ("number", "date") if 2 * row[kind] >= row["all"]), "text")


def currencies(store: Store, table: str) -> list[str]:
    """Codes of the amounts in a table; `XXX` for none."""

    def ask() -> list[str]:
        rows = store.table(table)
        codes = rows.select(code=rows.currency.fill_null(NO_CURRENCY)).distinct().order_by("code")
        return list(store.query(codes)["code"].to_pylist())

    return list(kept(store, ("currencies", table), ask))


def kept(store: Store, key: Any, ask: Callable[[], Any]) -> Any:
    """What was asked of this data version before, or is asked now: a preview is drawn again and again."""
    held = _KEPT.setdefault(store, {})
    wanted = (store.version, key)
    if wanted not in held:
        if len(held) >= _MOST_KEPT:
            held.clear()
        held[wanted] = ask()
    return held[wanted]


def given(name: str, frame: Any) -> Any:
    """A table of scores as an Ibis table.

    Args:
        name: What the rule calls it.
        frame: pandas, Polars or Arrow, or an Ibis table of the store; `customer_id` and scores.
    """
    import ibis

    if not isinstance(frame, ibis.expr.types.Table):
        frame = ibis.memtable(frame.collect() if hasattr(frame, "collect") else frame)
    if "customer_id" not in frame.columns:
        raise QuestionError(
            f"Scores {name!r} have no column customer_id.", "Give customer_id beside the score."
        )
    return frame.mutate(customer_id=frame.customer_id.cast("string")).filter(frame.customer_id.notnull())


def _check_column(of: Score, table: Any) -> None:
    if of.column not in table.columns:
        raise unknown(f"column of {of.table!r}", of.column, [c for c in table.columns if c != "customer_id"])
    if not table[of.column].type().is_numeric():
        raise QuestionError(
            f"Column {of.column!r} of {of.table!r} holds {table[of.column].type()}, no numbers.",
            "Score customers with numbers.",
        )
