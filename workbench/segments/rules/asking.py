"""Rules asked of a store: one query, whatever the rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.schema import NO_CURRENCY
from workbench.segments.rules import consents, doubting, preview, rests, shelf
from workbench.segments.rules.answers import Members, Size
from workbench.segments.rules.clock import Clock, clock
from workbench.segments.rules.compared import MICROS
from workbench.segments.rules.compiling import Compiled, compiled
from workbench.segments.rules.features import Feature, joined
from workbench.segments.rules.masks import MOST_BITS, bits, mask
from workbench.segments.rules.nodes import Node
from workbench.segments.rules.resolving import Resolver, currencies, opened
from workbench.segments.rules.rows import CUSTOMER, everybody

if TYPE_CHECKING:
    import pandas as pd

    from workbench.segments.rules.rule import Rule
    from workbench.store.part import Part
    from workbench.store.store import Store

YEAR = 365


@dataclass(frozen=True, eq=False)
class Asked:
    """Rules that are ready to be asked.

    Attributes:
        at: The day.
        trees: Name → complete tree.
        scores: Table of a score → Ibis table.
        query: The question.
    """

    at: Clock
    trees: Mapping[str, Node]
    scores: Mapping[str, Any]
    query: Compiled


def asked(
    rules: Mapping[str, Rule],
    store: Store,
    as_of: dt.date | str | None,
    scores: Mapping[str, Any] | None,
    more: Iterable[Feature] = (),
) -> Asked:
    """Compile rules; arguments as `Rule.members`, and features that are wanted beside theirs."""
    at = clock(store, as_of)
    resolver = Resolver(store, at, shelf.lookup(store), scores or {})
    trees = {name: _tree(resolver, rule) for name, rule in rules.items()}
    tables = resolver.tables(trees)
    return Asked(at, trees, tables, compiled(store, trees, at, tables, more))


def ids(rule: Rule, store: Store, as_of: Any, scores: Mapping[str, Any] | None) -> Any:
    """Ibis table with the `customer_id` of the members."""
    made = asked({"": rule}, store, as_of, scores).query
    return made.table.filter(made.conditions[""]).select(CUSTOMER)


def members(rule: Rule, store: Store, as_of: Any, scores: Mapping[str, Any] | None) -> Members:
    """See `Rule.members`."""
    made = asked({"": rule}, store, as_of, scores)
    table, means = made.query.table, made.query.conditions[""]
    question = table.filter(means).select(CUSTOMER).order_by(CUSTOMER)
    found = store.query(question).to_pandas()
    return _members(rule, store, made.at, found, store.sql(question), _everybody(store, made.at))


def members_of(
    rules: Mapping[str, Rule],
    store: Store,
    as_of: dt.date | str | None = None,
    scores: Mapping[str, Any] | None = None,
) -> dict[str, Members]:
    """Members of many rules from one pass over the tables, up to 60 at a time; as `Rule.members` each."""
    names = list(rules)
    parts = [names[start : start + MOST_BITS] for start in range(0, len(names), MOST_BITS)]
    return {
        name: found
        for part in parts
        for name, found in _together({name: rules[name] for name in part}, store, as_of, scores)
    }


def _together(
    rules: Mapping[str, Rule], store: Store, as_of: Any, scores: Mapping[str, Any] | None
) -> Iterator[tuple[str, Members]]:
    made = asked(rules, store, as_of, scores)
    held = made.query.table.select(CUSTOMER, mask_=mask(made.query.conditions.values()))
    question = held.filter(held.mask_ != 0).order_by(CUSTOMER)
    rows, total = store.query(question), _everybody(store, made.at)
    here = bits(rows["mask_"].to_numpy(), len(rules)).astype(bool)
    who, sql = rows.select([CUSTOMER]).to_pandas(), store.sql(question)
    for place, (name, rule) in enumerate(rules.items()):
        mine = who[here[:, place]].reset_index(drop=True)
        yield name, _members(rule, store, made.at, mine, sql, total)


def _everybody(store: Store, at: Clock) -> int:
    """Customers on that day: no rule needs to be worked out for it."""
    people = everybody(store, at, ())
    return int(store.query(people.aggregate(n=people.count()))["n"][0].as_py())


def _members(rule: Rule, store: Store, at: Clock, who: pd.DataFrame, sql: str, everybody: int) -> Members:
    return Members(
        table=who.assign(segment=rule.name or "rule"),
        as_of=at.as_of,
        thresholds={},
        currency=NO_CURRENCY,
        remarks=(),
        data_version=store.version,
        sql=sql,
        said=_said(rule, store),
        everybody=everybody,
        columns=rests.columns(opened(rule.tree, shelf.lookup(store))),
    )


def count(rule: Rule, store: Store, as_of: Any, scores: Mapping[str, Any] | None) -> int:
    """See `Rule.count`."""
    at = clock(store, as_of)
    resolver = Resolver(store, at, shelf.lookup(store), scores or {})
    tree = _tree(resolver, rule)
    return preview.count(store, tree, at, resolver.tables({"": tree}), keep=not scores)


def _tree(resolver: Resolver, rule: Rule) -> Node:
    return resolver.tree(rule.tree, ((rule.id, rule.name),) if rule.id else ())


def size(rule: Rule, store: Store, as_of: Any, scores: Mapping[str, Any] | None) -> Size:
    """See `Rule.size`."""
    codes = currencies(store, "transactions")
    money = {code: Feature("orders", "sum", "amount", within_days=YEAR, currency=code) for code in codes}
    made = asked({"": rule}, store, as_of, scores, money.values())
    pairs = consents.pairs(store)
    table = made.query.table.mutate(means_=made.query.conditions[""])
    if pairs:
        table = joined(table, consents.allowed(store, pairs, made.at))
    question = table.aggregate(**_sums(table, made.query, money, len(pairs)))
    row = store.query(question).to_pylist()[0]
    return Size(
        customers=int(row["members"]),
        unknown=int(row["unsure"]),
        everybody=int(row["everybody"]),
        money=_money(row, codes),
        consent=_consent(row, pairs),
        said=_said(rule, store),
        as_of=made.at.as_of,
        data_version=store.version,
        sql=store.sql(question),
        doubts=doubting.doubts(store, opened(rule.tree, shelf.lookup(store))),
    )


def within(rule: Rule, store: Store, as_of: Any, scores: Mapping[str, Any] | None) -> Part:
    """See `Rule.within`."""
    from workbench.store.part import Part

    name = rule.name or rule.sentence("en")
    return Part(store.whole, lambda whole: ids(rule, whole, as_of, scores), name)


def _sums(table: Any, query: Compiled, money: Mapping[str, Feature], pairs: int) -> dict[str, Any]:
    """Aggregates over the members."""
    means = table.means_.fill_null(False)
    found = {
        "everybody": table.count(),
        "members": table.count(where=means),
        "unsure": table.count(where=table.means_.isnull()),
    }
    for place, feature in enumerate(money.values()):
        column = table[query.features[feature]]
        found[f"spent{place}"] = column.sum(where=means)
        found[f"spenders{place}"] = column.count(where=means)
    for place in range(pairs):
        found[f"consent{place}"] = table.count(where=means & table[f"may{place}"].fill_null(False))
    return found


def _money(row: Mapping[str, Any], codes: list[str]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (code, int(row[f"spenders{place}"]), float(row[f"spent{place}"] or 0) / MICROS)
        for place, code in enumerate(codes)
    ]
    return pd.DataFrame(rows, columns=["currency", "customers", "spent"])


def _consent(row: Mapping[str, Any], pairs: list[tuple[str, str]]) -> pd.DataFrame:
    import pandas as pd

    size = row["members"]
    rows = [
        (*pair, int(row[f"consent{place}"]), row[f"consent{place}"] / size if size else float("nan"))
        for place, pair in enumerate(pairs)
    ]
    return pd.DataFrame(rows, columns=["purpose", "channel", "allowed", "share"])


def _said(rule: Rule, store: Store) -> dict[str, str]:
    names = shelf.names(store)
    return {lang: rule.sentence(lang, names) for lang in i18n.LANGUAGES}
