"""How often past findings of a workspace held afterwards: advice judged by what happened next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.findings import places, splits, trials
from workbench.findings.advise import advise
from workbench.findings.creatives import CHECKED
from workbench.findings.finding import Finding, Percent
from workbench.findings.page import Page
from workbench.findings.review import review
from workbench.findings.thresholds import Thresholds
from workbench.metrics.kpis import kpis
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    from workbench.data import Store

DAYS = 28
ENOUGH = 5
"""Past cases under which a share of them tells nothing."""
WINDOWS = 6
"""Past reviews that are judged: half a year."""
JUDGED = {
    "change_good": "change",
    "change_bad": "change",
    "creative_cvr": "creative",
    "creative_ctr": "creative",
}
"""Kind of finding that says how a figure will stay → how it is judged; the others are about the data."""
FACTS = frozenset({"gap", "outage", "spike_cost", "spike_clicks", "levels", "data", "contacts_due"})
"""Kinds that say what is, not what stays: nothing afterwards tells whether they were right."""
BY_CURVES = frozenset({splits.CODE})
"""Kinds that nobody can see come true: later curves judge them, and the words say so."""


@dataclass(frozen=True)
class HitRate:
    """How often findings of one kind held in the next period.

    Attributes:
        code: Kind of finding.
        hits: Findings whose figure stayed on the side that was said.
        n: Findings judged.
        low, high: 95% interval of the share (Wilson score).
    """

    code: str
    hits: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Share of findings that held."""
        return self.hits / self.n

    @property
    def enough(self) -> bool:
        """Whether so many cases tell anything."""
        return self.n >= ENOUGH

    def short(self, lang: str) -> str:
        """The hit rate beside a finding; that there are too few cases where so."""
        code = ("held" if self.enough else "held_few") + self._how
        return i18n.text(f"findings.{code}", lang, hits=self.hits, n=self.n)

    def sentence(self, lang: str) -> str:
        """The hit rate in words."""
        ends = {"low": Percent(self.low).shown(lang), "high": Percent(self.high).shown(lang)}
        return i18n.text(f"findings.hit_rate{self._how}", lang, hits=self.hits, n=self.n, **ends)

    @property
    def _how(self) -> str:
        """How it was judged, where not by what was seen."""
        return "_curves" if self.code in BY_CURVES else ""


def hit_rates(
    store: Store,
    where: Mapping[str, Any] | None = None,
    windows: int = WINDOWS,
    thresholds: Thresholds | None = None,
) -> dict[str, HitRate]:
    """Review past periods as they were asked then, and see whether what was said held in the next one.

    A change held when the figure of the next period still differs from the one before the change in the
    direction that was said; a creative, region or part of the day when it stayed below the rest; customers
    and service when they were still worse 90 days on than before; a month when it ended on the side of its
    plan that was said in its middle. What another split of the budget would have brought is never seen: it
    held when curves fitted with the weeks after it, too, say that it would have beaten the split of its day.
    Nothing that was found is sure to last: a cost per action that fell by luck rises again, and counts as a
    miss. Only days that no platform still corrects are judged by.

    Args:
        store: The store.
        where: Dimension → value or values to keep.
        windows: Past periods of 28 days and months to review; as many as there is data for.
        thresholds: What a finding needs.

    Returns:
        Kind of finding → its hit rate; only kinds that were found.
    """
    judged: dict[str, list[bool]] = {}
    for period, before, after in _periods(store, windows):
        for finding in review(store, period, before, where, 10, thresholds):
            held = _held(store, finding, before, after)
            if held is not None:
                judged.setdefault(finding.code, []).append(held)
        for code, held in _places(store, period, after, where, thresholds):
            judged.setdefault(code, []).append(held)
    page = Page(store, "all", "", where or {}, thresholds or Thresholds())
    past = (*trials.cases(page, windows), *splits.cases(store, where, _ends(store, windows)))
    for code, held in past:
        judged.setdefault(code, []).append(held)
    return {code: _rate(code, sum(held), len(held)) for code, held in judged.items()}


