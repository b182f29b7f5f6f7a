"""Rows set aside: where they stand, what they say, why; kept so that a person can correct and return them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.crm.parse import Parsed
from workbench.crm.rules import header_of
from workbench.crm.sheet import Sheet
from workbench.i18n import text
from workbench.sources import checks, quarantine
from workbench.sources.values import quoted

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


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


def _key(parsed: Parsed) -> str:
    parts = [
        f"{quoted(header_of(parsed, item.name))} || '=' || t_{item.name}"
        for item in parsed.fields
        if item.column in parsed.spec.key
    ]
    return f"nullif(concat_ws(', ', {', '.join(parts)}), '')" if parts else "NULL"
