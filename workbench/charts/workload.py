"""`workload`: contacts of each marketer and day; `hour_worth`: what one more hour is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.charts import frame, theme, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Row
from workbench.i18n import formats, text

if TYPE_CHECKING:
    import pandas as pd

STEP = 26
"""Pixels a marketer."""
ROOM = 76
"""Pixels of the axis and the legend."""
HEIGHT = 260
DARK = 0.55
"""Share from which a cell is so dark that its number is light."""


def workload(load: pd.DataFrame, lang: str = "en", select: bool = False) -> Chart:
    """Draw the load of each marketer and day.

    Args:
        load: `marketer, day, contacts, hours, hours_have, used` (share of the time) of a contact plan.
        lang: `en` or `zh`.
        select: Whether a click on a cell leads somewhere (event `wb-select` with the marketer as `key`).
    """
    if not len(load):
        return empty(lang, HEIGHT)
    rows = [_cell(record, lang) for record in load.to_dict("records")]
    height = STEP * load["marketer"].nunique() + ROOM
    return Chart(_map(lang, select), rows, _said(load, lang), height)


def hour_worth(
    table: pd.DataFrame, hours: float, cost: float, currency: str, lang: str = "en", height: int = HEIGHT
) -> Chart:
    """Draw what one more hour is worth in days of several lengths.

    Args:
        table: `hours, hour_worth, contacts_a_day`.
        hours: Length of the day as planned.
        cost: What an hour costs; 0: not known.
        currency: ISO 4217 code; empty: positive reactions.
        lang: `en` or `zh`.
        height: Pixels.
    """
    rows = [
        {
            "h": frame.figure(row["hours"]),
            "m": frame.figure(row["hour_worth"]),
            "n": frame.figure(row["contacts_a_day"]),
            "now": int(row["hours"] == hours),
        }
        for row in table.to_dict("records")
    ]
    said = [
        text("charts.hours_point", lang, hours=formats.number(row["hours"], lang, 2),
             worth=formats.value(row["hour_worth"], _unit(currency), lang, currency, short=True))
        for row in table.to_dict("records")
    ]  # fmt: skip
    alt = text("charts.hours_alt", lang, parts=("、" if lang == "zh" else ", ").join(said))
    return Chart(_line(cost, currency, lang), rows, alt, height)


def _unit(currency: str) -> str:
    return "money" if currency else "count"


def _cell(record: dict[Any, Any], lang: str) -> Row:
    return {
        "key": str(record["marketer"]),
        "name": str(record["marketer"]),
        "t": str(record["day"])[:10],
        "d": formats.date(record["day"], lang),
        "n": frame.figure(record["contacts"]),
        "u": frame.figure(min(record["used"], 1.0)),
        "h": frame.figure(record["hours"]),
        "of": frame.figure(record["hours_have"]),
    }


def _map(lang: str, select: bool) -> dict[str, Any]:
    day = words.day_tick("toDate(datum.value)", lang, False)
    axis = {"labelExpr": day, "labelAngle": 0, "labelOverlap": True, "title": None}
    legend = {
        "type": "gradient",
        "orient": "top",
        "direction": "horizontal",
        "gradientLength": {"expr": "min(220,width*0.7)"},
        "gradientThickness": 8,
        "labelExpr": f"isFinite(datum.value)?{words.tick('datum.value', 'share', lang)}:''",
        "labelSeparation": 6,
        "labelOverlap": "greedy",
        "title": text("charts.used", lang),
        "titleColor": "$ink-3",
        "titleFontWeight": "normal",
        "titleFontSize": 11,
        "offset": 8,
    }
    colour = {
        "field": "u",
        "type": "quantitative",
        "scale": {"type": "quantize", "domain": [0, 1], "range": list(theme.RAMP)},
        "legend": legend,
    }
    tip = words.tip(
        "pointed.name+' · '+pointed.d",
        (words.quoted(text("charts.contacts", lang)), "format(pointed.n,',.0f')"),
        (words.quoted(text("charts.hours", lang)), "format(pointed.h,'.2f')+' / '+format(pointed.of,'.2f')"),
        (words.quoted(text("charts.used", lang)), words.value("pointed.u", "share", lang)),
    )
    cell = {"type": "rect", "cornerRadius": 4, "stroke": "$card", "strokeWidth": 2}
    number = {"field": "n", "type": "quantitative", "format": ",.0f"}
    light = {"condition": {"test": f"datum.u>={DARK}", "value": "$card"}, "value": "$ink"}
    name = "choose_load" if select else "touch_load"
    return theme.base(tip) | {
        "encoding": {
            "x": {"field": "t", "type": "ordinal", "axis": axis, "scale": {"padding": 0}},
            "y": {"field": "name", "type": "ordinal", "axis": {"labelColor": "$ink-2", "title": None},
                  "scale": {"padding": 0}},
        },
        "layer": [
            {"name": name, "mark": cell, "encoding": {"color": colour}},
            {"mark": {"type": "text", "fontSize": 11}, "encoding": {"text": number, "color": light}},
        ],
    }  # fmt: skip


def _said(load: pd.DataFrame, lang: str) -> str:
    by = load.groupby("marketer", sort=False)["contacts"].sum()
    parts = [f"{name} {formats.number(many, lang)}" for name, many in by.items()]
    return text("charts.workload_alt", lang, parts=("、" if lang == "zh" else ", ").join(parts))


def _line(cost: float, currency: str, lang: str) -> dict[str, Any]:
    unit = _unit(currency)
    titles = [text(f"charts.{key}", lang) for key in ("hours_a_day", "hour_worth")]
    x = {"field": "h", "type": "quantitative", "scale": {"zero": True},
         "axis": {"grid": False, "title": titles[0], "tickCount": 5}}  # fmt: skip
    label = words.tick("datum.value", unit, lang, currency)
    y = {"field": "m", "type": "quantitative", "scale": {"zero": True},
         "axis": {"grid": True, "labelExpr": label, "tickCount": 4, "title": titles[1]}}  # fmt: skip
    tip = words.tip(
        f"format(pointed.h,',.2~f')+' '+{words.quoted(text('charts.hours_each', lang))}",
        (words.quoted(titles[1]), words.value("pointed.m", unit, lang, currency, True)),
        (words.quoted(text("charts.contacts_a_day", lang)), "format(pointed.n,',.1f')"),
    )
    now = {"condition": {"test": "datum.now>0", "value": 150}, "value": 60}
    filled = {"condition": {"test": "datum.now>0", "value": "$accent"}, "value": "$card"}
    point = {"type": "point", "filled": True, "opacity": 1, "stroke": "$accent", "strokeWidth": 2}
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "line", "color": "$accent", "strokeWidth": 2}, "encoding": {"x": x, "y": y}},
        {"name": "touch_hours", "mark": point, "encoding": {"x": x, "y": y, "size": now, "color": filled}},
    ]
    if cost > 0:
        rule = {"type": "rule", "color": "$warn", "strokeDash": [6, 4], "strokeWidth": 1.5}
        layers.append(
            {"transform": [{"calculate": f"{cost}", "as": "cost"}], "mark": rule,
             "encoding": {"y": {"field": "cost", "type": "quantitative"}}}
        )  # fmt: skip
    return theme.base(tip) | {"layer": layers}
