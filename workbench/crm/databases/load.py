"""The load of a database table: headers first, then only the columns and rows that are needed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.crm.admit import concerns_people
from workbench.crm.databases import mysql, past, postgres
from workbench.crm.databases.address import Address, Kind, parse
from workbench.crm.databases.fetch import Boundary, Fetched, Mark, fetch
from workbench.crm.databases.reader import Reader
from workbench.crm.engine import Wish, run
from workbench.crm.layout import Layout, lay_out
from workbench.crm.match import CONSTANT
from workbench.crm.sheet import Sheet
from workbench.errors import InputError, unknown
from workbench.sources.problems import Unusable
from workbench.sources.request import Request, checked
from workbench.sources.review import Finding, ImportReview, finding
from workbench.store.engines import on_this_machine

if TYPE_CHECKING:
    from workbench.store.store import Store

_DRIVERS: dict[Kind, Callable[[Address], AbstractContextManager[Reader]]] = {
    "postgresql": postgres.connect,
    "mysql": mysql.connect,
}
_BEGINNINGS = ("crm.watermark", "crm.watermark_none")
"""Findings that say where the next load begins."""


@on_this_machine
def load_database(
    store: Store,
    url: str,
    what: str = "",
    *,
    table: str | None = None,
    mapping: Mapping[str, str] | None = None,
    watermark: str = "",
    full: bool = False,
    timezone: str | None = None,
    currency: str | None = None,
    dry_run: bool = False,
) -> ImportReview:
    """Import a table of PostgreSQL, MySQL or MariaDB, in one read-only snapshot.

    Args:
        store: The workspace; it moves to the new data version.
        url: `postgresql://user@host:5432/crm?table=orders` or `mysql://…`. The password may also be in
            `WORKBENCH_DATABASE_PASSWORD`, `PGPASSWORD`, `MYSQL_PWD`, `~/.pgpass` or this user's keyring;
            it is never written anywhere.
        what: Table (`orders`, `sales.orders`) or one SELECT; goes over the URL's `table`.
        table: CRM table that the rows belong to; None: told by the headers.
        mapping: Column → header, or `=value` for all rows.
        watermark: Column that grows with every change (`updated_at`, a growing id): a later load of the
            same URL and table reads only what is newer, rows without a value there, and again those of the
            last 15 minutes (or 1,000 numbers), which may have become visible late.
        full: Read everything, whatever was read before.
        timezone: IANA name of the clock of times without a zone.
        currency: ISO 4217 code of amounts without one.
        dry_run: Review only; nothing is written.

    Returns:
        The review; in its quarantine `key` names the row, and `line` is its place among those read.

    Raises:
        InputError: for a URL, table or column that does not fit, or a database that cannot be read.
        MissingExtraError: without the driver.
        PrivacyError: for a key that is missing or wrong.
        StoreError: when the data cannot be written; nothing changes then.
    """
    said = Request(mapping=mapping, timezone=timezone, currency=currency)
    return load_table(store, url, said, table, watermark, full, dry_run, what)


def load_table(
    store: Store,
    url: str,
    said: Request,
    table: str | None,
    watermark: str,
    full: bool,
    dry_run: bool,
    what: str = "",
) -> ImportReview:
    """Do what `load_database` does, as one request asks.

    Raises:
        InputError, MissingExtraError, PrivacyError, StoreError: as `load_database`.
    """
    address, mapping = parse(url, what, watermark), said.mapping
    request = checked(said.without(["mapping"]))
    store.refresh()
    lang = store.settings.lang
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        try:
            with _DRIVERS[address.kind](address) as reader:
                layout = _layout(store, reader, address, table, mapping)
                start = Boundary() if full else past.end(store, address, layout.spec.table)
                columns = _columns(layout, address)
                mark = _mark(store, layout)
                fetched = fetch(reader, address, columns, Path(folder), start, mark)
        except Unusable as problem:
            item = finding("FAIL", problem.code, lang, (), **{"file": address.shown, **problem.values})
            return ImportReview("FAIL", findings=(item,), file=address.shown, source=address.kind, lang=lang)
        if start.value is not None and not fetched.rows:
            return _unchanged(store, address, layout, start)
        wish = Wish(
            layout.spec.table, mapping, request, _origin(address, start, fetched.end),
            () if start.value is not None else past.ids(store, address, layout.spec.table),
        )  # fmt: skip
        told = _about(address, start, fetched, lang)
        return _as_it_ended(run(store, fetched.sheet, wish, dry_run, told, layout))


def _layout(
    store: Store, reader: Reader, address: Address, table: str | None, mapping: Mapping[str, str] | None
) -> Layout:
    """How the rows are read, by their headers alone."""
    headers = reader.headers()
    if address.watermark and address.watermark not in headers:
        raise unknown("column", address.watermark, headers, InputError, "watermark")
    hint = "" if address.is_query else address.what
    empty = Sheet(address.shown, hint, headers, Path(), (), lambda _: {}, "", address.kind, exact=True)
    return lay_out(empty, table, mapping, store.path, store.settings.lang)


def _columns(layout: Layout, address: Address) -> list[str]:
    """The headers that are read, and no others: what is not used never leaves the database."""
    used = [header for header in layout.columns.values() if not header.startswith(CONSTANT)]
    used += (layout.own or {}).values()
    return list(dict.fromkeys([*used, *([address.watermark] if address.watermark else [])]))


def _mark(store: Store, layout: Layout) -> Mark:
    """What marks boundary rows: under the workspace's key where they are about people."""
    if not concerns_people(layout.spec.table):
        return lambda text: text and _plain(text)
    from workbench.privacy.ring import ring

    return lambda text: ring(store.path).mark("watermark", text)


def _plain(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _origin(address: Address, start: Boundary, end: Boundary) -> dict[str, str | None]:
    found: dict[str, str | None] = {"place": address.origin}
    if address.watermark:
        found |= {"watermark": address.watermark, "since": start.value, "value": end.value, "mark": end.mark}
    return found


def _about(address: Address, start: Boundary, fetched: Fetched, lang: str) -> list[Finding]:
    if not address.watermark or fetched.end.value is None:
        return []
    column, value = address.watermark, fetched.end.value
    code = "crm.watermark_none" if start.value is None else "crm.watermark"
    told = finding("PASS", code, lang, column=column, value=start.value or value)
    ahead = finding("REVIEW", "crm.watermark_ahead", lang, column=column, value=value)
    return [told, ahead] if fetched.is_ahead else [told]


def _as_it_ended(review: ImportReview) -> ImportReview:
    """The review; where nothing came in, the next load begins where this one did, whatever was read."""
    if review.status != "FAIL":
        return review
    kept = [item for item in review.findings if item.code not in _BEGINNINGS]
    return replace(review, findings=tuple(kept))


def _unchanged(store: Store, address: Address, layout: Layout, start: Boundary) -> ImportReview:
    lang = store.settings.lang
    item = finding("PASS", "crm.nothing_newer", lang, column=address.watermark, value=start.value)
    found = ImportReview(
        "PASS", address.kind, layout.spec.table, findings=(item,), file=address.shown, lang=lang
    )
    return replace(found, mapping=dict(layout.columns), unchanged=True, version=store.version)
