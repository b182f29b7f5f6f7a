"""The roll-up `performance_hourly`: sums by hour and dimension, and the one grain that answers a day.

A null sum means that no row knew the value. Every day of an account is rolled up anew as a whole,
because which grain is preferred depends on all of the day's rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.schema import DELIVERY_FACTS, GRAINS, ROLLUP_OUTCOMES, TABLES
from workbench.store.changes import ROLLUP, Change, Slice, between, same

if TYPE_CHECKING:
    import pyarrow as pa

COMPLETE = 0.995
"""A grain is complete when it has this share of the day's largest total."""

MAX_WINDOWS = 200
"""With more touched accounts than this, rebuilding everything is cheaper."""

SPAN_ROWS = 1_000_000
"""Facts that are rolled up at a time."""

_PART = "source, account, local_date, grain, breakdown, scope"
_DAY = "PARTITION BY source, account, local_date"
MEASURES = ("cost_micros", "impressions", "clicks", "conversions", "revenue_micros")
"""Facts that tell which slices of a day are complete, the first that the day knows."""
_KEYS = tuple(
    column.name
    for column in TABLES[ROLLUP].columns
    if column.role in ("dimension", "slice", "time") and column.name != "preferred"
)
_DELIVERY = tuple(column.name for column in DELIVERY_FACTS)
_OUTCOMES = tuple(column.name for column in ROLLUP_OUTCOMES)
_TYPES = {column.name: column.type for column in TABLES[ROLLUP].columns}
_NAMES = {
    "campaign": "coalesce(campaign, campaign_id)",
    "ad_group": "coalesce(ad_group, ad_group_id)",
    "creative": "coalesce(creative, ad, ad_id)",
    "hour_of_week": "coalesce(hour_of_week, (isodow(local_date) - 1) * 24 + local_hour)",
}


@dataclass(frozen=True)
class Window:
    """Days of one account whose roll-up has to be made anew."""

    source: str
    account: str | None
    start: date
    end: date

    def sql(self) -> str:
        """The window's rows, as SQL that DuckDB and Delta both read."""
        days = between("local_date", self.start, self.end)
        return f"({same('source', self.source)} AND {same('account', self.account)} AND {days})"


def touched(changes: tuple[Change, ...]) -> tuple[Window, ...] | None:
    """The windows that a commit touches, one an account; None for everything."""
    if any(change.replace == "all" for change in changes):
        return None
    windows: dict[tuple[str, str | None], Window] = {}
    for window in (found for change in changes for found in _windows(change)):
        key = (window.source, window.account)
        known = windows.get(key, window)
        windows[key] = Window(*key, min(known.start, window.start), max(known.end, window.end))
    return tuple(windows.values()) if len(windows) <= MAX_WINDOWS else None


def predicate(windows: tuple[Window, ...] | None) -> str:
    """SQL of the rows inside of any window; `true` for everything."""
    return "true" if windows is None else " OR ".join(window.sql() for window in windows) or "false"


def _windows(change: Change) -> list[Window]:
    if isinstance(change.replace, Slice):
        part = change.replace
        return [Window(part.source, part.account, part.start, part.end)]
    import pyarrow.parquet as pq

    is_file = isinstance(change.rows, Path)
    names = ["source", "account", "local_date"]
    rows: pa.Table = pq.read_table(change.rows, columns=names) if is_file else change.rows
    days = rows.group_by(["source", "account"]).aggregate([("local_date", "min"), ("local_date", "max")])
    return [
        Window(row["source"], row["account"], row["local_date_min"], row["local_date_max"])
        for row in days.to_pylist()
    ]


def spans(days: Sequence[tuple[date, int]]) -> list[tuple[date, date]]:
    """Cut days with their row counts into runs that are rolled up one by one, in bounded memory."""
    runs: list[tuple[date, date, int]] = []
    for day, rows in days:
        if runs and runs[-1][2] + rows <= SPAN_ROWS:
            runs[-1] = (runs[-1][0], day, runs[-1][2] + rows)
        else:
            runs.append((day, day, rows))
    return [(first, last) for first, last, _ in runs]


def days_sql(performance: str, conversions: str, where: str) -> str:
    """Days with their number of facts among those that fulfil `where`, in order."""
    facts = " UNION ALL ".join(
        f"SELECT local_date FROM ({rows}) WHERE {where}" for rows in (performance, conversions)
    )
    return f"SELECT local_date, count(*) FROM ({facts}) GROUP BY 1 ORDER BY 1"


