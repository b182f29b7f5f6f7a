"""A plan against what happened: the money as planned, and what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import exports
from workbench.errors import QuestionError
from workbench.i18n import text
from workbench.i18n.formats import date, money, number, percent
from workbench.plans.history import called, cell_of
from workbench.solvers.plan import plain

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store
    from workbench.plans.keep import SavedPlan

NEAR = 0.1
"""Pacing within a tenth of the plan counts as on plan."""

OUTSIDE = "(outside)"
"""The row of what was spent outside of the plan; `plans.outside` is its name for readers."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """The answer of `judge`; money in the plan's currency, all of it up to `until`.

    Attributes:
        table: One row a cell, and one of what was spent outside of the plan where there was such: the
            dimensions, `cell`, `planned_spend`, `spend`, `pacing` (spend ÷ planned spend; missing where
            nothing was planned), `planned_response`, `response`, `planned_cost_per_response`,
            `cost_per_response`, `per_day` (spend a day that is left until the end; missing where no day or
            nothing planned is left), `inside` (whether the response per day is in the plan's band; missing
            where the plan had none).
        start: First day judged. until: The last one. end: Last day of the plan.
        days: Days judged. of: Days of the plan.
        final: Day on which all that came of these days is known; None where it is. Until then the responses
            are too low, since conversions come late.
        planned_spend: Sum. spend: Sum. planned_response: Sum. response: Sum.
        currency: Code of the amounts.
        source: What stands behind the planned responses; those that came are what platforms claim.
        name: Of the plan.
    """

    table: pd.DataFrame
    start: dt.date
    until: dt.date
    end: dt.date
    days: int
    of: int
    planned_spend: float
    spend: float
    planned_response: float
    response: float
    currency: str
    final: dt.date | None = None
    source: str = ""
    name: str = ""

    @property
    def pacing(self) -> float:
        """Spend to date ÷ planned spend to date."""
        return self.spend / self.planned_spend if self.planned_spend else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, sums, pacing and days."""
        names = ("days", "of", "planned_spend", "spend", "planned_response", "response", "pacing", "currency")
        days = {name: getattr(self, name) for name in ("start", "until", "end", "final")}
        when = {name: None if day is None else day.isoformat() for name, day in days.items()}
        rows = self.table.astype(object).where(self.table.notna(), None).to_dict("records")
        return dict(plain({"rows": rows, **when, **{name: getattr(self, name) for name in names}}))

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The table as CSV that no spreadsheet runs."""
        about: dict[str, Any] = {"currency": self.currency, "source": self.source, "until": self.until}
        return exports.csv(self.table.assign(**about), path)

    def sentence(self, lang: str = "en", names: Mapping[str, str] | None = None) -> str:
        """Pacing, what came of it, and the cell that is furthest from the plan, by its shown name."""
        shown = {
            "days": number(self.days, lang),
            "of": number(self.of, lang),
            "spend": money(self.spend, self.currency, lang),
            "planned": money(self.planned_spend, self.currency, lang),
            "pacing": percent(self.pacing, lang, 0),
            "response": number(self.response, lang),
            "expected": number(self.planned_response, lang),
        }
        parts = [text("plans.judged", lang, **shown)]
        row = self._furthest()
        parts += [self._off(row, lang, names or {})] if row else []
        if self.final is not None:
            parts.append(text("plans.not_final", lang, day=date(self.final, lang)))
        return ("" if lang == "zh" else " ").join(parts)

    def steps(self, lang: str = "en", names: Mapping[str, str] | None = None, most: int = 5) -> list[str]:
        """What each cell that is off has to spend a day to end on the plan, furthest off first."""
        rows = [row for row in self._off_plan() if row["per_day"] == row["per_day"]]
        return [self._step(row, lang, names or {}) for row in rows[:most]]

    def _off_plan(self) -> list[dict[Any, Any]]:
        """Rows whose spend is more than a tenth off, furthest off first."""
        rows = self.table.to_dict("records")
        off = [row for row in rows if abs(row["spend"] - row["planned_spend"]) > NEAR * row["planned_spend"]]
        return sorted(off, key=lambda row: -abs(row["spend"] - row["planned_spend"]))

    def _step(self, row: Mapping[Any, Any], lang: str, names: Mapping[str, str]) -> str:
        shown = {
            "cell": called(row["cell"], names),
            "per_day": money(row["per_day"], self.currency, lang),
            "now": money(row["spend"] / self.days, self.currency, lang),
        }
        return text("plans.stop" if row["per_day"] == 0 else "plans.step", lang, **shown)

    def _furthest(self) -> dict[Any, Any] | None:
        """The row whose spend is furthest from what was planned, where that is more than a tenth off."""
        return next(iter(self._off_plan()), None)

    def _off(self, row: dict[Any, Any], lang: str, names: Mapping[str, str]) -> str:
        name = text("plans.outside", lang) if row["cell"] == OUTSIDE else called(row["cell"], names)
        if row["planned_spend"] > 0:
            return text("plans.off", lang, cell=name, pacing=percent(row["pacing"], lang, 0))
        return text("plans.unplanned", lang, cell=name, spend=money(row["spend"], self.currency, lang))

    def _repr_html_(self) -> str:
        table = self.table.to_html(index=False, max_rows=20)
        return f'<div class="wb-plan"><p>{escape(self.sentence())}</p>{table}</div>'


def judge(
    store: Store, plan: SavedPlan | str, until: dt.date | None = None, revision: int | None = None
) -> Judgement:
    """Hold a saved plan against what the workspace says happened.

    Args:
        store: The workspace.
        plan: The plan, or its name or id; its `by` says which rows are its cells, its `where` which count.
        until: Last day to judge; None: the last day with data. A plan that is still running is judged up to
            there, its amounts spread evenly over the days they are for.
        revision: Which version of it; None: the one given, else the newest.

    Raises:
        QuestionError: where the plan begins after the last day with data. Refused: where no plan is meant.
    """
    from workbench import metrics
    from workbench.metrics.periods import Period
    from workbench.plans.keep import read

    plan = read(store, plan) if isinstance(plan, str) else plan
    plan = plan if revision is None else plan.version(revision)
    if store.as_of is None:
        raise QuestionError("The store holds no day with data.", "Import what the platforms report first.")
    last = min(day for day in (plan.end, until, store.as_of) if day is not None)
    if last < plan.start:
        raise QuestionError(
            f"Plan {plan.name!r} starts on {plan.start}, and the data end on {last}.",
            "Judge it when there are days of it.",
        )
    period = Period(plan.start, last, f"{plan.start}..{last}")
    by = list(plan.by)
    asked = (["cost", plan.metric], period)
    answer = metrics.kpis(store, by, *asked, where=dict(plan.where), currency=plan.currency or None)
    found = answer.to_frame().rename(columns={"cost": "spend", plan.metric: "response"})
    found["key"] = cell_of(found, by)
    actual = found[["key", *by, "spend", "response"]].fillna({"spend": 0.0, "response": 0.0})
    planned = _planned(plan, period.days)
    planned["key"] = cell_of(planned, by)
    table = _joined(plan, planned, actual)
    of = (plan.end - plan.start).days + 1
    table["per_day"] = _per_day(table, _planned(plan, of), of - period.days)
    sums = {name: float(np.nansum(table[name])) for name in _SUMS}
    return Judgement(
        table,
        plan.start,
        last,
        plan.end,
        period.days,
        of,
        **sums,
        currency=plan.currency,
        final=_final(store, last),
        source=plan.source,
        name=plan.name,
    )


def _per_day(table: pd.DataFrame, whole: pd.DataFrame, left: int) -> np.ndarray:
    """Spend a day that ends on the plan; 0 where more is spent already, missing outside of the plan."""
    planned = dict(zip(whole["cell"], whole["planned_spend"], strict=True))
    rest = table["cell"].map(planned).to_numpy(float) - table["spend"].to_numpy(float)
    return np.maximum(rest / left, 0.0) if left > 0 else np.full(len(table), np.nan)


def _final(store: Store, last: dt.date) -> dt.date | None:
    """When all days up to `last` are final; None where they are."""
    from workbench.sources.maturity import moving

    known = moving(store)
    found = [one.until(last) for one in known if one.days]
    newest = max((one.last_day for one in known), default=last)
    return max((day for day in found if day > newest), default=None)


_SUMS = ("planned_spend", "spend", "planned_response", "response")


def _planned(plan: SavedPlan, days: int) -> pd.DataFrame:
    """Planned sums of the first days, one row a cell."""
    import pandas as pd

    table = plan.table
    if "period" in table:
        part = table["period"].map(_over(plan, days)).to_numpy(float)
    else:
        part = np.full(len(table), days / plan.days)
    sums = {f"planned_{name}": table[name] * part for name in ("spend", "response")}
    for side in ("low", "high"):
        if f"response_{side}" in table:
            sums[side] = table[f"response_{side}"] * part
    keys = [*plan.by, *(["cell"] if "cell" not in plan.by else [])]
    rows = pd.concat([table[keys], pd.DataFrame(sums)], axis=1)
    return rows.groupby(keys, sort=False).sum().reset_index()


def _over(plan: SavedPlan, days: int) -> dict[Any, float]:
    """How much of each period is over: by its own days where its name is its first one."""
    labels = list(dict.fromkeys(plan.table["period"]))
    first = np.arange(len(labels)) * plan.days
    length = np.full(len(labels), plan.days)
    if all(isinstance(label, dt.date) for label in labels):
        first = np.array([(label - plan.start).days for label in labels])
        length = np.maximum(np.diff([*first, (plan.end - plan.start).days + 1]), 1)
    return dict(zip(labels, np.clip((days - first) / length, 0.0, 1.0).tolist(), strict=True))


def _joined(plan: SavedPlan, planned: pd.DataFrame, actual: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    by = list(plan.by)
    table = planned.merge(actual.drop(columns=by), on="key", how="left")
    outside = actual[~actual["key"].isin(set(planned["key"]))]
    if len(outside):
        more = {"cell": OUTSIDE, "planned_spend": 0.0, "planned_response": 0.0}
        more |= {name: outside[name].sum() for name in ("spend", "response")}
        table = pd.concat([table, pd.DataFrame([more])], ignore_index=True)
    table[["spend", "response"]] = table[["spend", "response"]].fillna(0.0)
    with np.errstate(all="ignore"):
        table["pacing"] = np.where(
            table["planned_spend"] > 0, table["spend"] / table["planned_spend"], np.nan
        )
        for name in ("planned_", ""):
            brought = table[f"{name}response"]
            cost = table[f"{name}spend"] / brought
            table[f"{name}cost_per_response"] = np.where(brought > 0, cost, np.nan)
    if "low" in table:
        kept = (table["response"] >= table["low"]) & (table["response"] <= table["high"])
        table["inside"] = kept.where(table["low"].notna())
    shown = [*by, *(["cell"] if "cell" not in by else []), "planned_spend", "spend", "pacing"]
    shown += ["planned_response", "response", "planned_cost_per_response", "cost_per_response"]
    return table[[*shown, *(["inside"] if "inside" in table else [])]]
