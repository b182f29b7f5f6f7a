"""Key figures that really changed, by channel and campaign, and what the change is worth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from workbench.findings.finding import Figure, Finding, Percent, Status, metric_words, translated
from workbench.findings.page import Key, Page, Test, keys_of, slug, total
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

    @cached_property
    def cost(self) -> float:
        """Cost of the whole page."""
        return float(total(self.now, "cost").sum())


def tests(page: Page, measured: Measured) -> list[Test]:
    """Test every checked figure of every channel and campaign against the period before.

    Args:
        page: The question.
        measured: Sums by channel and campaign, of both periods.
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
        fine = Level(page, code, keys, parents, now, before)
        coarse = Level(page, code, channels, [""] * len(channels), now.regrouped(of), before.regrouped(of))
        found += [*_tests(fine, metric), *_tests(coarse, metric)]
    return found


def _coarse(keys: list[Key], channels: list[Key]) -> np.ndarray:
    import numpy as np

    number = {channel["channel"]: place for place, channel in enumerate(channels)}
    return np.array([number[key["channel"]] for key in keys], dtype="int64")


def _tests(level: Level, metric: str) -> list[Test]:
    now, before = _ratio(level.now, metric), _ratio(level.before, metric)
    compared = intervals.difference(now, before)
    effect = _effect(level, metric, now.value, before.value)
    rare = CHECKED[metric][0] if metric == "ctr" else "conversions"
    events = total(level.now, rare) + total(level.before, rare)
    found = []
    for group, p in enumerate(compared["diff_p"]):
        if p == p and events[group] >= level.page.thresholds.events:
            said = p <= level.page.thresholds.alarm
            finding = _finding(level, metric, group, (now, before), float(effect[group])) if said else None
            found.append(Test(float(p), finding, slug("", level.keys[group]), level.parents[group]))
    return found


def _ratio(sums: Sums, metric: str) -> intervals.Ratio:
    top, bottom = ({fact: 1.0} for fact in CHECKED[metric])
    value = intervals.quotient(sums.total(top), sums.total(bottom))
    unit = 1.0 if metric in ("cvr", "ctr") else 0.0
    return intervals.ratio(value, sums.daily(top), sums.daily(bottom), sums.group, 0.0, unit)


def _effect(level: Level, metric: str, now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Money that the change brought (+) or cost (−) over the period, at the prices before it."""
    import numpy as np

    gain = (before - now if metric == "cpa" else now - before) * total(level.now, CHECKED[metric][1])
    bought = {"cvr": "conversions", "ctr": "clicks"}.get(metric)
    price = intervals.quotient(total(level.before, "cost"), total(level.before, bought)) if bought else 1.0
    effect: np.ndarray = np.nan_to_num(gain * price)
    return effect


def _finding(
    level: Level, metric: str, group: int, ratios: tuple[intervals.Ratio, intervals.Ratio], effect: float
) -> Finding | None:
    now, before = ratios
    change = float(intervals.change(now.value, before.value)[group])
    thresholds = level.page.thresholds
    if abs(change) < thresholds.change or abs(effect) <= thresholds.share * level.cost:
        return None
    entry, key = level.page.store.metrics[metric], level.keys[group]
    status: Status = "good" if effect > 0 else "bad"
    figures = {
        name: _figure(ratio, group, entry.unit, level.currency)
        for name, ratio in zip(_TIMES, ratios, strict=True)
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
            **figures,
        },
        effect=effect,
        currency=level.currency,
        state=level.page.state(metric, key),
    )


_TIMES = ("now", "before")


def _figure(ratio: intervals.Ratio, group: int, unit: str, currency: str) -> Figure:
    low, high = ratio.limits()
    return Figure(float(ratio.value[group]), unit, currency, float(low[group]), float(high[group]))
