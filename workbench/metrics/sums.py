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
    """Day sums of one or two periods over the same groups.

    Attributes:
        keys: One row a group, the `by` columns.
        frame: One row a group × day × currency × period: `group`, `period` (0 now, 1 before),
            `day` (since 1970), `money_in`, `rows` and the facts.
    """

    keys: pd.DataFrame
    frame: pd.DataFrame

    def part(self, period: int, currency: str | None = None) -> Sums:
        """The sums of one period; with a currency, only of rows whose amounts are in it."""
        keep = self.frame["period"].to_numpy() == period
        if currency is not None:
            keep &= self.frame["money_in"].isin((currency, "")).to_numpy()
        return Sums.of_rows(self.frame[keep], len(self.keys))


@dataclass(frozen=True)
class Sums:
    """Sums by day cluster.

    Attributes:
        groups: Number of groups.
        group: Group of each cluster.
        facts: Column → its sum in each cluster as stored (micros for money); NaN where unknown.
        totals: Fact → its value by group, for facts that no clusters hold (reach, targets).
    """

    groups: int
    group: np.ndarray
    facts: Mapping[str, np.ndarray]
    totals: Mapping[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def of_rows(cls, rows: pd.DataFrame, groups: int) -> Sums:
        """Add rows of several currencies up to one cluster a group and day."""
        import numpy as np
        import pandas as pd

        group, day = rows["group"].to_numpy(), rows["day"].to_numpy()
        cluster, keys = pd.factorize(group.astype("int64") * (1 << 24) + day)
        names = [name for name in rows.columns if name not in ("group", "period", "day", "money_in", "rows")]
        facts = {name: _added(rows[name].to_numpy(), cluster, len(keys)) for name in names}
        return cls(groups, np.asarray(keys) >> 24, facts)

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
    import pandas as pd

    rows = table.to_pandas(strings_to_categorical=True)
    days = table.column("local_date").to_numpy().astype("datetime64[D]")
    parts = [_part(rows, days, by, where, periods, number) for number in range(len(periods))]
    frame = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0].reset_index(drop=True)
    if not by:
        return Grid(pd.DataFrame(index=range(1)), frame.assign(group=0))
    groups = frame.groupby(list(by), dropna=False, observed=True, sort=False)
    first = ~groups.cumcount().astype(bool)
    keys = frame.loc[first, list(by)].reset_index(drop=True)
    return Grid(_plain(keys), frame.drop(columns=list(by)).assign(group=groups.ngroup()))


def _part(
    rows: pd.DataFrame,
    days: np.ndarray,
    by: Sequence[str],
    where: Where,
    periods: Sequence[Period],
    number: int,
) -> pd.DataFrame:
    """The rows of one period, with their calendar dimensions as seen from the first period."""
    import numpy as np

    period, now = periods[number], periods[0]
    seen = {name: seen_days(name, days, period, now) for name in CALENDAR}
    inside = (days >= np.datetime64(period.start)) & (days <= np.datetime64(period.end))
    for name in set(CALENDAR) & {*by, *where}:
        inside &= days_kept({name: where[name]} if name in where else {}, seen[name])
        if name in ("date", "week"):  # a longer period before has days that stand beside none of now
            inside &= seen[name] <= np.datetime64(now.end)
    part = rows[inside].rename(columns={column: name for name, column in CLOCK.items() if name in by})
    part = part.drop(columns="local_date").assign(period=number, day=days[inside].astype("int64"))
    return part.assign(**{name: calendar(name, seen[name][inside]) for name in by if name in CALENDAR})


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


def _plain(keys: pd.DataFrame) -> pd.DataFrame:
    """Group keys as plain columns: text with None for unknown, days, whole numbers."""

    for name in keys.columns:
        column = keys[name]
        if name in CLOCK:
            keys[name] = column.astype("Int64")
        elif name not in CALENDAR:
            keys[name] = column.astype(object).where(column.notna(), None)
    return keys
