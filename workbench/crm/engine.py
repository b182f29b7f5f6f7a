"""The import of one CRM sheet: lay out, parse, check, settle keys, protect, merge by key, commit once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from workbench.crm import admit, aside, keys, merge, own, rows
from workbench.crm.entry import entry, in_force, recalled
from workbench.crm.layout import Layout, lay_out
from workbench.crm.parse import Parsed, parse
from workbench.crm.rules import rules
from workbench.crm.sheet import Sheet
from workbench.privacy import lasting
from workbench.privacy.acts import importing
from workbench.schema import TABLES
from workbench.sources import checks, quarantine, write
from workbench.sources.problems import Unusable
from workbench.sources.request import Request
from workbench.sources.review import MAX_LINES, Finding, ImportReview, finding, worst
from workbench.store import parquet
from workbench.store.changes import Change

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from workbench.store.store import Store

ENGINE = 1
"""Part of every import's identity: raised when the same sheet and settings would give other rows."""


@dataclass(frozen=True)
class Wish:
    """What the user asks of an import.

    Attributes:
        table: CRM table; None: told by the headers.
        mapping: Column → header, or `=value` for all rows.
        request: Time zone, currency, order of dates, decimal sign.
        origin: Where a database's rows came from and up to which watermark; goes into the ledger.
        former: Ids of earlier imports of everything from the same place; what they brought and the sheet
            does not have is told.
    """

    table: str | None = None
    mapping: Mapping[str, str] | None = field(default=None, hash=False)
    request: Request = field(default_factory=Request)
    origin: Mapping[str, Any] = field(default_factory=dict, hash=False)
    former: tuple[str, ...] = ()


_REVIEW = ImportReview("PASS")


@dataclass(frozen=True)
class _Read:
    """A sheet read and checked, before the store is asked."""

    layout: Layout
    parsed: Parsed
    rows: pa.Table
    traits: pa.Table
    review: ImportReview
    settings: str
    former: tuple[str, ...] = ()


def run(
    store: Store,
    sheet: Sheet,
    wish: Wish,
    dry_run: bool = False,
    told: Sequence[Finding] = (),
    layout: Layout | None = None,
) -> ImportReview:
    """Import a sheet.

    Args:
        store: The workspace; it moves to the new data version.
        sheet: The rows.
        wish: What the user asks.
        dry_run: Review only; nothing is written.
        told: Findings from before, about where the rows come from.
        layout: How the sheet is read, where that is known.

    Raises:
        InputError: for a table, column or header that does not exist.
        PrivacyError: for a key that is missing or wrong.
        StoreError: when the data cannot be written; nothing changes then.
    """
    lang = store.settings.lang
    zone = wish.request.timezone or store.settings.timezone or None
    wish = replace(wish, request=replace(wish.request, timezone=zone))
    try:
        given = layout is not None
        layout = layout or lay_out(sheet, wish.table, wish.mapping, store.path, lang)
        owned = own.decided(store, sheet, layout, guess=not given)
        table, settings = layout.spec.table, _settings(layout, owned, wish)
        import_id = write.identity(sheet.content, f"crm/{table}", settings)
        store.refresh()
        if again := recalled(store, table, import_id, lang):
            return replace(again, file=sheet.name, version=None if dry_run else store.version)
        with parquet.connect() as connection:
            reviewed = replace(_REVIEW, source=sheet.source, file=sheet.name, import_id=import_id, lang=lang)
            read = _read(connection, sheet, layout, owned, wish, replace(reviewed, findings=tuple(told)))
            if not read.review.rows_ok:
                return _nothing(read.review, lang)
            if dry_run:
                return _foreseen(connection, store, read)
            with store.writing():
                return _committed(connection, store, sheet, read)
    except Unusable as problem:
        item = finding("FAIL", problem.code, lang, (), **{"file": sheet.name, **problem.values})
        return ImportReview("FAIL", findings=(item, *told), file=sheet.name, source=sheet.source, lang=lang)


