"""Forecasts, months and anomalies in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.forecast.holidays import shown
from workbench.i18n import formats, text

if TYPE_CHECKING:
    from workbench.forecast.answer import Forecast
    from workbench.forecast.oddities import Anomalies
    from workbench.forecast.pacing import Pacing


def amount(value: float, unit: str, currency: str, lang: str, short: bool = False) -> str:
    """A value in its unit; `short` as on a card."""
    if not math.isfinite(value):
        return formats.MISSING
    if short and unit:
        return formats.value(value, unit, lang, currency, short=True)
    if unit == "money":
        return formats.money(value, currency, lang)
    if unit == "percent":
        return formats.percent(value, lang, 2)
    if unit or abs(value) >= 100 or float(value).is_integer():
        return formats.number(value, lang, 0 if abs(value) >= 100 or float(value).is_integer() else 1)
    return formats.compact(value, lang)


def sentence(answer: Forecast, lang: str, names: Mapping[str, str], key: Mapping[str, str]) -> str:
    """What is expected of one series, over the whole horizon."""
    summed = answer.bundle.sums
    values = list(answer.sum_of(key).values()) if summed else _means(answer, key)
    said = [amount(value, answer.unit, answer.currency, lang) for value in values]
    chosen = answer.ways(key).query("chosen").iloc[0]["method"]
    return text(
        f"forecast.sentence_{'sum' if summed else 'mean'}",
        lang,
        steps=answer.horizon,
        step=text(f"forecast.step_{answer.bundle.step}", lang),
        where=where_of(key, names, lang),
        total=said[0],
        low=said[1],
        high=said[2],
        level=formats.percent(answer.level, lang, 0),
        method=text(f"forecast.method_{chosen}", lang),
        quality=_quality(answer, key, str(chosen), lang),
    )


def _means(answer: Forecast, key: Mapping[str, str]) -> list[float]:
    """Means over the horizon of a series that does not add up."""
    table = answer.table
    for name, member in key.items():
        table = table[table[name] == member]
    return [float(table[name].mean()) for name in ("forecast", "low", "high")]


def where_of(key: Mapping[str, str], names: Mapping[str, str], lang: str) -> str:
    """The members of a series before a sentence; empty for the only one."""
    said = " · ".join(names.get(member, member) or text("forecast.nameless", lang) for member in key.values())
    return f"{said}{'：' if lang == 'zh' else ': '}" if said else ""


def explained(event: str, lang: str, names: Mapping[str, str]) -> str:
    """The events of a day in brackets; empty for none."""
    called = " · ".join(names.get(name, name) for name in event.split(" · "))
    return text("forecast.explained", lang, event=called) if event else ""


def oddity(answer: Anomalies, lang: str, names: Mapping[str, str]) -> str:
    """The largest span that no event explains; or that there is none."""
    counts = {"tested": formats.number(answer.tested, lang), "alarm": formats.percent(answer.alarm, lang, 0)}
    table = answer.unexplained
    if table.empty:
        return text("forecast.no_anomaly", lang, **counts)
    row = table.iloc[0]
    others = text("forecast.more_anomalies", lang, count=len(table) - 1) if len(table) > 1 else ""
    return span(answer, row, lang, names) + others


def span(answer: Anomalies, row: Any, lang: str, names: Mapping[str, str]) -> str:
    """One span of anomalous days in words."""
    key, names = {name: row[name] for name in answer.by}, {**shown(answer.events, lang), **names}
    first, last = row["start"].date(), row["end"].date()
    when = formats.date(first, lang)
    if last > first:
        when = text("forecast.when", lang, first=when, last=formats.date(last, lang))
    money = row["money"]
    price = (
        text("forecast.worth", lang, money=formats.money(abs(money), answer.bundle.money, lang))
        if math.isfinite(money) and answer.bundle.money and answer.unit != "money"
        else ""
    )
    return text(
        f"forecast.span_{row['direction']}",
        lang,
        where=where_of(key, names, lang),
        when=when,
        value=amount(row["value"], answer.unit, answer.currency, lang),
        expected=amount(row["expected"], answer.unit, answer.currency, lang),
        price=price,
        event=explained(row["event"], lang, names),
    )


def month(answer: Pacing, lang: str, names: Mapping[str, str], number: int) -> str:
    """Where one series ends the month, and what that means for its target."""
    row, ahead = answer.table.iloc[number], answer.forecast
    said = {
        name: amount(row[name], ahead.unit, ahead.currency, lang)
        for name in ("actual", "projected", "low", "high", "target", "needed", "rate")
    }
    shown = {
        "where": where_of({name: row[name] for name in answer.by}, names, lang),
        "last": formats.date(answer.last, lang),
        "as_of": formats.date(answer.as_of, lang),
        "level": formats.percent(ahead.level, lang, 0),
        "left": answer.days_left,
        **said,
    }
    sentence = text("forecast.month", lang, **shown)
    if not row["status"]:
        return sentence
    chance = formats.percent(row["chance"], lang, 0)
    sentence += text(f"forecast.target_{row['status']}", lang, chance=chance, **shown)
    if answer.days_left and row["needed"] > 0:
        sentence += text("forecast.needed", lang, **shown)
    return sentence


def changed(answer: Anomalies, row: Mapping[Any, Any], lang: str, names: Mapping[str, str]) -> str:
    """One change of level in words."""
    names = {**shown(answer.events, lang), **names}
    values = [amount(row[name], answer.unit, answer.currency, lang) for name in ("before", "after")]
    return text(
        "forecast.changed",
        lang,
        where=where_of({name: row[name] for name in answer.by}, names, lang),
        day=formats.date(row["date"].date(), lang),
        before=values[0],
        after=values[1],
        change=formats.change(row["change"], lang),
        event=explained(row["event"], lang, names),
    )


def _quality(answer: Forecast, key: Mapping[str, str], chosen: str, lang: str) -> str:
    """How much better than repeating the last value or season the chosen way was."""
    ways = answer.ways(key)
    errors = dict(zip(ways["method"], ways["mase"], strict=True))
    mine, base = errors[chosen], min(errors["naive"], errors["seasonal_naive"])
    if not math.isfinite(mine):
        return text("forecast.quality_unknown", lang)
    if base == 0:
        return text("forecast.quality_still", lang)
    if mine >= base:
        return text("forecast.quality_base", lang)
    return text("forecast.quality_better", lang, part=formats.percent(1 - mine / base, lang, 0))
