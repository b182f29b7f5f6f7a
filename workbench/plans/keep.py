"""Budget plans as saved things of kind `plan`: with the days they are for, and all their earlier versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any

from workbench import saved
from workbench.errors import InputError, QuestionError
from workbench.optimize import PeriodPlan, Plan
from workbench.plans.basis import Basis, basis, source_label, strings
from workbench.plans.history import adding
from workbench.plans.rows import cells, columns, totals
from workbench.saved import Item

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

KIND, FORMAT = "plan", "budget"
OPTIONAL = ("where", "source", "asked")
"""Entries that a file does without where they are empty."""


@dataclass(frozen=True, eq=False)
class SavedPlan:
    """A plan as it was saved.

    Attributes:
        item: The saved thing: its name, owner, revision, who changed it.
        table: One row a cell (and period): the dimensions of `by`, `cell`, `spend`, `response`, and what the
            plan knew besides.
        by: Dimensions of the workspace that make up a cell.
        start: First day that it is for. end: The last one.
        days: Days that one row's amounts are for.
        metric: What its response counts. currency: Code of its amounts.
        totals: `spend`, `response`, `upper_bound`, `gap`, `status` and others, as the plan had them.
        revision: Which version this is. versions: Revisions that can be read.
        where: Dimension → values that it is for; empty: everything.
        source: What stands behind its numbers, such as `platform-claimed`; empty where it is not known.
        data_version: Version of the store that it was made on; None where it is not known.
        asked: Arguments of `propose` that made it; empty where it came from elsewhere.
    """

    item: Item
    table: pd.DataFrame
    by: tuple[str, ...]
    start: dt.date
    end: dt.date
    days: int
    metric: str
    currency: str
    totals: Mapping[str, Any]
    revision: int
    versions: tuple[int, ...]
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""
    data_version: int | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def basis(self) -> Basis:
        """What its numbers are of."""
        return Basis(self.days, self.currency, self.where, self.source, self.data_version)

    def label(self, lang: str = "en") -> str:
        """What stands behind its numbers, in words."""
        return source_label(self.source, lang)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.item.name

    def version(self, revision: int) -> SavedPlan:
        """The plan as it was at an earlier revision.

        Raises:
            QuestionError: for a revision that is not kept.
        """
        if revision == self.revision:
            return self
        for entry in self.item.content.get("versions", ()):
            if entry["revision"] == revision:
                return parsed(self.item, entry, revision)
        known = ", ".join(str(number) for number in self.versions)
        raise QuestionError(f"Plan {self.name!r} has no revision {revision}.", f"Kept are {known}.")

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()


def create(
    store: Store,
    name: str,
    plan: Plan | PeriodPlan,
    start: dt.date | str,
    end: dt.date | str,
    *,
    cells: pd.DataFrame | None = None,
    by: str | Sequence[str] = ("channel",),
    days: int | None = None,
    metric: str = "conversions",
    currency: str | None = None,
    where: Mapping[str, Any] | None = None,
    source: str | None = None,
    asked: Mapping[str, Any] | None = None,
    shared: bool = False,
    who: str | None = None,
) -> SavedPlan:
    """Save a plan in a workspace; what the curves say of themselves is kept where nothing else is said.

    Args:
        store: The workspace.
        name: What people call it; one owner's names differ.
        plan: The answer of `optimize.allocate` or `optimize.allocate_periods`.
        start: First day that the plan is for. end: The last one.
        cells: A frame with `cell` and the columns of `by`, such as the curves; None: a cell is the one
            dimension of `by`.
        by: Dimensions of the workspace that make up a cell.
        days: Days that a row's amounts are for, 7 where curves are per week; None: those of a period of the
            curves, else the days of the plan, in a plan over periods those of one period.
        metric: What the response counts: a metric of the catalogue.
        currency: Code of the amounts; None: that of the curves, else the workspace's.
        where: Dimension → value or values that the plan is for. source: What stands behind its numbers.
        asked: Arguments of `propose` that make it.
        shared: Whether others see it. who: Its owner; None: who acts here.

    Raises:
        Refused: for a name that is taken or cannot be shown.
        QuestionError: for days or cells that do not fit, or a metric whose parts do not add up.
    """
    adding(store, metric)
    start, end = _day(start), _day(end)
    told = basis(plan.table, cells)
    about = {
        "by": [by] if isinstance(by, str) else list(by),
        "start": start,
        "end": end,
        "metric": metric,
        "currency": currency or told.currency or store.settings.currency,
        "where": {name: list(strings(values)) for name, values in (where or told.where).items()},
        "source": source or told.source,
        "asked": dict(asked or {}),
    }
    content = content_of(store, plan, about, cells, told.days if days is None else days)
    return parsed(saved.create(store.path, KIND, name, content, who, shared))


def update(
    store: Store,
    base: SavedPlan,
    plan: Plan | PeriodPlan,
    *,
    cells: pd.DataFrame | None = None,
    days: int | None = None,
    who: str | None = None,
) -> SavedPlan:
    """Save another plan in the place of one; the one before stays readable as a version.

    Args:
        store: The workspace.
        base: The plan as it was read. plan: The new one, for the same days and cells of the same dimensions.
        cells: As `create` takes them; None: the dimensions that `base` knows.
        days: As `create` takes them; None: those of `base` where both are over periods or neither is.
        who: Who changes it; None: who acts here.

    Raises:
        Conflict: where somebody has changed it since.
    """
    if cells is None and base.by:
        cells = base.table[["cell", *base.by]].drop_duplicates()
    old, told = base.item.content, basis(plan.table)
    about = {name: old[name] for name in ("by", "start", "end", "metric", "currency", "where") if name in old}
    about["source"] = told.source or base.source
    alike = isinstance(plan, PeriodPlan) == ("period" in base.table)
    length = base.days if days is None and alike else days
    return replaced(store, base, content_of(store, plan, about, cells, length), who)


def replaced(store: Store, base: SavedPlan, content: Mapping[str, Any], who: str | None = None) -> SavedPlan:
    """Save other content of a plan; what it held stays readable as a version.

    Raises:
        Conflict: where somebody has changed it since.
    """
    old = dict(base.item.content)
    kept = {name: value for name, value in old.items() if name != "versions"} | {
        "revision": base.item.revision
    }
    versions = [*old.get("versions", ()), kept]
    return parsed(saved.update(store.path, base.item, {**content, "versions": versions}, who))


def read(store: Store, words: str, who: str | None = None) -> SavedPlan:
    """The plan that is meant by its name, id or address.

    Raises:
        Refused: where none or several are meant. QuestionError: where it is no budget plan.
    """
    address = words if "/" in words else None
    known = saved.items(store.path, KIND, who)
    same = [item for item in known if words in (item.id, item.address) or saved_same(item.name, words)]
    found = same[0] if len(same) == 1 else saved.find(store.path, address or words, who)
    return parsed(saved.read(store.path, KIND, found.id, who))


def saved_same(one: str, other: str) -> bool:
    """Whether two names are one to a reader."""
    from workbench.saved.people import same

    return same(one, other)


def items(store: Store, who: str | None = None) -> tuple[SavedPlan, ...]:
    """All budget plans that a person sees, by name; files that somebody has damaged are left out."""
    found = []
    for item in saved.items(store.path, KIND, who):
        if item.content.get("format") == FORMAT:
            with suppress(InputError):
                found.append(parsed(item))
    return tuple(found)


def newest(store: Store, who: str | None = None) -> SavedPlan | None:
    """The budget plan that began last, of those that a person sees and that have begun; None without any."""
    last = store.as_of
    begun = [plan for plan in items(store, who) if last is not None and plan.start <= last]
    return max(begun, key=lambda plan: (plan.start, plan.item.id), default=None)


def content_of(
    store: Store,
    plan: Plan | PeriodPlan,
    about: Mapping[str, Any],
    keys: pd.DataFrame | None,
    days: int | None,
) -> dict[str, Any]:
    """What the file of a plan holds.

    Raises:
        QuestionError: for days or cells that do not fit.
    """
    start, end = about["start"], about["end"]
    if not start <= end:
        raise QuestionError(f"The plan ends on {end}, before it starts on {start}.", "Correct its days.")
    table = cells(plan, tuple(about["by"]), keys)
    length: Any = _length(table, start, end) if days is None else days  # attributes hold anything
    _inside(table, start, end)
    if not isinstance(length, Real) or not float(length) >= 1:
        raise QuestionError(f"A row's amounts cannot be for {days} days.", "Give days=7 for a week.")
    return {
        "format": FORMAT,
        **{name: value for name, value in about.items() if name not in OPTIONAL or value},
        "days": int(float(length)),
        "data_version": store.version,
        "totals": totals(plan),
        "cells": columns(table),
    }


def _day(value: Any) -> dt.date:
    """A day, written as text or not.

    Raises:
        QuestionError: for what is none.
    """
    try:
        day = dt.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        day = None
    if not isinstance(day, dt.date):
        raise QuestionError(f"{value!r} is no day of a plan.", "Give a date, or YYYY-MM-DD.")
    return day.date() if isinstance(day, dt.datetime) else day


def _inside(table: pd.DataFrame, start: dt.date, end: dt.date) -> None:
    """Refuse periods that are days and not the plan's."""
    days = [label for label in table.get("period", ()) if isinstance(label, dt.date)]
    for day in (label for label in days if not start <= label <= end):
        raise QuestionError(
            f"Period {day} is not between {start} and {end}.", "Give the days that the plan was made for."
        )


