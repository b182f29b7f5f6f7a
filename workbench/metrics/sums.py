"""Day sums in numpy: groups, day clusters, and the totals of linear expressions of facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from workbench.catalogue import FACTS, MONEY_FACTS
from workbench.metrics.dimensions import CALENDAR, CLOCK, calendar
from workbench.metrics.filters import Where, days_kept
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

MICROS = 1e6


@dataclass(frozen=True)
class Grid:
    """Day sums of one or two periods over the same groups: arrays of one value a row of the query.

    Attributes:
        keys: One row a group, the `by` columns.
        group: Number of the row's group.
        period: 0 now, 1 before.
        day: Days since 1970.
        money_in: Currency of the row's amounts; empty where it has none.
        rows: Roll-up rows behind it.
        facts: Column → sum as stored; NaN where unknown.
        unknown: Bits of the flagged facts that the row's delivery does not know; None without flags.
    """

    keys: pd.DataFrame
    group: np.ndarray
    period: np.ndarray
    day: np.ndarray
    money_in: np.ndarray
    rows: np.ndarray
    facts: Mapping[str, np.ndarray]
    unknown: np.ndarray | None = None

    def part(self, period: int, currency: str | None = None) -> Sums:
        """The sums of one period; with a currency, only of rows whose amounts are in it."""
        keep = self.chosen(period, currency)
        facts = {name: sums[keep] for name, sums in self.facts.items()}
        return Sums.of_rows(self.group[keep], self.day[keep], facts, len(self.keys))

    def chosen(self, period: int, currency: str | None = None) -> np.ndarray:
        """Which rows are of one period, and of one currency where given."""
        import numpy as np

        keep: np.ndarray = self.period == period
        return keep if currency is None else keep & np.isin(self.money_in, (currency, ""))


@dataclass(frozen=True)
class Sums:
    """Sums by day cluster.

    Attributes:
        groups: Number of groups.
        group: Group of each cluster.
        day: Its day, counted from 1970.
        facts: Column → its sum in each cluster as stored (micros for money); NaN where unknown.
        totals: Fact → its value by group, for facts that no clusters hold (reach, targets).
    """

    groups: int
    group: np.ndarray
    day: np.ndarray
    facts: Mapping[str, np.ndarray]
    totals: Mapping[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def of_rows(
        cls, group: np.ndarray, day: np.ndarray, facts: Mapping[str, np.ndarray], groups: int
    ) -> Sums:
        """Add rows of several currencies up to one cluster a group and day."""
        import numpy as np
        import pandas as pd

        cluster, keys = pd.factorize(group.astype("int64") * (1 << 24) + day)
        added = {name: _added(sums, cluster, len(keys)) for name, sums in facts.items()}
        keys = np.asarray(keys)
        return cls(groups, keys >> 24, keys & ((1 << 24) - 1), added)

    def regrouped(self, groups: np.ndarray) -> Sums:
        """The same sums over coarser groups: `groups` gives each group's new number, −1 leaves it out."""
        coarse = groups[self.group] if len(groups) else self.group
        keep = coarse >= 0
        facts = {name: sums[keep] for name, sums in self.facts.items()}
        return Sums.of_rows(coarse[keep], self.day[keep], facts, int(groups.max(initial=-1)) + 1)

    def with_totals(self, totals: Mapping[str, np.ndarray]) -> Sums:
        """The same sums with facts that are not additive."""
        return replace(self, totals=totals)

    def days(self) -> np.ndarray:
        """Number of day clusters in each group."""
        import numpy as np

        return np.bincount(self.group, minlength=self.groups)

    def total(self, terms: Mapping[str, float]) -> np.ndarray:
        """A linear expression of facts by group; NaN where one of them is unknown throughout."""
        import numpy as np

        total = np.zeros(self.groups)
        for fact, factor in terms.items():
            total += factor * self._fact(fact)
        return total

    def _fact(self, fact: str) -> np.ndarray:
        if fact in self.totals:
            return self.totals[fact]
        return _units(fact, _added(self.facts[FACTS[fact]], self.group, self.groups))

    def daily(self, terms: Mapping[str, float]) -> np.ndarray:
        """The same by day cluster, an unknown fact counting nothing."""
        import numpy as np

        total = np.zeros(len(self.group))
        for fact, factor in terms.items():
            total += factor * _units(fact, np.nan_to_num(self.facts[FACTS[fact]]))
        return total


