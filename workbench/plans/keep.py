"""Budget plans as saved things of kind `plan`: with the days they are for, and all their earlier versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench import saved
from workbench.errors import QuestionError
from workbench.optimize import PeriodPlan, Plan
from workbench.plans.history import adding
from workbench.plans.rows import cells, columns, totals
from workbench.saved import Item

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

KIND, FORMAT = "plan", "budget"


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
                return _parsed(self.item, entry, revision)
        known = ", ".join(str(number) for number in self.versions)
        raise QuestionError(f"Plan {self.name!r} has no revision {revision}.", f"Kept are {known}.")

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()


def create(
    store: Store,
    name: str,
    plan: Plan | PeriodPlan,
    start: dt.date,
    end: dt.date,
    *,
    cells: pd.DataFrame | None = None,
    by: str | Sequence[str] = ("channel",),
    days: int | None = None,
    metric: str = "conversions",
    currency: str | None = None,
    shared: bool = False,
    who: str | None = None,
) -> SavedPlan:
    """Save a plan in a workspace.

    Args:
        store: The workspace.
        name: What people call it; one owner's names differ.
        plan: The answer of `optimize.allocate` or `optimize.allocate_periods`.
        start: First day that the plan is for. end: The last one.
        cells: A frame with `cell` and the columns of `by`, such as the curves; None: a cell is the one
            dimension of `by`.
        by: Dimensions of the workspace that make up a cell.
        days: Days that a row's amounts are for, 7 where curves are per week; None: the days of the plan, in
            a plan over periods those of one period.
        metric: What the response counts: a metric of the catalogue.
        currency: Code of the amounts; None: the workspace's.
        shared: Whether others see it. who: Its owner; None: who acts here.

    Raises:
        Refused: for a name that is taken or cannot be shown.
        QuestionError: for days or cells that do not fit, or a metric whose parts do not add up.
    """
    adding(store, metric)
    about = {
        "by": [by] if isinstance(by, str) else list(by),
        "start": start,
        "end": end,
        "metric": metric,
        "currency": currency or store.settings.currency,
    }
    content = _content(plan, about, cells, days) | {"data_version": store.version}
    return _parsed(saved.create(store.path, KIND, name, content, who, shared))


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
    old = dict(base.item.content)
    about = {name: old[name] for name in ("by", "start", "end", "metric", "currency")}
    kept = {name: value for name, value in old.items() if name != "versions"} | {"revision": base.revision}
    alike = isinstance(plan, PeriodPlan) == ("period" in base.table)
    length = base.days if days is None and alike else days
    content = _content(plan, about, cells, length) | {"data_version": store.version}
    content["versions"] = [*old.get("versions", ()), kept]
    return _parsed(saved.update(store.path, base.item, content, who))


def read(store: Store, words: str, who: str | None = None) -> SavedPlan:
    """The plan that is meant by its name, id or address.

    Raises:
        Refused: where none or several are meant. QuestionError: where it is no budget plan.
    """
    address = words if "/" in words else None
    known = saved.items(store.path, KIND, who)
    same = [item for item in known if words in (item.id, item.address) or saved_same(item.name, words)]
    found = same[0] if len(same) == 1 else saved.find(store.path, address or words, who)
    return _parsed(saved.read(store.path, KIND, found.id, who))


def saved_same(one: str, other: str) -> bool:
    """Whether two names are one to a reader."""
    from workbench.saved.people import same

    return same(one, other)


def items(store: Store, who: str | None = None) -> tuple[SavedPlan, ...]:
    """All budget plans that a person sees, by name."""
    known = saved.items(store.path, KIND, who)
    return tuple(_parsed(item) for item in known if item.content.get("format") == FORMAT)


def _content(
    plan: Plan | PeriodPlan, about: Mapping[str, Any], keys: pd.DataFrame | None, days: int | None
) -> dict[str, Any]:
    start, end = about["start"], about["end"]
    if not start <= end:
        raise QuestionError(f"The plan ends on {end}, before it starts on {start}.", "Correct its days.")
    table = cells(plan, tuple(about["by"]), keys)
    length = _length(table, start, end) if days is None else days
    _inside(table, start, end)
    if not length >= 1:
        raise QuestionError(f"A row's amounts cannot be for {days} days.", "Give days=7 for a week.")
    return {
        "format": FORMAT,
        **about,
        "days": int(length),
        "totals": totals(plan),
        "cells": columns(table),
    }


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


def _parsed(item: Item, content: Mapping[str, Any] | None = None, revision: int | None = None) -> SavedPlan:
    import pandas as pd

    held = item.content if content is None else content
    if held.get("format") != FORMAT:
        raise QuestionError(f"{item.name!r} is no budget plan.", "Open one that was saved from a plan.")
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
    )
