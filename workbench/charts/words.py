"""Numbers and dates inside a chart: the formats of `i18n.formats`, written as Vega expressions.

Axis labels and tooltips are formatted where they are drawn, so that rows carry plain numbers only.
A test holds each expression against `i18n.formats`, value by value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.i18n import formats

Datum = str
"""A Vega expression that gives a number, for example `datum.m`."""

_SCALES: dict[str, tuple[tuple[float, str], ...]] = {
    "en": ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")),
    "zh": ((1e12, "万亿"), (1e8, "亿"), (1e4, "万")),
}
"""Steps of the compact formats, as CLDR has them, largest first."""


def value(amount: Datum, unit: str, lang: str, currency: str = "", short: bool = False) -> str:
    """Expression for `formats.value(amount, …)`: the text of a metric's value in its unit."""
    if unit == "money":
        return _money(amount, currency, lang, short)
    if unit == "percent":
        return known(amount, _digits(f"100*{amount}") + "+'%'")
    if unit == "share":
        return known(amount, f"format(100*{amount},',.1f')+'%'")
    if unit == "multiple":
        return known(amount, f"format({amount},',.2f')")
    return known(amount, _compact(amount, lang) if short else _count(amount))


def tick(amount: Datum, unit: str, lang: str, currency: str = "") -> str:
    """Expression for an axis label: as few digits as the tick needs."""
    if unit in ("percent", "share"):
        return f"format(100*{amount},'.3~r')+'%'"
    sign = formats.symbol(currency, lang) if unit == "money" else ""
    figure = f"format(abs({amount}),',.3~r')"
    for step, name in reversed(_SCALES[lang]):
        figure = (
            f"(abs({amount})>={step:.0f}?format(abs({amount})/{step:.0f},'.4~r')+{quoted(name)}:{figure})"
        )
    return f"({amount}<0?'−':'')+{quoted(sign)}+{figure}"


def interval(low: Datum, high: Datum, unit: str, lang: str, currency: str = "") -> str:
    """Expression for `low – high`; empty text where there is no interval."""
    shown = f"{value(low, unit, lang, currency, True)}+' – '+{value(high, unit, lang, currency, True)}"
    return f"(isValid({low})&&isValid({high})?{shown}:'')"


def change(now: Datum, before: Datum) -> str:
    """Expression for the relative change with its sign; empty text where there is none."""
    ratio = f"(({now})-({before}))/abs({before})"
    sign = f"({ratio}>0?'+':{ratio}<0?'−':'±')"
    return f"(isValid({now})&&isValid({before})&&{before}!=0?{sign}+format(abs(100*{ratio}),',.1f')+'%':'')"


def date(instant: Datum, lang: str) -> str:
    """Expression for a day (UTC milliseconds): `Fri 20 Nov 2026`, `2026年11月20日 周五`."""
    if lang == "zh":
        return f"utcFormat({instant},'%Y年%-m月%-d日')+' '+{weekday(instant, lang)}"
    return f"utcFormat({instant},'%a %-d %b %Y')"


def week(instant: Datum, lang: str) -> str:
    """Expression for a week by its Monday."""
    if lang == "zh":
        return f"utcFormat({instant},'%Y年%-m月%-d日')+' 起一周'"
    return f"'Week of '+utcFormat({instant},'%-d %b %Y')"


def month(instant: Datum, lang: str) -> str:
    """Expression for a month: `Nov 2026`, `2026年11月`."""
    return f"utcFormat({instant},{quoted('%Y年%-m月' if lang == 'zh' else '%b %Y')})"


def day_tick(instant: Datum, lang: str, long: bool) -> str:
    """Expression for a tick of a time axis; `long` axes are labelled by month."""
    if long:
        return month(instant, lang)
    return f"utcFormat({instant},{quoted('%-m月%-d日' if lang == 'zh' else '%-d %b')})"


def weekday(instant: Datum, lang: str) -> str:
    """Expression for the short weekday of a day."""
    names = weekdays(lang)
    return f"{array((names[-1], *names[:-1]))}[utcday({instant})]"  # JavaScript's week begins on Sunday


def weekdays(lang: str) -> tuple[str, ...]:
    """Short weekday names, Monday first."""
    from babel.dates import get_day_names

    from workbench.i18n import LOCALES

    names = get_day_names("abbreviated", locale=LOCALES[lang])
    return tuple(str(names[index]) for index in range(7))


def tip(title: str, *lines: tuple[str, str]) -> list[dict[str, Any]]:
    """Parameters of a spec that give the tooltip of the row `pointed` at.

    `chart.js` sets `pointed` and shows `tip`: so the words are made for one row when they are wanted,
    not for every row at every redraw (which took two thirds of its time).

    Args:
        title: Expression of the heading, of `pointed`.
        lines: (name, text) expressions; a line whose text is empty is not shown.
    """
    rows = ",".join(f"{{name:{name},text:{shown}}}" for name, shown in lines)
    return tips(title, f"[{rows}]")


def tips(title: str, lines: str) -> list[dict[str, Any]]:
    """Like `tip`, with one expression for all lines."""
    shown = f"pointed?{{title:{title},lines:{lines}}}:null"
    return [{"name": "pointed", "value": None}, {"name": "tip", "expr": shown}]


def quoted(words: str) -> str:
    """A string literal of Vega's expression language."""
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'"


def array(items: Sequence[str]) -> str:
    """An array literal of strings."""
    return "[" + ",".join(quoted(item) for item in items) + "]"


def known(amount: Datum, shown: str) -> str:
    """`shown`, or the sign of a missing value."""
    return f"(isValid({amount})?{shown}:{quoted(formats.MISSING)})"


def _money(amount: Datum, currency: str, lang: str, short: bool) -> str:
    size = f"abs({amount})"
    figure = _compact(size, lang) if short else f"format({size},{size}<1000?',.2f':',.0f')"
    return known(amount, f"({amount}<0?'−':'')+{quoted(formats.symbol(currency, lang))}+{figure}")


def _count(amount: Datum) -> str:
    return f"format({amount},{amount}%1==0?',.0f':',.1f')"


def _digits(amount: Datum) -> str:
    """About three significant digits, at most four decimals."""
    size = f"abs({amount})"
    few = f"{size}>=1?',.2f':{size}>=.1?',.3f':',.4f'"
    return f"format({amount},{amount}==0||{size}>=100?',.0f':{size}>=10?',.1f':{few})"


def _compact(amount: Datum, lang: str) -> str:
    figure = _digits(amount)
    for step, name in reversed(_SCALES[lang]):
        part = f"{amount}/{step:.0f}"
        shown = f"format({part},abs({part})<10?'.2~f':abs({part})<100?'.1~f':'.0f')+{quoted(name)}"
        figure = f"(abs({amount})>={max(step, 1e4):.0f}?{shown}:{figure})"
    return figure
