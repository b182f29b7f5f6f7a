"""The roll-up `performance_hourly`: sums by hour and dimension, and the one grain that answers a day.

A null sum means that no row knew the value. Every day of an account is rolled up anew as a whole,
because which grain is preferred depends on all of the day's rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from workbench.schema import DELIVERY_FACTS, GRAINS, ROLLUP_OUTCOMES, TABLES
from workbench.store.changes import ROLLUP, Change, Slice, literal, same

if TYPE_CHECKING:
    import pyarrow as pa

COMPLETE = 0.995
"""A grain is complete when it has this share of the day's largest total."""

MAX_WINDOWS = 50
"""With more touched accounts than this, rebuilding everything is cheaper."""

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
        days = f"local_date >= {literal(self.start)} AND local_date <= {literal(self.end)}"
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
    rows: pa.Table = change.rows
    days = rows.group_by(["source", "account"]).aggregate([("local_date", "min"), ("local_date", "max")])
    return [
        Window(row["source"], row["account"], row["local_date_min"], row["local_date_max"])
        for row in days.to_pylist()
    ]


def sql(performance: str, conversions: str, where: str) -> str:
    """The roll-up of the rows that fulfil `where`.

    Args:
        performance: SQL of the delivery facts in canonical columns.
        conversions: SQL of the conversion facts in canonical columns.
        where: SQL over source, account and local_date that keeps whole days of an account.

    Returns:
        One SELECT with the columns of `performance_hourly` in storage order.
    """
    day = "source, account, local_date"
    part = f"{day}, grain, breakdown, scope"
    columns = ", ".join(
        "coalesce(p.preferred, false) AS preferred" if name == "preferred" else f"s.{name}" for name in _TYPES
    )
    matched = " AND ".join(f"s.{name} IS NOT DISTINCT FROM p.{name}" for name in part.split(", "))
    return f"""
WITH counted AS ({_counted(conversions, where, part)}),
facts AS (
  SELECT {_keys()}, {", ".join(_DELIVERY)}, {_nulls(_OUTCOMES)} FROM ({performance}) WHERE {where}
  UNION ALL
  SELECT {_keys()}, {_nulls(_DELIVERY)}, {_outcomes()} FROM counted
),
sums AS (
  SELECT {", ".join(_KEYS)}, {", ".join(f"CAST(sum({name}) AS {_sql_type(name)}) AS {name}" for name in (*_DELIVERY, *_OUTCOMES))}
  FROM facts GROUP BY {", ".join(_KEYS)}
),
{_preferred(day, part)}
SELECT {columns} FROM sums AS s LEFT JOIN preferred AS p ON {matched}
ORDER BY s.local_date, s.source, s.account, s.grain, s.campaign, s.creative
"""


def _counted(conversions: str, where: str, part: str) -> str:
    """Conversion rows, with the one counting of a kind that is used on a day.

    A platform reports the same orders by several clocks and windows; they are never added. The
    counting that the goal uses is taken, else the first by name.
    """
    counting = "concat_ws('|', coalesce(time_basis, ''), coalesce(attribution_window, ''), coalesce(attribution_model, ''))"
    return (
        f"SELECT *, counting = substr(min(CASE WHEN is_goal THEN '0' ELSE '1' END || counting) "
        f"OVER (PARTITION BY {part}, kind), 2) AS counts "
        f"FROM (SELECT *, {counting} AS counting FROM ({conversions}) WHERE {where})"
    )


def _outcomes() -> str:
    kinds = {"orders": "order", "leads": "lead", "new_customers": "new_customer"}
    goal = [f"CASE WHEN is_goal THEN {name} END AS {name}" for name in ("conversions", "revenue_micros")]
    counted = [
        f"CASE WHEN counts AND kind = '{kind}' THEN conversions END AS {name}" for name, kind in kinds.items()
    ]
    return ", ".join(goal + counted)


def _preferred(day: str, part: str) -> str:
    """The finest complete grain of each account and day, without one that lacks the outcomes others know.

    Where conversions came in a report of their own, without delivery, that report answers beside it.
    """
    rank = " ".join(f"WHEN '{grain}' THEN {index}" for index, grain in enumerate(GRAINS))
    finest = f"CASE grain {rank} END DESC, breakdown <> '', scope <> '', breakdown, scope"
    measures = ("cost_micros", "impressions", "clicks", "conversions", "revenue_micros")
    share = " ".join(f"WHEN most_{name} > 0 THEN coalesce({name}, 0) / most_{name}" for name in measures)
    totals = ", ".join(f"CAST(sum({name}) AS DOUBLE) AS {name}" for name in measures)
    most = ", ".join(f"max({name}) OVER (PARTITION BY {day}) AS most_{name}" for name in measures)
    return f"""
totals AS (SELECT {part}, {totals} FROM sums GROUP BY {part}),
candidates AS (SELECT *, {most} FROM totals),
judged AS (
  SELECT {part},
    CASE {share} ELSE 1 END >= {COMPLETE} AS complete,
    coalesce(cost_micros, impressions, clicks) IS NULL AND coalesce(conversions, revenue_micros) IS NOT NULL AS alone,
    coalesce(conversions, revenue_micros) IS NULL
      AND (coalesce(most_conversions, 0) > 0 OR coalesce(most_revenue_micros, 0) > 0) AS lacks,
    CASE WHEN most_conversions > 0 THEN coalesce(conversions, 0) / most_conversions ELSE 1 END >= {COMPLETE} AS counts_all
  FROM candidates
),
ranked AS (
  SELECT *,
    row_number() OVER (PARTITION BY {day} ORDER BY complete DESC, lacks, {finest}) = 1 AS main,
    row_number() OVER (PARTITION BY {day} ORDER BY alone DESC, counts_all DESC, {finest}) = 1 AND alone AS beside
  FROM judged
),
preferred AS (
  SELECT {part}, main OR (beside AND bool_or(main AND lacks) OVER (PARTITION BY {day})) AS preferred FROM ranked
)"""


def _keys() -> str:
    return ", ".join(f"{_NAMES[name]} AS {name}" if name in _NAMES else name for name in _KEYS)


def _nulls(names: tuple[str, ...]) -> str:
    return ", ".join(f"CAST(NULL AS {_sql_type(name)}) AS {name}" for name in names)


def _sql_type(name: str) -> str:
    return "DOUBLE" if _TYPES[name] == "float64" else "BIGINT"
