"""The linear part beside media: baseline, trend, season, holidays, price and controls."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench.errors import QuestionError
from workbench.response.data import Data
from workbench.response.priors import Priors
from workbench.response.saturation import Floats

YEAR, KNOT_DAYS = 365.25, 182.6
SEASON_YEARS = 1.0


@dataclass(frozen=True)
class Base:
    """What the linear part holds.

    Attributes:
        organic: Whether there is a baseline that no medium brings.
        trend: `linear`, `flexible` (a bend every half year) or empty.
        season: Pairs of yearly waves.
        holidays: Columns or names of days. controls: Columns. price: Column; empty for none.
        days: Name → days of a holiday that is no column.
        start, scale: First day and centre and sd of each column, which a prediction takes over.
    """

    organic: bool = True
    trend: str = "linear"
    season: int = 2
    holidays: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    price: str = ""
    days: dict[str, Any] = field(default_factory=dict)
    start: Any = None
    length: float = 1.0
    scale: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Columns:
    """Columns of the linear part.

    Attributes:
        values: Shape (R, T, q).
        names: Of each column. kinds: `intercept`, `trend`, `season`, `holiday`, `price` or `control`.
        sd: Prior standard deviation of each, in shares of the mean outcome.
    """

    values: Floats
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    sd: Floats


def learnt(data: Data, base: Base) -> Base:
    """The same base with the scales that the data give."""
    scale = {}
    for name in base.controls:
        values = data.columns[name]
        sd = float(values.std())
        scale[name] = (float(values.mean()), sd if sd > 0 else 1.0)
    if base.price:
        scale[base.price] = (float(np.log(_prices(data, base)).mean()), 1.0)
    days = (data.times[-1] - data.times[0]).astype(int)
    return Base(
        **{**base.__dict__, "start": data.times[0], "length": float(max(days, 1)), "scale": scale},
    )


def _prices(data: Data, base: Base) -> Floats:
    values = data.columns[base.price]
    if (values <= 0).any():
        raise QuestionError(
            f"Column {base.price!r} has a price of 0 or less.", "A price must be above 0; correct those rows."
        )
    return values


def columns(data: Data, base: Base, priors: Priors) -> Columns:
    """The columns of a base over the periods of `data`."""
    found = [*_parts(data, base, priors)]
    shape = (len(data.regions), len(data.times))
    values = [np.broadcast_to(item[2], shape) for item in found]
    stacked = np.stack(values, axis=-1) if values else np.zeros((*shape, 0))
    return Columns(
        np.ascontiguousarray(stacked),
        tuple(item[0] for item in found),
        tuple(item[1] for item in found),
        np.array([item[3] for item in found], float),
    )


def _parts(data: Data, base: Base, priors: Priors) -> Iterator[tuple[str, str, Floats, float]]:
    """(name, kind, values, sd)."""
    days = (data.times - base.start).astype(int).astype(float)
    if base.organic:
        for at, region in enumerate(data.regions):
            own = np.zeros((len(data.regions), 1))
            own[at] = 1.0
            yield f"intercept {region}".strip(), "intercept", own, priors.intercept
        yield from _trend(days, base, priors)
        yield from _season(data, base, priors)
    for name in base.holidays:
        values = data.columns[name] if name in data.columns else _hits(data, base.days[name])
        yield name, "holiday", values, priors.holiday
    if base.price:
        centre, _ = base.scale[base.price]
        yield base.price, "price", np.log(_prices(data, base)) - centre, 2 * priors.holiday
    for name in base.controls:
        centre, sd = base.scale[name]
        yield name, "control", (data.columns[name] - centre) / sd, priors.control


def _trend(days: Floats, base: Base, priors: Priors) -> Iterator[tuple[str, str, Floats, float]]:
    if not base.trend:
        return
    yield "trend", "trend", days / base.length - 0.5, priors.trend
    if base.trend == "flexible":
        bends = max(0, math.ceil(base.length / KNOT_DAYS) - 1)
        for at in range(bends):
            knot = base.length * (at + 1) / (bends + 1)
            bend = np.maximum(days - knot, 0) / base.length
            yield f"bend {at + 1}", "trend", bend - bend.mean(), priors.trend


def _season(data: Data, base: Base, priors: Priors) -> Iterator[tuple[str, str, Floats, float]]:
    epoch = np.datetime64("2000-01-01")
    angle = 2 * np.pi * (data.times - epoch).astype(int) / YEAR
    for wave in range(1, base.season + 1):
        yield f"season sin {wave}", "season", np.sin(wave * angle), priors.season / wave
        yield f"season cos {wave}", "season", np.cos(wave * angle), priors.season / wave


def _hits(data: Data, days: Any) -> Floats:
    """Days of a holiday in each period."""
    which = np.asarray(days, "datetime64[D]")
    inside = (which >= data.times[:, None]) & (which < data.ends[:, None])
    return np.asarray(inside.sum(axis=1), float)


def waves(times: Any, asked: int | None) -> int:
    """Pairs of waves that the data can tell: none under a year."""
    if asked is not None:
        return asked
    years = float((times[-1] - times[0]).astype(int)) / YEAR
    return 0 if years < SEASON_YEARS - 0.05 else 2
