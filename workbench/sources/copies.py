"""Rows that repeat another row: copies, older states, and rows that only unused columns tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.sources.checks import Checked, Rule, reject
from workbench.sources.mapping import Layout
from workbench.sources.parse import Parsed
from workbench.sources.profile import GENERIC
from workbench.sources.review import Finding, finding
from workbench.sources.values import text_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LEVELS = (("keyword",), ("ad_id", "ad"), ("ad_group_id", "ad_group"), ("campaign_id", "campaign"))


def settle(
    connection: DuckDBPyConnection,
    parsed: Parsed,
    layout: Layout,
    headers: Sequence[str],
    checked: Checked,
    lang: str,
) -> tuple[Checked, list[Finding]]:
    """Decide on rows that repeat another row's key.

    Where a platform's own id names the ad object, an exact copy is a copy, and two different rows of
    one object and time that no other text tells apart are an older and a newer state: the last one
    counts. Elsewhere rows may be parts of one key, told apart by columns that were not mapped or not
    exported: they stay and are summed.

    Returns:
        The check with copies and older states set aside, and what to say of the rest.
    """
    if not _repeated(connection, _key(parsed)):
        return checked, []
    every = ", ".join(f"c{index}" for index in range(len(headers)))
    exact = _lines(connection, every, "row_number() OVER w > 1")
    if not _named_by_id(layout):
        told = [finding("REVIEW", "kept_copy", lang, exact, rows=len(exact))] if exact else []
        return checked, told + _summed(connection, parsed, layout, headers, len(exact), lang)
    checked = reject(connection, checked, Rule("copy", "false"), exact)
    key = ", ".join([*_key(parsed), *_telling(connection, layout, headers)])
    older = _lines(connection, key, "row_number() OVER w < count(*) OVER w")
    return reject(connection, checked, Rule("older", "false"), older), []


def _repeated(connection: DuckDBPyConnection, key: Sequence[str]) -> int:
    """The table `repeated`: good rows whose key may be that of another one; returns how many there are.

    Keys are compared by their hash, so a row too many may be among them, and none is missing: whatever makes
    two rows alike has the columns of their key in it.
    """
    hashed = f"SELECT line, hash({', '.join(key)}) AS hashed FROM checked WHERE state = 'ok'"
    often = f"SELECT hashed FROM ({hashed}) GROUP BY hashed HAVING count(*) > 1"
    connection.execute(f"CREATE TABLE repeated AS SELECT line FROM ({hashed}) WHERE hashed IN ({often})")
    found: int = connection.execute("SELECT count(*) FROM repeated").fetchall()[0][0]
    return found


def _named_by_id(layout: Layout) -> bool:
    if layout.profile.id == GENERIC:
        return False
    for names in _LEVELS:
        if any(name in layout.columns for name in names):
            return names[0] in layout.columns
    return "account" in layout.columns


def _key(parsed: Parsed) -> list[str]:
    return [*(f"t_{name}" for name in parsed.texts), "label", "day", "hour"]


def _telling(connection: DuckDBPyConnection, layout: Layout, headers: Sequence[str]) -> list[str]:
    """Cells of the columns that split rows, and of unused columns that hold texts."""
    split = [headers.index(item.header) for item in layout.splits]
    unused = [headers.index(header) for header in layout.unused]
    return [f"c{index}" for index in split] + [f"c{index}" for index in unused if _is_text(connection, index)]


def _is_text(connection: DuckDBPyConnection, index: int) -> bool:
    cell = text_sql(f"c{index}")
    number = f"TRY_CAST(rtrim(replace({cell}, ',', ''), '%') AS DOUBLE)"
    query = f"SELECT count(*) FROM cells WHERE {cell} IS NOT NULL AND {number} IS NULL"
    return bool(connection.execute(query).fetchall()[0][0])


def _lines(connection: DuckDBPyConnection, keys: str, condition: str) -> list[int]:
    """Lines of repeated good rows for which a condition over the rows of their key holds."""
    rows = connection.execute(
        f"SELECT line FROM (SELECT line, {condition} AS chosen FROM checked JOIN cells USING (line) "
        "WHERE state = 'ok' AND line IN (FROM repeated) "
        f"WINDOW w AS (PARTITION BY {keys}, hour_utc ORDER BY line "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) WHERE chosen ORDER BY line"
    ).fetchall()
    return [line for (line,) in rows]


def _summed(
    connection: DuckDBPyConnection,
    parsed: Parsed,
    layout: Layout,
    headers: Sequence[str],
    copies: int,
    lang: str,
) -> list[Finding]:
    """What tells rows of one key apart, or that nothing does."""
    shared = _lines(connection, ", ".join(_key(parsed)), "count(*) OVER w > 1")
    if len(shared) <= copies:
        return []
    hidden = [header for header in layout.unused if _varies(connection, headers.index(header))]
    if hidden:
        return [finding("PASS", "summed", lang, shared, rows=len(shared), headers=", ".join(hidden[:8]))]
    return [finding("REVIEW", "summed_blind", lang, shared, rows=len(shared))]


def _varies(connection: DuckDBPyConnection, index: int) -> bool:
    return bool(connection.execute(f"SELECT count(DISTINCT c{index}) > 1 FROM cells").fetchall()[0][0])
