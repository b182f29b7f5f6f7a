"""`overlap`: of each segment, the share that is in each other one, as a square map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.charts import cells, frame, theme, words
from workbench.charts.chart import Chart
from workbench.charts.frame import Row
from workbench.i18n import formats, text

if TYPE_CHECKING:
    from workbench.segments import Overlap

_ROW, _AXES = 40, 100


def overlap(answer: Overlap, lang: str = "en", select: bool = False) -> Chart:
    """Draw the square: of the row's segment, the part that is in the column's too; its size on the diagonal.

    Args:
        answer: Of `segments.overlap`.
        lang: `en` or `zh`.
        select: Whether a click on a square leads somewhere (event `wb-select` with its `key`, the places of
            row and column: `0:2`).
    """
    rows = _rows(answer, lang)
    return Chart(_spec(lang, select), rows, _alt(answer, lang), _ROW * len(answer.names) + _AXES)


def _rows(answer: Overlap, lang: str) -> list[Row]:
    rows = []
    places = {name: f"{at:02d}|{name}" for at, name in enumerate(answer.names)}
    order = {name: at for at, name in enumerate(answer.names)}
    for pair in answer.to_frame().to_dict("records"):
        own, share = pair["segment"] == pair["other"], frame.figure(pair["share"])
        size = formats.number(pair["customers"], lang)
        row: Row = {
            "y": places[pair["segment"]],
            "x": places[pair["other"]],
            "p": 0.0 if own else share or 0.0,
            "n": pair["customers"],
            "key": f"{order[pair['segment']]}:{order[pair['other']]}",
            "own": int(own),
            "said": size if own else formats.percent(share, lang, 0),
        }
        rows.append(row | ({"m": share} if share is not None and not own else {}))
    return rows


def _spec(lang: str, select: bool) -> dict[str, Any]:
    x = {
        "orient": "top",
        "labelAngle": {"expr": f"{cells.NARROW}?-50:0"},
        "labelAlign": {"expr": f"{cells.NARROW}?'left':'center'"},
        "labelLimit": {"expr": f"{cells.NARROW}?80:130"},
        "title": None,
    }
    y = {"labelLimit": {"expr": f"{cells.NARROW}?90:170"}, "title": None}
    return theme.base(_tip(lang)) | {
        "encoding": cells.axes(x, y),
        "layer": [
            _shares(lang, select),
            _own(select),
            *cells.written("said", 0, f"{cells.NARROW}?10:12", 400, "datum.own===0"),
            *cells.written("said", 0, f"{cells.NARROW}?10:12", 600, "datum.own===1"),
        ],
    }


def _shares(lang: str, select: bool) -> dict[str, Any]:
    scale = {"type": "quantize", "range": list(theme.RAMP), "domain": [0, 1]}
    label = words.value("datum.value", "percent", lang)
    legend = cells.legend(text("charts.overlap_share", lang), label)
    return {
        "name": "choose_pair" if select else "touch_cell",
        "transform": [{"filter": "datum.own===0"}],
        "mark": cells.CELL | ({"cursor": "pointer"} if select else {}),
        "encoding": {"color": {"field": "m", "type": "quantitative", "scale": scale, "legend": legend}},
    }


def _own(select: bool) -> dict[str, Any]:
    """The diagonal: a segment with itself is no overlap."""
    return {
        "name": "choose_own" if select else "touch_own",
        "transform": [{"filter": "datum.own===1"}],
        "mark": cells.CELL | {"fill": "$bg"} | ({"cursor": "pointer"} if select else {}),
        "encoding": {},
    }


def _tip(lang: str) -> list[dict[str, Any]]:
    def said(key: str) -> str:
        return words.quoted(text(f"charts.{key}", lang))

    row, column = (f"slice(pointed.{axis},indexof(pointed.{axis},'|')+1)" for axis in ("y", "x"))
    return words.tip(
        f"pointed.own?{row}:{row}+' ∩ '+{column}",
        (said("rfm_customers"), words.value("pointed.n", "count", lang)),
        (said("overlap_share"), f"(isValid(pointed.m)?{words.value('pointed.m', 'percent', lang)}:'')"),
    )


def _alt(answer: Overlap, lang: str) -> str:
    """The pair that shares most customers."""
    table = answer.to_frame()
    order = {name: at for at, name in enumerate(answer.names)}
    pairs = table[table["segment"].map(order) < table["other"].map(order)]
    top = pairs.sort_values("customers", kind="stable").iloc[-1]
    return text(
        "charts.overlap_alt",
        lang,
        one=top["segment"],
        other=top["other"],
        customers=formats.number(top["customers"], lang),
        nobody=formats.number(answer.nobody, lang),
    )
