"""Curves from what platforms claim of their own spend, week by week.

A platform's claim answers to that platform's spend, so each channel is fitted on its own outcome, without a
baseline; what moves all channels at once, week by week, is a season that they share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import InputError, QuestionError, unknown
from workbench.response import calibration, frames, shared
from workbench.response.ask import How, solved
from workbench.response.columns import Base
from workbench.response.data import Data
from workbench.response.fitting import Progress
from workbench.response.frames import Names
from workbench.response.model import DRAWS, ResponseModel
from workbench.response.notes import Note
from workbench.response.part import Part
from workbench.response.priors import Priors
from workbench.response.saturation import Floats

if TYPE_CHECKING:
    import pandas as pd

FEWEST_ACTIVE = 8
BY = ("channel", "region")
OWN = {"media": (1.0, 0.5), "spread": 1.0}
"""A platform's claims are all its own doing."""


def from_claims(
    frame: Any,
    by: str | Sequence[str] = ("channel",),
    outcome: str = "response",
    *,
    spend: str = "spend",
    time: str = "time",
    saturation: str | Mapping[str, str] = "hill",
    carryover: str | Mapping[str, str] = "geometric",
    lifts: Any = None,
    priors: Mapping[str, Any] | Priors | None = None,
    currency: str | None = None,
    draws: int = DRAWS,
    bootstrap: str = "auto",
    seed: int = 0,
    progress: Progress | None = None,
) -> ResponseModel:
    """Curves from a frame of what each channel spent and claimed, as `from_store` fits them.

    Args:
        frame: pandas, Polars, Arrow or Ibis; one row a channel (× region) and period: `channel`, `region`,
            the columns `time`, `spend` and `outcome`; `plans.history` gives one. What is missing is 0.
        by: `channel`, or `channel` and `region`.
        outcome, spend, time: Columns.
        saturation, carryover, lifts, priors, currency, draws, bootstrap, seed, progress: As `from_store` and
            `fit` take them.

    Returns:
        A model with one part a channel; `.label` is `claimed` until experiments cover every channel.

    Raises:
        InputError: for missing columns, numbers and days. QuestionError: for parameters that do not fit.
    """
    for name, given in (("outcome", outcome), ("spend", spend), ("time", time)):
        frames.column(name, given)
    dimensions = dimensions_of(by)
    whole = frames.whole(frame)
    money = frames.currency(whole, currency)
    table = _table(whole, dimensions, (time, spend, outcome))
    data, notes = split(table, outcome, "region" in dimensions)
    how = How(saturation, carryover, None, 0, believed(priors))
    parts, factors = calibration.scaled(fitted(data, shared.first(table, outcome), how), lifts)
    model = ResponseModel(
        parts,
        Names(tuple(part.data.channels[0] for part in parts), outcome, time),
        claimed=True,
        calibrated=len(factors) == len(parts),
        notes=(*notes, *calibration.notes(factors)),
        currency=money,
    )
    model = model.bootstrap(draws, bootstrap, seed, progress)
    return replace(model, parts=calibration.shaken(model.parts, factors, seed))


def dimensions_of(by: str | Sequence[str]) -> tuple[str, ...]:
    """The dimensions of a cell, if curves can be made of them."""
    found = frames.names("by", by)
    if set(found) not in ({"channel"}, set(BY)):
        raise QuestionError(f"by={by!r} makes no curves.", "Use ['channel'] or ['channel', 'region'].")
    return found


def _table(frame: pd.DataFrame, by: tuple[str, ...], columns: tuple[str, str, str]) -> pd.DataFrame:
    """`week, channel, region?, cost, <outcome>, revenue`, checked."""
    import pandas as pd

    time, spend, outcome = columns
    for name in (*by, *columns):
        if name not in frame:
            raise unknown("column", name, map(str, frame.columns), InputError)
    days = frames.days(frame[time], time)
    numbers = frames.numbers(frame, (spend, outcome), (spend,), days)
    table = pd.DataFrame({"week": days, **{name: frames.labels(frame, name, name) for name in by}})
    table["cost"], table[outcome], table["revenue"] = numbers[spend], numbers[outcome], 0.0
    frames.even(np.unique(days.to_numpy("datetime64[D]")), frames.FEWEST)
    return table


def fitted(data: Sequence[Data], season: Floats, how: How) -> tuple[Part, ...]:
    """The fit of each channel."""
    base = Base(organic=False, trend="")
    return tuple(solved(replace(one, season=season), base, how, None) for one in data)


def believed(priors: Mapping[str, Any] | Priors | None) -> Priors:
    """What is believed of platforms' claims, and what the user believes instead."""
    if not isinstance(priors, Priors):
        return Priors().but(OWN).but(priors)
    usual = Priors()
    return priors.but(
        {name: own for name, own in OWN.items() if getattr(priors, name) == getattr(usual, name)}
    )


def split(table: pd.DataFrame, outcome: str, regional: bool) -> tuple[list[Data], tuple[Note, ...]]:
    """The arrays of each channel, and what is left out."""
    found, notes = [], []
    times = np.unique(table["week"].to_numpy("datetime64[D]"))
    for channel, own in table.groupby("channel", sort=True):
        why, weeks = _lacking(own, outcome)
        if why:
            notes.append(Note.of("left_out", what=str(channel), why=why, weeks=weeks))
            continue
        found.append(_channel(str(channel), own, times, outcome, regional))
    if not found:
        raise QuestionError(
            f"No channel has {FEWEST_ACTIVE} weeks with spend and {outcome} of its own.",
            "Import exports that hold both, or ask for another outcome.",
        )
    return found, tuple(notes)


def _lacking(own: pd.DataFrame, outcome: str) -> tuple[str, int]:
    weekly = own.groupby("week")[["cost", outcome]].sum()
    active = int((weekly["cost"] > 0).sum())
    if not own[outcome].fillna(0).sum() > 0:
        return "no_outcome", active
    return ("few_weeks", active) if active < FEWEST_ACTIVE else ("", active)


def _channel(channel: str, own: pd.DataFrame, times: Any, outcome: str, regional: bool) -> Data:
    """A channel's regions that have claims, weeks without delivery at 0."""
    own = own.assign(region=own["region"].fillna("").astype(str) if regional else "")
    totals = own.groupby("region")[["cost", outcome]].sum()
    regions = tuple(str(name) for name in totals.index[(totals["cost"] > 0) & (totals[outcome] > 0)])

    def grid(name: str) -> Floats:
        wide = own.pivot_table(index="region", columns="week", values=name, aggfunc="sum")
        weeks = wide.columns.to_numpy("datetime64[D]")
        full = np.zeros((len(regions), len(times)))
        full[:, np.searchsorted(times, weeks)] = wide.reindex(regions).fillna(0.0).to_numpy()
        return full

    spend, brought = grid("cost"), grid(outcome)
    size = brought.mean(axis=1)
    value = float(own["revenue"].sum() / own[outcome].sum()) if outcome != "revenue" else 1.0
    return Data(
        channels=(channel,),
        regions=regions,
        times=times,
        spend=spend[None],
        outcome=brought,
        size=size / size.mean(),
        columns={},
        season=np.ones(len(times)),
        value=value if value > 0 else None,
    )
