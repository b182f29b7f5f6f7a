"""Days on which conversions vanish while clicks stay: tracking is broken, not the campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.findings.finding import Days, Finding, Percent
from workbench.findings.page import Key, Page, Test, slug
from workbench.findings.series import Series, runs
from workbench.metrics.intervals import quotient

if TYPE_CHECKING:
    import numpy as np

LEAST_SCATTER = 0.1
"""Coefficient of variation that the true rate of a day has at least."""


def tests(page: Page, days: Series) -> list[Test]:
    """Test every day of every group against the rate of its other days.

    Args:
        page: The question.
        days: Day series by channel.
    """
    return [test for group in range(len(days.keys)) for test in _of_group(page, days, group)]


def _of_group(page: Page, days: Series, group: int) -> list[Test]:
    import numpy as np

    conversions, clicks, cost = (days.facts[fact][group] for fact in ("conversions", "clicks", "cost"))
    rate = quotient(conversions.sum() - conversions, clicks.sum() - clicks)
    expected = np.nan_to_num(rate * clicks)
    tested = days.reviewed & (expected >= page.thresholds.events)
    p = _lower_tail(conversions, expected)
    gone = tested & (conversions <= page.thresholds.outage * expected)
    price = float(cost.sum() / conversions.sum()) if conversions.sum() else 0.0
    plain = [Test(float(p[day]), None, "") for day in np.flatnonzero(tested & ~gone)]
    key = days.keys[group]
    return plain + [_outage(page, days, key, run, (conversions, expected, p), price) for run in runs(gone)]


def _lower_tail(counts: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """P(X ≤ count) of a gamma-Poisson count, its scatter beyond Poisson's taken from the series."""
    import numpy as np
    from scipy.special import betainc

    mean = np.maximum(expected, 1e-12)
    full = mean >= 1
    ratio = counts[full] / mean[full]
    spread = 1.4826 * np.median(np.abs(ratio - np.median(ratio))) if full.any() else 0.0
    chance = np.median(1 / mean[full]) if full.any() else 0.0
    shape = 1 / max(LEAST_SCATTER**2, spread**2 - chance)
    tail: np.ndarray = betainc(shape, np.floor(counts) + 1, shape / (shape + mean))
    return tail


def _outage(
    page: Page,
    days: Series,
    key: Key,
    run: tuple[int, int],
    found: tuple[np.ndarray, np.ndarray, np.ndarray],
    price: float,
) -> Test:
    first, last = (days.date(number) for number in run)
    part = slice(run[0], run[1] + 1)
    brought, awaited = (float(values[part].sum()) for values in found[:2])
    finding = Finding(
        id=f"{slug('outage', key)}:{first}",
        status="warn",
        code="outage",
        values={
            "name": page.names(key),
            "when": Days(first, last),
            "brought": round(brought),
            "awaited": round(awaited),
            "change": Percent(1 - brought / awaited),
        },
        effect=-(awaited - brought) * price,
        currency=days.currency,
        state=page.state("conversions", key),
    )
    return Test(float(found[2][part].min()), finding, finding.id)
