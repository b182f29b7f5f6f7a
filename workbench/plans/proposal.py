"""`propose`: a budget plan from a workspace alone, beside what is spent today; what a slider move asks."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import exports
from workbench.catalogue import builtin
from workbench.metrics.filters import normal
from workbench.optimize import Plan
from workbench.plans import words
from workbench.plans.basis import SOURCES, WEEK, Basis, basis, source_label
from workbench.plans.fits import Fitted, fitted
from workbench.plans.lines import lines
from workbench.plans.regional import bound, by_cell, per_step, ruled
from workbench.plans.rows import totals
from workbench.plans.steer import Steering, bounded, grouped, steered
from workbench.solvers.plan import SMALL_GAP, Note, plain

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store
    from workbench.response import ResponseModel

WEEKS = 4
"""Weeks that a proposal is for."""
TECHNICAL = ("draws_line",)
"""Notes of a plan that say how, not what."""
NEAR = 1e-9
DIGITS = 3
"""Digits of a slider's steps: thousands of a total of hundreds of thousands."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """The answer of `propose`; amounts in currency units a week.

    Attributes:
        fit: The fit behind it.
        plan: What to spend.
        asked: Budget, mode, target and rules, with the defaults filled in.
        table: One row a channel: `channel`, `today`, `spend`, `change`, `relative` (change ÷ today),
            `response_today`, `response`, `response_change`, `marginal` (responses that one more unit brings),
            `per_step` (that 1,000 more bring), `at_bound` (`held`, `floor`, `cap`, `seen` or empty), `held`,
            `floor`, `cap` (missing where there is none), `highest` (spend of a week so far), `most` (what a
            slider can give it); with draws `low` and `high`.
        outcome: What a response is: a metric. start: First day that it is for. end: The last one.
        data_version: Version of the store.
        where: Dimension → values that it is for; empty: everything.
    """

    fit: Fitted
    plan: Plan
    asked: Steering
    table: pd.DataFrame
    outcome: str
    start: dt.date
    end: dt.date
    data_version: int
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def model(self) -> ResponseModel:
        """The fit behind the curves."""
        return self.fit.model

    @property
    def curves(self) -> pd.DataFrame:
        """Its CurveTable."""
        return self.fit.curves

    @property
    def now(self) -> Plan:
        """Today's spend as a plan, on the same curves."""
        return self.fit.today

    @property
    def currency(self) -> str:
        """ISO 4217 code of the amounts."""
        return self.model.currency

    @cached_property
    def basis(self) -> Basis:
        """What the amounts are of: days, currency, scope, what stands behind them."""
        said = basis(self.curves)
        currency = said.currency or self.model.currency
        source = said.source or SOURCES[self.model.label]
        return Basis(said.days or WEEK, currency, self.where, source, self.data_version)

    def label(self, lang: str = "en") -> str:
        """What stands behind the numbers: platform-claimed until something calibrates them."""
        return source_label(self.basis.source, lang)

    @property
    def by(self) -> tuple[str, ...]:
        """Dimensions of a cell."""
        return ("channel", "region") if "region" in self.curves else ("channel",)

    @property
    def regional(self) -> bool:
        """Whether regions are planned, too."""
        return "region" in self.curves

    @property
    def bounded(self) -> pd.DataFrame:
        """The curves with the rules of single cells as `min` and `max`."""
        return bounded(self.curves, self.asked)

    @property
    def groups(self) -> dict[str, tuple[float, float]]:
        """Least and most of channels that have rules and regions."""
        return grouped(self.curves, self.asked)

    @cached_property
    def cells(self) -> pd.DataFrame:
        """One row a cell: its dimensions, and everything that the plan says of it."""
        keys = self.curves[["cell", *self.by, "current"]].rename(columns={"current": "today"})
        return keys.merge(self.plan.to_frame(), on="cell", how="left", validate="one_to_one")

    @cached_property
    def steered(self) -> pd.DataFrame:
        """One row a cell as `table` has it a channel: what a board of regions shows and moves."""
        return by_cell(self)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Response and marginal of each channel at other spends, as points."""
        return lines(self.curves, self.plan.table["spend"], self.fit.read)

    @cached_property
    def points(self) -> pd.DataFrame:
        """Where each channel stands: `channel`, `which` (`today`, `plan`), and as `lines` has it."""
        return _points(self)

    @property
    def gap_words(self) -> tuple[str, float]:
        """(`under` or `is`, how far from the best the plan can be): rounding is said as such."""
        return ("under", SMALL_GAP) if self.plan.gap <= SMALL_GAP else ("is", self.plan.gap)

    @property
    def step(self) -> int:
        """A round amount of about a thousandth of today's total: one press of a slider's key."""
        return int(10 ** max(0, math.floor(math.log10(max(self.now.total_spend, 1.0))) - DIGITS + 1))

    @property
    def fine(self) -> int:
        """The step of a channel's slider: a tenth of the total's."""
        return max(1, self.step // 10)

    @property
    def most(self) -> int:
        """The end of the slider of the total: twice today, as far as the curves go."""
        return _up(2 * max(self.now.total_spend, self.asked.budget or 0.0), self.step)

    @property
    def conserved(self) -> bool:
        """Whether what is planned and what is left add up to the budget."""
        total = self.plan.total_spend + self.plan.unspent
        return self.asked.budget is None or abs(total - self.asked.budget) <= NEAR * max(1.0, total)

    @property
    def spend_change(self) -> float:
        """Relative change of the total."""
        now = self.now.total_spend
        change = (self.plan.total_spend - now) / now if now else float("nan")
        return 0.0 if abs(change) <= words.SAME else change

    @property
    def cost(self) -> float:
        """What a response costs by the plan; what a unit of spend returns where the outcome is money."""
        return _each(self.plan, self.outcome)

    @property
    def cost_today(self) -> float:
        """The same today."""
        return _each(self.now, self.outcome)

    @property
    def remarks(self) -> tuple[Note, ...]:
        """What must be known to believe it: beyond what was seen, not random, what the plan notes."""
        return (*words.remarks(self), *(note for note in self.plan.notes if note.code not in TECHNICAL))

    def notes(self, lang: str = "en", names: Mapping[str, str] | None = None) -> list[str]:
        """The remarks in words."""
        return [words.named(note, names or {}).sentence(lang) for note in self.remarks]

    def sentence(self, lang: str = "en", names: Mapping[str, str] | None = None) -> str:
        """The proposal in a sentence."""
        return words.headline(self, lang, names)

    def certificate(self, lang: str = "en") -> str:
        """How far from the best it can be, and what one more unit of the budget brings."""
        return words.certificate(self, lang)

    def gain(self, lang: str = "en") -> str:
        """What is left of the gain without its optimism; empty without draws."""
        return words.gain(self, lang)

    def risk(self, lang: str = "en") -> str:
        """What the cautious plan brings on bad curves; empty where only the mean counts."""
        return words.risk(self, lang)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """Cells with their spend, and what the amounts are of, as CSV that no spreadsheet runs."""
        return exports.csv(self.cells.assign(**self.basis.columns()), path)

    def to_xlsx(self, path: str | Path | None = None) -> bytes:
        """A workbook: the cells, the channels, and what the plan says of itself."""
        import pandas as pd

        told = {"sentence": self.sentence(), "sentence_zh": self.sentence("zh")}
        days = {"start": self.start, "end": self.end}
        about = totals(self.plan) | self.basis.columns() | {"label": self.label()} | days | told
        sheets = {"plan": self.cells, "channels": self.table}
        return exports.xlsx(
            sheets | {"about": pd.DataFrame(list(about.items()), columns=["what", "value"])}, path
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, the plan, the label, the sentence."""
        told = {lang: self.sentence(lang) for lang in ("en", "zh")}
        rows = {"rows": self.table.to_dict("records"), "plan": self.plan.to_dict(), "sentence": told}
        return dict(plain({**rows, "label": self.model.label, **self.basis.columns()}))

    def _repr_html_(self) -> str:
        from html import escape

        said = f"{escape(self.sentence())} ({escape(self.label())})"
        return f"<p>{said}</p>{self.table.to_html(index=False)}"


