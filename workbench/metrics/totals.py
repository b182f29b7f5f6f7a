"""Differences of sums between two periods: Welch's test of daily totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.metrics.dimensions import CALENDAR, calendar
from workbench.metrics.intervals import FEWEST_DAYS, LEVEL
from workbench.metrics.question import additive, of_money
from workbench.metrics.sums import kept_days, seen_days

if TYPE_CHECKING:
    import numpy as np

    from workbench.catalogue import Linear, Metric
    from workbench.metrics.kpis import Measured
    from workbench.metrics.periods import Period
    from workbench.metrics.sums import Sums


def difference(measured: Measured, metric: Metric) -> dict[str, np.ndarray]:
    """The 95% interval and p-value of the difference of a sum.

    A period's total is its number of days times the mean of its days, those without data counting 0;
    Welch (1947) of both, with Satterthwaite's degrees of freedom. Missing under 8 days in a period.

    Returns:
        `diff_low`, `diff_high`, `diff_p` by group.
    """
    import numpy as np
    from scipy.special import stdtr, stdtrit

    question = measured.question
    top, _ = question.terms(metric)
    if not measured.before or not question.before or question.compare == "target" or not additive(top):
        none = np.full(len(measured.keys), np.nan)
        return {"diff_low": none, "diff_high": none, "diff_p": none}
    money = of_money(top)
    sums = (measured.now[money], measured.before[money])
    parts = [_total(part, top, days) for part, days in zip(sums, measured.days, strict=True)]
    (now, error, free), (before, error_before, free_before) = parts
    with np.errstate(all="ignore"):
        variance = error + error_before
        freedom = variance**2 / (error**2 / free + error_before**2 / free_before)
        gap, sd = now - before, np.sqrt(np.where(variance > 0, variance, np.nan))
        reach = stdtrit(freedom, 0.5 + LEVEL / 2) * sd
        p = 2 * stdtr(freedom, -np.abs(gap / sd))
    return {"diff_low": gap - reach, "diff_high": gap + reach, "diff_p": p}


def _total(sums: Sums, top: Linear, days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Totals by group, their variances (NaN under 8 days) and degrees of freedom."""
    import numpy as np

    total, daily = sums.total(top), sums.daily(top)
    with np.errstate(all="ignore"):
        mean = total / days
        squares = np.bincount(sums.group, (daily - mean[sums.group]) ** 2, minlength=sums.groups)
        squares = squares + (days - sums.days()) * mean**2
        variance = np.where(days >= FEWEST_DAYS, days * squares / (days - 1), np.nan)
    return total, variance, days - 1.0


def days(measured: Measured, period: Period) -> np.ndarray:
    """Days of a period by group: those with data in the store that the filters and the group keep.

    Args:
        measured: The groups.
        period: The days answered, or those compared with.
    """
    import numpy as np
    import pandas as pd

    question, keys = measured.question, measured.keys
    start, end = question.span(period)
    every = np.arange(np.datetime64(start), np.datetime64(end) + 1)
    kept = every[kept_days(every, question.by, question.where, period, question.period)]
    names = [name for name in question.by if name in CALENDAR]
    if not names:
        return np.full(len(keys), float(len(kept)))
    seen = {name: calendar(name, seen_days(name, kept, period, question.period)) for name in names}
    counts = pd.DataFrame(seen).astype(dict(keys[names].dtypes)).value_counts().rename("days").reset_index()
    found: np.ndarray = keys[names].merge(counts, how="left", on=names)["days"].fillna(0).to_numpy(float)
    return found
