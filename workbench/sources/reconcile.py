"""The rows' sums against the file's own totals rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workbench.sources.parse import Parsed
from workbench.sources.review import Finding, finding
from workbench.sources.values import Measure

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROUNDED_ROWS = 50
"""From this many rows on, a total may differ by the rounding of the rows."""

Sums = Mapping[str, Decimal | None]


@dataclass(frozen=True)
class Reconciled:
    """Whether the sums agree (None: the file has no totals), and what to say."""

    agrees: bool | None
    findings: tuple[Finding, ...]


def reconcile(connection: DuckDBPyConnection, parsed: Parsed, lang: str) -> Reconciled:
    """Compare the good rows with each totals row; the best one is told of.

    A first or last row with numbers and nothing else is a totals row when its numbers are the sums.
    """
    items = [item for item in parsed.measures if item.fact != "reach"]
    good = _sums(connection, items, "state = 'ok'")
    bad = _sums(connection, items, "state = 'bad' AND NOT is_unnamed")
    _name_totals(connection, items, good, bad)
    totals = _totals(connection, items)
    if not totals:
        return Reconciled(None, ())
    count = connection.execute("SELECT count(*) FROM checked WHERE state = 'ok'").fetchall()[0][0]
    compared = [(line, _differences(items, good, total, count)) for line, total in totals]
    line, wrong = min(compared, key=lambda pair: len(pair[1]))
    if not wrong:
        return Reconciled(True, (finding("PASS", "totals_agree", lang, [line]),))
    total = dict(totals)[line]
    explained = not _differences(items, _added(good, bad), total, count)
    told = [_told(item, good, bad, total, explained, line, lang) for item in wrong]
    return Reconciled(False, tuple(told))


def _sums(connection: DuckDBPyConnection, items: Sequence[Measure], where: str) -> Sums:
    if not items:
        return {}
    columns = ", ".join(f"sum(v_{item.name})" for item in items)
    row = connection.execute(f"SELECT {columns} FROM checked WHERE {where}").fetchall()[0]
    return _named(items, row)


def _named(items: Sequence[Measure], values: Sequence[Any]) -> Sums:
    """Values by measure; whole ones come as integers."""
    exact = (None if value is None else Decimal(value) for value in values)
    return dict(zip((item.name for item in items), exact, strict=True))


def _name_totals(connection: DuckDBPyConnection, items: Sequence[Measure], good: Sums, bad: Sums) -> None:
    """Turn a nameless first or last row whose numbers are the sums into a totals row."""
    columns = ", ".join(["line", *(f"v_{item.name}" for item in items)])
    query = f"SELECT {columns} FROM checked WHERE is_unnamed AND state = 'bad' ORDER BY line"
    for line, *values in connection.execute(query).fetchall():
        total = _named(items, values)
        if not _differences(items, good, total, 0) or not _differences(items, _added(good, bad), total, 0):
            connection.execute("UPDATE checked SET state = 'total' WHERE line = ?", [line])


def _totals(connection: DuckDBPyConnection, items: Sequence[Measure]) -> list[tuple[int, Sums]]:
    """Totals rows that have a number to compare."""
    columns = ", ".join(["line", *(f"v_{item.name}" for item in items)])
    rows = connection.execute(f"SELECT {columns} FROM checked WHERE state = 'total' ORDER BY line").fetchall()
    found = [(line, _named(items, values)) for line, *values in rows]
    return [(line, total) for line, total in found if any(value is not None for value in total.values())]


def _differences(items: Sequence[Measure], sums: Sums, total: Sums, rows: int) -> list[Measure]:
    return [item for item in items if not _same(item, sums[item.name], total[item.name], rows)]


def _same(item: Measure, ours: Decimal | None, theirs: Decimal | None, rows: int) -> bool:
    """Whether a sum is a stated total: exactly at the total's digits, or within many rows' rounding."""
    if theirs is None:
        return True
    gap = abs((ours or Decimal(0)) - theirs)
    digits = max(0, -int(theirs.normalize().as_tuple().exponent))
    unit = Decimal(1).scaleb(-max(digits, 2 if item.kind == "money" else 0))
    if item.kind == "count":
        return gap == 0
    spread = unit * Decimal(rows).sqrt() if rows >= ROUNDED_ROWS else Decimal(0)
    return gap <= max(unit / 2, spread)


def _added(left: Sums, right: Sums) -> Sums:
    return {name: (left[name] or Decimal(0)) + (right[name] or Decimal(0)) for name in left}


def _told(
    item: Measure, good: Sums, bad: Sums, total: Sums, explained: bool, line: int, lang: str
) -> Finding:
    values = {
        "header": item.header,
        "total": _shown(total[item.name], item),
        "sum": _shown(good[item.name], item),
        "bad": _shown(bad[item.name], item),
    }
    return finding("REVIEW", "totals_explained" if explained else "totals_differ", lang, [line], **values)


def _shown(value: Decimal | None, item: Measure) -> str:
    """A number with its separators; amounts with two decimals at least."""
    text = f"{value or Decimal(0):,.4f}".rstrip("0").rstrip(".")
    short = len(text.partition(".")[2]) < 2
    return f"{value or Decimal(0):,.2f}" if item.kind == "money" and short else text
