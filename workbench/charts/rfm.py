"""`rfm_map`: customers or money in every cell of recency × frequency, with the name of the segment."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from workbench.charts import cells, frame, theme, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Row
from workbench.i18n import formats, text

if TYPE_CHECKING:
    from workbench.segments import RfmMap

MEASURES = ("customers", "money")
_ROW, _AXES = 58, 92


def rfm_map(
    answer: RfmMap,
    lang: str = "en",
    measure: str = "customers",
    chosen: Collection[str] = (),
    select: bool = False,
) -> Chart:
    """Draw the cells: the latest orders at the right, the most frequent at the top.

    Scores that nobody has (thresholds that coincide) are left out.

    Args:
        answer: Of `segments.rfm_map`.
        lang: `en` or `zh`.
        measure: What the colour says: `customers` or `money`.
        chosen: Cells and segments that are marked, as `segments.picked` takes them.
        select: Whether a click on a cell leads somewhere (event `wb-select` with its `key`), and a drag over
            several (event `wb-brush` with `from` and `to`).
    """
    if not answer.customers:
        return empty(lang, 200, answer.sentence(lang))
    rows = _rows(answer, lang, measure, chosen)
    height = _ROW * len({row["y"] for row in rows}) + _AXES
    return Chart(_spec(lang, measure, answer.currency, select), rows, answer.sentence(lang), height)


def _rows(answer: RfmMap, lang: str, measure: str, chosen: Collection[str]) -> list[Row]:
    table = answer.cells
    there = {axis: set(table.loc[table["customers"] > 0, axis]) for axis in ("r", "f")}
    shown = table[table["r"].isin(there["r"]) & table["f"].isin(there["f"])]
    low, high = float(shown[measure].min()), float(shown[measure].max())
    rows = []
    for cell in shown.to_dict("records"):
        segment = cell["segment"] if cell["customers"] else ""
        on = cell["cell"] in chosen or (segment and segment in chosen)
        row: Row = {
            "x": f"{cell['r']}|{answer.bound('recency_days', cell['r'], lang)}",
            "y": f"{6 - cell['f']}|{answer.bound('frequency', cell['f'], lang)}",
            "key": cell["cell"],
            "name": answer.name(segment, lang) if segment else "",
            "m": frame.figure(cell[measure]),
            "said": _said(cell, measure, answer.currency, lang),
            "p": frame.figure((cell[measure] - low) / ((high - low) or 1.0)),
            "on": int(bool(on)),
        }
        numbers = {"n": "customers", "s": "share", "v": "money", "w": "money_share"}
        rows.append(row | {key: frame.figure(cell[column]) for key, column in numbers.items()})
    return rows


def _said(cell: dict[Any, Any], measure: str, currency: str, lang: str) -> str:
    if measure == "money":
        return formats.money(cell["money"], currency, lang, short=True)
    return formats.number(cell["customers"], lang)


def _spec(lang: str, measure: str, currency: str, select: bool) -> dict[str, Any]:
    x = {"title": text("charts.rfm_recency", lang), "labelAngle": 0}
    y = {"title": text("charts.rfm_frequency", lang), "titleAngle": 0, "titleAlign": "left",
         "titleAnchor": "end", "titleX": 0, "titleY": -12}  # fmt: skip
    size, small = f"{cells.NARROW}?10:14", f"{cells.NARROW}?8:11"
    return theme.base(_tip(lang, currency)) | {
        "encoding": cells.axes(x, y),
        "layer": [
            _filled(lang, measure, currency, select),
            *cells.written("said", -8, size, 600),
            *cells.written("name", 10, small),
            _marked(),
        ],
    }


def _filled(lang: str, measure: str, currency: str, select: bool) -> dict[str, Any]:
    unit = "money" if measure == "money" else "count"
    label = words.value("datum.value", unit, lang, currency, short=True)
    legend = cells.legend(text(f"charts.rfm_{measure}", lang), label)
    scale = {"type": "quantize", "range": list(theme.RAMP)}
    return {
        "name": "choose_cell" if select else "touch_cell",
        "mark": cells.CELL | ({"cursor": "pointer"} if select else {}),
        "encoding": {"color": {"field": "m", "type": "quantitative", "scale": scale, "legend": legend}},
    }


def _marked() -> dict[str, Any]:
    """A frame around what is chosen, and a tick: never the colour alone."""
    mark = {"type": "rect", "cornerRadius": 4, "fill": None, "stroke": "$c2", "strokeWidth": 3}
    return {"name": "frame", "transform": [{"filter": "datum.on===1"}], "mark": mark, "encoding": {}}


def _tip(lang: str, currency: str) -> list[dict[str, Any]]:
    def said(key: str) -> str:
        return words.quoted(text(f"charts.{key}", lang))

    counted = f"{words.value('pointed.n', 'count', lang)}+' · '+{words.value('pointed.s', 'percent', lang)}"
    money = (
        f"{words.value('pointed.v', 'money', lang, currency, True)}"
        f"+' · '+{words.value('pointed.w', 'percent', lang)}"
    )
    return words.tip(
        "pointed.name",
        (said("rfm_recency"), "slice(pointed.x,indexof(pointed.x,'|')+1)"),
        (said("rfm_frequency"), "slice(pointed.y,indexof(pointed.y,'|')+1)"),
        (said("rfm_customers"), counted),
        (said("rfm_money"), money),
    )
