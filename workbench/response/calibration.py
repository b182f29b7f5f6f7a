"""Platform claims scaled to what experiments found: the part of a claim that spend really caused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from workbench.errors import unknown
from workbench.response import lifts as experiments
from workbench.response.layout import media
from workbench.response.lifts import Lifts
from workbench.response.notes import Note
from workbench.response.part import Part


@dataclass(frozen=True)
class Factor:
    """How much of a channel's claims was caused.

    Attributes:
        channel: Which. share: Caused ÷ claimed. se: Its standard error. count: Experiments behind it.
    """

    channel: str
    share: float
    se: float
    count: int


def scaled(parts: tuple[Part, ...], given: Any) -> tuple[tuple[Part, ...], tuple[Factor, ...]]:
    """Parts with the outcome of calibrated channels scaled, and by how much.

    The share is the weighted least squares fit, through the origin, of what experiments found on what the
    curves claim for the same spend and periods.

    Raises:
        QuestionError: for experiments that do not fit the data.
    """
    rows = experiments.rows(given)
    channels = [part.data.channels[0] for part in parts]
    for row in rows:
        if row.get("channel") not in channels:
            raise unknown("channel of an experiment", row.get("channel"), channels)
    found, factors = [], []
    for part in parts:
        own = [row for row in rows if row["channel"] == part.data.channels[0]]
        factor = _factor(part, experiments.read(own, part.data)) if own else None
        if factor is not None:
            factors.append(factor)
            data = replace(part.data, outcome=part.data.outcome * factor.share)
            found.append(replace(part, problem=replace(part.problem, data=data)))
        else:
            found.append(part)
    return tuple(found), tuple(factors)


def _factor(part: Part, read: Lifts) -> Factor:
    """The share of claims that the experiments on a channel leave."""
    problem, best = part.problem, part.best
    scaled = part.data.spend / (part.data.usual[:, None, None] * part.data.size[:, None])
    lags = np.concatenate(
        [problem.lags[:, : problem.y.size], read.others(part.data, scaled, part.lags)], axis=1
    )
    columns, _ = media(problem.lay, lags, best.z, slopes=False)
    effects = problem.media(best.w)[:, 0]
    weight = total = 0.0
    for lift, (now, without, factors, regions) in zip(read.each, read.terms(problem.y.size), strict=True):
        claimed = float((factors * effects[regions] * (columns[0, now] - columns[0, without])).sum())
        claimed *= part.data.level
        weight += (claimed / lift.se) ** 2
        total += claimed * lift.effect / lift.se**2
    share = max(total / weight, 1e-3) if weight > 0 else 1.0
    return Factor(part.data.channels[0], share, float(weight**-0.5) if weight > 0 else np.inf, len(read.each))


def shaken(parts: tuple[Part, ...], factors: tuple[Factor, ...], seed: int) -> tuple[Part, ...]:
    """Parts whose draws also carry the experiments' own uncertainty."""
    by, found = {factor.channel: factor for factor in factors}, []
    for at, part in enumerate(parts):
        factor = by.get(part.data.channels[0])
        if factor is not None and part.draws is not None:
            rng = np.random.default_rng([seed, 3, at])
            drawn = np.maximum(factor.share + factor.se * rng.standard_normal(len(part.draws.w)), 0.0)
            w = part.draws.w * (drawn / factor.share)[:, None]
            found.append(replace(part, draws=replace(part.draws, w=w)))
        else:
            found.append(part)
    return tuple(found)


def notes(factors: tuple[Factor, ...]) -> tuple[Note, ...]:
    """A note for each channel that an experiment calibrates."""
    return tuple(
        Note.of("calibrated", channel=one.channel, share=f"{one.share:.0%}", count=one.count)
        for one in factors
    )
