"""Days without any row of an account that otherwise reports every day."""

from __future__ import annotations

from workbench.findings.finding import Days, Finding
from workbench.findings.page import Key, Page, Test, slug
from workbench.findings.series import Series, runs


def tests(page: Page, days: Series) -> list[Test]:
    """Look for gaps in every account.

    Args:
        page: The question.
        days: Day series by account.
    """
    import numpy as np

    found = []
    for group, key in enumerate(days.keys):
        known = np.flatnonzero(days.present[group])
        if not len(known):
            continue
        missing = ~days.present[group] & (days.days > days.days[known[0]])
        others = len(days.days) - known[0] - int((missing & days.reviewed).sum())
        if len(known) >= page.thresholds.present * others:
            usual = float(np.median(days.facts["cost"][group, known]))
            found += [_gap(page, days, key, run, usual) for run in runs(missing & days.reviewed)]
    return found


def _gap(page: Page, days: Series, key: Key, run: tuple[int, int], usual: float) -> Test:
    first, last = (days.date(number) for number in run)
    length = run[1] - run[0] + 1
    finding = Finding(
        id=f"{slug('gap', key)}:{first}",
        status="warn",
        code="gap",
        values={"name": page.names(key), "when": Days(first, last), "days": length},
        effect=None,
        currency=days.currency,
        state=page.state("cost", key),
    )
    return Test(0.0, finding, finding.id, weight=usual * length)
