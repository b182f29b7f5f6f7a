"""`moves`: one row a channel, what is spent today and what is planned, with the plan's band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.catalogue import builtin
from workbench.charts import frame, rows, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Labels, Row
from workbench.charts.voice import Voice

if TYPE_CHECKING:
    import pandas as pd

EMPTY_HEIGHT = 160
_LEGEND = 26
WHICH = ("plan", "today")


def moves(
    table: pd.DataFrame,
    currency: str,
    lang: str = "en",
    labels: Labels | None = None,
    order: Sequence[str] | None = None,
    said: str = "moves_alt",
) -> Chart:
    """Draw a plan beside today, largest first.

    Args:
        table: `channel`, `today`, `spend`; `low` and `high` (the plan's band) where they are known.
        currency: Code of the amounts.
        lang: `en` or `zh`.
        labels: (dimension, value) → shown name (`Store.labels`).
        order: Channels in the order of their colours.
        said: Text of the chart's sentence: `moves_alt` for spends, `moves_worth_alt` for what they bring.
    """
    say = Voice(builtin()["cost"], lang, currency)
    found = _rows(table, say, labels, order)
    if not found:
        return empty(lang, EMPTY_HEIGHT)
    shown = rows.numbered(found)
    return Chart(_spec(say, shown), shown, _said(say, shown, said), rows.height(shown, _LEGEND))


def _rows(table: pd.DataFrame, say: Voice, labels: Labels | None, order: Sequence[str] | None) -> list[Row]:
    places = frame.places(table["channel"], order)
    found = []
    for record in table.sort_values("today", ascending=False, kind="stable").to_dict("records"):
        member = record["channel"]
        row = {"key": member, "name": say.name("channel", member, labels)}
        ends = {"m": record["spend"], "b": record["today"], "lo": record.get("low"), "hi": record.get("high")}
        row |= {key: figure for key, value in ends.items() if (figure := frame.figure(value)) is not None}
        found.append(row | ({"s": places[member]} if member in places else {}))
    return found


def _spec(say: Voice, shown: list[Row]) -> dict[str, Any]:
    x = {"field": "m", "type": "quantitative", "scale": rows.scale(True), "axis": rows.tick_axis(say)}
    names = [say.word(f"which_{which}") for which in WHICH]
    colour = rows.colour(shown)
    layers = [
        _line("b", "m", {"strokeWidth": 1.5, "color": "$ink-3", "opacity": 0.8}, {}),
        _line("lo", "hi", {"strokeWidth": 8, "opacity": 0.3, "strokeCap": "round"}, {"color": colour}),
        _dots("b", names, {"value": "$ink-3"}, 60),
        _dots("m", names, colour, 90),
    ]
    tip = words.tip(
        "pointed.name",
        (words.quoted(names[1]), say.value("pointed.b")),
        (words.quoted(names[0]), say.value("pointed.m")),
        (say.quoted("change"), words.change("pointed.m", "pointed.b")),
        (say.quoted("band"), say.interval("pointed.lo", "pointed.hi")),
    )
    return rows.spec(shown, layers, x, say.value("datum.m", short=True), tip, False)


def _line(low: str, high: str, look: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return {
        "transform": [{"filter": f"isValid(datum.{low})&&isValid(datum.{high})"}],
        "mark": {"type": "rule", **look},
        "encoding": {"x": {"field": low}, "x2": {"field": high}, **more},
    }


def _dots(field: str, names: list[str], colour: dict[str, Any], size: int) -> dict[str, Any]:
    """Planned spends as circles, today's as diamonds; one legend says which is which."""
    scale = {"domain": names, "range": ["circle", "diamond"]}
    dye = {"symbolFillColor": "$ink-3", "symbolStrokeColor": "$ink-3"}
    legend = {"orient": "top", "offset": 4, "symbolSize": 60} | dye
    return {
        "mark": {"type": "point", "filled": True, "size": size, "opacity": 1},
        "transform": [{"calculate": words.quoted(names[field == "b"]), "as": "which"}],
        "encoding": {
            "x": {"field": field},
            "color": colour,
            "shape": {"field": "which", "type": "nominal", "scale": scale, "legend": legend},
        },
    }


def _said(say: Voice, shown: list[Row], key: str) -> str:
    parts = [f"{row['name']} {say.shown(row.get('b'))} → {say.shown(row.get('m'))}" for row in shown]
    return say.word(key, parts=say.joined(parts))
