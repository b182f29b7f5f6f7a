"""`schedule`: the weeks to come, or this quarter with what is spent so far, from a workspace alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import exports
from workbench.errors import QuestionError, unknown
from workbench.i18n import formats, text
from workbench.optimize import PeriodPlan, allocate_periods
from workbench.plans import goals, seasons
from workbench.plans.fits import fitted
from workbench.plans.goals import Reached
from workbench.plans.history import JOINT, WEEK, history
from workbench.plans.proposal import Proposal, propose
from workbench.plans.words import amount_of
from workbench.solvers.plan import SMALL_GAP

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

SPANS = ("next", "quarter")
"""The next 13 weeks; or the weeks of the quarter of the last day with data, those that are over included."""
WEEKS = 13


@dataclass(frozen=True, eq=False)
class Schedule:
    """The answer of `schedule`; amounts in currency units.

    Attributes:
        proposal: The weekly proposal whose rules it keeps.
        found: The plan over the weeks with its bound.
        table: One row a week and channel: `week` (its Monday), `channel`, `spend`, `response`, `committed`,
            `past` (whether it is over), `season` (factor of that week's responses).
        weeks: Mondays. known: Weeks whose season is known; that of the others counts as usual.
    """

    proposal: Proposal
    found: Reached
    table: pd.DataFrame
    weeks: tuple[dt.date, ...]
    known: int

    @property
    def plan(self) -> PeriodPlan:
        """The plan, cell by cell."""
        return self.found.plan

    @property
    def counted(self) -> str:
        """What the plan's responses are: the outcome, or in `target_roas` their value."""
        return "revenue" if self.proposal.asked.mode == "target_roas" else self.proposal.outcome

    @property
    def reached(self) -> float:
        """What the plan makes of the target: response a week, value ÷ spend, or spend ÷ response."""
        plan, mode = self.plan, self.proposal.asked.mode
        if mode == "min_cost":
            return plan.objective / len(self.weeks)
        if mode == "target_cpa":
            return plan.total_spend / plan.objective if plan.objective else float("nan")
        return plan.objective / plan.total_spend if plan.total_spend else float("nan")

    @property
    def gap(self) -> float:
        """How far it can be from the best at most, relative."""
        return self.found.gap

    @property
    def over(self) -> int:
        """Weeks that are over."""
        return int(self.table.loc[self.table["past"], "week"].nunique())

    @property
    def spent(self) -> float:
        """Spend of the weeks that are over."""
        return float(self.table.loc[self.table["past"], "spend"].sum())

    @property
    def pacing(self) -> float:
        """What is spent so far ÷ the even share of the budget up to now; missing where no week is over."""
        even = self.plan.budget * self.over / len(self.weeks)
        return self.spent / even if even else float("nan")

    @cached_property
    def by_week(self) -> pd.DataFrame:
        """`week`, `spend`, `response`, `committed`, `past`, `season`: sums over channels."""
        sums = {"spend": "sum", "response": "sum", "committed": "sum", "past": "first", "season": "first"}
        return self.table.groupby("week", sort=False).agg(sums).reset_index()

    def sentence(self, lang: str = "en") -> str:
        """What the weeks bring, how sure that is, what is spent so far."""
        plan, found = self.plan, self.proposal
        if plan.status == "infeasible":
            return plan.nearest(lang)
        shown = {
            "weeks": formats.number(len(self.weeks), lang),
            "spend": amount_of("cost", plan.total_spend, found, lang),
            "response": amount_of(self.counted, plan.total_response, found, lang),
            "later": amount_of(self.counted, plan.later_response, found, lang),
        }
        parts = [text("plans.weeks", lang, **shown), self._certificate(lang), *self._remarks(lang)]
        return ("" if lang == "zh" else " ").join(part for part in parts if part)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The table, and what its amounts are of, as CSV that no spreadsheet runs."""
        return exports.csv(self.table.assign(**self.proposal.basis.columns()), path)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, the plan, the gap."""
        rows = self.table.assign(week=self.table["week"].map(str)).to_dict("records")
        return {"rows": rows, "plan": self.plan.to_dict(), "gap": self.gap, "met": self.found.met}

    def _aimed(self, value: float | None, lang: str) -> str:
        """A value of the target in its unit."""
        mode, shown = self.proposal.asked.mode, float("nan") if value is None else value
        if mode == "target_roas":
            return formats.number(shown, lang, 2)
        what = "cost" if mode == "target_cpa" else self.proposal.outcome
        return amount_of(what, shown, self.proposal, lang)

    def _certificate(self, lang: str) -> str:
        if not self.found.met:
            return text(
                "plans.weeks_not_met",
                lang,
                target=self._aimed(self.proposal.asked.target, lang),
                nearest=self._aimed(self.reached, lang),
            )
        if self.gap <= SMALL_GAP:
            return text("plans.optimal", lang)
        return text("plans.feasible", lang, gap=formats.percent(self.gap, lang))

    def _remarks(self, lang: str) -> list[str]:
        found = []
        if self.over:
            spent = amount_of("cost", self.spent, self.proposal, lang)
            pacing = formats.percent(self.pacing, lang, 0)
            count = formats.number(self.over, lang)
            found.append(text("plans.weeks_so_far", lang, weeks=count, spent=spent, pacing=pacing))
        if self.known < len(self.weeks):
            found.append(text("plans.weeks_season", lang, weeks=str(len(self.weeks) - self.known)))
        if self.proposal.asked.risk is not None:
            found.append(text("plans.weeks_mean", lang))
        return found

    def _repr_html_(self) -> str:
        from html import escape

        wide = self.table.pivot(index="channel", columns="week", values="spend")
        return f"<p>{escape(self.sentence())}</p>{wide.to_html(float_format='{:,.0f}'.format)}"


def schedule(
    store: Store,
    by: str | Sequence[str] = ("channel",),
    where: Mapping[str, Any] | None = None,
    outcome: str = "conversions",
    span: str = "next",
    committed: Mapping[str, float] | None = None,
    **asked: Any,
) -> Schedule:
    """Plan week by week: carry-over, next quarter's season, what is committed and what is spent so far.

    Args:
        store: The workspace. by, where, outcome: As `propose` takes them.
        span: `next`: the 13 weeks after the data; `quarter`: the weeks of the quarter that the data end in,
            those that are over at what was spent.
        committed: `cell · Monday` → spend that is booked already: `{"outdoor · 2026-11-16": 9000}`.
        asked: As `propose` takes them, a week: a held channel is held every week, floors and caps hold every
            week, with regions over all weeks; targets of `min_cost` are a week's, too.

    Raises:
        QuestionError: as `propose`, and for `target_mroas`, which weeks do not have, or weeks that are none.
    """
    if span not in SPANS:
        raise unknown("span", span, SPANS)
    if asked.get("mode") == "target_mroas":
        raise QuestionError(
            "Week by week there is no target marginal ROAS: a unit of spend works in several weeks.",
            "Choose a target ROAS, a target CPA, the least cost, or the most for the budget.",
        )
    found = propose(store, by, where, outcome, **{**asked, "draws": False})
    weeks, over = _weeks(store, span)
    model = fitted(store, by, where, outcome).model
    factors, known = seasons.season(model, weeks)
    given = {
        "season": factors,
        "carryover": seasons.carryover(model),
        "committed": _committed(committed or {}, found, weeks),
        "spent": _spent(store, found, weeks[:over]) if over else None,
    }
    table = _table(found, reached := _solved(found, weeks, given), weeks, over, factors)
    return Schedule(found, reached, table, weeks, known)


def _weeks(store: Store, span: str) -> tuple[tuple[dt.date, ...], int]:
    """(Mondays, how many of them are over)."""
    last = store.as_of or dt.datetime.now(dt.UTC).date()
    following = last + dt.timedelta(days=WEEK - last.weekday())
    first = following
    if span == "quarter":
        begin = dt.date(last.year, 3 * ((last.month - 1) // 3) + 1, 1)
        first = begin + dt.timedelta(days=-begin.weekday() % WEEK)
    weeks = tuple(first + dt.timedelta(weeks=week) for week in range(WEEKS))
    return weeks, sum(week + dt.timedelta(days=WEEK - 1) <= last for week in weeks)


def _solved(found: Proposal, weeks: tuple[dt.date, ...], given: Mapping[str, Any]) -> Reached:
    """The plan over the weeks for the proposal's aim."""
    asked, curves = found.asked, found.bounded
    counted = goals.valued(curves) if asked.mode == "target_roas" else curves
    groups = {name: tuple(len(weeks) * bound for bound in bounds) for name, bounds in found.groups.items()}

    def solve(budget: float) -> PeriodPlan:
        return allocate_periods(counted, budget, weeks, groups=groups or None, **given)

    whole = len(weeks) * (asked.budget if asked.budget is not None else float(curves["max"].sum()))
    target = asked.target
    if asked.mode == "min_cost" and target is not None:
        target *= len(weeks)
    return goals.reached(asked.mode, target, whole, solve, _needed(curves, weeks, given))


def _needed(curves: pd.DataFrame, weeks: tuple[dt.date, ...], given: Mapping[str, Any]) -> float:
    """Money that floors, locks, what is booked and what is over take in any case, at least."""
    fixed = sum(
        float(given[name]["spend"].sum()) for name in ("committed", "spent") if given[name] is not None
    )
    return max(fixed, len(weeks) * float(curves["min"].sum()))


def _committed(
    given: Mapping[str, float], found: Proposal, weeks: tuple[dt.date, ...]
) -> pd.DataFrame | None:
    import pandas as pd

    if not given:
        return None
    rows, cells = [], set(found.curves["cell"])
    days = {day.isoformat(): day for day in weeks}
    for key, spend in given.items():
        cell, _, day = key.rpartition(JOINT)
        if cell not in cells:
            raise unknown("cell", cell, cells, where="`committed`")
        if day not in days:
            raise unknown("period", day, days, where="`committed`")
        rows.append({"cell": cell, "period": days[day], "spend": float(spend)})
    return pd.DataFrame(rows)


def _spent(store: Store, found: Proposal, weeks: tuple[dt.date, ...]) -> pd.DataFrame:
    """What every cell spent in the weeks that are over."""
    import pandas as pd

    where = {name: list(values) for name, values in found.where.items()}
    past = history(store, found.by, found.outcome, where=where, currency=found.currency or None, final=False)
    spend = past.groupby(["cell", "time"])["spend"].sum()
    cells = found.curves["cell"]
    rows = [
        {"cell": cell, "period": week, "spend": float(spend.get((cell, week), 0.0))}
        for week in weeks
        for cell in cells
    ]
    return pd.DataFrame(rows)


def _table(
    found: Proposal, reached: Reached, weeks: tuple[dt.date, ...], over: int, factors: Sequence[float]
) -> pd.DataFrame:
    channel = dict(zip(found.curves["cell"], found.curves["channel"], strict=True))
    table = reached.plan.table.rename(columns={"period": "week"})
    table = table.assign(channel=table["cell"].map(channel))
    if found.asked.mode == "target_roas":
        worth = dict(zip(found.curves["cell"], found.curves["value_per_response"], strict=True))
        table["response"] = table["response"] / table["cell"].map(worth)
    sums = table.groupby(["week", "channel"], sort=False)[["spend", "response", "committed"]].sum()
    rows = sums.reset_index()
    return rows.assign(
        past=rows["week"].isin(weeks[:over]),
        season=rows["week"].map(dict(zip(weeks, factors, strict=True))).astype(float),
    )
