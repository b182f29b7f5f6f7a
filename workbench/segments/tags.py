"""Tags of customers: set and taken off by hand, or by a saved rule that is asked anew on demand.

Each act is one commit with an entry in the ledger, so `data.undo(store, import_id)` takes it back, and a
line in the audit log. A tag by hand stands above one by rule: a refresh neither takes it off nor doubles it.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench import saved
from workbench.arguments import right_kinds
from workbench.errors import InputError, QuestionError
from workbench.privacy import audit
from workbench.schema import TABLES
from workbench.segments.rules import coding, shelf
from workbench.segments.rules.clock import clock
from workbench.segments.rules.nodes import Tagged, leaves
from workbench.segments.rules.resolving import opened
from workbench.segments.rules.rows import CUSTOMER, everybody
from workbench.segments.rules.rule import Rule
from workbench.store.changes import Change
from workbench.store.engines import on_this_machine

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.saved import Item
    from workbench.store.store import Store

TABLE, KIND = "tags", "tag"
HAND, BY_RULE = "hand", "rule"
LONGEST = 80


@dataclass(frozen=True)
class Tagging:
    """What an act on a tag came to.

    Attributes:
        tag: The tag.
        added: Customers who have it now and had not, or not with this value.
        removed: Customers who had it and have not any more.
        import_id: Entry in the ledger, for `data.undo`; empty where nothing changed.
        data_version: Version of the store after it.
    """

    tag: str
    added: int
    removed: int
    import_id: str
    data_version: int


@right_kinds
@on_this_machine
def tag(store: Store, customers: Iterable[str], tag: str, value: str = "", who: str | None = None) -> Tagging:
    """Tag customers by hand.

    Args:
        store: The workspace; it moves to the new data version.
        customers: Their `customer_id`, as the store has them.
        tag: The tag; up to 80 characters.
        value: Its value, such as a grade; may be empty.
        who: Who does it; None: who acts here.

    Returns:
        How many; customers who have it already with this value change nothing.

    Raises:
        InputError: for customers that the store does not know, or a tag without a name.
        StoreError: when it cannot be written.
    """
    name, who = _name(tag), _person(who)
    with store.writing():
        wanted = _known(store, customers)
        before = _held(store)
        rows = _of(before, name)
        hand = {row[CUSTOMER] for row in rows if row["origin"] == HAND and (row["value"] or "") == value}
        fresh = [customer for customer in wanted if customer not in hand]
        return _write(store, name, before, set(fresh), [_row(c, name, value, HAND, who) for c in fresh], who)


@right_kinds
@on_this_machine
def untag(store: Store, customers: Iterable[str], tag: str, who: str | None = None) -> Tagging:
    """Take a tag off customers, whoever set it; arguments and errors as `tag`.

    A tag by rule comes back with the next refresh, for as long as the rule means the customer.
    """
    name, who = _name(tag), _person(who)
    with store.writing():
        wanted = _known(store, customers)
        return _write(store, name, _held(store), set(wanted), [], who)


@right_kinds
def tag_by_rule(
    store: Store, rule: Rule, tag: str, value: str = "", base: Item | None = None, who: str | None = None
) -> Item:
    """Save a rule that gives a tag; `refresh_tags` asks it.

    Args:
        store: The workspace; the rule goes into its folder `tags`, seen by everybody.
        rule: Whom the tag is for; it may name segments and other tags, not itself.
        tag: The tag.
        value: Its value; may be empty.
        base: The saved rule as it was read, where this is a change of it.
        who: Who saves; None: who acts here.

    Raises:
        QuestionError: for a rule that rests on its own tag, or names segments that are not there.
        Refused, Conflict: as for other saved things.
    """
    name = _name(tag)
    tree = shelf.by_id(rule.tree, shelf.lookup(store, who))
    _check_rests({**_rests(store, who), name: _tags_of(store, tree, who)}, name)
    content = {**coding.to_plain(tree), "tag": name, **({"value": value} if value else {})}
    _check_only(store, name, base, who)
    if base is not None:
        return saved.update(store.path, base, content, who)
    return saved.create(store.path, KIND, name, content, who, shared=True)


@right_kinds
@on_this_machine
def refresh_tags(
    store: Store, tags: Iterable[str] | None = None, who: str | None = None
) -> tuple[Tagging, ...]:
    """Ask the saved rules of tags and set the tags so; a rule that rests on another tag comes after it.

    Args:
        store: The workspace; it moves to the new data version.
        tags: Only these; None: all that have a rule.
        who: Who does it; None: who acts here.

    Returns:
        What changed, tag by tag.

    Raises:
        QuestionError: for a tag without a rule, tags that rest on one another, or a faulty rule.
    """
    items = {str(item.content["tag"]): item for item in rules(store, who)}
    asked = list(items) if tags is None else [_name(tag) for tag in tags]
    missing = [name for name in asked if name not in items]
    if missing:
        known = ", ".join(items) or "none yet"
        raise QuestionError(f"Tag {missing[0]!r} has no rule.", f"With a rule: {known}.")
    order = _check_rests(_rests(store, who), *asked)
    return tuple(_refreshed(store, name, items[name], _person(who)) for name in order if name in asked)


def rules(store: Store, who: str | None = None) -> tuple[Item, ...]:
    """The saved rules of tags, by name; damaged ones are left out."""
    found = saved.items(store.path, KIND, who)
    return tuple(item for item in found if shelf.RULE in item.content and "tag" in item.content)


def _refreshed(store: Store, name: str, item: Item, who: str) -> Tagging:
    rule = Rule(shelf.tree_of(item))
    value = str(item.content.get("value", ""))
    with store.writing():
        means = set(rule.members(store).table[CUSTOMER])
        before = _held(store)
        mine = {row[CUSTOMER]: row for row in _of(before, name) if row["origin"] == BY_RULE}
        others = {row[CUSTOMER] for row in _of(before, name) if row["origin"] != BY_RULE}
        same = {customer for customer, row in mine.items() if (row["value"] or "") == value}
        fresh = sorted(means - others - same)
        gone = (set(mine) - means) | set(fresh)
        return _write(store, name, before, gone, [_row(c, name, value, BY_RULE, who) for c in fresh], who)


def _write(
    store: Store, name: str, before: pa.Table, out: set[str], rows: list[dict[str, Any]], who: str
) -> Tagging:
    """Take one tag off some customers and give it to others, in one commit."""
    import pyarrow as pa
    import pyarrow.compute as pc

    those = pa.array(sorted(out), pa.string())
    mine = pc.and_(pc.equal(before["tag"], name), pc.is_in(before[CUSTOMER], those))
    had = before.filter(mine)[CUSTOMER].to_pylist()
    removed = len(set(had) - {row[CUSTOMER] for row in rows})
    if not had and not rows:
        return Tagging(name, 0, 0, "", store.version)
    import_id = secrets.token_hex(16)
    made = pa.Table.from_pylist([{**row, "import_id": import_id} for row in rows], before.schema)
    kept = before.filter(pc.invert(pc.fill_null(mine, False)))
    counts = {"added": len(rows), "removed": removed}
    with audit.recorded(store.path, "tagged", who, counts=counts, import_id=import_id):
        version = store.commit(
            [Change(TABLE, pa.concat_tables([kept, made]), "all")], _entry(import_id, name, len(rows))
        )
    return Tagging(name, len(rows), removed, import_id, version)


def _entry(import_id: str, name: str, rows: int) -> pa.Table:
    """The act's row in the ledger."""
    import pyarrow as pa

    from workbench.sources import ledger
    from workbench.sources.review import ImportReview

    review = ImportReview("PASS", table=TABLE, rows_in=rows, rows_ok=rows, import_id=import_id, file=name)
    row = {
        "import_id": import_id,
        "imported_at": dt.datetime.now(dt.UTC),
        "file": name,
        "source": "workbench",
        "profile": "tags",
        "slice": f"{TABLE} by {CUSTOMER}, tag",
        "status": review.status,
        "review": ledger.kept(review),
        "table": TABLE,
        **{key: getattr(review, key) for key in ("rows_in", "rows_ok", "rows_quarantined", "rows_total")},
        "active": True,
    }
    return pa.Table.from_pylist([row], TABLES["imports"].arrow())


