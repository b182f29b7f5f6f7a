"""Advice about service: more complaints, or longer waits for an answer, than in the period before."""

from __future__ import annotations

from typing import Any

from workbench.errors import WorkbenchError
from workbench.findings.finding import Finding, Percent, Words
from workbench.findings.page import Page, Test
from workbench.i18n import LANGUAGES

PERIOD = "last_90_days"


def tests(page: Page) -> list[Test]:
    """Test the complaint rate and the time to an answer against the period before.

    Args:
        page: The question.
    """
    return of_period(page, PERIOD)


def of_period(page: Page, period: str) -> list[Test]:
    """The same for other days.

    Args:
        page: The question.
        period: Days looked at, in words.
    """
    from workbench.customers import interactions

    if "interactions" not in page.store.tables or page.where:
        return []
    try:
        found = interactions(page.store, period)
    except WorkbenchError:
        return []
    return [*_complaints(page, found), *_answers(page, found)]


def _complaints(page: Page, found: Any) -> list[Test]:
    now, before = found.complaint_rate, found.complaint_rate_before
    p = before.get("p_value", float("nan"))
    if p != p or now["hits"] + before["hits"] < page.thresholds.events:
        return []
    worse = now["rate"] > before["rate"] * (1 + page.thresholds.change)
    finding = Finding(
        id="complaints_up",
        status="bad",
        code="complaints_up",
        values={
            "now": Percent(now["rate"], 1),
            "before": Percent(before["rate"], 1),
            "low": Percent(now["low"], 1),
            "high": Percent(now["high"], 1),
            "n": round(now["n"]),
            "hits": round(now["hits"]),
        },
        effect=None,
        currency="",
        state={},
        panel="interactions",
    )
    return [Test(p, finding if worse else None, finding.id, weight=_weight(page))]


def _answers(page: Page, found: Any) -> list[Test]:
    rows = found.times[found.times["measure"] == "answer"].to_dict("records") if len(found.times) else []
    if not rows or rows[0].get("p_value") != rows[0].get("p_value") or rows[0]["n"] < page.thresholds.events:
        return []
    row = rows[0]
    worse = row["median"] > row["median_before"] * (1 + page.thresholds.change)
    names = ("median", "median_before", "median_low", "median_high", "p90")
    finding = Finding(
        id="answers_slow",
        status="bad",
        code="answers_slow",
        values={name: hours_in_words(row[name]) for name in names} | {"n": round(row["n"])},
        effect=None,
        currency="",
        state={},
        panel="interactions",
    )
    return [Test(row["p_value"], finding if worse else None, finding.id, weight=_weight(page))]


def hours_in_words(value: float) -> Words:
    """A time in hours as a reader says it."""
    from workbench.customers.service.answer import hours

    return Words(**{lang: hours(value, lang) for lang in LANGUAGES})


def _weight(page: Page) -> float:
    """What has no price stands where a finding of twice the least size would stand."""
    return 2 * page.thresholds.share * page.cost
