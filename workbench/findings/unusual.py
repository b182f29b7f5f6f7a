"""Days that `forecast` finds out of the ordinary and that mean trouble.

Whether a day is out of the ordinary is told by `forecast.unusual`, which knows weekday, trend, events and how
much of a young day has arrived. What it means is told here: conversions that vanish while clicks stay are
lost by the tracking; cost or clicks that jump without conversions are a wrong bid, or clicks nobody made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.findings.ages import ages
from workbench.findings.finding import Days, Figure, Finding, Percent, Words
from workbench.findings.page import Page, Test, slug
from workbench.findings.series import Series, aligned, runs
from workbench.forecast import events as occasions
from workbench.metrics.dimensions import UNKNOWN
from workbench.metrics.intervals import quotient
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    import numpy as np

    from workbench.forecast.unusual import Unusual

PLACES = {"conversions": ("channel",), "cost": ("account",), "clicks": ("channel", "region", "device")}
"""Fact whose days are looked at → the dimensions along which they are."""

PAST = 168
"""Further days before the series from which a closer look learns."""

LEAST_P = 1e-300


@dataclass(frozen=True)
class Seen:
    """Day series of some groups beside what `forecast` says of them.

    Attributes:
        page: The question.
        days: The series of all groups.
        fact: Whose days are looked at.
        rows: Groups looked at.
        found: What is expected of each of their days, and the chance of what came.
        shares: What part of each day's conversions has arrived at least.
        tests: How many days were tested in all groups, also in those not looked at closely.
    """

    page: Page
    days: Series
    fact: str
    rows: np.ndarray
    found: Unusual
    shares: np.ndarray
    tests: int

    def chance(self, row: int, part: slice) -> float:
        """Chance of the least likely of some days, as one of all that were tested (Bonferroni)."""
        import numpy as np

        p = self.found.p[row, part]
        known = p[np.isfinite(p)]
        return min(1.0, max(float(known.min()), LEAST_P) * self.tests) if len(known) else 1.0


def tests(page: Page, by: Mapping[tuple[str, ...], Series]) -> list[Test]:
    """Look for days that mean trouble.

    The days of one fact weigh as one test of the page: its chances are corrected for all of its days before,
    so hundreds of small series do not drown what is to be said of campaigns.

    Args:
        page: The question.
        by: Dimensions → their day series.
    """
    return [test for fact, place in PLACES.items() for test in _of_fact(page, by[place], fact)]


def _of_fact(page: Page, days: Series, fact: str) -> Iterator[Test]:
    yield Test(1.0, None, fact)  # the days of which nothing is said
    seen = _seen(page, days, fact)
    if seen is None:
        return
    for row, group in enumerate(seen.rows):
        told = _outages(seen, row, group) if fact == "conversions" else _spikes(seen, row, group)
        yield from told


def _seen(page: Page, days: Series, fact: str) -> Seen | None:
    """What `forecast` says of the groups that may have something to say."""
    import numpy as np

    if not days.keys or not days.reviewed.any():
        return None
    shares = ages(days).least
    sieve = _missing if fact == "conversions" else partial(_jumping, fact=fact)
    maybe = sieve(page, days, shares=shares)
    closer = _closer(page, days, fact, np.flatnonzero(maybe)) if maybe.any() else None
    if closer is None:
        return None
    rows, found = closer
    return Seen(page, days, fact, rows, found, shares, int(days.reviewed.sum()) * len(days.keys))


def _closer(page: Page, days: Series, fact: str, rows: np.ndarray) -> tuple[np.ndarray, Unusual] | None:
    """Some groups in their whole past, which tells how thick their tails are; without those too young."""
    import numpy as np

    from workbench.forecast import stores
    from workbench.forecast.ask import enough
    from workbench.forecast.unusual import unusual

    by = tuple(days.keys[0])
    only = {name: sorted({days.keys[row][name] or UNKNOWN for row in rows}) for name in by}
    start, last = (dt.date(1970, 1, 1) + dt.timedelta(days=int(days.days[place])) for place in (0, -1))
    window = Period(start - dt.timedelta(days=PAST), last, "past")
    bundle = stores.of_measured(page.measure(by, window, only=only), fact)
    place = {tuple(key.values()): number for number, key in enumerate(bundle.keys)}
    at = np.array([place[tuple(value or "" for value in days.keys[row].values())] for row in rows])
    long = enough(bundle)[at]
    if not long.any():
        return None
    kept = at[long]
    few = replace(bundle, values=bundle.values[kept], keys=tuple(bundle.keys[row] for row in kept))
    found = unusual(few, occasions.of_store(page.store))
    cut = {one.name: aligned(getattr(found, one.name), len(days.days), np.nan) for one in fields(found)}
    return rows[long], replace(found, **cut)


def _awaited(days: Series, shares: np.ndarray) -> np.ndarray:
    """What the clicks of each day bring at the rate of the other days, as far as it can have arrived."""
    import numpy as np

    conversions, clicks = days.facts["conversions"], days.facts["clicks"] * shares
    rest = [values.sum(axis=1, keepdims=True) - values for values in (conversions, clicks)]
    awaited: np.ndarray = np.nan_to_num(quotient(*rest)) * clicks
    return awaited


def _gone(page: Page, days: Series, shares: np.ndarray) -> np.ndarray:
    """Reviewed days on which conversions are missing that the clicks should have brought."""
    awaited = _awaited(days, shares)
    enough = days.reviewed & (awaited >= page.thresholds.events)
    gone: np.ndarray = enough & (days.facts["conversions"] <= page.thresholds.outage * awaited)
    return gone


def _missing(page: Page, days: Series, shares: np.ndarray) -> np.ndarray:
    """Groups that have such days."""
    import numpy as np

    return np.asarray(_gone(page, days, shares).any(axis=1))


def _jumping(page: Page, days: Series, fact: str, shares: np.ndarray) -> np.ndarray:
    """Groups in which a day may be a spike that is worth a sentence: a sieve that lets too many through."""
    import numpy as np

    values, limits = days.facts[fact], page.thresholds
    usual = _weekday(values, days.days)
    maybe = days.reviewed & (values > 0) & (values >= limits.probable * limits.spike * usual)
    ripe = shares * values
    rate = quotient(days.facts["conversions"].sum(axis=1), ripe.sum(axis=1))[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        brought = np.where(rate * ripe >= limits.returns, days.facts["conversions"] / rate / shares, usual)
    excess = np.where(maybe, values - np.maximum(brought, usual), 0.0)
    alone = excess * (excess > limits.probable * (1 - limits.follow) * values)
    whole = float(values[:, days.reviewed].sum())
    found: np.ndarray = alone.sum(axis=1) > limits.probable * limits.share * whole
    return found


def _weekday(values: np.ndarray, days: np.ndarray) -> np.ndarray:
    """The median of each day's weekday, of days on which there is anything."""
    import numpy as np

    running, usual = np.where(values > 0, values, np.nan), np.full_like(values, np.inf)
    for weekday in range(7):
        same = np.flatnonzero(days % 7 == weekday)
        known = np.ix_(np.isfinite(running[:, same]).any(axis=1), same)
        usual[known] = np.nanmedian(running[known], axis=1)[:, None]
    return usual


