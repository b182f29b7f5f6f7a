"""`propose_slots`: what each hour of the week should spend, from a workspace alone, beside what it spends."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import exports
from workbench.errors import QuestionError, unknown
from workbench.metrics.filters import normal
from workbench.optimize import SlotPlan, allocate_slots
from workbench.plans.basis import Basis
from workbench.plans.slots import words
from workbench.plans.slots.fit import FittedSlots, fitted_slots
from workbench.plans.slots.rules import ALL, Rules, by_group, checked, painted, rectangle, span, with_joined
from workbench.plans.slots.tables import brought_of, groups_of, slots_of, week_of
from workbench.schedules import Schedule, compress, rules_of
from workbench.solvers.plan import SMALL_GAP, plain

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store
    from workbench.response.slots.model import SlotModel

NATURAL = "natural"
"""Column with what an hour spends at equal bids."""
SOURCE = "platform-claimed"
SPLITS = ("kept", "free")
DIGITS, NEAR = 3, 1e-4


@dataclass(frozen=True)
class SlotWish:
    """What a proposal was asked to keep, defaults filled in.

    Attributes:
        budget: Most spend a week.
        daily_cap: Most on any one day; None: no such cap.
        windows: Most windows a day; None: as many as the platform takes.
        platform: A key of `schedules.PLATFORMS`. bidding: `manual` or `automatic`.
        forbid: Group → hours without spend; `*` is every group. require: Hours that have to spend.
        explore: Share of an even share that every hour spends at least.
        split: `kept`: every group keeps its share of today's spend, and only hours move; `free`: groups
            move, too.
    """

    budget: float
    daily_cap: float | None = None
    windows: int | None = None
    platform: str = "any"
    bidding: str = "manual"
    forbid: Rules = field(default_factory=dict, hash=False)
    require: Rules = field(default_factory=dict, hash=False)
    explore: float = 0.0
    split: str = "kept"


@dataclass(frozen=True, eq=False)
class SlotProposal:
    """The answer of `propose_slots`; amounts in currency units a week, hours on the account's clock.

    Attributes:
        fit: The fit behind it.
        plan: What each hour should spend.
        schedule: The same in windows that the platform takes.
        asked: Budget and rules, with the defaults filled in.
        data_version: Version of the store.
        where: Dimension → values that it is for; empty: everything.
        worth: What one conversion is worth; None where nothing says it.
    """

    fit: FittedSlots
    plan: SlotPlan
    schedule: Schedule
    asked: SlotWish
    data_version: int
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    worth: float | None = None

    @property
    def model(self) -> SlotModel:
        """The fit of hours."""
        return self.fit.model

    @property
    def currency(self) -> str:
        """ISO 4217 code of the amounts."""
        return self.model.currency

    @property
    def by(self) -> tuple[str, ...]:
        """Dimensions of a group."""
        return self.model.by

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups, the one with most spend first."""
        return self.fit.names

    @property
    def basis(self) -> Basis:
        """What the amounts are of: days, currency, scope, what stands behind them."""
        return Basis(7, self.currency, self.where, SOURCE, self.data_version)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a slot: `group`, the columns of `by`, `hour_of_week`, `rate` (conversions of the first
        unit of spend), `index` (rate over the mean of its group), `conversions` (seen), `today`, `spend`
        (hour by hour), `scheduled` (in windows), `change` (spend less today), `marginal`, `at_bound`, `ruled`
        (`forbid`, `require` or empty); with draws `spend_low`, `spend_high` (90% band).
        """
        return slots_of(self)

    @cached_property
    def board(self) -> pd.DataFrame:
        """One row a group, the one with most spend first: `group`, the columns of `by`, `today`, `spend`,
        `change`, `relative`, `response_today`, `response`, `per_step` (conversions of one more 100),
        `windows`, and `channel` for charts.
        """
        return groups_of(self)

    @cached_property
    def brought(self) -> pd.DataFrame:
        """What each group brings a week in money: `channel` (its name), `group`, `today`, `spend` (in the
        windows), `low`, `high` (90% of the plausible surfaces).
        """
        return brought_of(self)

    def week(self, group: str = "") -> pd.DataFrame:
        """The 168 hours of a group (`*`: all together; empty: the first one).

        Returns:
            `hour_of_week`, `index`, `low`, `high` (80% interval), `conversions`, `today`, `spend`, `change`,
            `ruled`; missing where the group has no such hour.

        Raises:
            QuestionError: for a group that there is not.
        """
        return week_of(self, self.named(group))

    def windows(self, group: str = "") -> pd.DataFrame:
        """A group's windows: `weekday`, `start_hour`, `end_hour`, `spend`, `multiplier`; none for `*`."""
        table = self.schedule.to_frame()
        own = self.named(group)
        names: list[str] = table[list(self.by)].agg(with_joined, axis=1).tolist() if len(table) else []
        kept = table[[name == own for name in names]]
        return kept.drop(columns=list(self.by)).reset_index(drop=True)

    def named(self, group: str = "") -> str:
        """A group's name; empty is the group with most spend.

        Raises:
            QuestionError: for a group that there is not.
        """
        if not group:
            return self.groups[0]
        if group != ALL and group not in self.groups:
            raise unknown("group of slots", group, self.groups)
        return group

    def painted(self, brush: str, group: str, first: int, last: int) -> dict[str, Rules]:
        """`forbid` and `require` after a hand painted the hours between two.

        Args:
            brush: `forbid`, `require` or `free`. group: As `week` takes it.
            first: Hour of the week where the drag began. last: Where it ended.
        """
        return self._painted(brush, group, rectangle(first, last))

    def spanned(self, brush: str, group: str, days: Sequence[int], start: int, end: int) -> dict[str, Rules]:
        """The same for hours that are named: some weekdays, from one hour to another."""
        return self._painted(brush, group, span(days, start, end))

    def _painted(self, brush: str, group: str, hours: tuple[int, ...]) -> dict[str, Rules]:
        rules = {"forbid": self.asked.forbid, "require": self.asked.require}
        return painted(rules, brush, self.named(group), hours, self.groups)

    @property
    def spend(self) -> float:
        """What the windows spend a week."""
        return float(self.schedule.hours.sum())

    @property
    def response(self) -> float:
        """Conversions a week of the windows."""
        return self.schedule.response

    @property
    def before(self) -> float:
        """Conversions a week of today's spend on the same curves."""
        return float(self.plan.before or 0.0)

    @property
    def today(self) -> float:
        """Today's spend a week."""
        return float(self.plan.before_spend or 0.0)

    @property
    def relative(self) -> float:
        """Change of the conversions, relative."""
        return (self.response - self.before) / self.before if self.before else float("nan")

    @property
    def cost(self) -> float:
        """What a conversion costs in the windows."""
        return self.spend / self.response if self.response else float("nan")

    @property
    def cost_today(self) -> float:
        """The same today."""
        return self.today / self.before if self.before else float("nan")

    @property
    def money(self) -> tuple[float, float, float] | None:
        """(most likely, low, high) of what the windows gain a week in money, more spend taken off.

        Its optimism is off, and what the windows lose. None without draws.
        """
        told = self.plan.gain
        if told is None:
            return None
        more = self.spend - self.today
        each, lost = self.each, max(self.schedule.lost, 0.0)
        values = [each * (value - lost) - more for value in (told.corrected, told.low, told.high)]
        return values[0], values[1], values[2]

    @property
    def each(self) -> float:
        """What one conversion counts in money: its worth, else what it costs today."""
        return self.cost_today if self.worth is None else self.worth

    @property
    def per_step(self) -> float:
        """Conversions that one more 100 a week brings, split as the groups' budgets are."""
        prices = self.plan.shadow_prices
        if "budget" in prices:
            return words.PER * prices["budget"]
        shares = self.fit.shares.items()
        return words.PER * float(sum(share * prices.get(f"group:{name}", 0.0) for name, share in shares))

    @property
    def amount(self) -> int:
        """The budget as a slider shows it."""
        return round(self.asked.budget)

    @property
    def gap_words(self) -> tuple[str, float]:
        """(`under` or `is`, how far from the best hourly plan it can be): rounding is said as such."""
        return ("under", SMALL_GAP) if self.plan.gap <= SMALL_GAP else ("is", self.plan.gap)

    @property
    def step(self) -> int:
        """One press of the slider's key: about a thousandth of today's total."""
        return int(10 ** max(0, math.floor(math.log10(max(self.today, 1.0))) - DIGITS + 1))

    @property
    def most(self) -> int:
        """The end of the slider: twice today, and what is asked for."""
        top = max(2 * self.today, self.asked.budget)
        return math.ceil(top / self.step) * self.step

    @property
    def moved(self) -> tuple[int, int]:
        """(first hour of the four of a day that gain most, of the four that give most), all days together."""
        table = self.week(ALL)
        change = np.nan_to_num(table["change"].to_numpy(float)).reshape(7, 24).sum(axis=0)
        four = np.array([change[np.arange(at, at + 4) % 24].sum() for at in range(24)])
        return int(four.argmax()), int(four.argmin())

    def sentence(self, lang: str = "en") -> str:
        """The proposal in a sentence."""
        return words.headline(self, lang)

    def certificate(self, lang: str = "en") -> str:
        """How far from the best it can be, what its windows lose, what one more 100 brings."""
        return words.certificate(self, lang)

    def gain(self, lang: str = "en") -> list[str]:
        """What is left of the gain, in conversions and in money; empty without draws."""
        return words.gain(self, lang)

    def binding(self, lang: str = "en", names: Mapping[str, str] | None = None) -> list[str]:
        """Budgets and caps that bind, and what one more 100 there brings."""
        return words.binding(self, lang, names or {})

    def notes(self, lang: str = "en") -> list[str]:
        """What must be known to believe it."""
        said = [note.sentence(lang) for note in self.plan.notes]
        left = self.asked.budget - self.spend
        return [*said, words.left_over(self, left, lang)] if left > NEAR * self.asked.budget else said

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """Hours with their spend, and what the amounts are of, as CSV that no spreadsheet runs."""
        return exports.csv(self.table.assign(**self.basis.columns()), path)

    def to_xlsx(self, path: str | Path | None = None) -> bytes:
        """A workbook: the windows, the hours, the groups, and what the plan says of itself."""
        import pandas as pd

        told = {"sentence": self.sentence(), "sentence_zh": self.sentence("zh")}
        about = {"spend": self.spend, "response": self.response, **self.basis.columns(), **told}
        sheets = {"windows": self.schedule.to_frame(), "hours": self.table, "groups": self.board}
        return exports.xlsx(
            sheets | {"about": pd.DataFrame(list(about.items()), columns=["what", "value"])}, path
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, the plan, the windows, the sentence."""
        told = {lang: self.sentence(lang) for lang in ("en", "zh")}
        rows = {"rows": self.table.to_dict("records"), "plan": self.plan.to_dict()}
        more = {"schedule": self.schedule.to_dict(), "sentence": told, **self.basis.columns()}
        return dict(plain({**rows, **more}))

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.sentence())}</p>{self.board.to_html(index=False)}"


def propose_slots(
    store: Store,
    by: str | Sequence[str] = ("channel",),
    where: Mapping[str, Any] | None = None,
    budget: float | None = None,
    daily_cap: float | None = None,
    windows: int | None = None,
    platform: str = "any",
    bidding: str = "manual",
    forbid: Any = None,
    require: Any = None,
    explore: float = 0.0,
    split: str = "kept",
    worth: float | None = None,
    draws: bool = False,
) -> SlotProposal:
    """Plan the hours of the week from what the workspace holds.

    Args:
        store: The workspace.
        by: `channel`, or `channel` and `region`.
        where: Dimension → value or values to keep, such as an advertiser.
        budget: Most spend a week; None: as today.
        daily_cap: Most spend on any one day, of all groups together.
        windows: Most windows a day; None: as many as the platform takes.
        platform: A key of `schedules.PLATFORMS`. bidding: `manual`, or `automatic`: the platform bids.
        forbid: Hours without spend (numbers 0 … 167 or (weekday, hour) pairs); or group → hours, `*` being
            every group. require: Hours that have to spend, written the same way.
        explore: Share of an even share that every hour spends at least.
        split: `kept`: every group keeps its share of today's spend, and only hours move; `free`: groups
            move, too.
        worth: What one conversion is worth; None: revenue ÷ conversions, as platforms claim them.
        draws: Whether to plan every plausible surface, too: bands, and the gain without its optimism.

    Raises:
        QuestionError: for what is missing in the workspace, and rules that no plan keeps.
    """
    fit = fitted_slots(store, by, where)
    rules = {
        kind: checked(kind, given, fit.names) for kind, given in (("forbid", forbid), ("require", require))
    }
    today = float(fit.curves["current"].sum())
    amount = today if budget is None else float(budget)
    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    asked = SlotWish(amount, daily_cap, windows, platform, bidding, **rules, explore=explore, split=split)
    plan = planned(fit, asked, draws)
    kept = normal(store, where) if where else {}
    schedule = scheduled(fit, plan, asked)
    return SlotProposal(
        fit, plan, schedule, asked, store.version, kept, fit.worth if worth is None else worth
    )


def planned(fit: FittedSlots, asked: SlotWish, draws: bool = False) -> SlotPlan:
    """The plan of a wish, hour by hour.

    Raises:
        QuestionError: for rules that no plan keeps.
    """
    found = allocate_slots(
        fit.model if draws else fit.curves,
        weekly_budget=_budgets(fit, asked),
        daily_cap=asked.daily_cap,
        forbid=by_group(asked.forbid, asked.require, fit.names) or None,
        require=by_group(asked.require, asked.forbid, fit.names) or None,
        explore=asked.explore,
    )
    if found.status == "infeasible":
        raise QuestionError(
            "The cap of a day cannot be kept: required hours and the floor of learning need more.",
            "Raise the cap, require fewer hours, or lower the floor.",
        )
    if not found.total_spend > 0:
        raise QuestionError("The plan spends nothing.", "Raise the budget, or forbid fewer hours.")
    return found


def _budgets(fit: FittedSlots, asked: SlotWish) -> Any:
    """One budget for all, or one a group in the proportions of today."""
    if asked.split == "free" or len(fit.names) == 1:
        return asked.budget
    return {name: asked.budget * share for name, share in fit.shares.items()}


def scheduled(fit: FittedSlots, plan: SlotPlan, asked: SlotWish) -> Schedule:
    """A plan in the windows that its platform takes; multipliers are of what each hour spends today."""
    cells = _at_equal_bids(plan, fit)
    spent = cells.groupby(list(plan.by))["spend"].transform("sum")
    if not rules_of(asked.platform, asked.bidding).bids:  # a floor for learning cannot be kept by on and off
        cells = cells.assign(min=cells["min"] * _required(cells, plan.by, asked))
    return compress(
        cells[spent > 0], asked.platform, asked.bidding, asked.windows, plan.by, NATURAL, asked.daily_cap
    )


def _at_equal_bids(plan: SlotPlan, fit: FittedSlots) -> pd.DataFrame:
    """The plan's cells with what each hour spends at equal bids: today's spend, where there is any."""
    keys = [*plan.by, "hour_of_week"]
    cells = plan.to_cells().merge(fit.curves[[*keys, "current"]], on=keys, validate="one_to_one")
    seen = cells["current"].where(cells["current"] > 0)
    least = seen.groupby([cells[name] for name in plan.by]).transform("min")
    return cells.assign(**{NATURAL: seen.fillna(least).fillna(1.0)})


def _required(cells: pd.DataFrame, by: tuple[str, ...], asked: SlotWish) -> Any:
    """Which slots have to spend, 1 or 0."""
    groups = cells[list(by)].agg(with_joined, axis=1)
    held = by_group(asked.require, asked.forbid, groups.unique())
    hours = zip(groups, cells["hour_of_week"], strict=True)
    return np.array([float(hour in held.get(name, ())) for name, hour in hours])
