"""`fit`: the question, checked and answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.explained import explained
from workbench.response import fitting, frames, lifts
from workbench.response.carryover import KINDS
from workbench.response.columns import Base, learnt, waves
from workbench.response.data import Data
from workbench.response.fitting import Progress
from workbench.response.frames import Names
from workbench.response.layout import layout
from workbench.response.model import DRAWS, ResponseModel
from workbench.response.part import Part
from workbench.response.priors import Priors
from workbench.response.problem import build
from workbench.response.saturation import FORMS

TRENDS = ("linear", "flexible", "none")


@dataclass(frozen=True)
class How:
    """How data are fitted.

    Attributes:
        saturation: Form of a CurveTable, or channel → form; those not named are `hill`.
        carryover: `geometric`, `delayed`, `weibull` or `none`, or channel → one; others `geometric`.
        longest: Periods that spend carries over; None: a quarter of a year, at most a quarter of the data.
        season: Pairs of yearly waves; None: 2 from a year of data on, else none.
        priors: What to believe instead of `Priors()`: name → (centre, sd) or sd.
    """

    saturation: str | Mapping[str, str] = "hill"
    carryover: str | Mapping[str, str] = "geometric"
    longest: int | None = None
    season: int | None = None
    priors: Priors = field(default_factory=Priors)


@explained(how=How)
def fit(
    frame: Any,
    spend: str | Sequence[str],
    outcome: str,
    controls: str | Sequence[str] = (),
    time: str = "time",
    region: str | None = None,
    *,
    holidays: str | Sequence[str] | Mapping[str, Sequence[dt.date | str]] = (),
    price: str | None = None,
    season: int | None = None,
    trend: str = "linear",
    organic: bool = True,
    saturation: str | Mapping[str, str] = "hill",
    carryover: str | Mapping[str, str] = "geometric",
    longest: int | None = None,
    lifts: Any = None,
    population: str | None = None,
    value: float | str | None = None,
    currency: str | None = None,
    priors: Mapping[str, Any] | Priors | None = None,
    draws: int = DRAWS,
    bootstrap: str = "auto",
    seed: int = 0,
    progress: Progress | None = None,
) -> ResponseModel:
    """Learn how an outcome answers to the spend of channels.

    outcome = baseline + trend + season + controls + Σ channels: coefficient × saturation(carried spend).

    Args:
        frame: pandas, Polars, Arrow or Ibis; one row a period (× region), evenly spaced, without gaps.
        spend: Columns of spend, one a channel, currency units. outcome: Column to explain.
        controls: Further columns that move the outcome. time: First day of each period.
        region: Column of regions; each has its own baseline and its own effects, drawn to the channel's.
        holidays: Columns, or name → days. price: Column of a price above 0; its logarithm counts.
        {how}
        trend: `linear`, `flexible` (a bend every half year) or `none`.
        organic: Whether there is a baseline that no channel brings; without it no trend and season either.
        lifts: Experiments: `channel, start, end, effect, se` (or `low, high`), optional `region, withheld`.
        population: Column with the people of each region; None: regions are as large as their outcome.
        value: Value of one unit of the outcome, or a column of it, for ROAS and `value_per_response`.
        currency: ISO 4217 code of the spend, or a column of codes; None: a column `currency`, else not known.
        draws: Plausible fits for intervals; 0: none. bootstrap, seed, progress: As `bootstrap` takes them.

    Returns: The model.

    Raises: InputError: for a frame that cannot be read. QuestionError: for parameters that do not fit.

    Source: Y. Jin et al., *Bayesian Methods for Media Mix Modeling with Carryover and Shape Effects*, 2017.
    """
    frames.columns({"outcome": outcome, "time": time})
    frames.columns({"region": region, "price": price, "population": population}, needed=False)
    base = _base(organic, trend, holidays, controls, price)
    asked = _roles(frames.names("spend", spend), outcome, time, region, base, population, value)
    money = frames.currency(frame := frames.whole(frame), currency)
    data = frames.read(frame, asked, None if isinstance(value, str) else _value(value))
    part = solved(data, base, How(saturation, carryover, longest, season, _priors(priors)), lifts)
    model = ResponseModel((part,), asked, calibrated=bool(part.problem.lifts.each), currency=money)
    return model.bootstrap(draws, bootstrap, seed, progress)


def _base(organic: bool, trend: str, holidays: Any, controls: Any, price: str | None) -> Base:
    """What the linear part holds."""
    if not isinstance(organic, bool):
        raise QuestionError(f"organic={organic!r} is neither yes nor no.", "Give True or False.")
    return Base(
        organic=organic,
        trend=_among("trend", trend, TRENDS).replace("none", ""),
        holidays=tuple(holidays) if isinstance(holidays, Mapping) else frames.names("holidays", holidays),
        controls=frames.names("controls", controls),
        price=price or "",
        days=_holidays(holidays),
    )


def _roles(
    spend: tuple[str, ...],
    outcome: str,
    time: str,
    region: str | None,
    base: Base,
    population: str | None,
    value: float | str | None,
) -> Names:
    """Which column has which role, each column one."""
    columns = () if base.days else base.holidays
    asked = Names(
        spend=spend,
        outcome=outcome,
        time=time,
        region=region or "",
        others=(*base.controls, *columns, *((base.price,) if base.price else ())),
        population=population or "",
        value=value if isinstance(value, str) else "",
    )
    _apart(asked)
    return asked


def solved(data: Data, base: Base, how: How, given: Any) -> Part:
    """The fit of arrays."""
    _spent(data)
    base = learnt(data, Base(**{**base.__dict__, "season": _waves(data, how.season)}))
    forms = _each("form", how.saturation, "hill", data.channels, FORMS)
    kinds = _each("carry-over", how.carryover, "geometric", data.channels, KINDS)
    lags = _longest(data, how.longest)
    lay = layout(kinds, forms, how.priors)
    problem = build(data, base, how.priors, lay, lags, lifts.read(given, data))
    return Part(*fitting.fit(problem), forms, lags)


def _spent(data: Data) -> None:
    for channel, spend in zip(data.channels, data.spend, strict=True):
        if not spend.any():
            raise QuestionError(f"Nothing was ever spent on {channel!r}.", "Leave the column out.")
    if not np.abs(data.outcome).any():
        raise QuestionError("The outcome is 0 throughout.", "Choose a column that counts something.")
    if np.ptp(data.outcome, axis=1).max() <= 1e-12 * np.abs(data.outcome).max():
        raise QuestionError(
            "The outcome never varies, so nothing can be learnt from it.", "Choose a column that was counted."
        )
    if (data.outcome.sum(axis=1) < 0).any():
        raise QuestionError("The outcome is below 0 in total.", "Use an outcome that is mostly above 0.")


def _each(
    what: str, given: Any, usual: str, channels: tuple[str, ...], known: Mapping[str, Any]
) -> tuple[str, ...]:
    """One choice a channel."""
    by = dict(given) if isinstance(given, Mapping) else dict.fromkeys(channels, given)
    for channel, name in by.items():
        if channel not in channels:
            raise unknown("channel", channel, channels)
        if not isinstance(name, str) or name not in known:
            raise unknown(what, str(name), known)
    return tuple(by.get(channel, usual) for channel in channels)


def _longest(data: Data, asked: int | None) -> int:
    most = len(data.times) // 2
    if asked is None:
        return max(1, min(round(91 / max(data.step, 1.0)), 42, len(data.times) // 4))
    if isinstance(asked, bool) or not isinstance(asked, int) or not 1 <= asked <= most:
        raise QuestionError(f"longest={asked!r} is no number of periods.", f"Use 1 to {most}.")
    return asked


def _waves(data: Data, asked: int | None) -> int:
    if asked is not None and (isinstance(asked, bool) or not isinstance(asked, int) or not 0 <= asked <= 12):
        raise QuestionError(f"season={asked!r} is no number of waves.", "Use 0 (none) to 12, or None.")
    return waves(data.times, asked)


def _among(what: str, value: str, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise unknown(what, str(value), allowed)
    return value


def _holidays(given: Any) -> dict[str, Any]:
    """Days by name, where holidays are given so."""
    return {name: _days(days) for name, days in given.items()} if isinstance(given, Mapping) else {}


def _days(days: Any) -> Any:
    try:
        each = [days] if isinstance(days, str) else days
        return np.array([str(day)[:10] for day in each], "datetime64[D]")
    except (ValueError, TypeError):
        raise QuestionError(f"{days!r} are no days of a holiday.", "Write YYYY-MM-DD.") from None


def _apart(asked: Names) -> None:
    """Refuse a column in two roles."""
    roles = [*asked.spend, asked.outcome, asked.time, *asked.others]
    roles += [name for name in (asked.region, asked.population) if name]
    for name in roles:
        if roles.count(name) > 1:
            raise QuestionError(f"Column {name!r} has two roles.", "Give each column one.")
    if not asked.spend:
        raise QuestionError("No column of spend is named.", "Write spend=['search', 'social'].")


def _value(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) < float("inf"):
        raise QuestionError(
            f"value={value!r} is no value of an outcome.", "Give a number above 0, or a column."
        )
    return float(value)


def _priors(given: Any) -> Priors:
    return given if isinstance(given, Priors) else Priors().but(given)