def grid(table: pa.Table, by: Sequence[str], where: Where, periods: Sequence[Period]) -> Grid:
    """Read the query's rows into groups, the days of an earlier period aligned with those of now."""
    import numpy as np

    days = table.column("local_date").to_numpy().astype("datetime64[D]")
    kept = [kept_days(days, by, where, period, periods[0]) for period in periods]
    rows = np.concatenate(kept)
    columns = [_codes(table, name, days, kept, periods) for name in by]
    keys, group = _groups(by, columns, len(rows))
    facts = [name for name in table.column_names if name in _FACT_COLUMNS]
    return Grid(
        keys=keys,
        group=group,
        period=np.repeat(np.arange(len(kept)), [len(part) for part in kept]),
        day=days[rows].astype("int64"),
        money_in=np.asarray(table.column("money_in").to_pylist(), dtype=object)[rows],
        rows=table.column("rows").to_numpy()[rows],
        facts={name: table.column(name).to_numpy().astype("float64")[rows] for name in facts},
        unknown=table.column("unknown").to_numpy()[rows] if "unknown" in table.column_names else None,
    )


_FACT_COLUMNS = frozenset(FACTS.values())


def kept_days(days: np.ndarray, by: Sequence[str], where: Where, period: Period, now: Period) -> np.ndarray:
    """Numbers of the days of a period that the calendar filters keep."""
    import numpy as np

    inside = (days >= np.datetime64(period.start)) & (days <= np.datetime64(period.end))
    for name in set(CALENDAR) & {*by, *where}:
        seen = seen_days(name, days, period, now)
        if name in where:
            inside &= days_kept({name: where[name]}, seen)
        if name in ("date", "week"):  # a longer period before has days that stand beside none of now
            inside &= seen <= np.datetime64(now.end)
    return np.flatnonzero(inside)


def _codes(
    table: pa.Table, name: str, days: np.ndarray, kept: Sequence[np.ndarray], periods: Sequence[Period]
) -> tuple[np.ndarray, np.ndarray]:
    """A dimension of the kept rows as (values, number of each row's value); the last value is unknown."""
    import numpy as np

    if name in CALENDAR:
        seen = [
            calendar(name, seen_days(name, days[rows], period, periods[0]))
            for rows, period in zip(kept, periods, strict=True)
        ]
        return np.unique(np.concatenate(seen), return_inverse=True)
    encoded = table.column(CLOCK.get(name, name)).combine_chunks().dictionary_encode()
    values = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
    codes = encoded.indices.fill_null(len(values) - 1).to_numpy()
    return values, codes[np.concatenate(kept)]


def _groups(
    by: Sequence[str], columns: Sequence[tuple[np.ndarray, np.ndarray]], rows: int
) -> tuple[pd.DataFrame, np.ndarray]:
    """The distinct combinations of values, and each row's."""
    import numpy as np
    import pandas as pd

    if not by:
        return pd.DataFrame(index=range(1)), np.zeros(rows, "int64")
    combined = np.zeros(rows, "int64")
    for values, codes in columns:
        combined = combined * (len(values) + 1) + codes
    group, distinct = pd.factorize(combined)
    first = np.zeros(len(distinct), "int64")
    first[group[::-1]] = np.arange(rows)[::-1]
    shown = {name: values[codes[first]] for name, (values, codes) in zip(by, columns, strict=True)}
    # pandas would turn text with None into its own text type with NaN
    kinds = {name: "Int64" if name in CLOCK else None if name in CALENDAR else object for name in by}
    return pd.DataFrame({name: pd.Series(shown[name], dtype=kinds[name]) for name in by}), group


def seen_days(name: str, days: np.ndarray, period: Period, now: Period) -> np.ndarray:
    """The days of an earlier period as seen from now: months by month, dates and weeks day by day."""
    import numpy as np

    if name == "weekday":
        return days
    if name == "month":
        months = (now.start.year - period.start.year) * 12 + now.start.month - period.start.month
        shifted: np.ndarray = days.astype("datetime64[M]") + np.timedelta64(months, "M")
        return shifted.astype("datetime64[D]")
    moved: np.ndarray = days + np.timedelta64((now.start - period.start) // dt.timedelta(days=1), "D")
    return moved


def _added(values: np.ndarray, codes: np.ndarray, size: int) -> np.ndarray:
    """Sums by code; NaN where every value is missing."""
    import numpy as np

    known = ~np.isnan(values)
    sums = np.bincount(codes, np.where(known, values, 0.0), minlength=size).astype(float)
    sums[np.bincount(codes, known, minlength=size) == 0] = np.nan
    return sums


def _units(fact: str, sums: np.ndarray) -> np.ndarray:
    return sums / MICROS if fact in MONEY_FACTS else sums
