"""Advice about the data: a platform that is late, a mapping that asks, rows that are there twice."""

from __future__ import annotations

from workbench.errors import WorkbenchError
from workbench.findings.finding import Finding, Words
from workbench.findings.page import Page, Test
from workbench.i18n import LANGUAGES, text

LEFT_TO_REVIEW = ("gaps", "sums")
"""Areas that the review of a period tells of itself, with the days."""


def tests(page: Page) -> list[Test]:
    """What the review of the data asks to be done; facts, no tests.

    Freshness is judged against the newest day of any platform: one that lags behind the others.

    Args:
        page: The question.
    """
    from workbench.quality import review

    if page.where:
        return []
    try:
        found = review(page.store, today=page.store.as_of)
    except WorkbenchError:
        return []
    odd = [item for item in found.items if item.status != "PASS" and item.area not in LEFT_TO_REVIEW]
    return [_test(page, item, number) for number, item in enumerate(odd)]


def _test(page: Page, item: object, number: int) -> Test:
    from workbench.quality.answer import Item, area

    assert isinstance(item, Item)
    words = {
        "sentence": Words(**{lang: item.sentence(lang) for lang in LANGUAGES}),
        "area": Words(**{lang: area(item, lang) for lang in LANGUAGES}),
        "verdict": Words(**{lang: text(f"findings.data_{item.status}", lang) for lang in LANGUAGES}),
        "todo": Words(**{lang: item.action(lang) for lang in LANGUAGES}),
    }
    finding = Finding(
        id=f"data:{item.area}:{item.finding.code}:{item.where}",
        status="warn",
        code="data",
        values=words,
        effect=None,
        currency="",
        state={},
        panel="data",
    )
    part = 1.0 if item.status == "FAIL" else page.thresholds.share
    return Test(0.0, finding, finding.id, weight=part * page.cost / (1 + number))
