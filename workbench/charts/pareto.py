"""`pareto`: who makes the money, from the best customers to the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.charts import frame, shares, words
from workbench.charts.chart import Chart
from workbench.i18n import formats, text

if TYPE_CHECKING:
    from workbench.segments import Worth

MARKED = (0.1, 0.2, 0.5)
"""Shares of the customers whose share of the money is written beside the curve."""


def pareto(worth: Worth, lang: str = "en", height: int = shares.HEIGHT, select: bool = False) -> Chart:
    """Draw the share of the value that the best share of the customers brings.

    Args:
        worth: Answer of `segments.worth`.
        lang: `en` or `zh`.
        height: Pixels.
        select: Whether a click on a marked share leads somewhere (event `wb-select` with its `key`, such as
            `best:0.2`).
    """
    rows: list[frame.Row] = [
        {"c": frame.figure(row["customers"]), "v": frame.figure(row["value"])}
        for row in worth.curve.to_dict("records")
    ]
    marked = [(share, worth.share_of_best(share)) for share in MARKED]
    spots: list[frame.Row] = [
        {
            "c": share,
            "v": frame.figure(value),
            "name": formats.percent(value, lang, 0),
            "key": f"best:{share}",
        }
        for share, value in marked
    ]
    rows = sorted([*rows, *spots], key=lambda row: (row["c"], "name" in row))
    names = [text(f"charts.{key}", lang) for key in ("best_customers", "their_value")]
    x = shares.axis("c", names[0], lang, domain=[0, 1])
    y = shares.axis("v", names[1], lang, domain=[0, 1])
    tip = words.tip(
        words.quoted(names[0] + " ") + "+" + words.value("pointed.c", "percent", lang),
        (words.quoted(names[1]), words.value("pointed.v", "percent", lang)),
    )
    said = [
        text("charts.best_bring", lang, best=formats.percent(c, lang, 0), value=formats.percent(v, lang, 0))
        for c, v in marked
    ]
    alt = text("charts.pareto_alt", lang, parts=("；" if lang == "zh" else "; ").join(said))
    layers = [shares.straight(0, 1), _area(), shares.line("v", "$accent"), *_marks()]
    return Chart(shares.spec(x, y, layers, tip, select), rows, alt, height)


def _area() -> dict[str, Any]:
    return {"mark": {"type": "area", "color": "$accent", "opacity": 0.12}, "encoding": {}}


def _marks() -> list[dict[str, Any]]:
    """Points and figures at the marked shares."""
    only = [{"filter": "isValid(datum.name)"}]
    dot = {"type": "point", "filled": True, "size": 70, "color": "$accent", "opacity": 1}
    name = {"type": "text", "align": "left", "dx": 8, "dy": 12, "fontWeight": 600, "color": "$ink"}
    return [
        {"transform": only, "mark": dot, "encoding": {}},
        {"transform": only, "mark": name, "encoding": {"text": {"field": "name"}}},
    ]
