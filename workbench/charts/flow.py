"""`flow`: who went from which segment to which, as a Sankey diagram from computed positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.charts import frame, theme, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Row
from workbench.i18n import formats, text

if TYPE_CHECKING:
    from workbench.segments import Drift

NEW, GONE = "(new)", "(gone)"
KINDS = ("stayed", "up", "down", "new", "gone")
PLAIN = ("stayed", "moved", "new", "gone")
"""Kinds of link where segments have an order, and where they have none."""
_COLOURS = {"stayed": "$rest", "up": "$c1", "down": "$c2", "moved": "$c1", "new": "$c3", "gone": "$c7"}
_CONTENT = 300.0
"""Pixels of the larger column, without gaps."""
_LINE, _GAP, _HEAD, _LEGEND = 17.0, 5.0, 26.0, 34
_STEPS = 20
"""Points of a link's edge."""
_BAR = 0.016
"""Width of a segment's bar, as a part of the chart's."""


def flow(answer: Drift, lang: str = "en", select: bool = False) -> Chart:
    """Draw the flow between two dates: segments before at the left, after at the right.

    Ribbons are as thick as customers are many; a grey one stayed. Where segments have an order (RFM) the
    others are coloured by going up or down, else all alike. Names and numbers stand beside the bars.

    Args:
        answer: Of `segments.drift`.
        lang: `en` or `zh`.
        select: Whether a click leads somewhere (event `wb-select` with a `key`): on a ribbon `before>after`,
            on a bar of the later day the segment.
    """
    if not len(answer.table):
        return empty(lang, 240)
    kinds = KINDS if answer.ordered else PLAIN
    left, right = (_column(answer, side) for side in ("before", "after"))
    height = max(_bottom(left), _bottom(right))
    rows = [*_links(answer, left, right, kinds, height, lang)]
    for side, column in ((0, left), (1, right)):
        rows += [_node(answer, name, place, side, height, lang) for name, place in column.items()]
    rows += _heads(answer, height, lang)
    return Chart(_spec(kinds, lang, select), rows, answer.sentence(lang), round(height) + _LEGEND)


def _column(answer: Drift, side: str) -> dict[str, tuple[float, float]]:
    """Segment → (top, thickness) in pixels, in the order of the segments; slots leave room for a name."""
    sizes = answer.table.groupby(side)["customers"].sum()
    most = max(answer.table.loc[answer.table[end] != out, "customers"].sum() for end, out in _ENDS)
    other = NEW if side == "before" else GONE
    places, top = {}, _HEAD
    for name in [segment for segment in (*answer.segments, other) if segment in sizes.index]:
        thick = float(sizes[name]) * _CONTENT / max(1.0, float(most))
        slot = max(thick, _LINE)
        places[name] = (top + (slot - thick) / 2, thick)
        top += slot + _GAP
    return places


_ENDS = (("before", NEW), ("after", GONE))


def _bottom(column: Mapping[str, tuple[float, float]]) -> float:
    top, thick = list(column.values())[-1]
    return top + max(thick, (thick + _LINE) / 2) + _GAP


def _links(
    answer: Drift,
    left: Mapping[str, tuple[float, float]],
    right: Mapping[str, tuple[float, float]],
    kinds: Sequence[str],
    height: float,
    lang: str,
) -> list[Row]:
    """Points along each ribbon; each carries what the tooltip says."""
    used = {0: dict.fromkeys(left, 0.0), 1: dict.fromkeys(right, 0.0)}
    sizes = answer.table.groupby("before")["customers"].sum()
    unit = next(left[name][1] / float(sizes[name]) for name in left if sizes[name])
    rows: list[Row] = []
    for at, pair in enumerate(answer.table.to_dict("records")):
        one, other = pair["before"], pair["after"]
        thick = pair["customers"] * unit
        ends = (left[one][0] + used[0][one], right[other][0] + used[1][other])
        used[0][one] += thick
        used[1][other] += thick
        kind = _kind(answer, one, other)
        told = {"l": at, "kind": kinds.index(kind), "before": one, "after": other, "n": pair["customers"]}
        told |= {"key": f"{one}>{other}"} if other != GONE else {}
        told |= {"name": f"{answer.name(one, lang)} → {answer.name(other, lang)}"}
        shares = {"p": pair["share"], "lo": pair["low"], "hi": pair["high"]}
        told |= {key: frame.figure(value) for key, value in shares.items() if not frame.missing(value)}
        rows += [told | point for point in _curve(*ends, thick, height)]
    return rows


def _curve(start: float, end: float, thick: float, height: float) -> list[Row]:
    found = []
    for step in range(_STEPS + 1):
        part = step / _STEPS
        top = start + (end - start) * part * part * (3 - 2 * part)  # leaves and arrives level
        x = _BAR + (1 - 2 * _BAR) * part
        found.append({"x": round(x, 4), "y": round(top / height, 5), "y2": round((top + thick) / height, 5)})
    return found


def _kind(answer: Drift, one: str, other: str) -> str:
    if one == other:
        return "stayed"
    if one == NEW or other == GONE:
        return "new" if one == NEW else "gone"
    if not answer.ordered:
        return "moved"
    return "up" if answer.segments.index(other) < answer.segments.index(one) else "down"


