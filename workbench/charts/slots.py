"""`slot_map`: the week of a plan of time slots: how hours answer, what they spend, what is planned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench.charts import frame, theme, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Row
from workbench.charts.hours import HATCH, HEIGHT
from workbench.errors import unknown
from workbench.i18n import formats, text

if TYPE_CHECKING:
    import pandas as pd

WHAT = ("index", "today", "spend", "change")
DAY, DAYS = 24, 7
_EDGE = {"stroke": "$card", "strokeWidth": 2, "cornerRadius": 4}
_X = {"field": "h", "type": "quantitative", "scale": {"domain": [0, DAY], "nice": False, "zero": False}}
_Y = {"field": "d", "type": "quantitative",
      "scale": {"domain": [0, DAYS], "nice": False, "zero": False, "reverse": True}}  # fmt: skip
_HALO = {"halo": ("$card", 4.0), "sign": ("$ink", 1.7)}
"""Signs are drawn over a wider stroke of the card's colour, so that they stand out on every shade."""
_END = {"x2": {"field": "h2"}, "y2": {"field": "d2"}}


def slot_map(
    week: pd.DataFrame,
    what: str,
    currency: str,
    lang: str = "en",
    windows: pd.DataFrame | None = None,
    paint: bool = False,
    height: int = HEIGHT,
) -> Chart:
    """Draw a 7 × 24 map of one column of a plan's week.

    What is spent today and what is planned share one scale; what changes is drawn in two colours around none.
    Hours without data are hatched, forbidden ones crossed, required ones have a ring; windows are framed.

    Args:
        week: `plans.SlotProposal.week(…)`: 168 rows.
        what: `index`, `today`, `spend` or `change`.
        currency: Code of the amounts.
        lang: `en` or `zh`.
        windows: `weekday`, `start_hour`, `end_hour`, `spend`, `multiplier` of windows to frame.
        paint: Whether hours can be chosen, by click, drag or key.
        height: Pixels.

    Raises:
        QuestionError: for another `what`.
    """
    if what not in WHAT:
        raise unknown("map", what, WHAT)
    rows = _rows(week, what)
    known = [row for row in rows if "m" in row]
    if not known:
        return empty(lang, height, text("charts.no_hours", lang))
    shown = _shown(what, currency, lang)
    frames = [] if windows is None else [_frame(row) for row in windows.to_dict("records")]
    spec = _spec(_scale(week, what), _legend(what, currency, lang), _tip(currency, lang), lang, paint)
    return Chart(
        spec, [*_clipped(rows, week, what), *frames], _said(known, what, shown, len(frames), lang), height
    )


def _rows(week: pd.DataFrame, what: str) -> list[Row]:
    names = {"m": what, "i": "index", "lo": "low", "hi": "high", "n": "conversions", "t": "today"}
    names |= {"p": "spend", "g": "change"}
    found = []
    for record in week.to_dict("records"):
        slot = int(record["hour_of_week"])
        day, hour = divmod(slot, DAY)
        place: Row = {"key": slot, "d": day, "h": hour, "d2": day + 1, "h2": hour + 1}
        place |= {"dm": day + 0.5, "hm": hour + 0.5, "rule": record["ruled"] or "none"}
        cells = {key: frame.figure(record.get(column)) for key, column in names.items()}
        found.append(place | {key: value for key, value in cells.items() if value is not None})
    return found


def _frame(row: dict[Any, Any]) -> Row:
    day = int(row["weekday"])
    edge = 0.04  # frames of neighbours stand side by side
    return {"w": 1, "d": day + edge, "d2": day + 1 - edge, "h": float(row["start_hour"]) + edge,
            "h2": float(row["end_hour"]) - edge}  # fmt: skip


def _scale(week: pd.DataFrame, what: str) -> dict[str, Any]:
    """Colours and their domain: the same for what is spent and what is planned."""
    if what == "change":
        return {"type": "quantize", "range": list(theme.DIVERGING), "domain": list(_ends(week, what))}
    return {"type": "quantize", "range": list(theme.RAMP), "domain": list(_ends(week, what))}


def _ends(week: pd.DataFrame, what: str) -> tuple[float, float]:
    import numpy as np

    columns = ["today", "spend"] if what in ("today", "spend") else [what]
    values = week[columns].to_numpy(float).ravel()
    values = values[np.isfinite(values)]
    if what == "change":
        most = float(np.percentile(np.abs(values), 95)) or 1.0
        return -most, most
    low, high = (float(value) for value in np.percentile(values, [5, 95]))
    return (0.0 if what != "index" else low), (high if high > low else low + 1.0)


def _clipped(rows: list[Row], week: pd.DataFrame, what: str) -> list[Row]:
    low, high = _ends(week, what)
    return [row | ({"c": frame.figure(min(max(row["m"], low), high))} if "m" in row else {}) for row in rows]


