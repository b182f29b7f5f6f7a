"""What a rule asks for and nobody has: a tag, a class or a word that does not occur, with the nearest.

Such a test is answered like any other, with nobody; whoever mistyped a name should not have to guess why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.segments.rules.nodes import Node, Tagged, Test, leaves
from workbench.segments.rules.operands import OWN, SOURCES, Behaviour, Field
from workbench.segments.rules.resolving import kept

if TYPE_CHECKING:
    from workbench.store.store import Store

MOST = 5_000
"""Different values of a column that are looked at, the most frequent first; a rarer one is asked for."""

NEAREST = 3
OPS = ("==", "!=", "in", "not_in", "contains", "starts_with")


@dataclass(frozen=True)
class Doubt:
    """One value of a rule that nobody has.

    Attributes:
        code: `tag`, `tag_value`, `value` (of an attribute) or `row_value` (of what customers did).
        values: What the sentence names: `value`, and `what` has it.
        nearest: Values that do occur, the likest first.
    """

    code: str
    values: Mapping[str, str] = field(hash=False)
    nearest: tuple[str, ...] = ()

    def sentence(self, lang: str = "en") -> str:
        """That nobody has it, and what there is instead."""
        what = self.values.get("what", "")
        label = i18n.text(f"rules.column_{what}", lang) if f"rules.column_{what}" in i18n.texts() else what
        said = i18n.text(f"rules.doubt_{self.code}", lang, **{**self.values, "what": label})
        if not self.nearest:
            return said
        near = i18n.text("rules.comma", lang).join(self.nearest)
        return f"{said}{'' if lang == 'zh' else ' '}{i18n.text('rules.doubt_nearest', lang, values=near)}"


@dataclass(frozen=True)
class _Asked:
    """A value that a test compares a column of a table with."""

    code: str
    table: str
    column: str
    op: str
    value: str
    what: str = ""
    key: str = ""


def doubts(store: Store, tree: Node) -> tuple[Doubt, ...]:
    """The doubts about a rule.

    Args:
        store: The store.
        tree: Its tree, with other segments in their place.
    """
    asked = dict.fromkeys(one for leaf in leaves(tree) for one in _of(leaf))
    return tuple(doubt for one in asked if (doubt := _doubted(store, one)))


def _of(leaf: Node) -> Iterator[_Asked]:
    """What a test compares with texts that may not occur."""
    if isinstance(leaf, Tagged):
        yield _Asked("tag", "tags", "tag", "==", leaf.tag)
        if leaf.value:
            yield _Asked("tag_value", "tags", "value", "==", leaf.value, leaf.tag, "tag")
    of = leaf.of if isinstance(leaf, Test) else None
    if isinstance(of, Field) and of.type == "text" and isinstance(leaf, Test) and leaf.op in OPS:
        home = ("traits", OWN["text"], "trait") if of.is_own else ("customers", of.name, "")
        for value in _each(leaf.value):
            yield _Asked("value", home[0], home[1], leaf.op, value, of.name, home[2])
    if isinstance(of, Behaviour):
        for item in of.where:
            if item.column in SOURCES[of.source].texts and item.op in OPS:
                table, column = _home(of.source, item.column)
                for value in _each(item.value):
                    yield _Asked("row_value", table, column, item.op, value, item.column)


def _home(source: str, column: str) -> tuple[str, str]:
    """Table and column that a condition on rows reads; order lines have some of product and order."""
    homes = {"channel": "transactions", "product": "products", "category": "products"}
    there = homes if source == "lines" else {}
    return there.get(column, SOURCES[source].table), column


def _each(value: Any) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,)


def _doubted(store: Store, one: _Asked) -> Doubt | None:
    found = _occurring(store, one)
    if any(_meets(one, value) for value in found):
        return None
    if len(found) >= MOST and _is_there(store, one):
        return None
    if one.code == "tag_value" and one.what not in _occurring(
        store, _Asked("tag", "tags", "tag", "==", one.what)
    ):
        return None  # that nobody has the tag at all is said already
    return Doubt(one.code, {"value": one.value, "what": one.what}, _near(one.value, found))


def _meets(one: _Asked, value: str) -> bool:
    if one.op in ("contains", "starts_with"):
        return one.value in value if one.op == "contains" else value.startswith(one.value)
    return value == one.value


def _near(value: str, found: tuple[str, ...]) -> tuple[str, ...]:
    """Values that look like one, whatever their case; without any the most frequent."""
    plain = {item.casefold(): item for item in reversed(found)}
    near = get_close_matches(value.casefold(), list(plain), n=NEAREST, cutoff=0.5)
    return tuple(plain[item] for item in near) or found[:NEAREST]


def _occurring(store: Store, one: _Asked) -> tuple[str, ...]:
    """Different values of the column, the most frequent first."""

    def ask() -> tuple[str, ...]:
        import ibis

        column = _rows(store, one)
        counted = column.group_by("value_").aggregate(n=column.count())
        rows = store.query(counted.order_by(ibis.desc("n"), "value_").limit(MOST))
        return tuple(rows["value_"].to_pylist())

    which = one.what if one.key else ""
    found: tuple[str, ...] = kept(store, ("occurring", one.table, one.column, which), ask)
    return found


def _rows(store: Store, one: _Asked) -> Any:
    """Ibis table of the column's values that are known."""
    table = store.table(one.table)
    if one.key:
        table = table.filter(table[one.key] == one.what)
    told = table.select(value_=table[one.column])
    return told.filter(told.value_.notnull())


def _is_there(store: Store, one: _Asked) -> bool:
    """Whether a rarer value than those looked at meets the test."""
    rows = _rows(store, one)
    meets = {
        "contains": lambda: rows.value_.contains(one.value),
        "starts_with": lambda: rows.value_.startswith(one.value),
    }.get(one.op, lambda: rows.value_ == one.value)()
    return len(store.query(rows.filter(meets).limit(1))) > 0
