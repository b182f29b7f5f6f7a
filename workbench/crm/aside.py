"""Rows set aside: where they stand, what they say, why; kept so that a person can correct and return them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.crm.parse import Parsed
from workbench.crm.rules import header_of
from workbench.crm.sheet import Sheet
from workbench.i18n import text
from workbench.privacy.leftovers import ERASED
from workbench.privacy.protection import mentioned
from workbench.sources import checks, quarantine
from workbench.sources.values import quoted

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from workbench.store.store import Store


def rejected(
    connection: DuckDBPyConnection, sheet: Sheet, parsed: Parsed, checked: checks.Checked, lang: str
) -> pa.Table:
    """Rows set aside.

    Returns:
        Arrow table of `line`, `raw` text, `reasons` and `key` (its columns and values).
    """
    rows = checks.reasons(connection, checked, lang).to_pylist()
    keys = dict(
        connection.execute(f"SELECT line, {_key(parsed)} FROM checked WHERE state = 'bad'").fetchall()
    )
    width = len(sheet.headers)
    rows += [
        {"line": item.line, "reasons": text("sources.cells_row", lang, cells=item.cells, width=width)}
        for item in sheet.broken
    ]
    lines = {row["line"] for row in rows}
    raw = sheet.raw(lines) if rows else {}
    listed = [{**row, "raw": raw.get(row["line"], ""), "key": keys.get(row["line"])} for row in rows]
    return quarantine.table(listed, sheet.headers, ("key",))


def without_forgotten(store: Store, rejected: pa.Table | None, lang: str) -> pa.Table | None:
    """Rows set aside, of which those that name a forgotten customer say only that.

    Args:
        store: The workspace.
        rejected: Table as `rejected` gives it.
        lang: Language of the sentence.
    """
    import pyarrow as pa

    if rejected is None or not len(rejected):
        return rejected
    theirs = mentioned(store, rejected["raw"].to_pylist())
    instead = {"raw": ERASED, "reasons": text("crm.forgotten_row", lang), "key": None}
    for name in instead.keys() & set(rejected.column_names):
        values = rejected[name].to_pylist()
        told = [instead[name] if gone else value for gone, value in zip(theirs, values, strict=True)]
        place = rejected.column_names.index(name)
        rejected = rejected.set_column(place, name, pa.array(told, pa.string()))
    return rejected


def _key(parsed: Parsed) -> str:
    parts = [
        f"{quoted(header_of(parsed, item.name))} || '=' || t_{item.name}"
        for item in parsed.fields
        if item.column in parsed.spec.key
    ]
    return f"nullif(concat_ws(', ', {', '.join(parts)}), '')" if parts else "NULL"
