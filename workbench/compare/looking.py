"""Experiments of a store: which there are, and how an effect looked at each look.

A look has seen the outcomes up to its day; its interval is that of the plan of looks, so that one may stop
at any of them. All looks come from one query: an outcome column for each.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.compare import assigned
from workbench.compare.admission import check_arms
from workbench.compare.analysis import Rules, analyse
from workbench.compare.fetch import Plan, fetch
from workbench.compare.inference import Once
from workbench.compare.measures import Measure, better_of
from workbench.compare.result import Comparison, Remark, Verdict
from workbench.compare.sequential import AlwaysValid, GroupSequential
from workbench.errors import QuestionError, unknown

if TYPE_CHECKING:
    from workbench.data import Store

CONTROLS = ("control", "a", "hold_out", "holdout", "baseline", "对照组", "对照")
"""Names by which a control is usually known, in lower case."""
MOST_LOOKS = 30


@dataclass(frozen=True)
class Trial:
    """One experiment of a store.

    Attributes:
        name: Its id.
        arms: Arm → customers assigned, the control first.
        start: Day of the first assignment, in the workspace's time zone.
        last: Last day with outcomes.
    """

    name: str
    arms: Mapping[str, int]
    start: dt.date
    last: dt.date

    @property
    def control(self) -> str:
        """The arm with a control's name, else the first by name."""
        return next(iter(self.arms))

    @property
    def days(self) -> int:
        """Days from the first assignment to the last outcome, both included."""
        return (self.last - self.start).days + 1

    def day(self, number: int) -> dt.date:
        """Day `number`, from 1."""
        return self.start + dt.timedelta(number - 1)

    def number(self, day: str) -> int | None:
        """Number of a day in ISO form; None for one that is no day of the experiment."""
        return {self.day(number).isoformat(): number for number in range(1, self.days + 1)}.get(day)

    def fractions(self, number: int, every: int) -> tuple[float, ...]:
        """Shares of the whole time at looks every so many days, the last on day `number`."""
        return tuple(round(day / self.days, 4) for day in _numbers(number, every))


def experiments(store: Store) -> tuple[Trial, ...]:
    """The experiments of a store, the latest first."""
    table = store.table("assignments").filter(lambda t: t.variant.notnull())
    counted = table.group_by("experiment", "variant")
    rows = store.query(counted.agg(n=table.count(), begun=table.time.epoch_seconds().min())).to_pylist()
    last = assigned.last_day(store)
    found = []
    for name in dict.fromkeys(row["experiment"] for row in rows):
        own = [row for row in rows if row["experiment"] == name]
        begun = [row["begun"] for row in own if row["begun"] is not None]
        start = dt.datetime.fromtimestamp(min(begun), assigned.zone(store)).date() if begun else last
        arms = {row["variant"]: row["n"] for row in sorted(own, key=_control_first)}
        found.append(Trial(name, arms, start, max(last, start)))
    return tuple(sorted(found, key=lambda trial: (-trial.start.toordinal(), trial.name)))


def looks(
    store: Store,
    name: str | None = None,
    metric: str = "revenue",
    control: str = "A",
    every: int = 7,
    until: dt.date | str | None = None,
    covariates: Sequence[str] = (),
    sequential: str | None = "group_sequential",
    better: str = "",
    level: float = 0.95,
    segment: Any = None,
) -> Comparison:
    """How the effect looked after each look.

    Args:
        store: The store.
        name: Which experiment; None: its only one.
        metric: `converted`, `orders`, `revenue` or `margin`.
        control: The control arm.
        every: Days between looks.
        until: Day of the last look; None: the last day with data.
        covariates: From before the assignment.
        sequential: `group_sequential` (these looks were planned), `always_valid`, or None: each look as if
            it were the only one.
        better: `higher` or `lower`; empty: as the catalogue says.
        level: Confidence.
        segment: As in `experiment`.

    Returns:
        A comparison by `look`, the last day that a look has seen, one row a look × arm.

    Raises:
        QuestionError: as `experiment` does, and for looks that do not fit.
    """
    if metric not in assigned.AFTER:
        raise unknown("metric", metric, assigned.AFTER, where="a store's experiment")
    trial = _trial(store, name)
    days = _days(trial, every, until)
    terms = tuple((item, None) for item in covariates)
    measures = tuple(Measure(day.isoformat(), (f"{metric}@{day}", None), terms) for day in days)
    part = assigned.of_segment(store, trial.name, segment)
    found = assigned.looks(part, trial.name, metric, days, covariates)
    cube, sql = fetch(found, Plan(measures, "variant"))
    check_arms(cube, control, "variant")
    side = better or better_of(Measure(metric, (metric, None)))
    parts = []
    for number, measure in enumerate(measures):
        shares = tuple(((day - trial.start).days + 1) / trial.days for day in days[: number + 1])
        judged = Rules(control, level, "none", _plan(sequential, shares, trial), {measure.name: side})
        parts.append(analyse(replace(cube, measures=(measure,)), judged).assign(look=days[number]))
    return _answer(store, parts, metric, side, level, sql, found.currency, sequential, days)


def _control_first(row: Mapping[str, Any]) -> tuple[bool, str]:
    return str(row["variant"]).lower() not in CONTROLS, str(row["variant"])


def _trial(store: Store, name: str | None) -> Trial:
    chosen = assigned.chosen(store, name)
    return next(trial for trial in experiments(store) if trial.name == chosen)


def _days(trial: Trial, every: int, until: dt.date | str | None) -> list[dt.date]:
    last = min(assigned.day(until), trial.last) if until else trial.last
    if every < 1 or last < trial.start:
        raise QuestionError("There is no look before the experiment began.", "Choose a later day.", "looks")
    step = max(every, math.ceil(trial.days / MOST_LOOKS))
    count = (last - trial.start).days + 1
    return [trial.day(number) for number in _numbers(count, step)]


def _numbers(count: int, step: int) -> list[int]:
    """Days of the looks, the last one on day `count`; it takes the place of one that is hardly earlier."""
    return [*(day for day in range(step, count, step) if count - day > step / 2), count]


def _plan(sequential: str | None, fractions: tuple[float, ...], trial: Trial) -> Any:
    if sequential is None:
        return Once()
    if sequential == "always_valid":
        return AlwaysValid(sum(trial.arms.values()))
    if sequential != "group_sequential":
        raise unknown("plan of looks", sequential, ("group_sequential", "always_valid"))
    return GroupSequential(fractions)


def _answer(
    store: Store,
    parts: list[Any],
    metric: str,
    side: str,
    level: float,
    sql: str,
    currency: str,
    sequential: str | None,
    days: Sequence[dt.date],
) -> Comparison:
    import pandas as pd

    table = pd.concat(parts, ignore_index=True).assign(metric=metric)
    columns = ["look", *(name for name in table if name != "look")]
    crossed = table[table["p_value"] < 1 - level]
    first = crossed["look"].min() if len(crossed) else None
    said = Remark.of("looks_crossed", "info", day=first) if first else Remark.of("looks_none", "info")
    return Comparison(
        table[columns],
        "experiment",
        sequential or "welch",
        ("look",),
        {metric: "percent" if metric == "converted" else "number" if metric == "orders" else "money"},
        {metric: side},
        verdict=Verdict(said),
        level=level,
        correction="none",
        currency=currency,
        as_of=days[-1],
        data_version=store.version,
        sql=sql,
    )