def _read(
    connection: DuckDBPyConnection,
    sheet: Sheet,
    layout: Layout,
    owned: Sequence[own.Own],
    wish: Wish,
    review: ImportReview,
) -> _Read:
    """Parse and check the sheet, and put the review together."""
    lang = review.lang
    parsed = parse(connection, sheet, layout.spec, layout.columns, wish.request)
    checked = checks.check(connection, rules(parsed))
    checked, about_keys = keys.settle(connection, parsed, checked, lang)
    set_aside = aside.rejected(connection, sheet, parsed, checked, lang)
    counts = dict(connection.execute("SELECT state, count(*) FROM checked GROUP BY state").fetchall())
    findings = (
        *layout.findings,
        *own.about(layout, owned, lang),
        *rows.about(connection, parsed, lang),
        *checks.findings(connection, checked, lang),
        *_broken(sheet, lang),
        *about_keys,
    )
    good = rows.select(connection, parsed, review.import_id)
    made = replace(
        review,
        table=layout.spec.table,
        rows_in=sum(counts.values()) + len(sheet.broken),
        rows_ok=counts.get("ok", 0),
        rows_quarantined=len(set_aside),
        mapping=own.as_mapping(layout, owned),
        mapping_confidence=layout.confidence,
        period=_period(connection, good),
        rejected=set_aside,
    )
    traits = own.keep(connection, sheet, owned, wish.request, good)
    settings = _settings(layout, owned, wish)
    return _Read(layout, parsed, good, traits, _told(made, findings), settings, wish.former)


def _settings(layout: Layout, owned: Sequence[own.Own], wish: Wish) -> str:
    """Everything that decides the result, as canonical JSON."""
    mapping = own.as_mapping(layout, owned)
    values = {**wish.request.given(), "table": layout.spec.table, "mapping": mapping}
    values |= {"engine": ENGINE, **({"origin": dict(wish.origin)} if wish.origin else {})}
    return json.dumps(values, sort_keys=True, ensure_ascii=False)


def _broken(sheet: Sheet, lang: str) -> list[Finding]:
    found = []
    if sheet.broken:
        lines = [item.line for item in sheet.broken]
        width = len(sheet.headers)
        found.append(finding("REVIEW", "cells", lang, lines, rows=len(lines), width=width))
    return [*found, finding("REVIEW", "cut", lang)] if sheet.cut else found


def _period(connection: DuckDBPyConnection, good: pa.Table) -> tuple[dt.date, dt.date] | None:
    name = next(
        (name for name in ("local_date", "time", "start_date", "created_date") if name in good.column_names),
        "",
    )
    if not name:
        return None
    connection.register("good", good)
    first, last = connection.execute(f"SELECT min({name})::DATE, max({name})::DATE FROM good").fetchall()[0]
    connection.unregister("good")
    return (first, last) if first else None


def _nothing(review: ImportReview, lang: str) -> ImportReview:
    """The review of a sheet without a good row; of an empty one there is nothing to complain."""
    code = "no_good_rows" if review.rows_in else "no_rows"
    item = finding("FAIL", code, lang, rows=review.rows_in)
    return replace(review, status="FAIL", import_id="", findings=(item, *review.findings))


def _foreseen(connection: DuckDBPyConnection, store: Store, read: _Read) -> ImportReview:
    """What an import would do."""
    table = read.layout.spec.table
    store.refresh()
    read = _without_forgotten(store, read)
    known = _known(connection, store, read, make=False)
    gone = admit.forgotten(store, table)
    found = merge.merge(connection, store, read.layout.spec, _public(table, known), gone)
    moved = merge.with_details(found, _traits(connection, store, read, make=False))
    return _told(read.review, [*_doubts(connection, store, read, known), *_moves(moved, read.review.lang)])


def _committed(connection: DuckDBPyConnection, store: Store, sheet: Sheet, read: _Read) -> ImportReview:
    """Merge the rows in one commit; the same import again changes nothing."""
    spec, review = read.layout.spec, read.review
    # another importer may have brought the same sheet in while this one read it
    if again := recalled(store, spec.table, review.import_id, review.lang):
        return replace(again, file=sheet.name)
    read = _without_forgotten(store, read)
    review = read.review
    known = _known(connection, store, read)
    found = merge.merge(
        connection, store, spec, _public(spec.table, known), admit.forgotten(store, spec.table)
    )
    doubts = _doubts(connection, store, read, known)
    sealing = admit.is_personal(spec.table)
    if not len(found.rows) and not sealing and in_force(store, spec.table, review.import_id):
        same = finding("PASS", "unchanged", review.lang)
        return replace(_told(review, doubts, [same]), unchanged=True, version=store.version)
    _, sealed = admit.admit(store, spec.table, _with_given_ids(read.rows, known, spec.made_key))
    traits = _traits(connection, store, read)
    review = _told(review, [*doubts, *_moves(merge.with_details(found, traits), review.lang)])
    changes: tuple[Change, ...] = (*merge.change(spec, found), *sealed, *merge.change(own.SPEC, traits))
    if review.rejected is not None and len(review.rejected):
        quarantine.keep(store.path, review.import_id, review.rejected)
    with importing(store, review):
        return replace(
            review, version=store.commit(changes, entry(sheet, read.parsed, review, read.settings))
        )


