"""The question: what comes next?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, TooShortError
from workbench.forecast import delays, frames, holidays, tables
from workbench.forecast import events as occasions
from workbench.forecast.answer import Forecast
from workbench.forecast.bundle import Bundle
from workbench.forecast.events import Event
from workbench.forecast.fit import WIDTHS, Fit, fit
from workbench.forecast.notes import Note

if TYPE_CHECKING:
    from workbench.metrics.periods import Period

FEWEST_SEASONS = 4
"""Seasons under which nothing is forecast."""

LONGEST = 3.0
"""Longest horizon in parts of the history."""


def forecast(
    series: Any,
    horizon: int = 28,
    *,
    metric: str | None = None,
    as_of: Any = None,
    by: str | Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    period: str | Period = "all",
    time: str | None = None,
    value: str | None = None,
    events: Any = None,
    country: str | None = None,
    level: float = 0.95,
    gaps: str = "missing",
    maturity: Sequence[float] | None = None,
    currency: str | None = None,
) -> Forecast:
    """Forecast one series or many, by the way that did best on their own past.

    Seven ways are tried from up to 60 days of the past: the last value, the last season, the mean of the last
    four, exponential smoothing with damped trend and season, theta, regression with season and (from two
    years on) the year, and the mean of the last four of these. A way that is not better than the better of
    the first two is not used, and a note says so.

    Args:
        series: A pandas Series with days as index; a frame (pandas, Polars, Arrow, Ibis) with a column of
            days and one of numbers; or a store. Steps are days, weeks or months, whichever the data are.
        horizon: Steps ahead.
        metric: For a store, of the catalogue; or `sales:revenue`, `sales:orders`, `sales:aov` of its own
            sales; or `market:` and the name of an outside series (`choices(store)` has all). None: `cost`.
        as_of: Last day that is looked at; None: the last one.
        by: Columns or dimensions that tell series apart.
        where, period, currency: Filters, days and currency, for a store.
        time, value: Columns of a frame; None: the only ones that can be meant.
        events: Known events: a frame or CSV file with `start` (or `date`), `name`, perhaps `end`; or name →
            days. A store's outside series with the unit `event` or `holiday` are added.
        country: Whose public holidays are tried beside them: a code such as `CN` or `DE-BY`, or `none`; None:
            for a store that of its setting or currency. They count where earlier times show that they help.
        level: Of the intervals.
        gaps: Steps of a frame without a row: `missing` (not known) or `zero`.
        maturity: What part of the newest step has arrived, of the one before, …; up to 1.

    Returns:
        A `Forecast`. What was never below 0 stays so. Intervals are conformal: by how far the chosen way was
        off so many steps ahead.

    Raises:
        QuestionError: for parameters that do not fit. InputError: for series that cannot be read.
    """
    bundle = read(
        series, metric=metric, by=by, where=where, period=period, time=time, value=value, gaps=gaps,
        maturity=maturity, currency=currency,
    )  # fmt: skip
    bundle = checked(until(bundle, as_of))
    steps = _horizon(horizon, bundle)
    named = with_holidays(series, known_events(series, events), country, bundle, steps)
    return answered(bundle, steps, named, share("level", level))


def answered(bundle: Bundle, horizon: int, named: tuple[Event, ...], level: float) -> Forecast:
    """The answer for a bundle that has been checked."""
    fits = tuple(fit(bundle, horizon, named, level))
    ahead, young = tables.forecast(bundle, fits, horizon)
    return Forecast(
        table=ahead,
        nowcast=young,
        methods=tables.methods(bundle, fits),
        level=level,
        horizon=horizon,
        notes=(*bundle.notes, *_notes(bundle, fits, named)),
        events=_shown(named, fits),
        code_version=code_version(),
        bundle=bundle,
        fits=fits,
    )


def read(series: Any, **how: Any) -> Bundle:
    """The series of a store or a frame."""
    if is_store(series):
        return _of_store(series, how)
    bundle = frames.read(series, how["time"], how["value"] or how["metric"], how["by"], how["gaps"])
    return delays.given(bundle, how["maturity"])


def _of_store(store: Any, how: Mapping[str, Any]) -> Bundle:
    """The series of a store: of its advertising, its sales, or from outside."""
    from workbench.forecast import market, sales, stores

    names = ("by", "where", "period")
    group, _, name = str(how["metric"] or "").partition(":")
    if group == sales.GROUP:
        found = sales.read(store, name, **{key: how[key] for key in names}, currency=how["currency"])
    elif group == market.GROUP:
        found = market.read(store, name, **{key: how[key] for key in names})
    else:
        return stores.read(store, **{key: how[key] for key in (*names, "metric", "maturity", "currency")})
    behind = (store.as_of - found.last).days if store.as_of else 0
    if behind > WIDTHS[found.step]:
        found = replace(found, notes=(*found.notes, Note.of("behind", last=found.last, days=behind)))
    return delays.given(found, how["maturity"])


def is_store(series: Any) -> bool:
    """Whether it is a store: it has tables and a version."""
    return hasattr(series, "tables") and hasattr(series, "as_of")


def checked(bundle: Bundle) -> Bundle:
    """The bundle without the series that are too short, if any is left.

    Raises:
        TooShortError: where none is.
    """
    long_enough = enough(bundle)
    if not long_enough.any():
        most = int(np.isfinite(delays.learnt(bundle)).sum(axis=1).max())
        error = TooShortError(
            f"The series has {most} values, and a forecast needs {_least(bundle)}.",
            "Give more history, or a longer period.",
        )
        error.have, error.need = most, _least(bundle)
        raise error
    left = [key for key, fine in zip(bundle.keys, long_enough, strict=True) if not fine]
    if not left:
        return bundle
    kept = tuple(key for key, fine in zip(bundle.keys, long_enough, strict=True) if fine)
    note = Note.of("too_short", names=tuple(" · ".join(key.values()) for key in left[:5]), count=len(left))
    price = None if bundle.price is None else bundle.price[long_enough]
    return replace(
        bundle, values=bundle.values[long_enough], keys=kept, price=price, notes=(*bundle.notes, note)
    )


def enough(bundle: Bundle) -> Any:
    """Which series are long enough to say what is usual, (N,)."""
    known = np.isfinite(delays.learnt(bundle))
    first = np.argmax(known, axis=1)
    last = known.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    least = _least(bundle)
    return known.any(axis=1) & (last - first + 1 >= least) & (known.sum(axis=1) >= 0.5 * least)


def _least(bundle: Bundle) -> int:
    """Steps under which nothing is forecast."""
    return FEWEST_SEASONS * (7 if bundle.step == "day" else 3)


def _horizon(horizon: Any, bundle: Bundle) -> int:
    steps = len(bundle.days)
    if isinstance(horizon, bool) or not isinstance(horizon, int | np.integer) or horizon < 1:
        raise QuestionError(f"horizon={horizon!r} is no number of steps.", "Write a whole number from 1 on.")
    if horizon > LONGEST * steps:
        raise QuestionError(
            f"horizon={horizon} is too far: the history has {steps} steps.",
            f"Ask for {int(LONGEST * steps)} at most.",
        )
    return int(horizon)


def until(bundle: Bundle, as_of: Any) -> Bundle:
    """The bundle without what came after a day; None: the whole.

    Raises:
        QuestionError: for what is no day within the data.
    """
    if as_of is None:
        return bundle
    try:
        day = np.datetime64(str(as_of)[:10], "D")
    except ValueError:
        raise QuestionError(f"as_of={as_of!r} is no day.", "Write YYYY-MM-DD.") from None
    if not bundle.days[0] <= day <= bundle.days[-1]:
        raise QuestionError(
            f"as_of={day} is not within the data, which go from {bundle.days[0]} to {bundle.days[-1]}.",
            "Name a day within them.",
        )
    steps = int(np.searchsorted(bundle.days, day)) + 1
    cut = len(bundle.days) - steps
    ripe = max(0, bundle.open - cut)
    shares = None if bundle.shares is None else bundle.shares[:steps]
    return replace(
        bundle, days=bundle.days[:steps], values=bundle.values[:, :steps], open=ripe, shares=shares
    )


def share(name: str, value: Any) -> float:
    """A share between 0 and 1, both left out.

    Raises:
        QuestionError: for another value.
    """
    fine = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not fine or not 0 < value < 1:
        raise QuestionError(f"{name}={value!r} is no share.", "Write a number between 0 and 1.")
    return float(value)


def known_events(series: Any, given: Any) -> tuple[Event, ...]:
    """Events that are given, and those of the store."""
    found = occasions.read(given)
    return tuple(sorted({*found, *(occasions.of_store(series) if is_store(series) else ())}))


def with_holidays(
    series: Any, own: tuple[Event, ...], country: str | None, bundle: Bundle, horizon: int
) -> tuple[Event, ...]:
    """Own events, and the public holidays of the days of a bundle and of its horizon.

    Args:
        series: As it was asked for. own: Its events. country: As `forecast` takes it.
        bundle: Its series. horizon: Steps ahead.

    Raises:
        QuestionError: for a country without a calendar.
    """
    if country is not None:
        code = holidays.checked(country)
    else:
        code = holidays.country_of(series, bundle.money) if is_store(series) else ""
    if not code or bundle.step == "month":
        return own
    last = bundle.ahead(horizon)[-1].item()
    public = holidays.public(code, bundle.days[0].item(), last)
    return tuple(sorted((*own, *holidays.beside(own, public))))


def _notes(bundle: Bundle, fits: tuple[Fit, ...], named: tuple[Event, ...]) -> tuple[Note, ...]:
    """What a reader must know."""
    notes = []
    refused = [flag for fit in fits for flag in fit.trial.refused]
    ways = [way for fit in fits for way in fit.trial.chosen]
    if any(refused):
        count = sum(refused)
        way = next(way for way, flag in zip(ways, refused, strict=True) if flag)
        code = f"refused_{way}" if len(refused) == 1 else "refused_some"
        notes.append(Note.of(code, count=count, all=len(refused)))
    untested = sum(int((fit.trial.tested == 0).sum()) for fit in fits)
    if untested:
        notes.append(Note.of("untested", count=untested, all=len(ways)))
    missing = int((~np.isfinite(bundle.values) & (np.cumsum(np.isfinite(bundle.values), 1) > 0)).sum())
    if missing:
        notes.append(Note.of("missing", count=missing))
    if bundle.open:
        notes.append(Note.of(f"open_{bundle.shares_from}", days=bundle.open))
    marks, steps = fits[0].marks, fits[0].steps
    coming = {int(kind) for kind in marks.kind[(marks.values[steps:] > 0).any(axis=0)]}
    new = {name for e, name in enumerate(marks.names) if e in coming and not marks.times[e]}
    own = [event for event in named if event.name in new and not event.country]
    if own:
        notes.append(Note.of("new_events", names=occasions.Named(own)))
    return (*notes, *_of_holidays(fits, named))


def _shown(named: tuple[Event, ...], fits: tuple[Fit, ...]) -> tuple[Event, ...]:
    """Events without working days that are made up for, unless they count: nobody celebrates them."""
    used = _followed(fits)
    return tuple(event for event in named if not holidays.is_made_up(event) or event.name in used)


def _of_holidays(fits: tuple[Fit, ...], named: tuple[Event, ...]) -> list[Note]:
    """Which public holidays count, if any is known."""
    public = [event for event in named if event.country]
    if not public:
        return []
    country = holidays.Country(public[0].country)
    used = _followed(fits)
    counted = [event for event in public if event.name in used]
    if not counted:
        return [Note.of("holidays_none", country=country)]
    return [Note.of("holidays", country=country, names=occasions.Named(counted))]


def _followed(fits: tuple[Fit, ...]) -> set[str]:
    """Names of the events that count for any series."""
    found = set()
    for part in fits:
        for kind, name in enumerate(part.marks.names):
            heard = part.effects.heard[:, part.marks.kind == kind].any(axis=1)
            if (heard & part.followed[:, kind]).any():
                found.add(name)
    return found


def code_version() -> str:
    """Version of the package and a hash of its source."""
    from workbench.metrics.answer import code_version as known

    return known()
