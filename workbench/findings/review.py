"""The review of a period: every check, one correction for all their tests, ranked by money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError
from workbench.findings import changes, creatives, gaps, levels, unusual
from workbench.findings.ages import ages
from workbench.findings.finding import Finding
from workbench.findings.page import Page, Test
from workbench.findings.series import series
from workbench.findings.thresholds import Thresholds
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    from workbench.data import Store


def review(
    store: Store,
    period: str | Period = "last_28_days",
    compare: str | Period | None = "previous_period",
    where: Mapping[str, Any] | None = None,
    limit: int = 5,
    thresholds: Thresholds | None = None,
    lists: int = 1,
) -> tuple[Finding, ...]:
    """What changed, what is broken and what to do, the largest money effect first.

    Args:
        store: The store.
        period: Days to review, in words.
        compare: What changes are measured against; None: only creatives and the data are checked.
        where: Dimension → value or values to keep.
        limit: Most findings to return.
        thresholds: What a finding needs.
        lists: Lists of findings on the page that this one is for: they share its chance of a false one.

    Returns:
        At most `limit` findings. Changes, creatives and days out of the ordinary are one family of tests
        (Holm): the chance of any false one among them is at most `thresholds.alarm`; on a page of several
        lists that is the chance of any false one on the page (Bonferroni between the lists).

    Raises:
        QuestionError: for an unknown period, comparison or filter, or a page without lists.
    """
    shared(lists)
    against = "" if compare in (None, "target") else compare  # a plan has no campaigns and no scatter
    page = Page(store, period, against or "", where or {}, thresholds or Thresholds())
    if store.as_of is None:
        return ()
    return ranked(_tests(page), page.thresholds, lists)[:limit]


def shared(lists: int) -> None:
    """Refuse a number of lists that no page can have."""
    if not isinstance(lists, int) or lists < 1:
        raise QuestionError(
            f"lists={lists!r} is no number of lists.", "Give 1, or 2 for a page that has two."
        )


def ranked(tests: list[Test], thresholds: Thresholds, lists: int = 1) -> tuple[Finding, ...]:
    """The findings of a family of tests that hold, the largest money effect first.

    Args:
        tests: Every test made.
        thresholds: What a finding needs.
        lists: Families on the page: each has its part of the chance of a false one.
    """
    kept = _kept(tests, thresholds.alarm, lists)
    told = [test for test in kept if not _explained(test, kept, thresholds.explained)]
    order = sorted(told, key=lambda test: (-test.rank, test.group))
    return tuple(test.finding for test in order if test.finding)


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p-values that keep the chance of any false rejection (Holm 1979)."""
    adjusted, highest = [1.0] * len(p), 0.0
    for rank, place in enumerate(sorted(range(len(p)), key=lambda number: p[number])):
        highest = max(highest, min(1.0, p[place] * (len(p) - rank)))
        adjusted[place] = highest
    return adjusted


def _tests(page: Page) -> list[Test]:
    days = {by: series(page, by) for by in unusual.PLACES.values()}
    measured = page.measure(("channel", "campaign"), compare=page.compare)
    found = changes.tests(page, measured, ages(days["channel",])) + levels.tests(page, measured)
    found += creatives.tests(page, page.measure(("campaign", "creative")))
    found += unusual.tests(page, days)
    found += gaps.tests(page, days["account",])
    return found


def _kept(tests: list[Test], alarm: float, lists: int) -> list[Test]:
    """The tests that hold with something to say, the first one of each group."""
    chance = [test for test in tests if test.p > 0]
    sure = [replace(test, p=0.0) for test in tests if test.p == 0 and test.finding]
    whole = [min(1.0, lists * p) for p in holm([test.p for test in chance])]
    adjusted = zip(chance, whole, strict=True)
    held = [(test, p) for test, p in adjusted if p <= alarm and test.finding]
    found = [replace(test, finding=replace(test.finding, p=p)) for test, p in held if test.finding]
    groups: dict[str, Test] = {}
    for test in (*sure, *found):
        groups.setdefault(test.group, test)
    return list(groups.values())


def _explained(test: Test, kept: Sequence[Test], part: float) -> bool:
    """Whether findings inside of a group already tell most of its change."""
    effect = test.finding.effect if test.finding else None
    if not effect:
        return False
    inside = [other.finding for other in kept if other.parent == test.group and other.finding]
    return sum((finding.effect or 0.0) / effect for finding in inside) >= part
