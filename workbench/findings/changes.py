"""Key figures that really changed, by channel and campaign, and what the change is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from workbench.findings import causes
from workbench.findings.ages import Ages
from workbench.findings.finding import Figure, Finding, Percent, Status, metric_words, translated
from workbench.findings.page import Key, Page, Test, keys_of, slug, total
from workbench.forecast.stores import LATE
from workbench.metrics import intervals
from workbench.metrics.kpis import Measured

if TYPE_CHECKING:
    import numpy as np

    from workbench.metrics.sums import Sums

CHECKED = {
    "cpa": ("cost", "conversions"),
    "roas": ("revenue", "cost"),
    "cvr": ("conversions", "clicks"),
    "ctr": ("clicks", "impressions"),
}
"""Figures tested → (numerator, denominator), in the order in which one of them is said."""


@dataclass(frozen=True)
class Level:
    """Groups of one level of a page, with the sums of both periods."""

    page: Page
    currency: str
    keys: list[Key]
    parents: list[str]
    now: Sums
    before: Sums
    ages: Ages

    @cached_property
    def cost(self) -> float:
        """Cost of the whole page."""
        return float(total(self.now, "cost").sum())


@dataclass(frozen=True)
class Compared:
    """A figure of every group now and before, under one view of how much of the young days has arrived.

    Attributes:
        now, before: The figures.
        p: Chance of such a difference where nothing changed.
        effect, low, high: Money that the change brought (+) or cost (−), and its 95% interval.
        factors: What the figure is a product of.
    """

    now: intervals.Ratio
    before: intervals.Ratio
    p: np.ndarray
    effect: np.ndarray
    low: np.ndarray
    high: np.ndarray
    factors: causes.Factors


def tests(page: Page, measured: Measured, ages: Ages) -> list[Test]:
    """Test every checked figure of every channel and campaign against the period before.

    Both periods are compared as if all of their days were equally old: a change must hold whatever of the
    young days' conversions is still to come.

    Args:
        page: The question.
        measured: Sums by channel and campaign, of both periods.
        ages: What part of each day's conversions has arrived.
    """
    if not measured.before:
        return []
    keys = keys_of(measured.keys)
    channels: list[Key] = [{"channel": name} for name in dict.fromkeys(key["channel"] for key in keys)]
    of, now, before = _coarse(keys, channels), measured.now[True], measured.before[True]
    parents = [slug("", channels[number]) for number in of]
    code = measured.currency.code
    found = []
    for metric in CHECKED:
        fine = Level(page, code, keys, parents, now, before, ages)
        sums = (now.regrouped(of), before.regrouped(of))
        coarse = Level(page, code, channels, [""] * len(channels), *sums, ages)
        found += [*_tests(fine, metric), *_tests(coarse, metric)]
    return found


def _coarse(keys: list[Key], channels: list[Key]) -> np.ndarray:
    import numpy as np

    number = {channel["channel"]: place for place, channel in enumerate(channels)}
    return np.array([number[key["channel"]] for key in keys], dtype="int64")


def _tests(level: Level, metric: str) -> list[Test]:
    views = [_compared(level, metric, view) for view in _views(level, metric)]
    rare = _rare(metric)
    events = total(level.now, rare) + total(level.before, rare)
    found = []
    for group in range(len(level.keys)):
        p = max(float(view.p[group]) for view in views)
        if p == p and events[group] >= level.page.thresholds.events:
            said = p <= level.page.thresholds.alarm
            finding = _finding(level, metric, group, views) if said else None
            found.append(Test(p, finding, slug("", level.keys[group]), level.parents[group]))
    return found


def _rare(metric: str) -> str:
    """The fact whose count says how much there is to tell a change by."""
    return CHECKED[metric][0] if metric == "ctr" else "conversions"


def _views(level: Level, metric: str) -> tuple[np.ndarray, ...]:
    """Shares under which a change must hold; one is enough for what does not come late."""
    return level.ages.views if LATE & {*CHECKED[metric]} else level.ages.views[:1]


def _compared(level: Level, metric: str, view: np.ndarray) -> Compared:
    sums = [level.ages.completed(part, view) for part in (level.now, level.before)]
    now, before = (_ratio(part, metric) for part in sums)
    compared = intervals.difference(now, before)
    ends = [_effect(sums, metric, compared[name]) for name in ("diff", "diff_low", "diff_high")]
    low, high = (ends[1], ends[2]) if metric != "cpa" else (ends[2], ends[1])
    return Compared(now, before, compared["diff_p"], ends[0], low, high, causes.factors(sums, metric))


def _ratio(sums: Sums, metric: str) -> intervals.Ratio:
    top, bottom = ({fact: 1.0} for fact in CHECKED[metric])
    value = intervals.quotient(sums.total(top), sums.total(bottom))
    unit = 1.0 if metric in ("cvr", "ctr") else 0.0
    return intervals.ratio(value, sums.daily(top), sums.daily(bottom), sums.group, 0.0, unit)


def _effect(sums: Sequence[Sums], metric: str, diff: np.ndarray) -> np.ndarray:
    """Money that a difference brought (+) or cost (−) over the period, at the prices before it."""
    import numpy as np

    now, past = sums
    gain = (-diff if metric == "cpa" else diff) * total(now, CHECKED[metric][1])
    bought = {"cvr": "conversions", "ctr": "clicks"}.get(metric)
    price = intervals.quotient(total(past, "cost"), total(past, bought)) if bought else 1.0
    effect: np.ndarray = np.nan_to_num(gain * price)
    return effect


def _finding(level: Level, metric: str, group: int, views: Sequence[Compared]) -> Finding | None:
    """What is said of a change: the view under which it is smallest says it."""
    least = min(views, key=lambda view: abs(float(view.effect[group])))
    effect = float(least.effect[group])
    if any(float(view.effect[group]) * effect <= 0 for view in views):
        return None
    now, before = least.now, least.before
    change = float(intervals.change(now.value, before.value)[group])
    thresholds = level.page.thresholds
    if abs(change) < thresholds.change or abs(effect) <= thresholds.share * level.cost:
        return None
    entry, key = level.page.store.metrics[metric], level.keys[group]
    status: Status = "good" if effect > 0 else "bad"
    figures = {
        name: _figure(ratio, group, entry.unit, level.currency)
        for name, ratio in zip(_TIMES, (now, before), strict=True)
    }
    shown = {"campaign": key["campaign"]} if key.get("campaign") else key
    return Finding(
        id=slug(metric, key),
        status=status,
        code=f"change_{status}",
        values={
            "name": level.page.names(shown),
            "metric": metric_words(entry),
            "direction": translated("findings.up" if change > 0 else "findings.down"),
            "change": Percent(abs(change)),
            "days": int(now.freedom[group]) + 1,
            "days_before": int(before.freedom[group]) + 1,
            "of": metric_words(level.page.store.metrics[_rare(metric)]),
            "n": round(float(total(level.now, _rare(metric))[group])),
            "n_before": round(float(total(level.before, _rare(metric))[group])),
            **figures,
        },
        effect=effect,
        effect_range=(float(least.low[group]), float(least.high[group])),
        currency=level.currency,
        cause=causes.cause(least.factors, metric, group, thresholds.cause),
        remark=level.ages.remark(CHECKED[metric], int(level.now.day.min()), status == "bad"),
        state=level.page.state(metric, key),
    )


_TIMES = ("now", "before")


def _figure(ratio: intervals.Ratio, group: int, unit: str, currency: str) -> Figure:
    low, high = ratio.limits()
    return Figure(float(ratio.value[group]), unit, currency, float(low[group]), float(high[group]))
