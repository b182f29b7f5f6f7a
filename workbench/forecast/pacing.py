"""The answer of a month-end projection."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.forecast.answer import Forecast
from workbench.forecast.notes import Note
from workbench.i18n import formats

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

RECENT = 7
"""Days whose mean is the present rate."""

COLUMNS = (
    "actual",
    "projected",
    "low",
    "high",
    "target",
    "planned",
    "pacing",
    "of_target",
    "rate",
    "needed",
    "chance",
    "status",
)


@dataclass(frozen=True, eq=False)
class Pacing:
    """Where a month will end.

    Attributes:
        table: One row a series: the `by` columns; `actual` (so far, as the data say), `projected` with `low`
            and `high` (the whole month, at `forecast.level`), `target` (of the month), `planned` (its part of
            the days so far, spread evenly), `pacing` (actual / planned), `of_target` (projected / target),
            `rate` (mean of the last seven days), `needed` (a day for the rest of the month to meet the
            target), `chance` (of at least the target), `status` (`over`, `on`, `under`: the target is below,
            inside or above of the interval; empty without a target).
        first, last: Days of the month. as_of: Last known one.
        notes: What a reader must know.
        forecast: Of the days that are still to come.
    """

    table: pd.DataFrame
    first: dt.date
    last: dt.date
    as_of: dt.date
    notes: tuple[Note, ...]
    forecast: Forecast
    known: Any

    @property
    def days_left(self) -> int:
        """Days of the month after the last known one."""
        return (self.last - self.as_of).days

    @property
    def by(self) -> tuple[str, ...]:
        """Dimensions that tell the series apart."""
        return self.forecast.by

    @cached_property
    def days(self) -> pd.DataFrame:
        """The `by` columns, `date`, and sums since the first of the month.

        `actual` so far, `projected` with `low` and `high` from the last day that counts as it is, `planned`.
        """
        return _days(self)

    def place(self, key: Mapping[str, str]) -> int:
        """The row of one series."""
        rows = [{name: row[name] for name in self.by} for row in self.table.to_dict("records")]
        return rows.index(dict(key))

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values; missing numbers as None."""
        from workbench.forecast.tables import records

        return {
            "name": self.forecast.name,
            "unit": self.forecast.unit,
            "currency": self.forecast.currency,
            "by": list(self.by),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "as_of": self.as_of.isoformat(),
            "days_left": self.days_left,
            "level": self.forecast.level,
            "data_version": self.forecast.data_version,
            "code_version": self.forecast.code_version,
            "notes": [{"code": note.code, "text": note.sentence("en")} for note in self.notes],
            "rows": records(self.table),
        }

    def sentence(self, lang: str = "en", names: Mapping[str, str] | None = None, row: int = 0) -> str:
        """One series in words: where the month will end, and what that means for its target.

        Args:
            lang: `en` or `zh`. names: Member → how it is called. row: Of the table.
        """
        from workbench.forecast.words import month

        return month(self, lang, names or {}, row)

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The table as CSV that no spreadsheet runs; also written to `path`."""
        from workbench import exports

        return exports.csv(self.table, path)

    def _repr_html_(self) -> str:
        from html import escape

        said = [self.sentence(), *(note.sentence("en") for note in self.notes)]
        words = "".join(f"<p>{escape(sentence)}</p>" for sentence in said)
        return f"{words}{self.table.to_html(index=False, na_rep=formats.MISSING)}"


def paced(
    ahead: Forecast, learnt: Any, first: dt.date, last: dt.date, targets: Any, notes: tuple[Note, ...]
) -> Pacing:
    """Put a projection together.

    Args:
        ahead: Forecast of the rest of the month. learnt: Values that count as they are, (N, T).
        first, last: Days of the month. targets: Of each series, (N,). notes: Of the answer.
    """
    import pandas as pd

    bundle = ahead.bundle
    inside = bundle.days >= np.datetime64(first)
    steps = ahead.fits[0].steps
    known = np.where(inside & (np.arange(len(bundle.days)) < steps), learnt, 0.0)
    settled = np.nansum(known, axis=1)
    actual = np.nansum(np.where(inside, bundle.values, 0.0), axis=1)
    rest = _rest(ahead, first, last)
    part = ((bundle.last - first).days + 1) / ((last - first).days + 1)
    left = (last - bundle.last).days
    rows = [
        {**key, **_row(ahead, n, float(actual[n]), settled[n] + rest[n], float(targets[n]), part, left)}
        for n, key in enumerate(bundle.keys)
    ]
    table = pd.DataFrame(rows, columns=[*bundle.by, *COLUMNS])
    order = table["projected"].sort_values(ascending=False, kind="stable").index
    return Pacing(table.loc[order].reset_index(drop=True), first, last, bundle.last, notes, ahead, settled)


def _rest(ahead: Forecast, first: dt.date, last: dt.date) -> Any:
    """What is still to come of each series: middle, low, high, (N, 3)."""
    days = ahead.fits[0].days
    if not ((days >= np.datetime64(first)) & (days <= np.datetime64(last))).any():
        return np.zeros((len(ahead.bundle.keys), 3))
    start = max(days[0], np.datetime64(first)).item()
    return ahead.total(start, last)[["total", "low", "high"]].to_numpy(float)


def _row(
    ahead: Forecast, n: int, actual: float, whole: Any, target: float, part: float, left: int
) -> dict[str, Any]:
    """The numbers of one series."""
    projected, low, high = _grown(whole, actual, bool(ahead.places()[n][0].scale.positive[0]))
    planned = target * part
    recent = ahead.bundle.values[n, -RECENT:]
    known = recent[np.isfinite(recent)]
    return {
        "actual": actual,
        "projected": projected,
        "low": low,
        "high": high,
        "target": target,
        "planned": planned,
        "pacing": actual / planned if planned else float("nan"),
        "of_target": projected / target if target else float("nan"),
        "rate": float(known.mean()) if len(known) else float("nan"),
        "needed": max(target - actual, 0.0) / left if left and target == target else float("nan"),
        "chance": _chance(projected, low, high, target, ahead.level),
        "status": _status(low, high, target),
    }


def _grown(whole: Any, actual: float, positive: bool) -> tuple[float, float, float]:
    """The sum of the month; what has arrived stays, however little was expected of young days."""
    projected, low, high = (float(value) for value in whole)
    if not positive or low >= actual:
        return projected, low, high
    more = max(actual - projected, 0.0)
    return projected + more, actual, high + more


def _status(low: float, high: float, target: float) -> str:
    if target != target:
        return ""
    return "over" if low > target else "under" if high < target else "on"


def _chance(projected: float, low: float, high: float, target: float, level: float) -> float:
    """Chance of at least the target, by a normal as wide as the interval on the target's side."""
    from scipy.special import ndtr, ndtri

    if target != target:
        return float("nan")
    half = (high - projected if target > projected else projected - low) / float(ndtri((1 + level) / 2))
    if half <= 0:
        return float(projected >= target)
    return float(ndtr((projected - target) / half))


