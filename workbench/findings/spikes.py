"""Days on which cost or clicks jump and conversions do not follow: a wrong bid, or clicks nobody made."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.findings.finding import Days, Figure, Finding
from workbench.findings.page import Key, Page, Test, slug
from workbench.findings.series import Series, runs

PLACES = {"cost": ("account",), "clicks": ("channel", "region", "device")}
"""Fact that may spike → the dimensions along which it is looked for."""

LEAST_SCATTER = 0.15
"""Scatter of the logarithm of a day's sum that is taken for usual at least."""

FEW = 2.0
"""Expected conversions under which it cannot be told whether they followed."""


@dataclass(frozen=True)
class Spike:
    """Some days of one group: what came, what is usual, and what came for nothing."""

    run: tuple[int, int]
    value: float
    usual: float
    excess: float


def tests(page: Page, days: Series, fact: str) -> list[Test]:
    """Look for spikes of a fact.

    Args:
        page: The question.
        days: Day series by the fact's places.
        fact: `cost` or `clicks`.
    """
    whole = float(days.facts[fact][:, days.reviewed].sum())
    return [
        _said(page, days, fact, group, spike)
        for group in range(len(days.keys))
        for spike in _spikes(page, days, fact, group)
        if spike.excess > page.thresholds.share * whole
    ]


def _spikes(page: Page, days: Series, fact: str, group: int) -> list[Spike]:
    import numpy as np

    values, limits = days.facts[fact][group], page.thresholds
    active = values[values > 0]
    if not len(active):
        return []
    usual = float(np.median(active))
    scatter = max(LEAST_SCATTER, 1.4826 * float(np.median(np.abs(np.log(active / usual)))))
    bar = usual * max(limits.spike, float(np.exp(limits.scatter * scatter)))
    flags = (values >= bar) & days.reviewed
    spikes = [_spike(days, fact, group, run, usual) for run in runs(flags)]
    return [spike for spike in spikes if spike.excess > (1 - limits.follow) * spike.value]


def _spike(days: Series, fact: str, group: int, run: tuple[int, int], usual: float) -> Spike:
    """The part of a run that its conversions do not account for at the rate of the other days."""
    part = slice(run[0], run[1] + 1)
    values, conversions = days.facts[fact][group], days.facts["conversions"][group]
    value, brought = float(values[part].sum()), float(conversions[part].sum())
    rest = float(values.sum()) - value
    rate = (float(conversions.sum()) - brought) / rest if rest else 0.0
    usual_sum = usual * (run[1] - run[0] + 1)
    told = brought / rate if rate * value >= FEW else usual_sum
    return Spike(run, value, usual_sum, value - max(told, usual_sum))


def _said(page: Page, days: Series, fact: str, group: int, spike: Spike) -> Test:
    key: Key = days.keys[group]
    first, last = (days.date(number) for number in spike.run)
    money = fact == "cost"
    unit = "money" if money else "count"
    figures = {"value": spike.value, "usual": spike.usual}
    finding = Finding(
        id=f"{slug(f'spike_{fact}', key)}:{first}",
        status="warn",
        code=f"spike_{fact}",
        values={
            "name": page.names(key),
            "when": Days(first, last),
            "times": f"{spike.value / spike.usual:.1f}",
            **{name: Figure(value, unit, days.currency) for name, value in figures.items()},
        },
        effect=-spike.excess,
        unit=unit,
        currency=days.currency,
        state=page.state("cpa" if money else "cvr", key),
    )
    return Test(0.0, finding, finding.id, weight=spike.excess * (1.0 if money else _price(days)))


def _price(days: Series) -> float:
    """Cost of a click over everything, to rank clicks among money."""
    clicks = float(days.facts["clicks"].sum())
    return float(days.facts["cost"].sum()) / clicks if clicks else 0.0