def _outages(seen: Seen, row: int, group: int) -> Iterator[Test]:
    """Runs of days without the conversions that their clicks should have brought."""
    days, limits = seen.days, seen.page.thresholds
    awaited = _awaited(days, seen.shares)[group]
    for run in runs(_gone(seen.page, days, seen.shares)[group]):
        part = slice(run[0], run[1] + 1)
        p = seen.chance(row, part)
        came, due = float(days.facts["conversions"][group, part].sum()), float(awaited[part].sum())
        said = p <= limits.alarm and float(seen.found.expected[row, part].sum()) > came
        finding = _outage(seen, row, group, run, (came, due)) if said else None
        yield Test(p, finding, finding.id if finding else "")


def _outage(seen: Seen, row: int, group: int, run: tuple[int, int], sums: tuple[float, float]) -> Finding:
    days, key = seen.days, seen.days.keys[group]
    came, due = sums
    cost, brought = (float(days.facts[fact][group].sum()) for fact in ("cost", "conversions"))
    price = cost / brought if brought else 0.0
    lost = [max(limit - came, 0.0) * price for limit in _limits(seen, row, run, due)]
    return Finding(
        id=f"{slug('outage', key)}:{days.date(run[0])}",
        status="warn",
        code="outage",
        values={
            "name": seen.page.names(key),
            "brought": round(came),
            "awaited": round(due),
            "change": Percent(1 - came / due),
            **_when(seen, run),
        },
        effect=-(due - came) * price,
        effect_range=(-lost[1], -lost[0]),
        currency=days.currency,
        state=seen.page.state("conversions", key),
    )


