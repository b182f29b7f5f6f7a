"""`forest`: effects with their intervals against a line of no effect, one row each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workbench.charts import frame, rows, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Row
from workbench.i18n import formats, text

EMPTY_HEIGHT = 160
_COMPACT = 1e4
"""Values from here on are shortened (K, 万)."""
_WIDEST = 4
"""Ends further out than so many times the typical interval are cut, and an arrow says so."""

_PIECE = 22
"""Pixels of the line of no effect in a row whose name stands above."""

Meaning = Literal["better", "worse", "noise", "unknown", "plain", "apart"]
_COLOURS = {"better": "$good", "worse": "$bad", "noise": "$ink-3", "unknown": "$ink-3",
            "plain": "$ink-3", "apart": "$ink"}  # fmt: skip
_SHAPES = {"better": "triangle-up", "worse": "triangle-down", "noise": "circle", "unknown": "diamond",
           "plain": "circle", "apart": "diamond"}  # fmt: skip
_VERDICTS = {"better": "better", "worse": "worse", "noise": "noise", "unknown": "too_little"}
"""Meaning → the text that says it; the others are no verdicts."""


@dataclass(frozen=True)
class Effect:
    """One row of a forest plot.

    Attributes:
        key: What a click on the row sends.
        name: Shown at the left.
        value: Estimate, in the chart's unit.
        low, high: Ends of its interval; infinite where it has no end, NaN where there is none.
        meaning: `better`, `worse`, `noise` (cannot tell) or `unknown` (not enough data); `plain` for what is
            not judged, and `apart` for such a row that stands out.
        note: A further line of the tooltip.
    """

    key: str
    name: str
    value: float
    low: float = math.nan
    high: float = math.nan
    meaning: Meaning = "noise"
    note: str = ""


def sided(low: float, high: float, better: str = "higher") -> Meaning:
    """Meaning of an interval, or of one number given twice: on which side of 0 it lies, and which is better.

    Args:
        low, high: Ends.
        better: `higher`, `lower`, or `neither` where no side is.
    """
    if better == "neither" or not (low > 0 or high < 0):
        return "noise"
    return "better" if (low > 0) == (better == "higher") else "worse"


@dataclass(frozen=True)
class Form:
    """How the values of a plot are written: unit, language, currency, decimals (None: as levels are)."""

    unit: str
    lang: str
    currency: str
    digits: int | None


def forest(
    effects: Sequence[Effect],
    lang: str = "en",
    unit: str = "change",
    currency: str = "",
    line: float | None = 0.0,
    title: str = "",
    level: float = 0.95,
    select: bool = False,
) -> Chart:
    """Draw effects as points with their intervals, in the given order.

    Args:
        effects: Rows; those without a value are left out.
        lang: `en` or `zh`.
        unit: `change` (a relative change), `points` (a difference of shares), or a metric's unit.
        currency: ISO 4217 code of amounts.
        line: Where "no effect" is drawn; None: nowhere.
        title: Title of the axis.
        level: Confidence of the intervals, for the tooltip.
        select: Whether a click on a row leads somewhere (event `wb-select` with the row's `key`).
    """
    known = [item for item in effects if math.isfinite(item.value)]
    if not known:
        return empty(lang, EMPTY_HEIGHT)
    ends = _domain(known, line)
    found = rows.numbered([_row(item, ends) for item in known])
    layers = [
        _line(line, rows.stacked(found)),
        _interval(),
        *(_arrow(side) for side in ("left", "right")),
        _point(),
    ]
    x = {
        "field": "m",
        "type": "quantitative",
        "scale": rows.scale(False) | {"domain": list(ends), "nice": False},
        "axis": _axis(unit, lang, currency, title),
    }
    form = Form(unit, lang, currency, None if line is None else _digits(known))
    shown = _value("datum.m", form)
    tip = _tip(form, level)
    spec = rows.spec(found, [layer for layer in layers if layer], x, shown, tip, select)
    return Chart(spec, found, _said(known, unit, lang, currency), rows.height(found, 18 * bool(title)))


def _row(item: Effect, ends: tuple[float, float]) -> Row:
    low, high = (min(max(end, ends[0]), ends[1]) for end in (item.low, item.high))
    row: Row = {"key": item.key, "name": item.name, "m": frame.figure(item.value), "k": item.meaning}
    if item.low == item.low and item.high == item.high:
        row |= {"lo": frame.figure(low), "hi": frame.figure(high)}
        row |= {"tl": _end(item.low), "th": _end(item.high)}
        row |= {"left": 1} if item.low < ends[0] else {}
        row |= {"right": 1} if item.high > ends[1] else {}
    return row | ({"note": item.note} if item.note else {})


def _end(end: float) -> float | str | None:
    return frame.figure(end) if math.isfinite(end) else "−∞" if end < 0 else "+∞"


def _domain(known: Sequence[Effect], line: float | None) -> tuple[float, float]:
    """Ends of the axis: all values and the line, and intervals as far as they are not far too wide."""
    values = [item.value for item in known] + ([] if line is None else [line])
    halves = sorted(
        half
        for item in known
        for half in (item.value - item.low, item.high - item.value)
        if math.isfinite(half)
    )
    typical = halves[len(halves) // 2] if halves else 0.0
    reach = _WIDEST * typical
    lows = [max(item.low, item.value - reach) for item in known if item.low == item.low]
    highs = [min(item.high, item.value + reach) for item in known if item.high == item.high]
    low, high = min([*values, *lows]), max([*values, *highs])
    room = 0.04 * (high - low) or abs(high) or 1.0
    return low - room, high + room


def _axis(unit: str, lang: str, currency: str, title: str) -> dict[str, Any]:
    kind = "percent" if unit in ("change", "points") else unit
    return {
        "grid": False,
        "tickCount": {"expr": "max(3,floor(width/90))"},
        "labelExpr": words.tick("datum.value", kind, lang, currency),
        "labelFlush": True,
        "title": title[:1].upper() + title[1:] or None,
    }


def _colour() -> dict[str, Any]:
    scale = {"domain": list(_COLOURS), "range": list(_COLOURS.values())}
    return {"field": "k", "type": "nominal", "scale": scale, "legend": None}


def _line(at: float | None, stacked: bool) -> dict[str, Any] | None:
    """The line of no effect: one line, or a piece a row where it would run through the names above rows."""
    if at is None:
        return None
    piece = {"type": "tick", "orient": "vertical", "thickness": 1, "size": _PIECE, "color": "$ink-2"}
    whole = {"type": "rule", "color": "$ink-2"}
    ends = {"y": {"value": 0}, "y2": {"value": "height"}}
    first = [] if stacked else [{"filter": "slice(datum.y,0,3)=='000'"}]
    return {
        "transform": [*first, {"calculate": str(at), "as": "at"}],
        "mark": piece if stacked else whole,
        "encoding": {"x": {"field": "at"}} | ({} if stacked else ends),
    }


def _interval() -> dict[str, Any]:
    return {
        "mark": {"type": "rule", "strokeWidth": 5, "opacity": 0.32, "strokeCap": "round"},
        "encoding": {"x": {"field": "lo"}, "x2": {"field": "hi"}, "color": _colour()},
    }


def _arrow(side: str) -> dict[str, Any]:
    """A mark that the interval goes on beyond the axis."""
    mark = {"type": "point", "shape": f"triangle-{side}", "filled": True, "size": 70, "opacity": 0.8}
    return {
        "transform": [{"filter": f"datum.{side}"}],
        "mark": mark,
        "encoding": {"x": {"field": "lo" if side == "left" else "hi"}, "color": _colour()},
    }


def _point() -> dict[str, Any]:
    shape = {"domain": list(_SHAPES), "range": list(_SHAPES.values())}
    return {
        "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
        "encoding": {
            "x": {"field": "m"},
            "color": _colour(),
            "shape": {"field": "k", "type": "nominal", "scale": shape, "legend": None},
        },
    }


def _digits(known: Sequence[Effect]) -> int | None:
    """Decimals that all values of a plot share: three digits of the largest; None: too large for decimals."""
    largest = max(abs(item.value) for item in known)
    steps = ((_COMPACT, None), (100, 0), (10, 1), (1, 2), (0.1, 3))
    return next((digits for least, digits in steps if largest >= least), 4)


def _value(amount: str, form: Form) -> str:
    """Expression of a value; changes and differences carry their sign, one column has one precision."""
    sign = f"({amount}>0?'+':{amount}<0?'−':'±')"
    if form.unit in ("change", "points"):
        share = {"change": (".1f", "%"), "points": (".2f", "个百分点" if form.lang == "zh" else " pp")}
        digits, after = share[form.unit]
        shown = f"format(abs(100*{amount}),{words.quoted(',' + digits)})+{words.quoted(after)}"
        return words.known(amount, f"{sign}+{shown}")
    if form.digits is None or form.unit not in ("money", "number", "count", "multiple"):
        return words.value(amount, form.unit, form.lang, form.currency, short=True)
    before = formats.symbol(form.currency, form.lang) if form.unit == "money" else ""
    plain = f"format(abs({amount}),',.{form.digits}f')"
    return words.known(amount, f"{sign}+{words.quoted(before)}+{plain}")


def _tip(form: Form, level: float) -> list[dict[str, Any]]:
    lang = form.lang

    def end(name: str) -> str:
        return f"(isString(pointed.{name})?pointed.{name}:{_value(f'pointed.{name}', form)})"

    between = words.quoted(text("charts.to", lang))
    share = formats.percent(level, lang, 0)
    meanings = ",".join(f"{kind}:{words.quoted(_verdict(kind, lang))}" for kind in _COLOURS)
    return words.tip(
        "pointed.name",
        (words.quoted(text("charts.estimate", lang)), _value("pointed.m", form)),
        (
            words.quoted(text("charts.interval_of", lang, level=share)),
            f"(isValid(pointed.tl)?{end('tl')}+{between}+{end('th')}:'')",
        ),
        (words.quoted(text("charts.verdict", lang)), f"({{{meanings}}})[pointed.k]"),
        (words.quoted(text("charts.note", lang)), "(isValid(pointed.note)?pointed.note:'')"),
    )


def _said(known: Sequence[Effect], unit: str, lang: str, currency: str) -> str:
    """Every row in words, at most five of them."""
    apart = "；" if lang == "zh" else "; "
    listed = [
        text(
            "charts.forest_row",
            lang,
            name=item.name,
            value=_plain(item.value, unit, lang, currency),
            meaning=_verdict(item.meaning, lang),
        ).rstrip(", ，")
        for item in known[:5]
    ]
    sure = sum(not (math.isnan(item.low) or math.isnan(item.high)) for item in known)
    which = "all" if sure == len(known) else "some" if sure else "none"
    return text(f"charts.forest_{which}", lang, count=len(known), known=sure, rows=apart.join(listed))


def _verdict(meaning: str, lang: str) -> str:
    return text(f"charts.{_VERDICTS[meaning]}", lang) if meaning in _VERDICTS else ""


def _plain(value: float, unit: str, lang: str, currency: str) -> str:
    if unit == "change":
        return formats.change(value, lang)
    if unit == "points":
        return formats.points(value, lang)
    return formats.value(value, unit, lang, currency, short=True)