def propose(
    store: Store,
    by: str | Sequence[str] = ("channel",),
    where: Mapping[str, Any] | None = None,
    outcome: str = "conversions",
    budget: float | None = None,
    mode: str = "max_response",
    target: float | None = None,
    held: Mapping[str, float] | None = None,
    floors: Mapping[str, float] | None = None,
    caps: Mapping[str, float] | None = None,
    risk: float | None = None,
    draws: bool = False,
    currency: str | None = None,
) -> Proposal:
    """Plan next weeks' budget from what the workspace holds.

    Args:
        store: The workspace.
        by: `channel`, or `channel` and `region`.
        where: Dimension → value or values to keep, such as an advertiser.
        outcome: A metric that adds up: `conversions`, `revenue`, …
        budget: Most spend a week; None: as today in `max_response`, else no budget.
        mode: As `optimize.allocate` takes it.
        target: What the mode aims at; None: what today's spend reaches.
        held: Channel → its spend. floors: Channel → its least. caps: Channel → its most. With regions, a key
            may be a cell, too: `search · Beijing`.
        risk: From 0 (mean) to 1 (bad draws); None: the curves as they are.
        draws: Whether to plan every plausible curve, too: bands, and the gain without its optimism.
        currency: ISO 4217 code of the amounts, given and found; None: the workspace's.

    Raises:
        QuestionError: for what is missing in the workspace, and rules that no plan keeps.
    """
    fit = fitted(store, by, where, outcome, currency)
    asked = Steering(budget, mode, target, held, floors, caps, risk if mode == "max_response" else None)
    channels, cells = tuple(dict.fromkeys(fit.curves["channel"])), frozenset(fit.curves["cell"])
    asked = _filled(asked, fit.today).checked(channels, cells)
    plan = steered(fit.curves, asked, fit.draws if draws else None, lambda: fit.draws)
    start, end = days_ahead(store)
    table = _table(fit, plan, asked)
    kept = normal(store, where) if where else {}
    return Proposal(fit, plan, asked, table, outcome, start, end, store.version, kept)