def sql(performance: str, conversions: str, where: str) -> str:
    """The roll-up of the facts that fulfil `where`.

    Args:
        performance: SQL of the delivery facts in canonical columns.
        conversions: SQL of the conversion facts in canonical columns.
        where: SQL over source, account and local_date that keeps whole days of an account.

    Returns:
        One SELECT with the columns of `performance_hourly` in storage order.
    """
    keys, facts = ", ".join(_KEYS), (*_DELIVERY, *_OUTCOMES)
    sums = ", ".join(f"CAST(sum({name}) AS {_sql_type(name)}) AS {name}" for name in facts)
    columns = ", ".join("p.preferred" if name == "preferred" else f"s.{name}" for name in _TYPES)
    matched = " AND ".join(f"s.{name} IS NOT DISTINCT FROM p.{name}" for name in _PART.split(", "))
    return f"""
WITH counted AS ({_counted(conversions, where)}),
facts AS (
  SELECT {_keys()}, {", ".join(_DELIVERY)}, {_nulls(_OUTCOMES)} FROM ({performance}) WHERE {where}
  UNION ALL
  SELECT {_keys()}, {_nulls(_DELIVERY)}, {_outcomes()} FROM counted
),
sums AS (SELECT {keys}, {sums} FROM facts GROUP BY {keys}),
{_preferred()}
SELECT {columns} FROM sums AS s JOIN preferred AS p ON {matched}
"""


def _counted(conversions: str, where: str) -> str:
    """Conversion rows; `counts` marks the one counting of a kind that is used on a day.

    A platform reports the same orders by several clocks and windows, which are never added: the
    counting that the goal uses is taken, else the first by name.
    """
    names = ("time_basis", "attribution_window", "attribution_model")
    counting = " || '|' || ".join(f"coalesce({name}, '')" for name in names)
    chosen = f"min(if(is_goal, '0', '1') || counting) OVER (PARTITION BY {_PART}, kind)"
    rows = f"SELECT *, {counting} AS counting FROM ({conversions}) WHERE {where}"
    return f"SELECT *, counting = substr({chosen}, 2) AS counts FROM ({rows})"


def _outcomes() -> str:
    kinds = {"orders": "order", "leads": "lead", "new_customers": "new_customer"}
    goal = [f"if(is_goal, {name}, NULL) AS {name}" for name in ("conversions", "revenue_micros")]
    counted = [f"if(counts AND kind = '{kind}', conversions, NULL) AS {name}" for name, kind in kinds.items()]
    return ", ".join(goal + counted)


def _preferred() -> str:
    """Which slice answers for an account's day: the finest complete one that lacks no known outcomes.

    Where conversions came in a report of their own, without delivery, that report answers beside it.
    """
    rank = " ".join(f"WHEN '{grain}' THEN {index}" for index, grain in enumerate(GRAINS))
    finest = f"CASE grain {rank} END DESC, breakdown <> '', scope <> '', breakdown, scope"
    totals = ", ".join(f"CAST(sum({name}) AS DOUBLE) AS {name}" for name in MEASURES)
    most = ", ".join(f"max({name}) OVER ({_DAY}) AS most_{name}" for name in MEASURES)
    outcome = "coalesce(conversions, revenue_micros)"
    return f"""
totals AS (SELECT {_PART}, {totals} FROM sums GROUP BY {_PART}),
candidates AS (SELECT *, {most} FROM totals),
judged AS (
  SELECT {_PART},
    {_complete(*MEASURES)} AS complete,
    {_complete("conversions", "revenue_micros")} AS outcomes_complete,
    coalesce(cost_micros, impressions, clicks) IS NULL AND {outcome} IS NOT NULL AS no_delivery,
    {outcome} IS NULL AND greatest(most_conversions, most_revenue_micros) > 0 AS lacks
  FROM candidates
),
ranked AS (
  SELECT *,
    row_number() OVER ({_DAY} ORDER BY complete DESC, lacks, {finest}) = 1 AS main,
    row_number() OVER ({_DAY} ORDER BY no_delivery DESC, outcomes_complete DESC, {finest}) = 1 AS next
  FROM judged
),
preferred AS (
  SELECT {_PART}, main OR (next AND no_delivery AND bool_or(main AND lacks) OVER ({_DAY})) AS preferred
  FROM ranked
)"""


def _complete(*measures: str) -> str:
    """Whether a slice has nearly all of the day's largest total, by the first measure that the day knows."""
    share = " ".join(f"WHEN most_{name} > 0 THEN coalesce({name}, 0) / most_{name}" for name in measures)
    return f"CASE {share} ELSE 1 END >= {COMPLETE}"


def _keys() -> str:
    return ", ".join(f"{_NAMES[name]} AS {name}" if name in _NAMES else name for name in _KEYS)


def _nulls(names: tuple[str, ...]) -> str:
    return ", ".join(f"CAST(NULL AS {_sql_type(name)}) AS {name}" for name in names)


def _sql_type(name: str) -> str:
    return "DOUBLE" if _TYPES[name] == "float64" else "BIGINT"
