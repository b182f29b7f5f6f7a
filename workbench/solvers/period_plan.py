"""A plan over periods: what each cell spends when, what that brings then and later, how good it can be."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.i18n import text
from workbench.i18n.formats import number, percent
from workbench.solvers import carried, period_model
from workbench.solvers.calendar import Calendar
from workbench.solvers.forms import Floats
from workbench.solvers.plan import SMALL_GAP, Note, figure, plain, step_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench.solvers.carried import Scheduled

AT, IDLE = 1e-7, 1e-9
SOFT = ("limit", "group", "period")
"""Kinds of rules that give way where rules contradict each other."""


@dataclass(frozen=True, eq=False)
class PeriodPlan:
    """The answer of `workbench.optimize.allocate_periods`; amounts in the unit of the curves.

    Attributes:
        table: One row a period and cell: `period`, `cell`, `spend`, `carried` (spend as it is felt then),
            `response` (in that period), `marginal` (response of one more unit of spend there, now and
            later), `at_bound` (`min`, `max`, `committed`, `past` or empty), `committed`, `season`.
        total_spend: Sum of the spends. total_response: Sum of the responses within the periods.
        later_response: What the plan still brings after its last period.
        objective: Both together: what is made large.
        upper_bound: No plan within the rules has a better objective.
        gap: How far `objective` can be from the best at most, relative.
        shadow_prices: What one more unit brings: of `budget`, `period:LABEL`, `group:NAME`, `limit:NAME`.
        current_response: What `current` brings in every period, in place of the plan; None without it.
        status: `optimal`, `feasible` or `infeasible`, as of a `Plan`: where limits or budgets of groups and
            periods cannot be kept, the plan keeps the nearest values that can.
        budget: Most spend of all periods. unspent: What is left of it.
        notes: What else is to be known.
    """

    table: pd.DataFrame
    total_spend: float
    total_response: float
    later_response: float
    objective: float
    upper_bound: float
    gap: float
    shadow_prices: dict[str, float]
    current_response: float | None
    status: str
    budget: float
    unspent: float
    notes: tuple[Note, ...]

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def by_period(self) -> pd.DataFrame:
        """`period`, `spend`, `response`: sums over cells, in the order of the periods."""
        return self.table.groupby("period", sort=False)[["spend", "response"]].sum().reset_index()

    def by_cell(self) -> pd.DataFrame:
        """`cell`, `spend`, `response`: sums over periods."""
        return self.table.groupby("cell", sort=False)[["spend", "response"]].sum().reset_index()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows` and all else that the plan says of itself; what is not finite is None."""
        names = (
            *("total_spend", "total_response", "later_response", "objective", "upper_bound", "gap"),
            *("status", "budget", "unspent", "shadow_prices", "current_response"),
        )
        rows = self.table.assign(period=self.table["period"].map(str)).to_dict("records")
        told = {lang: self.sentence(lang) for lang in ("en", "zh")}
        return dict(plain({"rows": rows, **{n: getattr(self, n) for n in names}, "sentence": told}))

    def sentence(self, lang: str = "en") -> str:
        """The plan in words: what it brings, how sure that is, and what one more unit brings."""
        if self.status == "infeasible":
            return self.nearest(lang)
        count = self.table["period"].nunique()
        parts = [
            text(
                "plans.periods",
                lang,
                spend=figure(self.total_spend, lang),
                periods=number(count, lang),
                response=figure(self.total_response, lang),
                later=figure(self.later_response, lang),
            ),
            text("plans.optimal", lang)
            if self.gap <= SMALL_GAP
            else text("plans.feasible", lang, gap=percent(self.gap, lang)),
        ]
        parts += [note.sentence(lang) for note in self.notes]
        worth = self.shadow_prices.get("budget", 0.0)
        if worth > 0:
            step = step_of(self.total_spend or 1.0)
            unit = text("plans.brings", lang, amount=figure(worth * step, lang))
            what = text("plans.total", lang)
            parts.append(text("plans.worth", lang, step=figure(step, lang), what=what, unit=unit))
        return ("" if lang == "zh" else " ").join(parts)

    def nearest(self, lang: str = "en") -> str:
        """Which rules cannot be kept, and the nearest values that can, which a plan without a way keeps."""
        said = [note.sentence(lang) for note in self.notes if note.code.partition("_")[0] in SOFT]
        return ("" if lang == "zh" else " ").join(said) or text("plans.no_period_plan", lang)

    def _repr_html_(self) -> str:
        table = self.table.pivot(index="cell", columns="period", values="spend").to_html(max_rows=20)
        return f'<div class="wb-plan"><p>{escape(self.sentence())}</p>{table}</div>'


