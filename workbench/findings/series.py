"""Day series of the groups of a page, with enough days before it to know what is usual."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.findings.page import Key, Page, keys_of, matrix
from workbench.metrics.kpis import Measured
from workbench.metrics.periods import Period
from workbench.metrics.question import ask

if TYPE_CHECKING:
    import numpy as np

HISTORY = 84
"""Days before the page that tell what is usual: twelve of each weekday."""


@dataclass(frozen=True)
class Series:
    """Facts by group and day.

    Attributes:
        keys: Groups.
        days: Days since 1970, ascending, history first.
        reviewed: Which of them the page is about.
        facts: Fact → groups × days; 0 where there is none.
        present: Which days have data in each group.
        currency: Of the amounts.
        measured: The sums behind it.
    """

    keys: list[Key]
    days: np.ndarray
    reviewed: np.ndarray
    facts: dict[str, np.ndarray]
    present: np.ndarray
    currency: str
    measured: Measured

    def date(self, number: int) -> dt.date:
        """One of the days."""
        return dt.date(1970, 1, 1) + dt.timedelta(days=int(self.days[number]))


def aligned(values: np.ndarray, steps: int, filler: float) -> np.ndarray:
    """The last `steps` steps of values whose last axis may have fewer of them, or more."""
    import numpy as np

    cut = values[..., -steps:]
    missing = [(0, 0)] * (cut.ndim - 1) + [(steps - cut.shape[-1], 0)]
    return np.pad(cut, missing, constant_values=filler)


def series(page: Page, by: tuple[str, ...]) -> Series:
    """Fetch the day series of a breakdown."""
    import numpy as np

    asked = ask(page.store, by, ("cost",), page.period, None, page.where).period
    last = min(asked.end, page.store.as_of or asked.end)
    window = Period(asked.start - dt.timedelta(days=HISTORY), last, "history")
    measured = page.measure(by, window)
    sums, epoch = measured.now[True], dt.date(1970, 1, 1)
    days = np.arange((window.start - epoch).days, (last - epoch).days + 1)
    present = np.zeros((sums.groups, len(days)), bool)
    present[sums.group, sums.day - days[0]] = True
    facts = {fact: matrix(sums, fact, days) for fact in ("cost", "clicks", "conversions")}
    reviewed = days >= (asked.start - epoch).days
    return Series(keys_of(measured.keys), days, reviewed, facts, present, measured.currency.code, measured)


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """First and last place of every run of set flags."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(int), [0]))))
    return [(int(start), int(end) - 1) for start, end in zip(edges[::2], edges[1::2], strict=True)]