def _spec(
    scale: dict[str, Any], legend: dict[str, Any], tip: list[dict[str, Any]], lang: str, paint: bool
) -> dict[str, Any]:
    hours = {
        "values": list(range(0, DAY, 3)),
        "labelExpr": "datum.value%(width<420?6:3)==0?pad(datum.value,2,'0','left')+':00':''",
        "labelAngle": 0, "labelOverlap": False, "labelPadding": 4, "labelAlign": "left", "title": None,
    }  # fmt: skip
    days = {
        "values": [day + 0.5 for day in range(DAYS)],
        "labelExpr": f"{words.array(words.weekdays(lang))}[floor(datum.value)]",
        "labelColor": "$ink-2", "title": None,
    }  # fmt: skip
    name = "choose_cell" if paint else "touch_cell"
    colour = {"field": "c", "type": "quantitative", "scale": scale, "legend": legend}
    cell = {"type": "rect", **_EDGE, "cursor": "pointer" if paint else "default"}
    return theme.base(tip) | {
        "encoding": {"x": {**_X, "axis": hours}, "y": {**_Y, "axis": days}},
        "layer": [
            _layer(f"{name}", "isValid(datum.m)", cell, {**_END, "color": colour}),
            _layer("touch_blank", "!isValid(datum.m)&&!isValid(datum.w)", {**cell, "fill": "$card"}, _END),
            _sign("hatch", "!isValid(datum.m)&&!isValid(datum.w)", HATCH, 60, "$ink-3"),
            *(_sign(f"forbid_{look}", "datum.rule=='forbid'", "M-1,-1L1,1M-1,1L1,-1", 50, *ink)
              for look, ink in _HALO.items()),
            *(_sign(f"require_{look}", "datum.rule=='require'", "circle", 46, *ink)
              for look, ink in _HALO.items()),
            _layer("halo_frame", "isValid(datum.w)", {"type": "rect", "filled": False, "stroke": "$card",
                   "strokeWidth": 4, "cornerRadius": 4, "tooltip": None}, _END),
            _layer("windows_frame", "isValid(datum.w)", {"type": "rect", "filled": False, "stroke": "$ink",
                   "strokeWidth": 1.4, "cornerRadius": 4, "tooltip": None}, _END),
        ],
    }  # fmt: skip


def _layer(name: str, test: str, mark: dict[str, Any], encoding: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "transform": [{"filter": test}], "mark": mark, "encoding": encoding}


def _sign(name: str, test: str, shape: str, size: int, colour: str, width: float = 1) -> dict[str, Any]:
    """A sign in the middle of hours, so that nothing is told by colour alone."""
    mark = {
        "type": "point",
        "shape": shape,
        "size": size,
        "stroke": colour,
        "strokeWidth": width,
        "filled": False,
    }
    place = {"x": {**_X, "field": "hm"}, "y": {**_Y, "field": "dm"}}
    return _layer(f"{name}_frame", test, mark | {"opacity": 0.9}, place)


def _legend(what: str, currency: str, lang: str) -> dict[str, Any]:
    unit = "multiple" if what == "index" else "money"
    label = words.value("datum.value", unit, lang, currency, short=True)
    sign = f"(datum.value>0?'+':'')+{label}" if what == "change" else label
    longest = 420 if what == "change" else 260  # signs and two colours take more room
    return {
        "type": "gradient", "orient": "top", "direction": "horizontal", "offset": 8,
        "labelSeparation": 6, "labelOverlap": "greedy",
        "gradientLength": {"expr": f"min({longest},width*0.8)"}, "gradientThickness": 8,
        "labelExpr": f"isFinite(datum.value)?{sign}:''",
    }  # fmt: skip


def _tip(currency: str, lang: str) -> list[dict[str, Any]]:
    def say(key: str) -> str:
        return words.quoted(text(f"charts.{key}", lang))

    def cash(name: str, sign: str = "''") -> str:
        value = words.value(f"pointed.{name}", "money", lang, currency)
        return f"(isValid(pointed.{name})?{sign}+{value}:{say('no_data')})"

    hour = "pad(pointed.h,2,'0','left')+':00–'+pad(pointed.h+1,2,'0','left')+':00'"
    rule = f"(pointed.rule=='forbid'?{say('slot_forbid')}:pointed.rule=='require'?{say('slot_require')}:'')"
    return words.tip(
        f"{words.array(words.weekdays(lang))}[pointed.d]+' '+{hour}",
        (say("slot_index"), words.value("pointed.i", "multiple", lang)),
        (say("interval_80"), words.interval("pointed.lo", "pointed.hi", "multiple", lang)),
        (say("slot_seen"), "(isValid(pointed.n)?format(pointed.n,',.0f'):'')"),
        (say("slot_today"), cash("t")),
        (say("slot_spend"), cash("p")),
        (say("slot_change"), cash("g", "(pointed.g>0?'+':'')")),
        (say("slot_rule"), rule),
    )


def _shown(what: str, currency: str, lang: str) -> Callable[[float], str]:
    if what == "index":
        return lambda value: formats.number(value, lang, 2)
    return lambda value: formats.money(value, currency, lang, short=True)


def _said(known: list[Row], what: str, shown: Callable[[float], str], frames: int, lang: str) -> str:
    ranked = sorted(known, key=lambda row: row["m"])
    ends = {"high": ranked[-1], "low": ranked[0]}
    values = {name: _slot(row, lang) for name, row in ends.items()}
    values |= {f"{name}_value": shown(row["m"]) for name, row in ends.items()}
    values["what"] = text(f"charts.slot_{what}", lang)
    said = text("charts.slots_alt", lang, **values)
    if not frames:
        return said
    more = text("charts.slots_windows", lang, count=formats.number(frames, lang))
    return said + ("" if lang == "zh" else " ") + more


def _slot(row: Row, lang: str) -> str:
    return f"{words.weekdays(lang)[row['d']]} {row['h']:02d}:00"