def _limits(seen: Seen, row: int, run: tuple[int, int], due: float) -> tuple[float, float]:
    """What some days would have brought at least and at most: the limits around what was due."""
    part = slice(run[0], run[1] + 1)
    middle, low, high = (
        float(getattr(seen.found, name)[row, part].sum()) for name in ("expected", "low", "high")
    )
    return (due * low / middle, due * high / middle) if middle > 0 else (due, due)


def _spikes(seen: Seen, row: int, group: int) -> Iterator[Test]:
    """Runs of days far above the usual whose conversions did not follow."""
    import numpy as np

    days, limits = seen.days, seen.page.thresholds
    values, expected = days.facts[seen.fact][group], seen.found.expected[row]
    far = days.reviewed & (values > 0) & (values >= limits.spike * np.nan_to_num(expected))
    whole = float(days.facts[seen.fact][:, days.reviewed].sum())
    for run in runs(far):
        part = slice(run[0], run[1] + 1)
        excess = _excess(seen, row, group, part)
        large = excess > max((1 - limits.follow) * float(values[part].sum()), limits.share * whole)
        p = seen.chance(row, part)
        finding = _spike(seen, row, group, run, excess) if large and p <= limits.alarm else None
        weight = excess * (1.0 if seen.fact == "cost" else _price(days))
        yield Test(p, finding, finding.id if finding else "", weight=weight if finding else None)


def _excess(seen: Seen, row: int, group: int, part: slice) -> float:
    """The part of some days that neither is usual nor brought conversions at the rate of the other days."""
    import numpy as np

    values, conversions = seen.days.facts[seen.fact][group], seen.days.facts["conversions"][group]
    value, brought = float(values[part].sum()), float(conversions[part].sum())
    ripe = seen.shares * values
    rest = float(ripe.sum() - ripe[part].sum())
    rate = (float(conversions.sum()) - brought) / rest if rest else 0.0
    usual = float(np.nan_to_num(seen.found.expected[row, part]).sum())
    arrived = float(ripe[part].sum()) / value
    told = brought / rate / arrived if rate * value * arrived >= seen.page.thresholds.returns else usual
    return value - max(told, usual)


def _spike(seen: Seen, row: int, group: int, run: tuple[int, int], excess: float) -> Finding:
    import numpy as np

    days, key = seen.days, seen.days.keys[group]
    part = slice(run[0], run[1] + 1)
    value = float(days.facts[seen.fact][group, part].sum())
    usual, low, high = (
        float(np.nan_to_num(getattr(seen.found, name)[row, part]).sum())
        for name in ("expected", "low", "high")
    )
    unit = "money" if seen.fact == "cost" else "count"
    return Finding(
        id=f"{slug(f'spike_{seen.fact}', key)}:{days.date(run[0])}",
        status="warn",
        code=f"spike_{seen.fact}",
        values={
            "name": seen.page.names(key),
            "times": f"{value / max(usual, 1.0):.1f}",
            "value": Figure(round(value), unit, days.currency),
            "usual": Figure(round(usual), unit, days.currency, round(low), round(high)),
            **_when(seen, run),
        },
        effect=-excess,
        effect_range=(-max(excess + usual - low, 0.0), -max(excess + usual - high, 0.0)),
        unit=unit,
        currency=days.currency,
        state=seen.page.state("cpa" if unit == "money" else "cvr", key),
    )


def _when(seen: Seen, run: tuple[int, int]) -> dict[str, Any]:
    """The days, and the known events on them."""
    first, last = (seen.days.date(number) for number in run)
    names = occasions.at(occasions.of_store(seen.page.store), first, (last - first).days + 1)
    said = "".join(f" · {name}" for name in names)
    return {"when": Days(first, last), "event": Words(said, said)}


def _price(days: Series) -> float:
    """Cost of a click over everything, to rank clicks among money."""
    clicks = float(days.facts["clicks"].sum())
    return float(days.facts["cost"].sum()) / clicks if clicks else 0.0
