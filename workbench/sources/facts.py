"""Good rows as canonical facts: delivery, conversions of every goal, reach; and the slices they fill."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.schema import DELIVERY_FACTS, TABLES
from workbench.sources.goals import GoalColumn
from workbench.sources.mapping import Layout
from workbench.sources.parse import Parsed
from workbench.sources.request import Request
from workbench.sources.values import quoted
from workbench.store import parquet
from workbench.store.changes import Slice
from workbench.store.parquet import SQL_TYPES

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

_GRAINS = {
    "keyword": ("keyword",),
    "ad": ("ad_id", "ad", "creative"),
    "ad_group": ("ad_group_id", "ad_group"),
    "campaign": ("campaign_id", "campaign"),
}


@dataclass(frozen=True)
class Facts:
    """What one file brings.

    Attributes:
        tables: Canonical table → rows, or a folder of Parquet files of them; `performance`, `conversions`,
            `reach` where the file has them.
        slices: What the rows fill, one an account.
        period: First and last local date.
    """

    tables: Mapping[str, pa.Table | Path]
    slices: tuple[Slice, ...]
    period: tuple[dt.date, dt.date]


def facts(
    connection: DuckDBPyConnection,
    parsed: Parsed,
    layout: Layout,
    request: Request,
    import_id: str,
    spool: Path | None = None,
) -> Facts:
    """Make the canonical rows of the good rows in table `checked`.

    Args:
        connection: Holds `checked` with at least one good row.
        parsed, layout: How the file was read.
        request: What the user said.
        import_id: Key in the ledger.
        spool: Folder for files of delivery and conversions; None: they are held in memory.
    """
    values = _values(parsed, layout, request, import_id)
    names = {item.total for item in parsed.measures}
    tables: dict[str, pa.Table | Path] = {}
    if names & {column.name.removesuffix("_micros") for column in DELIVERY_FACTS}:
        tables["performance"] = _rows(connection, "performance", [_select("performance", values)], spool)
    if layout.goals:
        parts = _conversions(connection, layout, values)
        tables["conversions"] = _rows(connection, "conversions", parts, spool)
    if "reach" in names and values["breakdown"] == "''" and not parsed.hourly and _reaches(layout, request):
        tables["reach"] = _rows(connection, "reach", [_select("reach", values, "s_reach IS NOT NULL")])
    start, end = connection.execute("SELECT min(day), max(day) FROM checked WHERE state = 'ok'").fetchall()[0]
    accounts = connection.execute(
        f"SELECT DISTINCT {values['account']} AS account FROM checked WHERE state = 'ok' ORDER BY account"
    ).fetchall()
    part = (grain_of(layout, request), breakdown_of(layout), request.scope or "", start, end)
    slices = tuple(Slice(layout.profile.id, account, *part) for (account,) in accounts)
    return Facts(tables, slices, (start, end))


def grain_of(layout: Layout, request: Request) -> str:
    """The level of the rows: the finest one that a column names."""
    named = next(
        (grain for grain, names in _GRAINS.items() if any(n in layout.columns for n in names)), "account"
    )
    return request.grain or named


def breakdown_of(layout: Layout) -> str:
    """The slice's breakdown: names of the columns that split rows."""
    return "+".join(sorted({split.name for split in layout.splits}))


def _reaches(layout: Layout, request: Request) -> bool:
    """Whether the table of reach can name the rows' objects."""
    return grain_of(layout, request) in ("account", "campaign")