def _length(table: pd.DataFrame, start: dt.date, end: dt.date) -> int:
    """Days that a row's amounts are for: from one period to the next where they are days, else even parts."""
    if "period" not in table:
        return (end - start).days + 1
    periods = list(dict.fromkeys(table["period"]))
    if len(periods) > 1 and all(isinstance(label, dt.date) for label in periods):
        return max(1, round(int((periods[-1] - periods[0]).days) / (len(periods) - 1)))
    return max(1, ((end - start).days + 1) // len(periods))


def parsed(item: Item, content: Mapping[str, Any] | None = None, revision: int | None = None) -> SavedPlan:
    """A saved thing as the plan that it holds, or the one that an earlier content of it held.

    Raises:
        QuestionError: where it is no budget plan.
        InputError: where its file was changed by hand so that it is none any more.
    """
    held = item.content if content is None else content
    if held.get("format") != FORMAT:
        raise QuestionError(f"{item.name!r} is no budget plan.", "Open one that was saved from a plan.")
    try:
        return _read(item, held, revision)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"The file of plan {item.name!r} is damaged: {error}.",
            "Restore the file, or delete it.",
            item.address,
        ) from None


def _read(item: Item, held: Mapping[str, Any], revision: int | None) -> SavedPlan:
    import pandas as pd

    versions = tuple(int(entry["revision"]) for entry in item.content.get("versions", ()))
    return SavedPlan(
        item=item,
        table=pd.DataFrame(dict(held["cells"])),
        by=tuple(held["by"]),
        start=held["start"],
        end=held["end"],
        days=int(held["days"]),
        metric=held["metric"],
        currency=held["currency"],
        totals=dict(held["totals"]),
        revision=item.revision if revision is None else revision,
        versions=(*versions, item.revision),
        where={name: strings(values) for name, values in held.get("where", {}).items()},
        source=held.get("source", ""),
        data_version=held.get("data_version"),
        asked=dict(held.get("asked", {})),
    )
