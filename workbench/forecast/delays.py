"""How much of a day has arrived by its age: given, seen in older data versions, or assumed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from workbench.errors import QuestionError
from workbench.forecast.bundle import Bundle
from workbench.forecast.smoothing import Floats

if TYPE_CHECKING:
    from workbench.data import Store
    from workbench.metrics.question import Question

ASSUMED_DAYS = 3.0
"""Mean delay in days that is assumed of what arrives late where nothing else is known."""

TRUSTED = 0.9
"""Assumed share from which on a day counts as it is."""

LEAST_SHARE = 0.3
"""Known share that a day must have for its value to be completed and used."""

VERSIONS, LOOKED_AT = 8, 90
"""Older data versions that tell, and that are looked at to find them."""

FEWEST = 3
"""Days of one age that tell how much of it had arrived."""


_known: WeakKeyDictionary[Store, dict[tuple[Any, ...], Floats | None]] = WeakKeyDictionary()


def given(bundle: Bundle, maturity: Sequence[float] | None) -> Bundle:
    """The bundle with given shares, the newest step's first.

    Raises:
        QuestionError: for shares that are none.
    """
    if maturity is None:
        return bundle
    for part in maturity:
        fine = isinstance(part, int | float | np.number) and not isinstance(part, bool)
        if not fine or not 0 < part <= 1:
            raise QuestionError(f"maturity={part!r} is no share.", "Write numbers above 0 and up to 1.")
    return _with(bundle, np.array(maturity, float)[: len(bundle.days)], "given")


def _with(bundle: Bundle, by_age: Floats, origin: str) -> Bundle:
    shares = np.ones(len(bundle.days))
    if len(by_age):
        shares[len(shares) - len(by_age) :] = by_age[::-1]
    return replace(bundle, open=len(by_age), shares=shares, shares_from=origin)


def measured(bundle: Bundle, store: Store, question: Question, days: int, behind: int = 0) -> Bundle:
    """The bundle with what older data versions show, else with what must be assumed at least.

    Args:
        bundle: Day series. store: Of the newest version. question: That gave them. days: That may still grow.
        behind: Days of the store after the last one of the bundle, which therefore is so old.
    """
    seen = _seen(bundle, store, question, days + behind)
    if seen is not None:
        return _with(bundle, seen[behind:], "versions")
    return _with(bundle, assumed(days + behind)[behind:], "assumed")


def assumed(days: int) -> Floats:
    """Shares by age with exponential delays of `ASSUMED_DAYS` in the mean."""
    return np.asarray(1 - np.exp(-(np.arange(days) + 1) / ASSUMED_DAYS))


def _seen(bundle: Bundle, store: Store, question: Question, days: int) -> Floats | None:
    """Median share by age in older versions of days that are final now; None where too few tell."""
    if question.metrics[0].is_ratio:
        return None
    known = _known.setdefault(store, {})
    key = (store.version, question.metrics[0].id, str(sorted(question.where.items())), days, len(bundle.days))
    if key not in known:
        known[key] = _shares(bundle, store, question, days)
    return known[key]


def _shares(bundle: Bundle, store: Store, question: Question, days: int) -> Floats | None:
    from workbench.forecast.stores import matrix
    from workbench.metrics.kpis import measure

    total = np.nansum(bundle.values, axis=0)
    found: list[list[float]] = [[] for _ in range(days)]
    for older in _older(store, bundle.last - dt.timedelta(days=days)):
        past = measure(replace(question, store=older))
        was = matrix(past, question.terms(question.metrics[0])[0], bundle.days)[0].sum(axis=0)
        last = int(np.searchsorted(bundle.days, np.datetime64(older.as_of)))
        for age in range(min(days, last + 1)):
            if total[last - age] > 0:
                found[age].append(float(was[last - age] / total[last - age]))
    if min(len(shares) for shares in found) < FEWEST:
        return None
    middle = np.array([np.median(shares) for shares in found])
    return np.asarray(np.clip(np.maximum.accumulate(middle), 0.01, 1.0))


def _older(store: Store, latest: dt.date) -> list[Store]:
    """The newest versions whose last day is final by now."""
    numbers = [int(number) for number in store.versions()["version"] if number < store.version]
    found: list[Store] = []
    for number in numbers[:LOOKED_AT]:
        older = store.at(number)
        if older.as_of is not None and older.as_of <= latest:
            found.append(older)
        if len(found) == VERSIONS:
            break
    return found


def learnt(bundle: Bundle) -> Floats:
    """The values that a model learns from: completed where enough is known to have arrived, else left out."""
    values = bundle.values
    if not bundle.open:
        return values.copy()
    if bundle.shares_from == "assumed":
        return np.asarray(np.where(bundle.shares < TRUSTED, np.nan, values))
    return np.asarray(np.where(bundle.shares < LEAST_SHARE, np.nan, values / bundle.shares))


def bounds(bundle: Bundle) -> tuple[Any, Any]:
    """What part of the final value a step's value should have at least, and at most, (T,) each."""
    whole = np.ones(len(bundle.days))
    if not bundle.open:
        return whole, whole
    return bundle.shares, whole if bundle.shares_from == "assumed" else bundle.shares