def _filled(asked: Steering, now: Plan) -> Steering:
    """Budget and target as today where none is asked for."""
    from dataclasses import replace

    if asked.mode == "max_response":
        return replace(asked, budget=now.total_spend if asked.budget is None else asked.budget)
    reached = {
        "min_cost": now.total_response,
        "target_roas": now.total_value / now.total_spend if now.total_spend else None,
        "target_cpa": now.total_spend / now.total_response if now.total_response else None,
        "target_mroas": 1.0,
    }
    return replace(asked, target=reached.get(asked.mode) if asked.target is None else asked.target)


def days_ahead(store: Store) -> tuple[dt.date, dt.date]:
    """Four whole weeks from the first Monday after the data."""
    last = store.as_of or dt.datetime.now(dt.UTC).date()
    start = last + dt.timedelta(days=7 - last.weekday())
    return start, start + dt.timedelta(days=7 * WEEKS - 1)


def _table(fit: Fitted, plan: Plan, asked: Steering) -> pd.DataFrame:

    frame = fit.curves[["cell", "channel", "current", "highest", "max"]].assign(
        spend=plan.table["spend"].to_numpy(),
        response=plan.table["response"].to_numpy(),
        response_today=fit.today.table["response"].to_numpy(),
        marginal=plan.table["marginal"].to_numpy(),
    )
    sums = ["current", "highest", "max", "spend", "response", "response_today"]
    table = (
        frame.groupby("channel", sort=False)[sums].sum().reset_index().rename(columns={"current": "today"})
    )
    table["marginal"] = frame.groupby("channel", sort=False)["marginal"].max().to_numpy()
    table["change"] = table["spend"] - table["today"]
    table["response_change"] = table["response"] - table["response_today"]
    table = ruled(table, asked, "channel")
    table["relative"] = table["change"] / table["today"].where(table["today"] > 0)
    table["per_step"] = per_step(table["marginal"], fit.today.total_response)
    table["at_bound"] = [bound(row) for row in table.to_dict("records")]
    table["most"] = _most(table, asked)
    given = plan.group_bands if "region" in fit.curves else plan.bands
    if given is not None:
        bands = given.rename(columns={"cell": "channel", "group": "channel"})
        table = table.merge(bands[["channel", "low", "high"]], on="channel", how="left")
    return table.rename(columns={"max": "reach"})


def _most(table: pd.DataFrame, asked: Steering) -> list[float]:
    """The most that each channel can be given: its cap or reach, and what the others must not have."""
    reach = table["cap"].fillna(table[["max", "held", "today"]].max(axis=1))
    if asked.budget is None:
        return [float(value) for value in reach]
    least = table["held"].fillna(table["floor"].fillna(0.0))
    free = asked.budget - (least.sum() - least)
    return [float(value) for value in np.minimum(reach, free.clip(lower=0.0))]


def _each(plan: Plan, outcome: str) -> float:
    spend, brought = plan.total_spend, plan.total_response
    above, below = (brought, spend) if builtin()[outcome].unit == "money" else (spend, brought)
    return above / below if below else float("nan")


def _up(amount: float, step: int) -> int:
    return math.ceil(amount / step) * step


def _points(found: Proposal) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for which, spend in (
        ("today", found.curves["current"].to_numpy(float)),
        ("plan", found.plan.table["spend"].to_numpy(float)),
    ):
        values, slopes = found.fit.read(spend)
        frame = found.curves[["channel"]].assign(
            spend=spend, response=values[0], weighted=slopes[0] * spend, slope=slopes[0]
        )
        each = frame.groupby("channel", sort=False)
        table = each[["spend", "response", "weighted"]].sum().reset_index()
        alone = each["slope"].max().to_numpy()
        spent = table["spend"].to_numpy()
        mean = np.divide(table["weighted"], spent, out=alone.copy(), where=spent > NEAR)
        rows.append(table.drop(columns="weighted").assign(which=which, marginal=mean))
    return pd.concat(rows, ignore_index=True)
