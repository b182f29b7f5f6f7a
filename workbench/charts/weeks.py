"""`weeks`: what each channel spends week by week, as stacked bars; weeks that are over are pale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.catalogue import builtin
from workbench.charts import frame, theme, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Labels, Row
from workbench.charts.voice import Voice
from workbench.i18n import formats

if TYPE_CHECKING:
    import pandas as pd

HEIGHT = 300
_PALE = 0.35
"""Opacity of what is over."""


def weeks(
    table: pd.DataFrame,
    currency: str,
    lang: str = "en",
    labels: Labels | None = None,
    order: Sequence[str] | None = None,
    height: int = HEIGHT,
) -> Chart:
    """Draw a plan over weeks.

    Args:
        table: `week`, `channel`, `spend`, `committed`, `past`.
        currency: Code of the amounts.
        lang: `en` or `zh`.
        labels: (dimension, value) → shown name (`Store.labels`).
        order: Channels in the order of their colours.
        height: Pixels.
    """
    say = Voice(builtin()["cost"], lang, currency)
    rows = _rows(table, say, labels, order)
    if not rows:
        return empty(lang, height)
    return Chart(_spec(say, rows), rows, _said(say, table), height)


def _rows(table: pd.DataFrame, say: Voice, labels: Labels | None, order: Sequence[str] | None) -> list[Row]:
    places = frame.places(table["channel"], order)
    found = []
    for record in table.to_dict("records"):
        place = places.get(record["channel"])
        if place is None:
            continue
        found.append(
            {
                "t": frame.safe(record["week"]),
                "d": formats.date(record["week"], say.lang),
                "name": say.name("channel", record["channel"], labels),
                "s": place,
                "m": frame.figure(record["spend"]),
                "c": frame.figure(record["committed"]),
                "p": int(record["past"]),
            }
        )
    return found


def _spec(say: Voice, rows: list[Row]) -> dict[str, Any]:
    names = {row["s"]: row["name"] for row in rows}
    listed = "[" + ",".join(words.quoted(names.get(at, "")) for at in range(len(theme.SERIES))) + "]"
    shown = {
        "values": sorted(names),
        "labelExpr": f"{listed}[datum.value]",
        "orient": "top",
        "symbolSize": 80,
    }
    colour = {
        "field": "s",
        "type": "ordinal",
        "scale": frame.series_scale(theme.SERIES),
        "legend": shown | {"symbolType": "square", "columns": {"expr": "max(2,floor(width/110))"}},
    }
    axis = {
        "labelExpr": words.day_tick("toDate(datum.value)", say.lang, False),
        "labelOverlap": True,
        "labelSeparation": 8,
        "labelAngle": 0,
        "title": say.word("week_of"),
    }
    tip = words.tip(
        "pointed.name+' · '+pointed.d",
        (words.quoted(say.heading), say.value("pointed.m")),
        (say.quoted("committed"), say.value("pointed.c")),
    )
    encoding = {
        "x": {"field": "t", "type": "ordinal", "axis": axis, "scale": {"paddingInner": 0.25}},
        "y": {"field": "m", "type": "quantitative", "stack": True, "axis": say.axis()},
        "color": colour,
        "order": {"field": "s", "type": "quantitative"},
        "opacity": {"condition": {"test": "datum.p>0", "value": _PALE}, "value": 1},
    }
    bars = {
        "name": "touch_week",
        "mark": {"type": "bar", "stroke": "$card", "strokeWidth": 1},
        "encoding": encoding,
    }
    return theme.base(tip) | {"layer": [bars]}


def _said(say: Voice, table: pd.DataFrame) -> str:
    sums = table.groupby("week", sort=False)["spend"].sum().reset_index().to_dict("records")
    parts = [f"{formats.date(row['week'], say.lang)} {say.shown(float(row['spend']))}" for row in sums]
    return say.word("weeks_alt", parts=say.joined(parts))
