"""Pacing bars: what has come, where it is heading with its interval, the plan; all in parts of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.forecast.words import amount
from workbench.i18n import formats, text
from workbench.tables.html import Html, tag

if TYPE_CHECKING:
    from workbench.forecast import Pace

SIGNS = {"over": "▲", "on": "✓", "under": "▼", "open": "◆", "": "·"}
"""Status → its sign beside the word, so that it never rests on the colour."""
LOOKS = {"over": "warn", "on": "good", "under": "warn", "open": "info", "": "info"}
GOOD = {"over": "good", "under": "bad"}
"""Of what one wants much of: more than planned is good, less is bad."""

COLUMNS = ("name", "bar", "actual", "projected", "target", "needed", "status")


def pace(
    answer: Pace,
    lang: str,
    names: Mapping[str, str],
    caption: str,
    rows: int = 40,
    wanted: tuple[str, ...] = (),
) -> Html:
    """A table of pacing bars, one row a series; on a phone a card a series.

    Args:
        answer: Of `forecast.pace`.
        lang: `en` or `zh`.
        names: Member or metric → how it is called.
        caption: What the table shows, for screen readers.
        rows: Rows shown.
        wanted: Metrics of which more is better.
    """
    end = answer.reach
    body = [
        _row(answer, row, lang, names, end, row["metric"] in wanted)
        for row in answer.table.head(rows).to_dict("records")
    ]
    heads = [_head(name, lang) for name in COLUMNS]
    inner = tag(
        "table",
        tag("caption", caption, class_="wb-hidden"),
        tag("thead", tag("tr", heads)),
        tag("tbody", body),
        class_="wb-paces",
    )
    return tag("div", inner, class_="wb-scroll wb-stack", tabindex="0", role="region", aria_label=caption)


def _head(name: str, lang: str) -> Html:
    look = "wb-left" if name in ("name", "bar", "status") else None
    return tag("th", text(f"tables.pace_{name}", lang), scope="col", class_=look)


def legend(answer: Pace, lang: str) -> Html:
    """What the parts of a bar mean."""
    today = text("tables.pace_today", lang, passed=formats.percent(answer.passed, lang, 0))
    keys = [
        ("wb-key-done", text("tables.pace_actual", lang)),
        ("wb-key-ahead", text("tables.pace_ahead", lang, level=formats.percent(answer.level, lang, 0))),
        ("wb-key-today", today),
        ("wb-key-plan", text("tables.pace_target", lang)),
    ]
    items = [tag("li", tag("i", class_=look, aria_hidden="true"), words) for look, words in keys]
    return tag("ul", items, class_="wb-legend")


def _row(
    answer: Pace, row: Mapping[Any, Any], lang: str, names: Mapping[str, str], end: float, wanted: bool
) -> Html:
    metric = answer.months[row["metric"]].forecast
    shown = {
        name: amount(row[name], metric.unit, metric.currency, lang, short=True)
        for name in ("actual", "projected", "low", "high", "target", "needed", "rate")
    }
    name = name_of(answer, row, lang, names)
    interval = tag("small", f"{shown['low']} – {shown['high']}", class_="wb-quiet")
    needed = (
        tag("small", formats.change(row["step"], lang), class_="wb-quiet") if _known(row["step"]) else None
    )
    cells = [
        ("bar", bar(row, end, answer.passed), "wb-slide"),
        ("actual", shown["actual"], None),
        ("projected", tag("span", shown["projected"], " ", interval), "wb-ends"),
        ("target", shown["target"], None),
        ("needed", tag("span", shown["needed"], " ", needed), "wb-ends"),
        ("status", status(row["status"], lang, wanted), "wb-left"),
    ]
    return tag(
        "tr",
        tag("th", name, scope="row"),
        [
            tag("td", cell, class_=look, data_label=text(f"tables.pace_{key}", lang))
            for key, cell, look in cells
        ],
        data_id=f"pace-{row['metric']}-{'-'.join(str(row[part]) for part in answer.by)}",
    )


def name_of(answer: Pace, row: Mapping[Any, Any], lang: str, names: Mapping[str, str]) -> str:
    """What a row is called: its members, else its metric."""
    members = [names.get(row[part], row[part]) or text("tables.unknown_member", lang) for part in answer.by]
    if members:
        return " · ".join(members)
    metric = str(names.get(row["metric"], row["metric"]))
    return metric[:1].upper() + metric[1:]


def status(value: str, lang: str, wanted: bool) -> Html:
    """The status as a sign and a word in its colour."""
    look = GOOD.get(value, LOOKS[value]) if wanted else LOOKS[value]
    words = text(f"tables.pace_is_{value or 'free'}", lang)
    return tag("span", tag("i", SIGNS[value], aria_hidden="true"), " ", words, class_=f"wb-badge wb-{look}")


def bar(row: Mapping[Any, Any], end: float, passed: float) -> Html:
    """What has come over the plan, where it is heading, and where the month stands today.

    Args:
        row: Of `Pace.table`.
        end: Right end of the axis in parts of the plan.
        passed: Part of the month that is over.
    """
    if not _known(row["done"]):
        return tag("span", class_="wb-pace wb-off", aria_hidden="true")
    low, high = _part(row["low_of"], end), _part(row["high_of"], end)
    return tag(
        "span",
        tag("i", class_="wb-pace-ahead", style=f"left:{low:.2f}%;width:{max(high - low, 0.4):.2f}%"),
        tag("i", class_="wb-pace-done", style=f"width:{_part(row['done'], end):.2f}%"),
        tag("i", class_="wb-pace-point", style=f"left:{_part(row['of_target'], end):.2f}%"),
        tag("i", class_="wb-pace-today", style=f"left:{_part(passed, end):.2f}%"),
        tag("i", class_="wb-pace-plan", style=f"left:{_part(1.0, end):.2f}%"),
        class_="wb-pace",
        aria_hidden="true",
    )


def _part(value: float, end: float) -> float:
    """A place on the axis in percent of its width."""
    return 100 * min(max(value / end, 0.0), 1.0)


def _known(value: float) -> bool:
    return value is not None and math.isfinite(value)
