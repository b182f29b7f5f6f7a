"""Curves from a store alone: what each channel's spend brought, by the platforms' own count.

A platform's claim answers to that platform's spend, so each channel is fitted on its own outcome, without a
baseline; what moves all channels at once, week by week, is a season that they share.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.metrics import MetricTable, trend
from workbench.metrics.filters import normal
from workbench.metrics.periods import Period
from workbench.response import calibration, claims, frames, shared
from workbench.response.ask import How
from workbench.response.fitting import Progress
from workbench.response.frames import Names
from workbench.response.model import DRAWS, ResponseModel
from workbench.response.notes import Note
from workbench.response.priors import Priors
from workbench.response.saturation import Floats

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

KNOWN_REGIONS = 0.9
"""Share of the spend whose region is known, from which on regions tell the season."""

OUTCOMES = ("conversions", "revenue", "leads", "orders", "clicks")


def from_store(
    store: Store,
    by: str | Sequence[str] = ("channel",),
    outcome: str = "conversions",
    period: str | Period = "all",
    where: Mapping[str, Any] | None = None,
    *,
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
    """Curves from imported exports and nothing else, labelled platform-claimed (平台口径).

    Args:
        store: The store. by: `channel`, or `channel` and `region`.
        outcome: A metric that adds up: `conversions`, `revenue`, …
        period: Words such as `all`; its whole weeks count, up to the last one whose conversions are final.
        where: Dimension → value or values to keep.
        saturation, carryover, priors, draws, bootstrap, seed, progress: As `fit` takes them.
        lifts: Experiments, as `fit` takes them: the claims of their channel are scaled to what they found.
        currency: ISO 4217 code of amounts, as in `kpis`.

    Returns:
        A model with one part a channel; `.label` is `claimed` until experiments cover every channel.

    Raises:
        QuestionError: for too few weeks, no claims at all, or parameters that do not fit.
    """
    dimensions = _checked(by, outcome)
    asked = ["cost", outcome, *(["revenue"] if outcome != "revenue" else [])]

    def weekly(of: Sequence[str]) -> MetricTable:
        return trend(store, asked, by=of, period=period, where=where, grain="week", currency=currency)

    answer = weekly(dimensions)
    table, open_weeks = _whole_weeks(store, answer.table, answer.period)
    data, notes = claims.split(table, outcome, "region" in dimensions)
    season = _season(lambda of: weekly(of).table, table, outcome)
    how = How(saturation, carryover, None, 0, claims.believed(priors))
    parts, factors = calibration.scaled(claims.fitted(data, season, how), lifts)
    model = ResponseModel(
        parts,
        Names(tuple(part.data.channels[0] for part in parts), outcome, "week"),
        claimed=True,
        calibrated=len(factors) == len(parts),
        notes=(*open_weeks, *notes, *calibration.notes(factors)),
        currency=answer.currency,
        where=normal(store, where) if where else {},
        data_version=store.version,
    )
    model = model.bootstrap(draws, bootstrap, seed, progress)
    return replace(model, parts=calibration.shaken(model.parts, factors, seed))


def _checked(by: str | Sequence[str], outcome: str) -> tuple[str, ...]:
    """The dimensions, if curves can be made of them and of the outcome."""
    dimensions = claims.dimensions_of(by)
    if outcome not in OUTCOMES:
        raise unknown("outcome", outcome, OUTCOMES)
    return dimensions


def _whole_weeks(
    store: Store, table: pd.DataFrame, period: Period | None
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Weeks that are whole and final, else the whole ones; and a note where some are not final."""
    from workbench.sources.maturity import moving, settled

    if table.empty or period is None or store.as_of is None:
        raise QuestionError(
            "There is no delivery in this period.", "Import exports, or choose another period."
        )
    week = table["week"].to_numpy("datetime64[D]")
    first = np.datetime64(max(period.start, _first(store)))
    last = np.datetime64(min(period.end, store.as_of))
    whole = (week >= first) & (week + np.timedelta64(6, "D") <= last)
    final = settled(moving(store)) or dt.date.max
    closed = whole & (week + np.timedelta64(6, "D") <= np.datetime64(final))
    weeks, kept = np.unique(week[whole]), np.unique(week[closed])
    if len(weeks) < frames.FEWEST:
        raise QuestionError(
            f"There are {len(weeks)} whole weeks of delivery, and curves need {frames.FEWEST} at least.",
            "Import more history, or choose a longer period; from half a year on curves begin to tell.",
        )
    if len(kept) < frames.FEWEST:
        return table[whole], (Note.of("open_used", weeks=len(weeks) - len(kept)),)
    left = len(weeks) - len(kept)
    return table[closed], (Note.of("open_weeks", weeks=left),) if left else ()


def _first(store: Store) -> dt.date:
    from workbench.metrics.query import first_day

    return first_day(store) or dt.date.min


def _season(asked: Callable[[Sequence[str]], pd.DataFrame], table: pd.DataFrame, outcome: str) -> Floats:
    """The season of the weeks of `table`: from regions where they hold most of its spend."""
    if "region" not in table:
        finer = asked(claims.BY)
        finer = finer[finer["week"].isin(table["week"].unique()) & finer["region"].notna()]
        if finer["cost"].sum() >= KNOWN_REGIONS * table["cost"].sum():
            table = finer
    return shared.first(table, outcome)
