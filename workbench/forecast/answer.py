"""The answer of a forecast: what comes, how sure that is, and how the ways to say it did on the past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError
from workbench.forecast.bundle import Bundle
from workbench.forecast.candidates import METHODS
from workbench.forecast.events import Event
from workbench.forecast.fit import Fit
from workbench.forecast.notes import Note
from workbench.forecast.series_of import OfSeries
from workbench.forecast.spread import normal, sum_width
from workbench.i18n import formats, text

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@dataclass(frozen=True, eq=False)
class Forecast(OfSeries):
    """Forecasts of one series or many.

    Attributes:
        table: The `by` columns, `date` (first day of the step), `forecast` (mean), `low`, `high` (of one
            step, at `level`), in units of the series; `horizon` steps after the last one of the data.
        nowcast: The same of the newest steps of the data that are not finished; often empty.
        methods: The `by` columns, `method`, `mase` and `rmsse` (error in parts of that of repeating the last
            season, over the history), `chosen`.
        level: Of the intervals.
        horizon: Steps asked for.
        notes: What a reader must know.
        events: Events that were taken into account.
        code_version: Version of the package and a hash of its source.
    """

    table: pd.DataFrame
    nowcast: pd.DataFrame
    methods: pd.DataFrame
    level: float
    horizon: int
    notes: tuple[Note, ...]
    events: tuple[Event, ...]
    code_version: str
    bundle: Bundle
    fits: tuple[Fit, ...]

    @cached_property
    def chosen(self) -> dict[tuple[str, ...], str]:
        """Way of each series, by its members."""
        return {tuple(key.values()): way for key, way in zip(self.bundle.keys, self._ways(), strict=True)}

    @cached_property
    def history(self) -> pd.DataFrame:
        """The `by` columns, `date`, `value`: what was known; missing steps as missing."""
        from workbench.forecast.tables import long

        return long(self.bundle, self.bundle.days, {"value": self.bundle.values})

    @cached_property
    def backtest(self) -> pd.DataFrame:
        """What the chosen way would have said.

        The `by` columns, `origin`, `ahead`, `date`, `forecast`, `actual`.
        """
        from workbench.forecast.tables import backtest

        return backtest(self)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """What events do: the `by` columns, `event`, `times`, `effect`, `low`, `high`, `relative`.

        Effects are relative where the series multiplies, else in its units, as `relative` says.
        """
        from workbench.forecast.tables import effects

        return effects(self)

    def total(self, first: dt.date | None = None, last: dt.date | None = None) -> pd.DataFrame:
        """Sums of the forecast over some of its steps.

        Args:
            first, last: Days; None: from the first after the data, to the last step.

        Returns:
            The `by` columns, `total`, `low`, `high`. The interval is that of sums over as many steps in the
            back-test, so it knows how errors of neighbouring days add up.

        Raises:
            QuestionError: where no step lies between.
        """
        import pandas as pd

        days = self.fits[0].days
        start = first or days[len(days) - self.horizon]
        inside = (days >= np.datetime64(start)) & (days <= np.datetime64(last or days[-1]))
        if not inside.any():
            raise QuestionError(
                f"The forecast has no step from {first} to {last}.", "Ask for a longer horizon."
            )
        rows = [
            {**key, **dict(zip(("total", "low", "high"), summed(fit, n, inside), strict=True))}
            for key, (fit, n) in zip(self.bundle.keys, self.places(), strict=True)
        ]
        return pd.DataFrame(rows)

    def ranked(self) -> list[Mapping[str, str]]:
        """The series, the one with the largest expected sum first."""
        sums = self._totals["total"].abs().sort_values(ascending=False, kind="stable").index
        return [self.bundle.keys[at] for at in sums]

    def sum_of(self, key: Mapping[str, str]) -> dict[str, float]:
        """`total`, `low` and `high` of one series over the horizon."""
        row = self._totals.iloc[self.bundle.keys.index(key)]
        return {name: float(row[name]) for name in ("total", "low", "high")}

    def ways(self, key: Mapping[str, str]) -> pd.DataFrame:
        """The methods of one series, the smallest error first."""
        return _of(self.methods, key).sort_values("mase", kind="stable").reset_index(drop=True)

    def effects_of(self, key: Mapping[str, str]) -> pd.DataFrame:
        """The effects of events on one series."""
        return _of(self.effects, key)

    @staticmethod
    def ways_known() -> tuple[str, ...]:
        """Every way that is tried."""
        return METHODS

    @cached_property
    def _totals(self) -> pd.DataFrame:
        return self.total()

    def places(self) -> list[tuple[Fit, int]]:
        """Where each series is: its fit, and its number there."""
        return [(fit, n) for fit in self.fits for n in range(len(fit.point))]

    def _ways(self) -> list[str]:
        return [way for fit in self.fits for way in fit.trial.chosen]

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values; missing numbers as None."""
        from workbench.forecast.tables import records

        return {
            "name": self.name,
            "unit": self.unit,
            "currency": self.currency,
            "by": list(self.by),
            "level": self.level,
            "horizon": self.horizon,
            "data_version": self.data_version,
            "code_version": self.code_version,
            "notes": [{"code": note.code, "text": note.sentence("en")} for note in self.notes],
            "methods": records(self.methods),
            "rows": records(self.table),
        }

    def sentence(
        self, lang: str = "en", names: Mapping[str, str] | None = None, key: Mapping[str, str] | None = None
    ) -> str:
        """One series in words: the sum that is expected, and how well such forecasts went so far.

        Args:
            lang: `en` or `zh`. names: Member → how it is called. key: The series; None: the largest.
        """
        from workbench.forecast.words import sentence

        return sentence(self, lang, names or {}, key or self.ranked()[0])

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The table as CSV that no spreadsheet runs; also written to `path`."""
        from workbench import exports

        return exports.csv(self.table, path)

    def _repr_html_(self) -> str:
        from html import escape

        said = [self.sentence(), *(note.sentence("en") for note in self.notes)]
        words = "".join(f"<p>{escape(sentence)}</p>" for sentence in said)
        return f"{words}{self.table.to_html(index=False, na_rep=formats.MISSING)}"


def _of(table: pd.DataFrame, key: Mapping[str, str]) -> pd.DataFrame:
    """The rows of one series."""
    for name, member in key.items():
        table = table[table[name] == member]
    return table


def summed(fit: Fit, n: int, inside: Any) -> tuple[float, float, float]:
    """Sum of some steps of a series with its interval."""
    point, low, high = (values[n, inside] for values in (fit.point, fit.low, fit.high))
    total = float(point.sum())
    ratio = bool(fit.scale.positive[n]) and total > 0
    up = float(high.sum()) - total
    together = float(np.log1p(up / total)) if ratio else max(up, total - float(low.sum()))
    width = _width(fit, n, np.flatnonzero(inside), ratio, together)
    width = float(np.hypot(width, _unsure(fit, n, point, inside, ratio)))
    if ratio:
        return total, total * float(np.exp(-width)), total * float(np.exp(width))
    below = total - width
    return total, max(below, 0.0) if fit.scale.positive[n] else below, total + width


def _unsure(fit: Fit, n: int, point: Any, inside: Any, ratio: bool) -> float:
    """What the uncertain effects of events add to the half width of a sum: every day errs the same way."""
    if not fit.scale.log[n] or not point.sum():
        return 0.0
    mean = fit.marks.values[fit.steps :][inside].T @ point / point.sum()
    sd = float(np.sqrt(max(mean @ fit.effects.cov[n] @ mean, 0.0)))
    return normal(fit.level) * sd * (1.0 if ratio else float(point.sum()))


def _width(fit: Fit, n: int, window: Any, ratio: bool, together: float) -> float:
    """Half width of a sum; where the past has too few sums as long, from shorter ones."""
    length = len(window)
    while length > 0:
        part = window[:length]
        times = len(window) / length
        growth = float(np.sqrt(times)) * (1.0 if ratio else times)
        actual, guess = fit.trial.actual[:, n][:, part], fit.middle[:-1, n][:, part]
        width = sum_width(actual, guess, fit.trial.origins[:-1], fit.level, ratio, together / growth)
        if np.isfinite(width):
            return min(width * growth, max(together, width))
        length = length * 3 // 4
    return together


def label(method: str, lang: str) -> str:
    """Name of a way."""
    return text(f"forecast.method_{method}", lang)