def _node(answer: Drift, name: str, place: tuple[float, float], side: int, height: float, lang: str) -> Row:
    end = "after" if side else "before"
    size = int(answer.table.loc[answer.table[end] == name, "customers"].sum())
    top, thick = place
    key = {"key": name} if side and name != GONE else {}
    return {
        **key,
        "side": side,
        "name": answer.name(name, lang),
        "label": f"{answer.name(name, lang)} {formats.number(size, lang)}",
        "n": size,
        "x": 1 - _BAR if side else 0,
        "x2": 1 if side else _BAR,
        "at": 1 - _BAR if side else _BAR,
        "y": round(top / height, 5),
        "y2": round((top + max(thick, 1)) / height, 5),
        "middle": round((top + thick / 2) / height, 5),
    }


def _heads(answer: Drift, height: float, lang: str) -> list[Row]:
    days = (answer.before, answer.after)
    shown = [
        formats.date(day, lang) if day else text(f"charts.flow_{end}", lang)
        for day, end in zip(days, ("before", "after"), strict=True)
    ]
    middle = round(_HEAD / 2 / height - 0.008, 5)
    return [{"head": side, "label": label, "at": side, "middle": middle} for side, label in enumerate(shown)]


def _spec(kinds: Sequence[str], lang: str, select: bool) -> dict[str, Any]:
    return theme.base(_tip(lang)) | {
        "encoding": {"x": _scaled("x"), "y": _scaled("y")},
        "layer": [_ribbons(kinds, lang, select), *_bars(select), *_names("label")],
    }


def _scaled(field: str) -> dict[str, Any]:
    scale = {"domain": [0, 1], "nice": False, "zero": False, "reverse": field == "y"}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": None}


def _ribbons(kinds: Sequence[str], lang: str, select: bool) -> dict[str, Any]:
    named = words.array([text(f"charts.flow_{kind}", lang) for kind in kinds])
    legend = {"orient": "top", "labelExpr": f"{named}[datum.value]", "symbolType": "square", "offset": 2}
    legend |= {"columns": {"expr": "width<420?3:5"}, "symbolOpacity": 0.9, "symbolStrokeWidth": 0}
    colour = {
        "field": "kind",
        "type": "ordinal",
        "scale": frame.series_scale([_COLOURS[kind] for kind in kinds]),
        "legend": legend,
    }
    cursor = {"cursor": "pointer"} if select else {}
    return {
        "name": "choose_link" if select else "touch_link",
        "transform": [{"filter": "isValid(datum.l)"}],
        "mark": {"type": "area", "opacity": 0.5, "interpolate": "monotone", **cursor},
        "encoding": {
            "y2": {"field": "y2"},
            "color": colour,
            "detail": {"field": "l"},
        },
    }


def _bars(select: bool) -> list[dict[str, Any]]:
    """The segments; those of the later day can be chosen, for a rule says who is in one now."""
    mark = {"type": "rect", "color": "$ink-2", "cornerRadius": 1}
    if not select:
        return [_bar("touch_node", "isValid(datum.side)", mark)]
    return [
        _bar("touch_node", "isValid(datum.side)&&!isValid(datum.key)", mark),
        _bar("choose_node", "isValid(datum.side)&&isValid(datum.key)", mark | {"cursor": "pointer"}),
    ]


def _bar(name: str, test: str, mark: dict[str, Any]) -> dict[str, Any]:
    encoding = {"x2": {"field": "x2"}, "y2": {"field": "y2"}}
    return {"name": name, "transform": [{"filter": test}], "mark": mark, "encoding": encoding}


def _names(field: str) -> list[dict[str, Any]]:
    """Names of both sides and heads, each over a halo of the card's colour: ribbons pass below them."""
    layers = []
    for side, align, shift in ((0, "left", 6), (1, "right", -6)):
        for halo in (True, False):
            mark: dict[str, Any] = {"type": "text", "align": align, "dx": shift, "baseline": "middle"}
            mark |= {"fontSize": 12, "color": "$ink", "limit": {"expr": "width*0.46"}}
            if halo:
                mark |= {"stroke": "$card", "strokeWidth": 4, "strokeJoin": "round", "color": "$card"}
            layers.append(_texts(f"datum.side==={side}", mark, field))
        head = {"type": "text", "align": align, "baseline": "middle", "color": "$ink-3", "fontSize": 11}
        layers.append(_texts(f"datum.head==={side}", head, field))
    return layers


def _texts(test: str, mark: dict[str, Any], field: str) -> dict[str, Any]:
    place = {"x": _scaled("x") | {"field": "at"}, "y": _scaled("y") | {"field": "middle"}}
    return {
        "transform": [{"filter": test}],
        "mark": mark,
        "encoding": place | {"text": {"field": field}},
    }


def _tip(lang: str) -> list[dict[str, Any]]:
    said = {key: words.quoted(text(f"charts.flow_{key}", lang)) for key in ("customers", "share", "interval")}
    return words.tip(
        "pointed.name",
        (said["customers"], words.value("pointed.n", "count", lang)),
        (said["share"], f"(isValid(pointed.p)?{words.value('pointed.p', 'percent', lang)}:'')"),
        (said["interval"], words.interval("pointed.lo", "pointed.hi", "percent", lang)),
    )
