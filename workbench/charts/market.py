"""`index_map`: where a segment is over- and under-represented, as a heat map around 100."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.charts import frame, theme, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Row
from workbench.errors import QuestionError, unknown
from workbench.i18n import text

if TYPE_CHECKING:
    import pandas as pd

    from workbench.segments import TargetMarket

MOST_ROWS, MOST_COLUMNS = 20, 12
_ROW = 30
_STEPS = (1.1, 1.35, 1.8)
"""Ratios to 100 (up or down) at which a colour becomes stronger."""
_OPACITY = (0.0, 0.2, 0.36, 0.54)
_HATCH = "M-1,1L1,-1M-1,0L0,-1M0,1L1,0"
_CELL = {"type": "rect", "cornerRadius": 4, "stroke": "$card", "strokeWidth": 2}


def index_map(
    answer: TargetMarket, lang: str = "en", at: Mapping[str, Any] | None = None, select: bool = False
) -> Chart:
    """Draw the index of each cell: over 100 in one colour, under it in another, bold where it is sure.

    Rows are the first dimension, columns the last; of a third one (the habit) one value is drawn. Cells
    that are too small are hatched. The rows and columns with most customers are kept.

    Args:
        answer: Of `segments.target_market`, by two or three dimensions.
        lang: `en` or `zh`.
        at: The dimension in between → its value; None: the one of most customers.
        select: Whether a click on a cell leads somewhere (event `wb-select` with its `key`, the values of all
            dimensions as JSON).

    Raises:
        QuestionError: for a value that the dimension does not have, or an answer by one dimension.
    """
    if len(answer.by) < 2:
        raise QuestionError("An index map needs two dimensions.", "Ask target_market by=[rows, columns].")
    table, where = _sliced(answer, at, lang)
    rows, columns = answer.by[0], answer.by[-1]
    cells = _cells(answer, table, rows, columns, lang)
    if not cells:
        return empty(lang, 200)
    count = len({cell["y"] for cell in cells})
    said = answer.sentence(lang)
    title = text("charts.index_at", lang, where=where) if where else None
    return Chart(_spec(lang, select, title), cells, said, _ROW * count + 108)


def _sliced(answer: TargetMarket, at: Mapping[str, Any] | None, lang: str) -> tuple[pd.DataFrame, str]:
    """The cells of one value of the dimension in between, and what that value is called."""
    if len(answer.by) < 3:
        return answer.table, ""
    middle = answer.by[1]
    shown = answer.table[~answer.table["suppressed"]]
    sums = shown.groupby(middle)["base"].sum() if len(shown) else answer.table.groupby(middle).size()
    value = (at or {}).get(middle, sums.idxmax())
    known = list(dict.fromkeys(answer.table[middle]))
    if value not in known:
        raise unknown(f"value of {middle}", value, known)
    return answer.table[answer.table[middle] == value], answer.level(middle, value, lang)


def _cells(answer: TargetMarket, table: pd.DataFrame, rows: str, columns: str, lang: str) -> list[Row]:
    kept = {name: _largest(table, name, most) for name, most in ((columns, MOST_COLUMNS), (rows, MOST_ROWS))}
    found: list[Row] = []
    for cell in table.to_dict("records"):
        if any(cell[name] not in known for name, known in kept.items()):
            continue
        place = {
            key: f"{kept[name].index(cell[name]):03d}|{answer.level(name, cell[name], lang)}"
            for key, name in (("y", rows), ("x", columns))
        }
        row: Row = place | {"row": cell[rows], "column": cell[columns], "name": answer.name(cell, lang)}
        if not cell["suppressed"]:
            numbers = {"m": "index", "lo": "low", "hi": "high", "b": "base", "n": "segment"}
            row |= {key: frame.figure(cell[column]) for key, column in numbers.items()}
            row |= {"key": json.dumps([cell[name] for name in answer.by], ensure_ascii=False)}
            row |= _strength(cell["index"]) | {"sure": int(cell["verdict"] in ("over", "under"))}
        found.append(row)
    return found


def _largest(table: pd.DataFrame, name: str, most: int) -> list[Any]:
    """Values with most customers; what is suppressed counts nothing."""
    sums = table.groupby(name)["base"].sum().sort_values(ascending=False, kind="stable")
    return list(sums.index[:most])


def _strength(index: float) -> Row:
    """Colour (over or under) and its step, even in ratios: 200 is as far from 100 as 50."""
    ratio = abs(math.log(max(index, 1.0) / 100))
    step = sum(ratio >= math.log(limit) for limit in _STEPS)
    return {"way": int(index < 100), "step": _OPACITY[step]}


def _spec(lang: str, select: bool, title: str | None) -> dict[str, Any]:
    label = "slice(datum.value,indexof(datum.value,'|')+1)"
    none = {"padding": 0}
    x = {
        "labelExpr": label,
        "labelAngle": {"expr": "width<560?-50:0"},
        "labelAlign": {"expr": "width<560?'left':'center'"},
        "labelLimit": {"expr": "width<560?70:110"},
        "labelOverlap": False,
        "orient": "top",
        "title": title,
    }
    y = {"labelExpr": label, "labelColor": "$ink-2", "labelLimit": 130, "title": None}
    return theme.base(_tip(lang)) | {
        "encoding": {
            "x": {"field": "x", "type": "nominal", "sort": "ascending", "axis": x, "scale": none},
            "y": {"field": "y", "type": "nominal", "sort": "ascending", "axis": y, "scale": none},
        },
        "layer": [_filled(lang, select), _hatched(), *_numbers()],
    }


def _filled(lang: str, select: bool) -> dict[str, Any]:
    named = words.array([text(f"charts.index_{way}", lang) for way in ("over", "under")])
    legend: dict[str, Any] = {
        "orient": "bottom",
        "labelExpr": f"{named}[datum.value]",
        "symbolType": "square",
        "columns": 1,
    }
    legend |= {"symbolOpacity": 0.6, "symbolStrokeWidth": 0, "offset": 8}
    opacity = {"field": "step", "type": "quantitative", "scale": {"domain": [0, 1], "range": [0, 1]}}
    colour = {
        "field": "way",
        "type": "ordinal",
        "scale": frame.series_scale(["$c1", "$c2"]),
        "legend": legend,
    }
    return {
        "name": "choose_cell" if select else "touch_cell",
        "transform": [{"filter": "isValid(datum.m)"}],
        "mark": _CELL | ({"cursor": "pointer"} if select else {}),
        "encoding": {"fill": colour, "fillOpacity": opacity | {"legend": None}},
    }


def _hatched() -> dict[str, Any]:
    mark = {
        "type": "point",
        "shape": _HATCH,
        "size": 60,
        "stroke": "$ink-3",
        "strokeWidth": 1,
        "opacity": 0.5,
    }
    return {
        "name": "touch_hidden",
        "transform": [{"filter": "!isValid(datum.m)"}],
        "mark": mark,
        "encoding": {},
    }


def _numbers() -> list[dict[str, Any]]:
    """The index in each cell; bold where it is sure, so that colour is not the only signal."""
    layers = []
    for sure in (0, 1):
        mark: dict[str, Any] = {"type": "text", "baseline": "middle", "color": "$ink" if sure else "$ink-2"}
        mark |= {"fontSize": {"expr": "width<420?10:12"}, "fontWeight": 700 if sure else 400}
        layers.append(
            {
                "transform": [
                    {"filter": f"datum.sure==={sure}"},
                    {"calculate": "format(datum.m,'.0f')", "as": "shown"},
                ],
                "mark": mark,
                "encoding": {"text": {"field": "shown"}},
            }
        )
    return layers


def _tip(lang: str) -> list[dict[str, Any]]:
    def said(key: str) -> str:
        return words.quoted(text(f"charts.{key}", lang))

    few = said("index_few")
    ends = "format(pointed.lo,'.0f')+' – '+format(pointed.hi,'.0f')"
    counted = f"{words.value('pointed.n', 'count', lang)}+' / '+{words.value('pointed.b', 'count', lang)}"
    sure = f"(pointed.sure?{said('index_sure')}:{said('index_unsure')})"
    return words.tip(
        "pointed.name",
        (said("index"), f"(isValid(pointed.m)?format(pointed.m,'.0f'):{few})"),
        (said("interval"), f"(isValid(pointed.m)?{ends}:'')"),
        (said("index_counts"), f"(isValid(pointed.m)?{counted}:'')"),
        (said("verdict"), f"(isValid(pointed.m)?{sure}:'')"),
    )
