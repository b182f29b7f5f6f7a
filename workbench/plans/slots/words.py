"""A proposal of time slots in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.i18n import formats, text
from workbench.plans.history import called
from workbench.solvers.plan import SMALL_GAP
from workbench.solvers.slot_sets import DAYS, JOIN

if TYPE_CHECKING:
    from workbench.plans.slots.proposal import SlotProposal

SAME, MOST = 1e-6, 8
PER = 100.0
"""Money whose worth is told: one more 100."""
FEWEST = 0.005
"""Share of a budget from which moving it is worth a sentence."""


def headline(found: SlotProposal, lang: str) -> str:
    """What the windows bring, and when money moves."""
    values = {
        "spend": money(found.spend, found, lang),
        "response": outcome(found.response, found, lang),
        "before": bare(found.before, lang),
        "change": formats.change(found.relative, lang),
        "today": money(found.today, found, lang),
    }
    same = abs(found.spend - found.today) <= SAME * max(1.0, found.today)
    said = text("slots.proposal_same" if same else "slots.proposal", lang, **values)
    to, source = found.moved
    if float(found.table["change"].abs().sum()) / 2 < FEWEST * found.spend or to == source:
        return said
    return joined(lang, said, text("slots.moves", lang, to=_four(to), source=_four(source)))


def certificate(found: SlotProposal, lang: str) -> str:
    """How far from the best hourly plan, what windows lose, what one more 100 brings."""
    plan = found.plan
    near = "optimal" if plan.gap <= SMALL_GAP else "feasible"
    parts = [text(f"plans.{near}", lang, gap=formats.percent(plan.gap, lang)), found.schedule.sentence(lang)]
    if found.per_step > 0:
        brings = outcome(found.per_step, found, lang)
        parts.append(text("plans.one_more_brings", lang, step=money(PER, found, lang), brings=brings))
    return joined(lang, *parts)


def gain(found: SlotProposal, lang: str) -> list[str]:
    """What is left of the gain, in conversions and in money."""
    told, worth = found.plan.gain, found.money
    if told is None or worth is None:
        return []
    values = {name: bare(getattr(told, name), lang) for name in ("optimism", "low", "high")}
    values |= {name: outcome(getattr(told, name), found, lang) for name in ("claimed", "corrected")}
    middle, low, high = (money(value, found, lang) for value in worth)
    each = formats.money(found.each, found.currency, lang)
    lost = outcome(max(found.schedule.lost, 0.0), found, lang)
    key = "gain_money_cost" if found.worth is None else "gain_money"
    return [
        text("plans.proposal_gain", lang, **values),
        text(f"slots.{key}", lang, money=middle, low=low, high=high, each=each, lost=lost),
    ]


def binding(found: SlotProposal, lang: str, names: Mapping[str, str]) -> list[str]:
    """Budgets and caps of days that bind, and what one more 100 there brings, the dearest first."""
    own = sorted(found.plan.shadow_prices.items(), key=lambda item: (item[0] != "budget", -abs(item[1])))
    said = []
    for name, price in own[:MOST]:
        if abs(price) * PER < SAME:
            continue
        what = text("slots.whole_budget", lang) if name == "budget" else _rule(name, found, lang, names)
        brings = outcome(abs(price) * PER, found, lang)
        step = money(PER, found, lang)
        said.append(
            text("slots.worth" if price > 0 else "slots.forced", lang, what=what, step=step, brings=brings)
        )
    return said


def left_over(found: SlotProposal, left: float, lang: str) -> str:
    """That a part of the budget fits in no window."""
    return text("slots.left_over", lang, left=money(left, found, lang))


def hours_words(count: int, lang: str) -> str:
    """So many hours a week."""
    return text("slots.hours", lang, count=formats.number(count, lang))


def outcome(value: float, found: SlotProposal, lang: str) -> str:
    """An amount of the outcome with its name."""
    return text("plans.of_unit", lang, amount=bare(value, lang), unit=unit(found, lang))


def unit(found: SlotProposal, lang: str) -> str:
    """What is counted."""
    return text(f"slots.{found.model.outcome}", lang)


def bare(value: float, lang: str) -> str:
    """A count without its name."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return formats.number(value, lang, digits)


def money(value: float, found: SlotProposal, lang: str) -> str:
    """An amount of money without its fraction: a plan is no bill."""
    sign = "−" if value < 0 else ""
    return f"{sign}{formats.symbol(found.currency, lang)}{formats.number(abs(value), lang)}"


def joined(lang: str, *parts: str) -> str:
    """Sentences side by side."""
    return ("" if lang == "zh" else " ").join(part for part in parts if part)


def day_name(day: int, lang: str) -> str:
    """A weekday's name, Monday 0."""
    from babel.dates import get_day_names

    from workbench.i18n import LOCALES

    return str(get_day_names("wide", locale=LOCALES[lang])[day])


def _four(hour: int) -> str:
    return f"{hour:02d}:00–{(hour + 4) % 24:02d}:00"


def _rule(name: str, found: SlotProposal, lang: str, names: Mapping[str, str]) -> str:
    """A rule's name: the budget of a group, or the cap of a day."""
    own = name.partition(":")[2]
    if own in found.groups:
        return text("slots.budget_of", lang, what=called(own, names))
    parts = [
        day_name(DAYS.index(part), lang) if part in DAYS else called(part, names) for part in own.split(JOIN)
    ]
    return text("slots.cap_of", lang, what=JOIN.join(parts))
