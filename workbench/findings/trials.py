"""Past advice about customers, service and months, and whether it held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from workbench.errors import WorkbenchError
from workbench.findings import care, customers, pace
from workbench.findings.finding import Finding
from workbench.findings.page import Page, Test
from workbench.findings.review import ranked
from workbench.metrics.kpis import kpis
from workbench.metrics.periods import Period

DAY = dt.timedelta(days=1)
MIDDLE = 14
"""Day of a month on which its end is foretold."""
MONTHS = 3
"""Past months that are foretold again: each takes two forecasts a channel."""
QUARTERS = 3
"""Past quarters that advice about customers and service is judged by: an order history is rarely longer."""

Case = tuple[str, bool]
"""Kind of finding, and whether it held."""


def cases(page: Page, windows: int) -> Iterator[Case]:
    """Every past case of the advice that is not about delivery.

    Args:
        page: The question. windows: Past months.
    """
    yield from _months(page, min(windows, MONTHS))
    if page.where:
        return
    for number in range(1, min(windows, QUARTERS) + 1):
        yield from _silence(page, number)
        yield from _service(page, number)


def _found(page: Page, tests: list[Test]) -> list[Finding]:
    return list(ranked(tests, page.thresholds))


def _months(page: Page, windows: int) -> Iterator[Case]:
    """What was foretold in the middle of past months, and where these ended."""
    last = page.store.as_of
    if last is None:
        return
    first = (last + DAY).replace(day=1)  # of the month that is not over
    for _ in range(windows):
        end = first - DAY
        first = end.replace(day=1)
        for finding in _found(page, pace.of_month(page, first + (MIDDLE - 1) * DAY)):
            metric, where = finding.state["metric"], finding.state["filters"]
            row = kpis(page.store, (), [metric], Period(first, end, ""), "target", where).table.iloc[0]
            over = bool(row[metric] > row[f"{metric}_before"])
            yield finding.code, over == (finding.code == "pace_over")


def _silence(page: Page, number: int) -> Iterator[Case]:
    """Whether valued customers went on falling silent more often than before it was said."""
    from workbench.customers.cards.rows import last_day

    if "transactions" not in page.store.tables:
        return
    now = last_day(page.store)
    said = now - number * customers.DAYS * DAY
    for finding in _found(page, customers.until(page, said)):
        after, before = (
            customers.silence(page.store, day, page.thresholds.people)
            for day in (said + customers.DAYS * DAY, said - customers.DAYS * DAY)
        )
        if after and before:
            yield finding.code, after.rate > before.rate


def _service(page: Page, number: int) -> Iterator[Case]:
    """Whether complaints and waits stayed above what they were before it was said."""
    from workbench.customers import interactions
    from workbench.customers.service.ask import span

    if "interactions" not in page.store.tables:
        return
    last, first = span(page.store)
    ends = [last - (number + shift) * customers.DAYS * DAY for shift in (1, 0, -1)]
    if ends[0] - customers.DAYS * DAY < first:
        return
    before, said, after = (f"{end - (customers.DAYS - 1) * DAY}..{end}" for end in ends)
    for finding in _found(page, care.of_period(page, said)):
        try:
            later = interactions(page.store, after, compare=before)
        except WorkbenchError:
            continue
        if finding.code == "complaints_up":
            yield finding.code, later.complaint_rate["rate"] > later.complaint_rate_before["rate"]
        else:
            row = later.times[later.times["measure"] == "answer"].iloc[0]
            yield finding.code, bool(row["median"] > row["median_before"])
