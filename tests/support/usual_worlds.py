"""How often the change that is called usual holds the next one, in worlds whose truth is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
from clean_worlds import DAYS, START, page

from workbench.findings.brief import SAID
from workbench.findings.usual import FEWEST, WINDOWS, usual_change, windows

Maker = Callable[[np.random.Generator, int], np.ndarray]
PERIODS: dict[str, Maker] = {
    "even": lambda draw, many: np.exp(draw.normal(0, 0.05, many)),
    "wild": lambda draw, many: np.exp(draw.normal(0, 0.4, many)),
    "walk": lambda draw, many: np.exp(np.cumsum(draw.normal(0, 0.05, many))),
    "trend": lambda draw, many: np.exp(0.02 * np.arange(many) + draw.normal(0, 0.05, many)),
    "counts": lambda draw, many: draw.poisson(30, many).astype(float),
    "thick": lambda draw, many: np.exp(0.05 * draw.standard_t(4, many)),
    "echo": lambda draw, many: np.exp(_echo(draw, many)),
}
"""Kind → figures of periods in which nothing happens but chance; `thick`: tails of a t with 4 degrees."""


def _echo(draw: np.random.Generator, many: int) -> np.ndarray:
    """Chance that half stays until the next period."""
    left = draw.normal(0, 0.05, many + 30)
    return sum(0.5**back * left[30 - back : 30 - back + many] for back in range(30))


def held(kind: str, past: int, times: int, seed: int = 1, factor: float = 1.0) -> float:
    """Share of changes that lie within what their past calls usual.

    Args:
        kind: One of `PERIODS`.
        past: Periods before.
        times: How often it is tried.
        factor: What happens to the last period: 1 nothing.
    """
    draw = np.random.default_rng(seed)
    return float(np.mean([_within(PERIODS[kind](draw, past + 1), factor) for _ in range(times)]))


def _within(values: np.ndarray, factor: float) -> bool:
    low, high = usual_change(values[:-1])
    return bool(low <= values[-1] * factor / values[-2] - 1 <= high)


def held_in_pages(kind: str, seeds: range, length: int = 7) -> dict[str, list[bool]]:
    """Figure of a brief → whether each change of its periods lay within the usual, on pages where nothing is.

    Args:
        kind: Of `clean_worlds.KINDS`.
        seeds: One page each.
        length: Days of a period.
    """
    found: dict[str, list[bool]] = {name: [] for name in SAID}
    first = (START - dt.date(1970, 1, 1)).days
    for seed in seeds:
        frame = page(kind, seed, "a0")
        days = np.array([(day - dt.date(1970, 1, 1)).days for day in frame["local_date"]])
        columns = {"cost": "cost_micros", "conversions": "conversions", "revenue": "revenue_micros"}
        for end in range(first + DAYS - 1, first + (FEWEST + 2) * length, -length * (WINDOWS // 2)):
            sums = {
                fact: windows(days, frame[column].to_numpy(float), end, length)
                for fact, column in columns.items()
            }
            for name, (top, bottom) in SAID.items():
                values = sums[top] / sums[bottom] if bottom else sums[top]
                if len(values) > FEWEST + 1:
                    found[name].append(_within(values, 1.0))
    return found