def _periods(store: Store, windows: int) -> Iterator[tuple[Period, Period, Period]]:
    """(reviewed, the one before, the one after) of past reviews, the newest first."""
    from workbench.metrics.query import first_day

    first, last = first_day(store), final(store)
    if first is None or last is None:
        return
    for number in range(1, windows + 1):
        ends = [last - dt.timedelta(days=DAYS * (number + shift)) for shift in (0, 1, -1)]
        if ends[1] - dt.timedelta(days=DAYS - 1) < first:
            return
        yield _of(ends[0]), _of(ends[1]), _of(ends[2])


def _ends(store: Store, windows: int) -> list[dt.date]:
    """The last final day, and the ends of the past windows before it."""
    last = final(store)
    return [] if last is None else [last - dt.timedelta(days=DAYS * number) for number in range(windows + 1)]


def final(store: Store) -> dt.date | None:
    """The last day that no platform still corrects; None for an empty workspace."""
    from workbench.sources.maturity import moving, settled

    known = settled(moving(store))
    return store.as_of if known is None or store.as_of is None else min(known, store.as_of)


def _of(end: dt.date) -> Period:
    start = end - dt.timedelta(days=DAYS - 1)
    return Period(start, end, f"{start}..{end}")


def _held(store: Store, finding: Finding, before: Period, after: Period) -> bool | None:
    """Whether a finding's figure stayed where it was said to be; None where that cannot be told."""
    how = JUDGED.get(finding.code)
    if how is None:
        return None
    metric, where = finding.state["metric"], finding.state["filters"]
    now = _value(store, metric, where, after)
    if how == "creative":
        reference = _others(store, metric, where, after)
    else:
        reference = _value(store, metric, where, before)
    if now != now or reference != reference:
        return None
    better = (now > reference) == (store.metrics[metric].better == "higher")
    return better == (finding.status == "good") and now != reference


def _places(
    store: Store,
    period: Period,
    after: Period,
    where: Mapping[str, Any] | None,
    thresholds: Thresholds | None,
) -> Iterator[tuple[str, bool]]:
    """Kind of each weak region or part of the day, and whether it was below the rest afterwards, too."""
    found = advise(store, period, where, 20, thresholds, budget=False)
    later = places.ratios(Page(store, after, "", where or {}, thresholds or Thresholds())) if found else {}
    for finding in found:
        own, rest = later.get(finding.id, (float("nan"), float("nan")))
        if own == own and rest == rest:
            yield finding.code, own < rest


def _value(store: Store, metric: str, where: Mapping[str, Any], period: Period) -> float:
    return float(kpis(store, (), [metric], period, where=where).table[metric].iloc[0])


def _others(store: Store, metric: str, where: Mapping[str, Any], period: Period) -> float:
    """The ratio of the other creatives of a campaign."""
    top, bottom = CHECKED[metric]
    campaign = {name: members for name, members in where.items() if name != "creative"}
    table = kpis(store, ("creative",), [top, bottom], period, where=campaign).table
    rest = table[~table["creative"].isin(where["creative"])]
    return float(rest[top].sum() / rest[bottom].sum()) if rest[bottom].sum() else float("nan")


def said(finding: Finding, rates: Mapping[str, HitRate], lang: str) -> str:
    """How often findings such as one held; empty for a fact, which cannot come true or not.

    Args:
        finding: The finding. rates: As `hit_rates` gives them. lang: `en` or `zh`.
    """
    if finding.code in FACTS:
        return ""
    rate = rates.get(finding.code)
    return rate.short(lang) if rate else i18n.text("findings.held_none", lang)


def _rate(code: str, hits: int, n: int) -> HitRate:
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(hits, n, method="wilson")
    return HitRate(code, hits, n, float(low), float(high))
