"""`heat`: a metric over the 168 hours of a week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.charts import frame, theme, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Row
from workbench.charts.voice import Voice
from workbench.i18n import text

if TYPE_CHECKING:
    from workbench.metrics import MetricTable

HEIGHT = 7 * 28 + 72
HATCH = "M-1,1L1,-1M-1,0L0,-1M0,1L1,0"
"""Strokes that say "nothing is known here" without a colour."""


_CELL = {"type": "rect", "cornerRadius": 4, "stroke": "$card", "strokeWidth": 2}


def heat(answer: MetricTable, lang: str = "en", metric: str | None = None, height: int = HEIGHT) -> Chart:
    """Draw a 7 × 24 map of the week in six steps of one colour.

    The steps divide the range between the 5th and 95th percentile evenly, so that one odd hour does
    not wash out the week; hours without data are hatched and counted in words.

    Args:
        answer: `metrics.slots(…)`, broken down by `hour_of_week` (Monday 00 = 0 … 167) only.
        lang: `en` or `zh`.
        metric: Id of a metric of the answer; its first one by default.
        height: Pixels.

    Raises:
        QuestionError: if the answer is broken down otherwise, or does not hold the metric.
    """
    say = Voice(frame.metric_of(answer, metric), lang, answer.currency)
    frame.dimensions(answer, "heat map", ("hour_of_week",))
    rows = _rows(answer, say.metric.id)
    known = [row for row in rows if "m" in row]
    if not known:
        return empty(lang, height, text("charts.no_hours", lang))
    blank = len(rows) - len(known)
    return Chart(_spec(say, blank), _clipped(rows, known), _said(say, known, blank), height)


def _rows(answer: MetricTable, metric: str) -> list[Row]:
    columns = {"m": metric, "lo": f"{metric}_low", "hi": f"{metric}_high", "n": "n"}
    there = {
        int(r["hour_of_week"]): r
        for r in answer.table.to_dict("records")
        if not frame.missing(r["hour_of_week"])
    }
    rows = []
    for slot in range(168):
        record = there.get(slot, {})
        cells = {key: frame.figure(record.get(column)) for key, column in columns.items()}
        known = cells if cells["m"] is not None else {}
        rows.append(
            {"d": slot // 24, "h": slot % 24, "key": slot} | {k: v for k, v in known.items() if v is not None}
        )
    return rows


def _clipped(rows: list[Row], known: list[Row]) -> list[Row]:
    import numpy as np

    low, high = np.percentile([row["m"] for row in known], [5, 95])
    return [
        row | ({"c": frame.figure(float(np.clip(row["m"], low, high)))} if "m" in row else {}) for row in rows
    ]


def _spec(say: Voice, blank: int) -> dict[str, Any]:
    hour = {
        # Every third hour, on a phone every sixth.
        "labelExpr": "datum.value%(width<420?6:3)==0?pad(datum.value,2,'0','left')+':00':''",
        "labelAngle": 0,
        "labelOverlap": False,
        "labelPadding": 4,
        "title": say.word("hatched", count=blank) if blank else None,
    }
    day = {
        "labelExpr": f"{words.array(words.weekdays(say.lang))}[datum.value]",
        "labelColor": "$ink-2",
        "title": None,
    }
    return theme.base(_tip(say)) | {
        "encoding": {
            "x": {"field": "h", "type": "ordinal", "axis": hour, "scale": {"padding": 0}},
            "y": {"field": "d", "type": "ordinal", "axis": day, "scale": {"padding": 0}},
        },
        "layer": [_cells(say), _blanks(), _hatch()],
    }


def _cells(say: Voice) -> dict[str, Any]:
    """Cells touch, so that the pointer never falls between two; their frames make the gaps."""
    label = words.value("datum.value", say.metric.unit, say.lang, say.currency, short=True)
    legend = {
        "type": "gradient",
        "orient": "top",
        "direction": "horizontal",
        "gradientLength": {"expr": "min(260,width*0.8)"},
        "gradientThickness": 8,
        "labelExpr": f"isFinite(datum.value)?{label}:''",
        "labelSeparation": 6,
        "labelOverlap": "greedy",
        "offset": 8,
    }
    scale = {"type": "quantize", "range": list(theme.RAMP)}
    return {
        "name": "touch_cell",
        "transform": [{"filter": "isValid(datum.m)"}],
        "mark": _CELL,
        "encoding": {"color": {"field": "c", "type": "quantitative", "scale": scale, "legend": legend}},
    }


def _blanks() -> dict[str, Any]:
    return {
        "name": "touch_blank",
        "transform": [{"filter": "!isValid(datum.m)"}],
        "mark": _CELL | {"fill": "$card", "cursor": "default"},
        "encoding": {},
    }


def _hatch() -> dict[str, Any]:
    mark = {
        "type": "point",
        "shape": HATCH,
        "size": 60,
        "stroke": "$ink-3",
        "strokeWidth": 1,
        "opacity": 0.8,
    }
    return {"transform": [{"filter": "!isValid(datum.m)"}], "mark": mark, "encoding": {}}


def _tip(say: Voice) -> list[dict[str, Any]]:
    hour = "pad(pointed.h,2,'0','left')+':00–'+pad(pointed.h+1,2,'0','left')+':00'"
    return words.tip(
        f"{words.array(words.weekdays(say.lang))}[pointed.d]+' '+{hour}",
        (words.quoted(say.heading), f"(isValid(pointed.m)?{say.value('pointed.m')}:{say.quoted('no_data')})"),
        (say.quoted("interval"), say.interval("pointed.lo", "pointed.hi")),
        (say.quoted("days"), "(isValid(pointed.n)?format(pointed.n,',.0f'):'')"),
    )


def _said(say: Voice, known: list[Row], blank: int) -> str:
    ranked = sorted(known, key=lambda row: row["m"])
    named = {"high": _slot(ranked[-1], say.lang), "high_value": say.shown(ranked[-1]["m"])}
    named |= {"low": _slot(ranked[0], say.lang), "low_value": say.shown(ranked[0]["m"])}
    rest = say.word("hatched", count=blank) if blank else ""
    return say.sentence("heat_alt", **named) + (" " if say.lang == "en" and rest else "") + rest


def _slot(row: Row, lang: str) -> str:
    return f"{words.weekdays(lang)[row['d']]} {row['h']:02d}:00"