def _values(parsed: Parsed, layout: Layout, request: Request, import_id: str) -> dict[str, str]:
    """Canonical column → SQL over `checked`."""
    values = {name: f"t_{name}" for name in parsed.texts}
    values |= {
        "source": quoted(layout.profile.id),
        "grain": quoted(grain_of(layout, request)),
        "breakdown": quoted(breakdown_of(layout)),
        "scope": quoted(request.scope or ""),
        "channel": f"coalesce({values.get('channel', 'NULL')}, {quoted(layout.profile.channel)})",
        "currency": f"coalesce(upper({values.get('currency', 'NULL')}), {quoted(parsed.currency)})",
        "local_date": "day",
        "start_date": "day",
        "end_date": "day",
        "local_hour": "hour",
        "hour_of_week": "(isodow(day) - 1) * 24 + hour",
        "hour_utc": "hour_utc",
        "timezone": quoted(parsed.timezone),
        "import_id": quoted(import_id),
        "line": "line",
    }
    given = {name: getattr(request, name) for name in ("account", "advertiser", "channel")}
    values |= {name: quoted(value) for name, value in given.items() if value}
    values |= {name: f"nullif({values[name]}, '')" for name in ("channel", "timezone")}
    values.setdefault("account", "NULL::VARCHAR")
    stored = {"cost": "cost_micros"}
    return values | {
        stored.get(item.total, item.total): f"s_{item.total}"
        for item in parsed.measures
        if item.fact not in ("conversions", "revenue")
    }


def _conversions(connection: DuckDBPyConnection, layout: Layout, values: Mapping[str, str]) -> list[str]:
    """SELECTs of one row per good row and goal; the goal's are kept even where they are unknown."""
    label = layout.goal_label or _usual_label(connection)
    parts = []
    for index, goal in enumerate(layout.goals):
        own = _goal_values(index, goal, label, "attribution_window" in layout.columns)
        known = " OR ".join(
            f"{column} IS NOT NULL"
            for name, column in own.items()
            if name in ("conversions", "revenue_micros")
        )
        where = "true" if goal.is_goal else known
        parts.append(_select("conversions", {**values, **own}, where))
    return parts


def _goal_values(index: int, goal: GoalColumn, label: str, has_window: bool) -> dict[str, str]:
    window = '"window"' if has_window else "NULL"
    own = {
        "goal": f"coalesce(label, {quoted(goal.name)})" if goal.label else quoted(goal.name),
        "kind": quoted(goal.kind),
        "time_basis": quoted(goal.time_basis),
        "attribution_window": f"coalesce({window}, nullif({quoted(goal.window)}, ''))",
        "is_goal": "true" if goal.is_goal else "false",
    }
    if goal.label and goal.is_goal and label:
        own["is_goal"] = f"coalesce(label = {quoted(label)}, true)"
    own |= {"conversions": f"s_count{index}"} if goal.count else {}
    return own | ({"revenue_micros": f"s_value{index}"} if goal.value else {})


def labels(connection: DuckDBPyConnection) -> list[str]:
    """What the rows count, by a column that says so; the most usual first."""
    rows = connection.execute(
        "SELECT label FROM checked WHERE state = 'ok' AND label IS NOT NULL "
        "GROUP BY label ORDER BY count(*) DESC, label"
    ).fetchall()
    return [label for (label,) in rows]


def _usual_label(connection: DuckDBPyConnection) -> str:
    return next(iter(labels(connection)), "")


def _select(table: str, values: Mapping[str, str], where: str = "true") -> str:
    """SELECT of good rows in the columns of a canonical table."""
    listed = ", ".join(
        f"CAST({values.get(column.name, 'NULL')} AS {SQL_TYPES[column.type]}) AS {column.name}"
        for column in TABLES[table].columns
    )
    return f"SELECT {listed} FROM checked WHERE state = 'ok' AND ({where})"


def _rows(
    connection: DuckDBPyConnection, table: str, selects: Sequence[str], spool: Path | None = None
) -> pa.Table | Path:
    """The rows of SELECTs, in memory or in files of the spool."""
    order = " ORDER BY line" if spool is None else ""
    query = " UNION ALL ".join(f"(SELECT * FROM ({select}{order}))" for select in selects)
    if spool is None:
        return connection.sql(query).to_arrow_table().cast(TABLES[table].arrow())
    ordered = len(selects) == 1 and parquet.in_order(connection, selects[0], "local_date")
    parquet.write(connection, query, spool / table, TABLES[table].names, empty=True, ordered=ordered)
    return spool / table


def columns_of(goals: Sequence[GoalColumn]) -> str:
    """The names of some goals, for a sentence."""
    return ", ".join(goal.name for goal in goals)