def _held(store: Store) -> pa.Table:
    schema = TABLES[TABLE].arrow()
    return store.query(store.table(TABLE)).select(schema.names).cast(schema)


def _of(table: pa.Table, name: str) -> list[dict[str, Any]]:
    import pyarrow.compute as pc

    rows: list[dict[str, Any]] = table.filter(pc.equal(table["tag"], name)).to_pylist()
    return rows


def _row(customer: str, name: str, value: str, origin: str, who: str) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC)
    return {
        CUSTOMER: customer,
        "tag": name,
        "value": value or None,
        "origin": origin,
        "author": who,
        "time": now,
    }


def _known(store: Store, customers: Iterable[str]) -> list[str]:
    """The customers, each once, all of them known."""
    wanted = [customers] if isinstance(customers, str) else list(dict.fromkeys(map(str, customers)))
    people = everybody(store, clock(store, None), ())
    known = people.filter(people[CUSTOMER].isin(wanted)) if wanted else people.limit(0)
    found = set(store.query(known)[CUSTOMER].to_pylist())
    strange = [name for name in wanted if name not in found]
    if strange:
        raise InputError(
            f"{len(strange)} of {len(wanted)} customers are not in the workspace, such as "
            f"{strange[0][:80]!r}.",
            "Give their customer_id as the table customers has it.",
        )
    return wanted


def _name(tag: str) -> str:
    name = " ".join(str(tag).split())
    if not 0 < len(name) <= LONGEST:
        raise InputError(f"{tag!r} is no name of a tag.", f"Give 1 to {LONGEST} characters.")
    return name


def _person(who: str | None) -> str:
    return saved.me() if who is None else who


def _check_only(store: Store, name: str, base: Item | None, who: str | None) -> None:
    """Refuse a second rule of a tag: a refresh would follow one of them and say nothing of the other."""
    others = [item for item in rules(store, who) if item.content["tag"] == name]
    if others and (base is None or base.id not in [item.id for item in others]):
        raise QuestionError(
            f"Tag {name!r} has a rule already, by {others[0].owner}.", "Change that one, or name another tag."
        )


def _tags_of(store: Store, tree: Any, who: str | None) -> set[str]:
    """Tags that a rule rests on, also by way of segments."""
    whole = opened(tree, shelf.lookup(store, who))
    return {leaf.tag for leaf in leaves(whole) if isinstance(leaf, Tagged)}


def _rests(store: Store, who: str | None) -> dict[str, set[str]]:
    """Tag with a rule → tags that it rests on."""
    return {str(item.content["tag"]): _tags_of(store, shelf.tree_of(item), who) for item in rules(store, who)}


def _check_rests(rests: dict[str, set[str]], *asked: str) -> list[str]:
    """Tags in the order in which their rules can be asked.

    Raises:
        QuestionError: for tags that rest on one another, naming the ring.
    """
    order: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            ring = " → ".join((*path[path.index(name) :], name))
            raise QuestionError(f"Tags rest on one another in a ring: {ring}.", "Take one of them out.")
        if name in order or name not in rests:
            return
        for other in sorted(rests[name]):
            visit(other, (*path, name))
        order.append(name)

    for name in asked:
        visit(name, ())
    return order
