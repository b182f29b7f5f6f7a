"""The question: is this month on plan, and what would bring it there?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.arguments import right_kinds
from workbench.catalogue import pick
from workbench.errors import QuestionError, WorkbenchError
from workbench.forecast import delays, planned
from workbench.forecast.month import month_end, month_of
from workbench.forecast.notes import Called, Note
from workbench.forecast.pacing import COLUMNS, Pacing, paced
from workbench.i18n import formats

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

METRICS = ("cost", "conversions", "revenue")
REACHES = (1.1, 1.25, 1.5, 2.0)
"""Ends of the axis of bars: steps, so that it stays where it is while numbers move a little."""
MORE = ("done", "low_of", "high_of", "gap", "step", "plan")


@dataclass(frozen=True)
class Near:
    """When a month counts as on plan.

    Attributes:
        plan: Relative distance of the projection from the plan that counts as none.
    """

    plan: float = 0.05


@dataclass(frozen=True, eq=False)
class Pace:
    """How a month runs against its plan, in one or several metrics.

    Attributes:
        table: One row a metric and series: `metric`, the `by` columns, those of `Pacing.table`, and `done`
            (actual / target), `low_of`, `high_of` (ends of the interval / target), `gap` (projected −
            target), `step` (needed a day / present rate − 1), `plan` (`targets`, `campaigns`: where the plan
            is from; empty without one). `status` is `on` (heading for the plan), `over` or `under` (the plan
            is outside of the interval), `open` (off the plan, which lies inside of it); empty without a plan.
            Series without spend, plan and anything to come are left out.
        months: Metric → its `Pacing`.
        notes: What a reader must know.
        near: When a month counts as on plan.
    """

    table: pd.DataFrame
    months: Mapping[str, Pacing]
    notes: tuple[Note, ...]
    near: Near

    @property
    def any(self) -> Pacing:
        """One of the months: all are of the same days."""
        return next(iter(self.months.values()))

    @property
    def by(self) -> tuple[str, ...]:
        """Dimensions that tell the series apart."""
        return self.any.by

    @property
    def first(self) -> dt.date:
        """First day of the month."""
        return self.any.first

    @property
    def last(self) -> dt.date:
        """Last day of the month."""
        return self.any.last

    @property
    def as_of(self) -> dt.date:
        """Last known day."""
        return self.any.as_of

    @property
    def days_left(self) -> int:
        """Days of the month after the last known one."""
        return self.any.days_left

    @property
    def passed(self) -> float:
        """Part of the month's days that is known."""
        return ((self.as_of - self.first).days + 1) / ((self.last - self.first).days + 1)

    @property
    def level(self) -> float:
        """Level of the intervals."""
        return self.any.forecast.level

    @property
    def data_version(self) -> int:
        """Version of the store."""
        return self.any.forecast.data_version

    @property
    def planned(self) -> pd.DataFrame:
        """The rows that have a plan."""
        return self.table[self.table["status"] != ""]

    @property
    def reach(self) -> float:
        """Right end of a common axis in parts of the plan: a step beyond the farthest projection."""
        ends = self.planned[["done", "of_target", "high_of"]].to_numpy(float)
        return next((step for step in REACHES if (ends <= step).all()), REACHES[-1])

    def headline(self, lang: str = "en", names: Mapping[str, str] | None = None) -> str:
        """How many series are on plan, and which is the farthest from it."""
        from workbench.forecast.pace_words import headline

        return headline(self, lang, names or {})

    def sentence(self, lang: str = "en", names: Mapping[str, str] | None = None, row: int = 0) -> str:
        """One row in words: how much so far, where it ends, what it takes a day to land on plan.

        Args:
            lang: `en` or `zh`. names: Member or metric → how it is called. row: Of the table.
        """
        from workbench.forecast.pace_words import sentence

        return sentence(self, lang, names or {}, row)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values; missing numbers as None."""
        from workbench.forecast.tables import records

        return {
            "by": list(self.by),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "as_of": self.as_of.isoformat(),
            "passed": self.passed,
            "level": self.level,
            "data_version": self.data_version,
            "notes": [{"code": note.code, "text": note.sentence("en")} for note in self.notes],
            "rows": records(self.table),
        }

    def to_csv(self) -> bytes:
        """The table as CSV that no spreadsheet runs."""
        from workbench import exports

        return exports.csv(self.table)

    def _repr_html_(self) -> str:
        from html import escape

        said = [self.sentence(row=row) for row in range(min(len(self.table), 3))]
        words = "".join(f"<p>{escape(sentence)}</p>" for sentence in said)
        return f"{words}{self.table.to_html(index=False, na_rep=formats.MISSING)}"


@right_kinds
def pace(
    store: Store,
    metrics: Sequence[str] = METRICS,
    *,
    by: str | Sequence[str] | None = None,
    as_of: Any = None,
    where: Mapping[str, Any] | None = None,
    level: float = 0.95,
    near: Near | None = None,
) -> Pace:
    """How the month of the last known day runs against its plan.

    The plan is the workspace's targets, which are by channel. Where they do not reach (other dimensions,
    other filters, a month without any), spend is planned by the budgets of the campaigns, each spread evenly
    over its days.

    Args:
        store: The store.
        metrics: Ids of the catalogue that add up over days; one that the data do not have is left out.
        by: Dimensions that tell series apart; None: all together.
        as_of: Last day that is looked at; None: the last one of the data. Its month is told of.
        where: Dimension → members that are kept.
        level: Of the intervals.
        near: When a month counts as on plan.

    Raises:
        QuestionError: for a metric that does not add up, a day outside of the data, no data at all.
        InputError: for less than four weeks of data.
    """
    import pandas as pd

    day = as_of or store.as_of
    months, failed, notes, tables = {}, {}, [], []
    for name in [entry.id for entry in pick(list(metrics), store.metrics)]:
        try:
            month, plan, more = _month(store, name, day, by, where, level)
        except WorkbenchError as error:
            failed[name] = error
            continue
        if not plan and not month.table["actual"].any() and len(metrics) > 1:
            continue  # nobody counts or plans it here
        months[name] = month
        tables.append(_more(month, name, plan, near or Near()))
        notes += [*month.notes, *more]
    if not months:
        raise next(iter(failed.values()), nothing())
    left = [Note.of("no_metric", metric=Called(store.metrics[name])) for name in failed]
    table = pd.concat(tables, ignore_index=True)
    return Pace(table, months, tuple(dict.fromkeys([*notes, *left])), near or Near())


def nothing() -> QuestionError:
    """What is said where no metric is left."""
    return QuestionError("There is no metric to look at.", "Name one that the data have.")


def _month(
    store: Store, metric: str, day: Any, by: Any, where: Any, level: float
) -> tuple[Pacing, str, tuple[Note, ...]]:
    """The month of a metric, where its plan is from, and what must be known of that."""
    month = month_end(store, metric, day, by=by, where=where, level=level)
    if month.table["target"].notna().any():
        return month, "targets", ()
    if metric != "cost":
        return month, "", ()
    bundle = month.forecast.bundle
    first, last = month_of(bundle.last)
    amounts, notes = planned.campaigns(store, bundle.by, dict(bundle.where), first, last, bundle.money)
    if not amounts:
        return month, "", ()
    targets = np.array([amounts.get(" · ".join(key.values()), np.nan) for key in bundle.keys])
    kept = tuple(note for note in month.notes if note.code != "no_target_here")
    again = paced(month.forecast, delays.learnt(bundle), first, last, targets, kept)
    return again, "campaigns", (Note.of("by_campaigns"), *notes)


def _more(month: Pacing, metric: str, plan: str, near: Near) -> pd.DataFrame:
    """The month's table with what a plan adds."""
    found = month.table.copy()
    target = found["target"].where(found["target"] > 0)
    found["done"] = found["actual"] / target
    found["low_of"], found["high_of"] = found["low"] / target, found["high"] / target
    found["gap"] = found["projected"] - found["target"]
    found["step"] = found["needed"] / found["rate"].where(found["rate"] > 0) - 1
    found["plan"] = [plan if status else "" for status in found["status"]]
    close = (found["of_target"] - 1).abs() <= near.plan
    found["status"] = found["status"].replace("on", "open").mask(close & (found["status"] != ""), "on")
    found.insert(0, "metric", metric)
    over = (found["status"] == "") & (found["actual"] == 0) & (found["high"] <= 0)  # ended before the month
    found = found if over.all() else found[~over]
    return found[["metric", *month.by, *COLUMNS, *MORE]]
