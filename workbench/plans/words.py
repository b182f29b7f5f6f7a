"""A proposal in words: what changes, how sure that is, what it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.catalogue import builtin
from workbench.i18n import formats, text
from workbench.solvers.plan import SMALL_GAP, Note

if TYPE_CHECKING:
    from workbench.plans.proposal import Proposal

SAME = 1e-6
"""Budgets that differ by less than this share are the same."""


def headline(found: Proposal, lang: str, names: Mapping[str, str] | None = None) -> str:
    """What the proposal brings, and what moves for it."""
    if found.plan.status == "infeasible":
        return found.plan.sentence(lang)
    shown = _shown(found, lang)
    gainer, loser = _moves(found, names or {})
    moved = float(found.table["change"].abs().sum()) / 2
    if moved <= SAME * max(1.0, found.now.total_spend):
        return text("plans.as_today", lang, **shown)
    same = abs(found.plan.total_spend - found.now.total_spend) <= SAME * max(1.0, found.now.total_spend)
    said = text("plans.proposal_same" if same else "plans.proposal", lang, **shown)
    most = text(
        "plans.moves" if gainer and loser else "plans.moves_one", lang, gainer=gainer or loser, loser=loser
    )
    return said + ("" if lang == "zh" else " ") + most


def certificate(found: Proposal, lang: str) -> str:
    """How far from the best the plan can be, and what one more unit brings."""
    plan = found.plan
    if plan.status == "infeasible":
        return ""
    money = plan.mode == "min_cost"
    bound = _money(plan.upper_bound, found, lang) if money else _outcome(plan.upper_bound, found, lang)
    if plan.mode in ("target_roas", "target_mroas"):
        bound = _money(plan.upper_bound, found, lang)
    key = "bound_cost" if money else "bound" if plan.risk is None else "bound_risk"
    near = "bound_exact" if plan.gap <= SMALL_GAP else "bound_gap"
    parts = [
        text(f"plans.{key}", lang, bound=bound),
        text(f"plans.{near}", lang, gap=formats.percent(plan.gap, lang)),
    ]
    return ("" if lang == "zh" else " ").join([*parts, *_worth(found, lang)])


def gain(found: Proposal, lang: str) -> str:
    """The claimed gain, its optimism, and what is left."""
    told = found.plan.gain
    if told is None:
        return ""
    values = {name: _bare(getattr(told, name), found, lang) for name in ("optimism", "low", "high")}
    values |= {name: _outcome(getattr(told, name), found, lang) for name in ("claimed", "corrected")}
    return text("plans.proposal_gain", lang, **values)


def risk(found: Proposal, lang: str) -> str:
    """What the plan brings on the bad curves, beside the plan for the mean."""
    told = found.plan.risk
    if told is None:
        return ""
    names = ("mean", "bad", "mean_neutral", "bad_neutral")
    values = {name: _bare(getattr(told, name), found, lang) for name in names}
    return text("plans.risk", lang, share=formats.percent(told.tail, lang, 0), **values)


def remarks(found: Proposal) -> list[Note]:
    """Channels beyond what was seen, at the end of what is planned on, and that spend was not random."""
    rows = found.table.to_dict("records")
    ends = [row["channel"] for row in rows if row["at_bound"] == "seen"]
    beyond = [
        Note(
            "beyond",
            (
                ("channel", row["channel"]),
                ("share", formats.percent(row["spend"] / row["highest"] - 1, "en", 0)),
            ),
        )
        for row in rows
        if row["highest"] > 0 and row["spend"] > row["highest"] * (1 + SAME) and row["channel"] not in ends
    ]
    random = [] if found.model.label == "calibrated" else [Note("not_random")]
    return [*beyond, *(Note("reach", (("channel", name),)) for name in ends), *random]


def named(note: Note, names: Mapping[str, str]) -> Note:
    """A note that calls a channel by its shown name."""
    values = (
        (key, names.get(str(value), value) if key == "channel" else value) for key, value in note.values
    )
    return Note(note.code, tuple(values))


def amount_of(what: str, value: float, found: Proposal, lang: str) -> str:
    """An amount of a metric, money in the proposal's currency, counts with their name."""
    metric = builtin()[what]
    if metric.unit == "money":
        return _money(value, found, lang)
    return text("plans.of_unit", lang, amount=_figure(value, lang), unit=metric.label(lang))


def _shown(found: Proposal, lang: str) -> dict[str, str]:
    before, after = found.now.total_response, found.plan.total_response
    relative = (after - before) / before if before else float("nan")
    return {
        "spend": _money(found.plan.total_spend, found, lang),
        "today": _money(found.now.total_spend, found, lang),
        "response": _outcome(after, found, lang),
        "before": _bare(before, found, lang),
        "change": formats.change(relative, lang),
    }


def _moves(found: Proposal, names: Mapping[str, str]) -> tuple[str, str]:
    """(channel that gains most, channel that gives most)."""
    rows = found.table.sort_values("change")
    first, last = rows.iloc[0], rows.iloc[-1]
    gainer = last["channel"] if last["change"] > 0 else ""
    loser = first["channel"] if first["change"] < 0 else ""
    return names.get(gainer, gainer), names.get(loser, loser)


def _worth(found: Proposal, lang: str) -> list[str]:
    """What one more unit of the budget brings, or one more response costs."""
    prices = found.plan.shadow_prices
    if "target" in prices:
        return [
            text(
                "plans.one_more_costs",
                lang,
                cost=_money(prices["target"], found, lang),
                unit=_unit(found, lang),
            )
        ]
    if not prices.get("budget"):
        return []
    step = 10.0 ** max(0, math.floor(math.log10(max(found.plan.total_spend, 1.0))) - 2)
    brings = _outcome(prices["budget"] * step, found, lang)
    return [text("plans.one_more_brings", lang, step=_money(step, found, lang), brings=brings)]


def _unit(found: Proposal, lang: str) -> str:
    return builtin()[found.outcome].label(lang)


def _outcome(value: float, found: Proposal, lang: str) -> str:
    """An amount of the outcome with its name: 217 conversions."""
    return amount_of(found.outcome, value, found, lang)


def _bare(value: float, found: Proposal, lang: str) -> str:
    """The same without its name."""
    if builtin()[found.outcome].unit == "money":
        return _money(value, found, lang)
    return _figure(value, lang)


def _figure(value: float, lang: str) -> str:
    return formats.number(value, lang, 0 if abs(value) >= 100 else 1)


def _money(value: float, found: Proposal, lang: str) -> str:
    return formats.money(value, found.currency, lang)
