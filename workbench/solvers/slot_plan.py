"""A slot plan: what each hour of the week spends, its schedule, and how much better any plan could be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from workbench.i18n import text
from workbench.i18n.formats import number, percent
from workbench.solvers.draws import Gain
from workbench.solvers.plan import SMALL_GAP, Note, figure, plain, step_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class SlotPlan:
    """The answer of `workbench.optimize.allocate_slots`; amounts are currency units a week.

    Attributes:
        table: One row a slot: the `by` columns, `hour_of_week`, `spend`, `response`, `low`, `high` (80%
            interval of the response; missing where the curves have none), `marginal` (response of one more
            unit of spend), `at_bound` (`min`, `max` or empty), `change` (spend less `current`).
        schedule: One row a window: the `by` columns, `weekday` (Monday 0), `start_hour`, `end_hour` (the
            first hour after it, at most 24), `spend` (a week), `multiplier` (spend an hour ÷ the mean of its
            group's 168 hours). Hours without spend are in no window.
        total_spend: Sum of the spends. total_response: Sum of the responses.
        upper_bound: No plan within the rules brings more on these curves.
        gap: How far the plan can be from that at most, relative.
        shadow_prices: What one more currency unit brings: of `budget`, of `group:NAME`, of `limit:NAME`.
        bands: The `by` columns, `hour_of_week`, `low`, `high` (5th and 95th percentile of the best spend over
            draws), `response_low`, `response_high`; None without draws.
        status: `optimal`, `feasible` or `infeasible`, as of a `Plan`.
        by: Columns that name a group.
        curves: The CurveTable that was planned on, floors and caps as the rules made them.
        budget: Most spend a week.
        before: Response of today's spend on the same curves; None where `current` is not known.
        before_spend: Today's spend; None likewise.
        gain: The gain over today's spend with its optimism taken off; None without draws or `current`.
        unspent: Budget that is left.
        lost: Share of the response that windows of hours cost against the free plan; None without windows.
        notes: What else is to be known.
    """

    table: pd.DataFrame
    schedule: pd.DataFrame
    total_spend: float
    total_response: float
    upper_bound: float
    gap: float
    shadow_prices: dict[str, float]
    bands: pd.DataFrame | None
    status: str
    by: tuple[str, ...]
    curves: pd.DataFrame
    budget: float
    before: float | None = None
    before_spend: float | None = None
    gain: Gain | None = None
    unspent: float = 0.0
    lost: float | None = None
    notes: tuple[Note, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table, with `spend_low`, `spend_high` of the bands where there are any."""
        if self.bands is None:
            return self.table.copy()
        names = {"low": "spend_low", "high": "spend_high"}
        keys = [*self.by, "hour_of_week"]
        own = self.bands.rename(columns=names)[[*keys, *names.values()]]
        return self.table.merge(own, on=keys, how="left", validate="one_to_one")

    def to_cells(self) -> pd.DataFrame:
        """One row a slot with its spend and its curve, as `workbench.schedules.compress` takes it."""
        keys = [*self.by, "hour_of_week"]
        return self.curves.merge(self.table[[*keys, "spend"]], on=keys, validate="one_to_one")

    def to_dict(self) -> dict[str, Any]:
        """JSON values; what is not finite is None."""
        about = {
            name: getattr(self, name)
            for name in (
                *("total_spend", "total_response", "upper_bound", "gap", "shadow_prices", "status", "by"),
                *("budget", "before", "before_spend", "unspent", "lost"),
            )
        }
        told = {lang: self.sentence(lang) for lang in ("en", "zh")}
        rows = {"rows": self.to_frame().to_dict("records"), "schedule": self.schedule.to_dict("records")}
        gain = asdict(self.gain) if self.gain else None
        return dict(plain({**rows, **about, "gain": gain, "sentence": told}))

    def sentence(self, lang: str = "en") -> str:
        """The plan in words: what it brings, how sure that is, and what one more unit brings."""
        if self.status == "infeasible":
            missed = [note.sentence(lang) for note in self.notes if note.code in ("limit_max", "limit_min")]
            return ("" if lang == "zh" else " ").join(missed) or text("plans.no_plan", lang)
        parts = [self._headline(lang), self._certificate(lang), self._against(lang)]
        parts += [self._lost(lang), *(note.sentence(lang) for note in self.notes)]
        parts += [self._worth(name, value, lang) for name, value in self._dearest()]
        parts.append(self._gained(lang))
        return ("" if lang == "zh" else " ").join(part for part in parts if part)

    def _headline(self, lang: str) -> str:
        spend, response = figure(self.total_spend, lang), figure(self.total_response, lang)
        used = int((self.table["spend"] > 0).sum())
        shown = {"slots": number(len(self.table), lang), "used": number(used, lang)}
        return text("slots.plan", lang, spend=spend, response=response, **shown)

    def _certificate(self, lang: str) -> str:
        if self.gap <= SMALL_GAP:
            return text("plans.optimal", lang)
        return text("plans.feasible", lang, gap=percent(self.gap, lang))

    def _against(self, lang: str) -> str:
        if not self.before or self.before_spend is None:
            return ""
        return text(
            "slots.plan_before",
            lang,
            before=figure(self.before, lang),
            spend=figure(self.before_spend, lang),
            change=percent(self.total_response / self.before - 1, lang),
        )

    def _gained(self, lang: str) -> str:
        if self.gain is None:
            return ""
        shown = {name: figure(value, lang) for name, value in asdict(self.gain).items()}
        return text("plans.gain", lang, **shown)

    def _lost(self, lang: str) -> str:
        if self.lost is None:
            return ""
        return text(
            "slots.plan_lost", lang, windows=number(len(self.schedule), lang), lost=percent(self.lost, lang)
        )

    def _dearest(self) -> list[tuple[str, float]]:
        """The budget's price, and of the other rules the three whose price is highest."""
        own = [item for item in self.shadow_prices.items() if item[0] == "budget" and item[1]]
        rest = [item for item in self.shadow_prices.items() if item[0] != "budget" and item[1]]
        return own + sorted(rest, key=lambda item: -abs(item[1]))[:3]

    def _worth(self, name: str, value: float, lang: str) -> str:
        step = step_of(self.total_spend or 1.0)
        amount = figure(abs(value) * step, lang)
        what = text("plans.total", lang) if name == "budget" else name.partition(":")[2]
        if value < 0:
            return text("plans.forced", lang, step=figure(step, lang), what=what, amount=amount)
        unit = text("plans.brings", lang, amount=amount)
        return text("plans.worth", lang, step=figure(step, lang), what=what, unit=unit)

    def _repr_html_(self) -> str:
        table = self.schedule.to_html(index=False, max_rows=20, float_format="{:,.4g}".format)
        return f'<div class="wb-plan"><p>{escape(self.sentence())}</p>{table}</div>'
