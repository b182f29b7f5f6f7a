"""Series side by side on one calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench.forecast.notes import Note
from workbench.forecast.smoothing import Floats

STEPS = {"day": 365.25, "week": 365.25 / 7, "month": 12.0}
"""Step → steps a year."""

SEASONS = {"day": 7, "week": 52, "month": 12}
"""Step → steps of its season."""


@dataclass(frozen=True, eq=False)
class Bundle:
    """N series over the same T steps.

    Attributes:
        days: First day of every step, ascending, no step left out, (T,) datetime64[D].
        values: Shape (N, T); missing as nan.
        keys: What each series is of: dimension → member.
        by: Names of the dimensions.
        step: `day`, `week` or `month`.
        name: Metric or column. unit: As in the catalogue; empty where it is not known.
        currency: ISO 4217 code of amounts; empty where it is not known. sums: Whether steps may be added up.
        open: How many of the last steps are not finished. shares: What part of each has arrived, (T,).
        shares_from: Who says so: `given`, `versions` or `assumed`.
        price: Money of one unit of each series, (N,); nan where it is not known. money: Its currency.
        where: Filters in force. data_version: Of the store; 0 for a frame.
        notes: What a reader must know.
    """

    days: Any
    values: Floats
    keys: tuple[Mapping[str, str], ...]
    by: tuple[str, ...] = ()
    step: str = "day"
    name: str = "value"
    unit: str = ""
    currency: str = ""
    sums: bool = True
    open: int = 0
    shares: Any = None
    shares_from: str = ""
    price: Any = None
    money: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    data_version: int = 0
    notes: tuple[Note, ...] = ()

    @property
    def season(self) -> int:
        """Steps of the season that smoothing uses: a week of days, a year of months where there are three."""
        if self.step == "day":
            return 7
        return 12 if self.step == "month" and len(self.days) >= 36 else 1

    @property
    def repeat(self) -> int:
        """Steps that seasonal-naive goes back: as `season`, for weeks a year where there are two."""
        if self.step == "week":
            return 52 if len(self.days) >= 104 + 13 else 1
        return self.season

    @property
    def last(self) -> dt.date:
        """First day of the last step."""
        found: dt.date = self.days[-1].item()
        return found

    def ahead(self, steps: int) -> Any:
        """The first days of the steps after the last one, (steps,)."""
        return following(self.days[-1], self.step, steps)


def following(last: Any, step: str, steps: int) -> Any:
    """First days of the steps after one."""
    number = np.arange(1, steps + 1)
    if step == "month":
        return (last.astype("datetime64[M]") + number).astype("datetime64[D]")
    return last + number * (7 if step == "week" else 1)


def calendar(first: Any, last: Any, step: str) -> Any:
    """First days of all steps from one to another."""
    if step == "month":
        months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + 1)
        return months.astype("datetime64[D]")
    return np.arange(first, last + 1, 7 if step == "week" else 1)
