"""`chances`: money so far against the probability to order again: who mattered, and who will."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.charts import cells, frame, theme, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Row
from workbench.i18n import formats, text

if TYPE_CHECKING:
    from workbench.segments import Worth

HEIGHT = 300
STRONG = 4 / 6
"""From the least to the most in a cell: beyond it the colour is one of the two strongest, in both themes, and
the cell's figure has the colour of the card."""

_ABOVE = {"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleX": 0, "titleY": -12}
_CELL = {"type": "rect", "cornerRadius": 4, "stroke": "$card", "strokeWidth": 2}


def chances(worth: Worth, lang: str = "en", height: int = HEIGHT, select: bool = False) -> Chart:
    """Draw a map of customers: fifths by money so far × probability to order again; coloured by number.

    Cells that may not be shown (few persons) are hatched.

    Args:
        worth: Answer of `segments.worth`.
        lang: `en` or `zh`.
        height: Pixels.
        select: Whether a click on a cell leads somewhere (event `wb-select` with its `key`, fifth and band as
            `4:0`), and a drag over several (event `wb-brush`).
    """
    if worth.chances["customers"].isna().all():
        return empty(lang, height, text("charts.all_few", lang))
    known = worth.chances["customers"][worth.chances["customers"] > 0]
    strong = known.min() + STRONG * (known.max() - known.min())
    rows = [_row(record, strong) for record in worth.chances.to_dict("records")]
    return Chart(_spec(worth, lang, select), rows, _said(worth, lang), height)


def _row(record: dict[Any, Any], strong: float) -> Row:
    row: Row = {"x": int(record["band"]), "y": int(record["fifth"])}
    number = frame.figure(record["customers"])
    if number is None:
        return row | {"h": 1}
    full = {
        "key": f"{row['y']}:{row['x']}",
        "n": number,
        "v": frame.figure(record["value"]),
        "k": int(number > strong),
    }
    return row | (full if number else {})


def _spec(worth: Worth, lang: str, select: bool) -> dict[str, Any]:
    # bands are fifths of 0 to 100%: their label is their lower end, at their left
    across = {"labelExpr": "(20*datum.value)+'–'+(20*datum.value+20)+'%'", "labelAngle": 0}
    ends = [text(f"charts.money_{key}", lang) for key in ("least", "most")]
    down = {"labelExpr": f"datum.value==0?{words.quoted(ends[0])}:datum.value==4?{words.quoted(ends[1])}:''"}
    label = words.value("datum.value", "count", lang, short=True)
    legend = cells.legend(text("charts.customers", lang), label)
    colour = {"field": "n", "type": "quantitative", "legend": legend}
    colour |= {"scale": {"type": "quantize", "range": list(theme.RAMP)}}
    words_of = [text(f"charts.{key}", lang) for key in ("order_again", "money_so_far", "customers", "value")]
    tip = words.tip(
        words.quoted(words_of[0] + " ") + "+(20*pointed.x)+'–'+(20*pointed.x+20)+'%'",
        (words.quoted(words_of[1]), f"({words.quoted(text('charts.fifth', lang))}+' '+(pointed.y+1)+' / 5')"),
        (words.quoted(words_of[2]), f"(isValid(pointed.n)?format(pointed.n,',.0f'):{_none(lang)})"),
        (
            words.quoted(words_of[3]),
            f"(isValid(pointed.v)?{words.value('pointed.v', 'money', lang, worth.currency, True)}:'')",
        ),
    )
    x = {"field": "x", "type": "ordinal", "axis": across | {"title": words_of[0]}, "scale": {"padding": 0}}
    y = {"field": "y", "type": "ordinal", "sort": "descending", "scale": {"padding": 0}}
    y |= {"axis": down | {"title": words_of[1], **_ABOVE}}
    return theme.base(tip) | {
        "encoding": {"x": x, "y": y},
        "layer": [*_cells(colour, select), _numbers()],
        "resolve": {"scale": {"color": "independent"}},
    }


def _none(lang: str) -> str:
    """Nobody, or too few to be shown."""
    few, nobody = (words.quoted(text(f"charts.{key}", lang)) for key in ("too_few", "nobody"))
    return f"(isValid(pointed.h)?{few}:{nobody})"


def _cells(colour: dict[str, Any], select: bool) -> list[dict[str, Any]]:
    known, unknown = [{"filter": "isValid(datum.n)"}], [{"filter": "!isValid(datum.n)"}]
    hatch = {"type": "point", "shape": "M-1,1L1,-1M-1,0L0,-1M0,1L1,0", "size": 60, "stroke": "$ink-3"}
    blank = _CELL | {"fill": "$card"}
    return [
        {
            "name": "choose_cell" if select else "touch_cell",
            "transform": known,
            "mark": _CELL | ({"cursor": "pointer"} if select else {}),
            "encoding": {"color": colour},
        },
        {"name": "touch_blank", "transform": unknown, "mark": blank, "encoding": {}},
        {
            "transform": [{"filter": "isValid(datum.h)"}],
            "mark": hatch | {"strokeWidth": 1, "opacity": 0.8},
            "encoding": {},
        },
    ]


def _numbers() -> dict[str, Any]:
    """The number in each cell."""
    colour = {"field": "k", "type": "ordinal", "scale": frame.series_scale(["$ink", "$card"]), "legend": None}
    return {
        "transform": [{"filter": "isValid(datum.n)"}, {"calculate": "format(datum.n,',.0f')", "as": "said"}],
        "mark": {"type": "text", "fontSize": 11},
        "encoding": {"text": {"field": "said"}, "color": colour},
    }


def _said(worth: Worth, lang: str) -> str:
    """The cell that most are in, and how many of the best fifth are unlikely to come again."""
    known = worth.chances.dropna(subset="customers")
    top = known.sort_values("customers", ascending=False).to_dict("records")[0]
    fading = known[(known["fifth"] == known["fifth"].max()) & (known["band"] <= 1)]["customers"].sum()
    return text(
        "charts.chances_alt",
        lang,
        customers=formats.number(top["customers"], lang),
        low=formats.percent(top["band"] / 5, lang, 0),
        high=formats.percent((top["band"] + 1) / 5, lang, 0),
        fading=formats.number(fading, lang),
    )