def _days(answer: Pacing) -> pd.DataFrame:
    """Sums since the first of the month by day."""
    import pandas as pd

    ahead, bundle = answer.forecast, answer.forecast.bundle
    targets = {
        tuple(row[name] for name in answer.by): row["target"] for row in answer.table.to_dict("records")
    }
    month = np.arange(np.datetime64(answer.first), np.datetime64(answer.last) + 1)
    parts = []
    for n, key in enumerate(bundle.keys):
        target = float(targets[tuple(key.values())])
        parts.append(
            pd.DataFrame(
                {
                    **{name: [member] * len(month) for name, member in key.items()},
                    "date": month.astype("datetime64[s]"),
                    "actual": _so_far(bundle, n, month),
                    **_ahead(ahead, n, float(answer.known[n]), month),
                    "planned": target * np.arange(1, len(month) + 1) / len(month),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _so_far(bundle: Any, n: int, month: Any) -> Any:
    at = np.searchsorted(bundle.days, month)
    seen = at < len(bundle.days)
    values = np.where(seen, np.nan_to_num(bundle.values[n, np.minimum(at, len(bundle.days) - 1)]), 0.0)
    return np.where(seen, np.cumsum(values), np.nan)


def _ahead(ahead: Forecast, n: int, settled: float, month: Any) -> dict[str, Any]:
    """Projected sums from the last day that counts as it is, with intervals."""
    from workbench.forecast.answer import summed

    fit, place = ahead.places()[n]
    found = np.full((len(month), 3), np.nan)
    for number, day in enumerate(month):
        inside = (fit.days >= month[0]) & (fit.days <= day)
        if inside.any():
            found[number] = settled + np.array(summed(fit, place, inside))
        elif (fit.days > day).all() and number + 1 < len(month) and (fit.days == month[number + 1]).any():
            found[number] = settled
    return dict(zip(("projected", "low", "high"), found.T, strict=True))
