"""Rows of one sheet that have the same key: copies, older states, contradictions, and lines to add."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.crm.parse import Parsed
from workbench.sources.checks import Checked, Rule, reject
from workbench.sources.review import Finding, finding

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def settle(
    connection: DuckDBPyConnection, parsed: Parsed, checked: Checked, lang: str
) -> tuple[Checked, list[Finding]]:
    """Leave one good row a key in table `checked`.

    The same row twice counts once. Of different rows with one key the latest counts where the table says
    what is latest, lines are added where it says so, and else none can be trusted: all are set aside.

    Returns:
        The check with those rows set aside, and what to say of rows that stay.
    """
    if not _has_key(parsed):
        copies = _lines(connection, _values(parsed), "row_number() OVER w > 1")
        told = [finding("REVIEW", "crm.kept_copies", lang, copies, rows=len(copies))] if copies else []
        return checked, [finding("REVIEW", "crm.made_ids", lang), *told]
    key = [f"p_{name}" for name in _key(parsed)]
    whole = [f"p_{parsed.spec.made_key} IS NOT NULL"] if parsed.spec.made_key else []
    copies = _lines(connection, _values(parsed), "row_number() OVER w > 1", whole)
    checked = reject(connection, checked, Rule("crm.copy", "false"), copies)
    if parsed.spec.sum:
        added = _lines(connection, key, "count(*) OVER w > 1", whole)
        told = [finding("REVIEW", "crm.added", lang, added, rows=len(added))] if added else []
        return checked, told
    if parsed.spec.latest and parsed.has(parsed.spec.latest):
        checked = _older(connection, parsed, checked, key)
    return _contradictions(connection, checked, key, whole), []


def _has_key(parsed: Parsed) -> bool:
    return all(parsed.has(name) for name in _key(parsed))


def _key(parsed: Parsed) -> list[str]:
    return [item.name for item in parsed.spec.fields if item.column in parsed.spec.key]


def _values(parsed: Parsed) -> list[str]:
    return [f"p_{item.name}" for item in parsed.fields]


def _older(connection: DuckDBPyConnection, parsed: Parsed, checked: Checked, key: Sequence[str]) -> Checked:
    """Set rows aside that a later state of the same key replaces."""
    moment = f"p_{parsed.spec.latest}"
    window = f"PARTITION BY {', '.join(key)}"
    older = connection.execute(
        f"SELECT line FROM (SELECT line, {moment} < max({moment}) OVER ({window}) AS older "
        "FROM checked WHERE state = 'ok') WHERE older ORDER BY line"
    ).fetchall()
    return reject(connection, checked, Rule("crm.older", "false"), [line for (line,) in older])


def _contradictions(
    connection: DuckDBPyConnection, checked: Checked, key: Sequence[str], whole: Sequence[str]
) -> Checked:
    """Set all rows of a key aside that do not agree, each with the lines of the others."""
    lines = _lines(connection, key, "count(*) OVER w > 1", whole)
    if not lines:
        return checked
    connection.execute("ALTER TABLE checked ADD COLUMN twins VARCHAR")
    joined = ", ".join(key)
    where = " AND ".join(f"checked.{name} IS NOT DISTINCT FROM twin.{name}" for name in key)
    twins = (
        f"SELECT {joined}, string_agg(line, ', ' ORDER BY line) AS lines FROM checked WHERE state = 'ok' "
        f"GROUP BY {joined} HAVING count(*) > 1"
    )
    connection.execute(f"UPDATE checked SET twins = twin.lines FROM ({twins}) AS twin WHERE {where}")
    return reject(connection, checked, Rule("crm.contradiction", "false", value="twins"), lines)


def _lines(
    connection: DuckDBPyConnection, by: Sequence[str], condition: str, where: Sequence[str] = ()
) -> list[int]:
    """Lines of good rows for which a condition over the window of equal values holds."""
    good = " AND ".join(["state = 'ok'", *where])
    found = connection.execute(
        f"SELECT line FROM (SELECT line, {condition} AS hit FROM checked WHERE {good} "
        f"WINDOW w AS (PARTITION BY {', '.join(by)} ORDER BY line "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) WHERE hit ORDER BY line"
    ).fetchall()
    return [line for (line,) in found]
