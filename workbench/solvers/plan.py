"""A plan: what each cell spends, what that brings, and how much better any plan could be."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from workbench.i18n import text
from workbench.i18n.formats import number, percent
from workbench.solvers.draws import Gain

if TYPE_CHECKING:
    import pandas as pd

STATUSES = ("optimal", "feasible", "infeasible")
SMALL_GAP = 1e-6


@dataclass(frozen=True)
class Note:
    """Something to know about a plan: a code and its values."""

    code: str
    values: tuple[tuple[str, float | str], ...] = ()

    def sentence(self, lang: str) -> str:
        """The note in words."""
        shown = {name: figure(value, lang) for name, value in self.values}
        return text(f"plans.{self.code}", lang, **shown)


@dataclass(frozen=True)
class Risk:
    """A risk-averse plan over the draws, in responses.

    Attributes:
        knob: 0: the mean alone counts; 1: only the bad draws do.
        tail: Share of the draws that are the bad ones.
        mean: Mean response of the plan over the draws. bad: Mean over its bad draws (CVaR).
        mean_neutral: The same mean for the plan of the mean. bad_neutral: Its bad draws.
    """

    knob: float
    tail: float
    mean: float
    bad: float
    mean_neutral: float
    bad_neutral: float


@dataclass(frozen=True, eq=False)
class Plan:
    """The answer of `workbench.optimize.allocate`; amounts in the unit of the curves.

    Attributes:
        table: One row a cell: `cell`, `spend`, `response`, `marginal` (response of one more unit of spend),
            `at_bound` (`min`, `max`, `locked` or empty), `change` (spend less `current`).
        total_spend: Sum of the spends. total_response: Sum of the responses.
        total_value: Sum of response × `value_per_response`; of the responses where there is none.
        objective: What the mode makes large (small in `min_cost`): response, spend, value, or value less
            target × spend in `target_mroas`.
        upper_bound: No plan within the rules has a better objective; in `min_cost`, none is cheaper.
        gap: How far `objective` can be from the best at most, relative; in `target_mroas` to the value.
        shadow_prices: What one more unit brings: of `budget`, of `group:NAME`, of `limit:NAME`, and in
            `min_cost` what one more response costs, as `target`.
        bands: `cell`, `low`, `high` (5th and 95th percentile of the best spend over draws), `response_low`,
            `response_high` (of the response at the planned spend); None without draws.
        gain: The gain over `current` with its optimism taken off; None without `current` or with less
            than two draws.
        status: `optimal`: the gap is at most 0.000001; `feasible`: the rules are kept, the gap says how far
            from the best; `infeasible`: the rules or the target cannot be kept, the plan is the nearest.
        nearest: The target's value that can be reached, where the status is `infeasible`; else None.
        unspent: Budget that is left; 0 without a budget.
        mode: What the plan is for. budget: Most spend, or None. target: Target, or None.
        notes: What else is to be known.
        limits: `limit`, `total` (what the plan adds up to), `min`, `max`; None without limits.
        risk: What the risk-averse aim brings; None where the aim is the mean.
        group_bands: `group`, `low`, `high` (as of `bands`, of the sum over a group's cells); None without
            draws or groups.
    """

    table: pd.DataFrame
    total_spend: float
    total_response: float
    total_value: float
    objective: float
    upper_bound: float
    gap: float
    shadow_prices: dict[str, float]
    bands: pd.DataFrame | None
    gain: Gain | None
    status: str
    nearest: float | None
    unspent: float
    mode: str
    budget: float | None
    target: float | None
    notes: tuple[Note, ...]
    limits: pd.DataFrame | None = None
    risk: Risk | None = None
    group_bands: pd.DataFrame | None = None

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table, with the bands where there are any."""
        if self.bands is None:
            return self.table.copy()
        return self.table.merge(self.bands, on="cell", how="left", validate="one_to_one")

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows` and all else that the plan says of itself; what is not finite is None."""
        about = {
            name: getattr(self, name)
            for name in (
                *("total_spend", "total_response", "total_value", "objective", "upper_bound", "gap"),
                *("status", "nearest", "unspent", "mode", "budget", "target"),
            )
        }
        told = {lang: self.sentence(lang) for lang in ("en", "zh")}
        more: dict[str, Any] = {name: asdict(part) if part else None for name, part in _parts(self)}
        more["shadow_prices"] = self.shadow_prices
        more["limits"] = None if self.limits is None else self.limits.to_dict("records")
        return dict(plain({"rows": self.to_frame().to_dict("records"), **about, **more, "sentence": told}))

    def sentence(self, lang: str = "en") -> str:
        """The plan in words: what it brings, how sure that is, what binds and what one more unit brings."""
        parts = [self._headline(lang), self._certificate(lang)]
        parts += [note.sentence(lang) for note in self.notes]
        parts += [self._worth(name, value, lang) for name, value in self.shadow_prices.items() if value]
        if self.gain is not None:
            parts.append(self._gained(lang))
        if self.risk is not None:
            parts.append(self._risked(lang))
        return ("" if lang == "zh" else " ").join(part for part in parts if part)

    def _headline(self, lang: str) -> str:
        spend, response = figure(self.total_spend, lang), figure(self.total_response, lang)
        if self.status == "infeasible":
            if any(note.code in ("limit_max", "limit_min") for note in self.notes):
                return ""
            if self.nearest is None or self.target is None:
                return text("plans.no_plan", lang)
            near, goal = figure(self.nearest, lang), figure(self.target, lang)
            return text("plans.infeasible", lang, target=goal, nearest=near)
        return text(
            "plans.headline", lang, spend=spend, response=response, cells=number(len(self.table), lang)
        )

    def _certificate(self, lang: str) -> str:
        if self.status == "infeasible":
            return ""
        if self.gap <= SMALL_GAP:
            return text("plans.optimal", lang)
        return text("plans.feasible", lang, gap=percent(self.gap, lang))

    def _worth(self, name: str, value: float, lang: str) -> str:
        step = self._step(name)
        if name == "target":
            return text("plans.worth_target", lang, cost=figure(value, lang))
        key = {"min_cost": "saves", "target_mroas": "nets"}.get(self.mode, "brings")
        key = "values" if self.mode == "target_roas" else key
        amount = figure(abs(value) * step, lang)
        what = text("plans.total", lang) if name == "budget" else name.partition(":")[2]
        if value < 0:  # a group or limit that must have more than it is worth
            return text("plans.forced", lang, step=figure(step, lang), what=what, amount=amount)
        unit = text(f"plans.{key}", lang, amount=amount)
        return text("plans.worth", lang, step=figure(step, lang), what=what, unit=unit)

    def _step(self, name: str) -> float:
        """A round amount of about a hundredth of the budget, or of a limit."""
        size = self.total_spend or 1.0
        if self.limits is not None and name.startswith("limit:"):
            row = self.limits[self.limits["limit"] == name.removeprefix("limit:")].iloc[0]
            bounds = [abs(row[side]) for side in ("min", "max") if math.isfinite(row[side])]
            size = max([*bounds, abs(row["total"])]) or 1.0
        return step_of(size)

    def _gained(self, lang: str) -> str:
        assert self.gain is not None
        shown = {name: figure(value, lang) for name, value in asdict(self.gain).items()}
        return text("plans.gain", lang, **shown)

    def _risked(self, lang: str) -> str:
        assert self.risk is not None
        shown = {name: figure(value, lang) for name, value in asdict(self.risk).items()}
        return text("plans.risk", lang, **shown | {"share": percent(self.risk.tail, lang)})

    def _repr_html_(self) -> str:
        table = self.to_frame().to_html(index=False, max_rows=20)
        return f'<div class="wb-plan"><p>{escape(self.sentence())}</p>{table}</div>'


def step_of(size: float) -> float:
    """A round amount of a hundredth of a size, or less."""
    return float(10.0 ** (math.floor(math.log10(size) + 1e-9) - 2))


def _parts(plan: Plan) -> tuple[tuple[str, Any], ...]:
    return ("gain", plan.gain), ("risk", plan.risk)


def figure(value: float | str, lang: str) -> str:
    """A figure in four significant digits or all before the point; a name as it is."""
    if isinstance(value, str):
        return value
    if value and math.isfinite(value) and not 1e-3 <= abs(value) < 1e15:
        return f"{'−' if value < 0 else ''}{abs(value):.4g}"
    size = math.floor(math.log10(abs(value))) if value and math.isfinite(value) else 0
    digits = max(0, min(6, 3 - size))
    while digits and round(value, digits) == round(value, digits - 1):
        digits -= 1
    return number(value, lang, digits)


def plain(value: Any) -> Any:
    """A value as JSON can hold it: what is not finite is None."""
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
