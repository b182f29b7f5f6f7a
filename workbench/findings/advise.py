"""Advice: what could be better: where, when, the budget's split, customers, service, pacing, the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from workbench.errors import unknown
from workbench.findings import care, customers, pace, places, splits, trust
from workbench.findings.finding import Finding
from workbench.findings.page import Page, Test
from workbench.findings.review import ranked, shared
from workbench.findings.thresholds import Thresholds
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    from workbench.data import Store


CHECKS: Mapping[str, Callable[[Page], list[Test]]] = {
    "places": places.tests,
    "customers": customers.tests,
    "contacts": customers.due,
    "service": care.tests,
    "pacing": pace.tests,
    "data": trust.tests,
}
"""What advice is about → its checks; each is silent where its tables are not there."""

ABOUT = (*CHECKS, "budget")

ADVISED = "last_84_days"
"""Days that advice looks at where nobody says which."""


def advise(
    store: Store,
    period: str | Period = ADVISED,
    where: Mapping[str, Any] | None = None,
    limit: int = 5,
    thresholds: Thresholds | None = None,
    budget: bool = True,
    about: str | Collection[str] = ABOUT,
    lists: int = 1,
) -> tuple[Finding, ...]:
    """What could be better, by money.

    Weak regions and hours of a channel; valued customers who fall silent, contacts due; complaints and waits
    for an answer; months that will miss their plan; data to be looked after; money in the wrong channel.

    Args:
        store: The store.
        period: Days looked at, in words: more of them show smaller differences.
        where: Dimension → value or values to keep.
        limit: Most findings to return.
        thresholds: What a finding needs.
        budget: Whether to fit response curves and see what another split of the budget would bring.
        about: What is looked at, of `ABOUT`. Filters leave out what they are not about: customers, service
            and the data under any, pacing under others than channels.
        lists: Lists of findings on the page that this one is for: they share its chance of a false one.

    Returns:
        At most `limit` findings. All of their tests are one family (Holm): the chance of any false one among
        them, on a page of several lists of any on the page, is at most `thresholds.alarm`; contacts due and
        the data are facts, not tests. A split is only advised where the lower end of its gain, with
        optimism taken off, is above nothing: it is no test of chance.

    Raises:
        QuestionError: for an unknown period, filter or thing to look at, or a page without lists.
    """
    shared(lists)
    chosen = _chosen(about)
    page = Page(store, period, "", where or {}, thresholds or Thresholds())
    if store.as_of is None:
        return ()
    tests = [test for name in chosen if name in CHECKS for test in CHECKS[name](page)]
    split = splits.finding(store, where) if budget and "budget" in chosen else ()
    return _mixed((*ranked(tests, page.thresholds, lists), *split))[:limit]


def _chosen(about: str | Collection[str]) -> tuple[str, ...]:
    names = (about,) if isinstance(about, str) else tuple(about)
    for name in names:
        if name not in ABOUT:
            raise unknown("advice", name, ABOUT)
    return names


def _mixed(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """By money, but of each kind the first one before any second one: five weak hours are one idea."""
    order = sorted(found, key=lambda finding: -abs(finding.effect or 0.0))
    before: Counter[str] = Counter()
    turns = []
    for finding in order:
        turns.append((before[finding.code], finding))
        before[finding.code] += 1
    return tuple(finding for _, finding in sorted(turns, key=lambda turn: turn[0]))