def planned(asked: Calendar, effort: float) -> PeriodPlan:
    """The plan of a calendar; of the nearest one that leaves a plan where its rules contradict each other."""
    found = carried.schedule(asked, effort)
    if found.spend is None:
        from workbench.solvers.period_reach import loosened

        easier = loosened(asked)
        if easier is not None:
            second = carried.schedule(easier[0], effort)
            if second.spend is not None:
                return told(easier[0], second, easier[1])
    return told(asked, found)


def told(asked: Calendar, found: Scheduled, missed: tuple[Note, ...] = ()) -> PeriodPlan:
    """Say everything about a schedule in the reader's units; `missed`: rules that gave way."""
    spend = asked.low if found.spend is None else found.spend
    table = _table(asked, spend)
    periods = len(asked.labels)
    each = period_model.responses(asked, spend) * asked.scale
    none = period_model.responses(asked, np.zeros_like(spend)) * asked.scale
    total = float(table["spend"].sum())
    unspent = max(0.0, asked.budget - total)
    unspent = 0.0 if unspent <= 1e-8 * asked.budget else unspent
    missing = max(found.bound - found.objective, 0.0) * asked.scale
    aim = float(each[:, :periods].sum() + (each - none)[:, periods:].sum())
    gap = missing / abs(aim) if found.spend is not None and aim else float("nan")
    status = "optimal" if gap <= SMALL_GAP else "feasible"
    left = unspent and found.spend is not None
    return PeriodPlan(
        table=table,
        total_spend=total,
        total_response=float(each[:, :periods].sum()),
        later_response=float((each - none)[:, periods:].sum()),
        objective=aim,
        upper_bound=aim + missing,
        gap=gap,
        shadow_prices={} if found.spend is None or missed else _shadow(asked, found),
        current_response=_today(asked),
        status="infeasible" if found.spend is None or missed else status,
        budget=asked.budget,
        unspent=unspent,
        notes=(*missed, *([Note("unspent_periods", (("unspent", unspent),))] if left else [])),
    )


def _table(asked: Calendar, spend: Floats) -> pd.DataFrame:
    import pandas as pd

    cells, periods = spend.shape
    columns = {
        "spend": spend * asked.money,
        "carried": period_model.carried(asked, spend)[:, :periods] * asked.money,
        "response": period_model.responses(asked, spend)[:, :periods] * asked.scale,
        "marginal": carried.slopes(asked, spend) * (asked.scale / asked.money),
        "at_bound": _where(asked, spend),
        "season": asked.season[:, :periods],
    }
    by_cell = {name: asked.back(value) for name, value in columns.items()}
    names = np.broadcast_to(asked.table["cell"].to_numpy(object)[:, None], (cells, periods))
    table = pd.DataFrame(
        {
            "period": [label for label in asked.labels for _ in range(cells)],
            "cell": names.T.ravel(),
            **{name: value.T.ravel() for name, value in by_cell.items()},
        }
    )
    table.insert(7, "committed", asked.booked.T.ravel())
    table.attrs = dict(asked.table.attrs)
    return table


def _where(asked: Calendar, spend: Floats) -> Any:
    near = AT * np.maximum(spend.max(), 1e-12)
    booked = np.zeros_like(spend)
    booked[:] = asked.booked[asked.order] / asked.money
    found = np.where(spend <= asked.low + near, "min", np.where(spend >= asked.high - near, "max", ""))
    found = np.where((booked > 0) & (spend <= booked + near), "committed", found)
    return np.where(asked.fixed, "past", found)


def _shadow(asked: Calendar, found: Scheduled) -> dict[str, float]:
    worth: dict[str, float] = {}
    for (name, sign), price in zip(asked.names, found.prices, strict=True):
        worth[name] = worth.get(name, 0.0) + sign * float(price) * asked.scale / asked.money
    most = max((abs(value) for value in worth.values()), default=0.0)
    return {name: 0.0 if abs(value) <= IDLE * most else value for name, value in worth.items()}


def _today(asked: Calendar) -> float | None:
    if asked.current is None:
        return None
    spend = np.broadcast_to((asked.current / asked.money)[asked.order][:, None], asked.low.shape)
    spend = np.where(asked.fixed, asked.low, spend)
    return float(period_model.responses(asked, spend)[:, : len(asked.labels)].sum() * asked.scale)
