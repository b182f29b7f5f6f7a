"""The breakdown table: one row a member, sortable, with the chosen metric's interval drawn inline."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.catalogue import Metric
from workbench.i18n import text
from workbench.metrics.dimensions import UNKNOWN
from workbench.tables.cards import chip
from workbench.tables.controls import button
from workbench.tables.html import Html, carried, tag
from workbench.tables.readings import Answer, Reading, known, member, reading

MOST = 200
"""Rows of a table that files made of a report hold; a page may show fewer and folds the rest away."""


@dataclass(frozen=True)
class Layout:
    """How one breakdown is laid out.

    Attributes:
        caption: What the table shows, for screen readers.
        heading: Name of the dimension.
        metric: The metric drawn with its interval.
        sort: `name`, `change` or a metric id, with a leading `-` for the largest first.
        labels: (dimension, value) → shown label.
        colours: Member → number of its series colour.
        limit: Rows shown; None shows all.
        drill: Whether a row opens the level below.
        live: Whether a kernel listens.
    """

    caption: str
    heading: str
    metric: Metric
    sort: str = ""
    labels: Mapping[tuple[str, str], str] = field(default_factory=dict)
    colours: Mapping[str, int] = field(default_factory=dict)
    limit: int | None = None
    drill: bool = False
    live: bool = True


def breakdown(answer: Answer, layout: Layout, lang: str) -> Html:
    """Return the breakdown of an answer with one dimension as a table."""
    limit = layout.limit or len(answer.table)
    frame = ordered(answer, layout, lang).head(MOST if carried() else limit)
    ends = scale(answer.table, layout.metric.id)
    records = enumerate(frame.to_dict("records"))
    rows = [_row(answer, record, layout, lang, ends, place >= limit) for place, record in records]
    table = tag(
        "table",
        tag("caption", layout.caption, class_="wb-hidden"),
        tag("thead", tag("tr", _headings(answer, layout, lang))),
        tag("tbody", rows),
    )
    return tag("div", table, class_="wb-scroll", tabindex="0", role="region", aria_label=layout.caption)


def ordered(answer: Answer, layout: Layout, lang: str) -> pd.DataFrame:
    """The answer's rows in the layout's order, unknown values last."""
    key, down = layout.sort.removeprefix("-"), layout.sort.startswith("-")
    frame = answer.table
    by = answer.by[-1]
    if key == "name":
        shown = [shown_member(value, by, layout.labels, lang).casefold() for value in frame[by]]
        names = pd.Series(shown, index=frame.index).where(frame[by].notna())
        return frame.loc[names.sort_values(ascending=not down, na_position="last", kind="stable").index]
    column = f"{layout.metric.id}_{_moved(layout.metric)}" if key == "change" else key
    if column not in frame:
        return frame
    return frame.sort_values(column, ascending=not down, na_position="last", kind="stable")


def _moved(metric: Metric) -> str:
    """The column of the change that is shown: rates change in points, the rest in percent."""
    return "diff" if metric.unit == "percent" else "change"


def shown_member(value: object, dimension: str, labels: Mapping[tuple[str, str], str], lang: str) -> str:
    """The label of a member; an unknown one says so."""
    name = member(value)
    if name is None or name == UNKNOWN:
        return text("tables.unknown_member", lang)
    return labels.get((dimension, name), name)


def scale(frame: pd.DataFrame, metric: str) -> tuple[float, float]:
    """Ends of the inline axis: zero to the largest value, with room for its interval."""
    values = [value for value in map(known, frame[metric]) if value is not None] or [0.0]
    tops = frame.get(f"{metric}_high", pd.Series(dtype=float)).map(known).dropna()
    top = min(max([*values, *tops]), 1.5 * max(*values, 0.0)) or 1.0
    return min(0.0, 1.2 * min(values)), top * 1.02


def interval_bar(shown: Reading, ends: tuple[float, float]) -> Html:
    """A point with its 95% interval on an axis from `ends[0]` to `ends[1]`."""
    low, high = _share(shown.low, ends), _share(shown.high, ends)
    point = _share(shown.value, ends)
    return tag(
        "span",
        low is not None
        and high is not None
        and tag("span", class_="wb-rng", style=f"left:{low:.1f}%;width:{max(high - low, 0.4):.1f}%"),
        point is not None and tag("span", class_="wb-pt", style=f"left:{point:.1f}%"),
        class_="wb-rule",
        aria_hidden="true",
    )


def _share(value: float | None, ends: tuple[float, float]) -> float | None:
    if value is None:
        return None
    return 100 * min(1.0, max(0.0, (value - ends[0]) / (ends[1] - ends[0])))


def _columns(answer: Answer, layout: Layout) -> Sequence[Metric]:
    return tuple(metric for metric in answer.metrics if metric.id != layout.metric.id)


def _headings(answer: Answer, layout: Layout, lang: str) -> list[Html]:
    chosen = layout.metric
    name = chosen.label(lang, short=True)
    cells = [_heading("name", layout.heading, layout)]
    cells += [
        _heading(metric.id, metric.label(lang, short=True), layout) for metric in _columns(answer, layout)
    ]
    interval = text("tables.with_interval", lang, metric=name) if chosen.is_ratio else name
    cells.append(_heading(chosen.id, interval, layout, "wb-wide"))
    if f"{chosen.id}_diff" in answer.table:
        cells.append(_heading("change", f"Δ {name}", layout))
    return cells


def _heading(key: str, label: str, layout: Layout, kind: str = "") -> Html:
    on = layout.sort.removeprefix("-") == key
    down = layout.sort.startswith("-")
    mark = ("↓" if down else "↑") if on else ""
    content = (
        button((label, tag("i", mark, aria_hidden="true")), "sort", key, class_="wb-sort")
        if layout.live
        else label
    )
    order = ("descending" if down else "ascending") if on else None
    return tag("th", content, scope="col", aria_sort=order, class_=kind or None)


def _row(
    answer: Answer,
    row: Mapping[Hashable, Any],
    layout: Layout,
    lang: str,
    ends: tuple[float, float],
    folded: bool,
) -> Html:
    chosen = reading(answer, row, layout.metric)
    cells = [
        tag("td", reading(answer, row, metric).shown(lang, short=True)) for metric in _columns(answer, layout)
    ]
    cells.append(_wide(chosen, lang, ends))
    if f"{chosen.metric.id}_diff" in answer.table:
        cells.append(tag("td", chip(chosen, lang)))
    value = member(row[answer.by[-1]]) or UNKNOWN
    return tag("tr", _name(value, answer.by[-1], layout, lang), cells, data_id=f"row-{value}", hidden=folded)


def _name(value: str, dimension: str, layout: Layout, lang: str) -> Html:
    name = shown_member(value, dimension, layout.labels, lang)
    colour = layout.colours.get(value)
    dot = colour and tag("i", class_="wb-dot", style=f"background:var(--c{colour})", aria_hidden="true")
    if not (layout.drill and layout.live):
        return tag("th", dot, name, scope="row", title=name)
    hint = text("tables.open_member", lang, member=name)
    opener = button((dot, name), "down", dimension, value, class_="wb-open", title=hint)
    return tag("th", opener, scope="row")


def _wide(shown: Reading, lang: str, ends: tuple[float, float]) -> Html:
    interval = shown.interval(lang)
    return tag(
        "td",
        interval_bar(shown, ends),
        tag(
            "span",
            shown.shown(lang, short=True),
            interval and tag("small", f" ({interval})", **_ends(shown)),
            class_="wb-num",
        ),
        class_="wb-wide",
    )


def _ends(shown: Reading) -> dict[str, float]:
    """The interval for files that are made of the page, where it is made for some."""
    if not carried() or shown.low is None or shown.high is None:
        return {}
    return {"data_low": shown.low, "data_high": shown.high}