def _traits(connection: DuckDBPyConnection, store: Store, read: _Read, make: bool = True) -> merge.Merged:
    """The own attributes of the rows, to commit with them."""
    if not len(read.traits):
        return merge.Merged(read.traits)
    named = admit.named(store, own.TABLE, read.traits, make)
    return merge.merge(connection, store, own.SPEC, named, admit.forgotten(store, own.TABLE))


def _known(connection: DuckDBPyConnection, store: Store, read: _Read, make: bool = True) -> pa.Table:
    """The rows with pseudonyms and ids; an id that is made stays the same when keys rotate."""
    name, table = read.parsed.spec.made_key, read.layout.spec.table
    named = admit.named(store, table, read.rows, make)
    if not name:
        return named
    lasting = admit.named(store, table, read.rows, make, lasting=True)
    return _with_given_ids(named, rows.with_ids(connection, read.parsed, lasting), name)


def _without_forgotten(store: Store, read: _Read) -> _Read:
    """What was read, without rows about customers who were forgotten; the review says how many."""
    table = read.layout.spec.table
    if not admit.forgotten(store, table):
        return read
    kept = lasting(store, table, read.rows)
    count = len(read.rows) - len(kept)
    told = [finding("PASS", "crm.forgotten", read.review.lang, rows=count)] if count else []
    rejected = aside.without_forgotten(store, read.review.rejected, read.review.lang)
    traits = lasting(store, own.TABLE, read.traits)
    return replace(
        read, rows=kept, traits=traits, review=_told(replace(read.review, rejected=rejected), told)
    )


def _public(table: str, known: pa.Table) -> pa.Table:
    """Rows without the personal values that only the vault holds."""
    import pyarrow as pa

    for place, column in enumerate(known.schema):
        if any(item.name == column.name and item.privacy == "personal" for item in TABLES[table].columns):
            known = known.set_column(place, column, pa.nulls(len(known), column.type))
    return known


def _with_given_ids(given: pa.Table, known: pa.Table, name: str) -> pa.Table:
    """The rows as the source has them, with the ids that were made for them."""
    if not name or (name in given.column_names and not given[name].null_count):
        return given
    given = given.drop_columns([name]) if name in given.column_names else given
    return given.append_column(name, known[name])


def _doubts(connection: DuckDBPyConnection, store: Store, read: _Read, known: pa.Table) -> list[Finding]:
    """What the store knows better: references that lead nowhere, and rows that are gone at their source."""
    gone = merge.gone(connection, store, read.layout.spec, known, read.former)
    told = _references(connection, store, read, known)
    return [*told, finding("REVIEW", "crm.gone", read.review.lang, rows=gone)] if gone else told


def _references(connection: DuckDBPyConnection, store: Store, read: _Read, known: pa.Table) -> list[Finding]:
    """Rows that refer to a customer, order or product that nobody has loaded; they stay."""
    told = []
    gone = admit.forgotten(store, read.layout.spec.table)
    for item in read.parsed.fields:
        if not item.refers or item.column not in known.column_names:
            continue
        missed_by_nobody = gone if item.refers == "customers" else ()
        lines = merge.strangers(connection, store, known, item.column, item.refers, missed_by_nobody)
        if lines:
            header = read.layout.columns.get(item.name, item.name)
            told.append(
                finding(
                    "REVIEW", "crm.strangers", read.review.lang, lines[:MAX_LINES],
                    rows=len(lines), header=header, table=item.refers,
                )
            )  # fmt: skip
    return told


def _moves(found: merge.Merged, lang: str) -> list[Finding]:
    new, changed, same = (f"{count:,}" for count in (found.new, found.changed, found.same))
    told = [finding("PASS", "crm.moves", lang, new=new, changed=changed, same=same)]
    return (
        [*told, finding("REVIEW", "crm.older_than_stored", lang, rows=found.older)] if found.older else told
    )


def _told(review: ImportReview, more: Sequence[Finding], first: Sequence[Finding] = ()) -> ImportReview:
    findings = (*first, *review.findings, *more)
    return replace(review, findings=findings, status=worst(item.status for item in findings))
