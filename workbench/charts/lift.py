"""`lift`: what a ranking is worth: the share of all outcomes found among the best customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.charts import frame, shares, words
from workbench.charts.chart import Chart
from workbench.i18n import formats, text

if TYPE_CHECKING:
    import pandas as pd

    from workbench.customers import PropensityModel
    from workbench.segments import Lookalikes

KEYS = {
    "c": "depth",
    "v": "share",
    "lo": "share_low",
    "hi": "share_high",
    "l": "lift",
    "ll": "low",
    "lh": "high",
}
USUAL = 0.2
_NARROW = "scale('x',datum.c)<90"
"""Whether the name of a point has no room before it."""


def lift(
    answer: PropensityModel | Lookalikes,
    lang: str = "en",
    height: int = shares.HEIGHT,
    best: float = USUAL,
    choices: Mapping[str, float] | None = None,
) -> Chart:
    """Draw the held-out gains curve with its 95% band; on the dashed line a ranking would be worth nothing.

    Args:
        answer: Of `customers.propensity` or `segments.lookalikes`.
        lang: `en` or `zh`.
        height: Pixels.
        best: Share of the customers that is marked, with what it finds; the nearest one that was measured.
        choices: Key → share that a click on its point chooses (event `wb-select` with the `key`); None: none.
    """
    gains, found = _gains(answer)
    at = float(gains["depth"].iloc[(gains["depth"] - best).abs().argmin()])
    keys = {share: key for key, share in (choices or {}).items()}
    rows = [_START, *(_row(record, at, keys, lang) for record in gains.to_dict("records"))]
    names = [text(f"charts.{key}", lang) for key in ("best_scored", found, "lift_times")]
    x = shares.axis("c", names[0], lang, domain=[0, 1])
    y = shares.axis("v", names[1], lang, domain=[0, 1])
    number = "format(pointed.l,'.1f')+' ('+format(pointed.ll,'.1f')+'–'+format(pointed.lh,'.1f')+')'"
    tip = words.tip(
        words.quoted(names[0] + " ") + "+" + words.value("pointed.c", "percent", lang),
        (words.quoted(names[1]), words.value("pointed.v", "percent", lang)),
        shares.between("pointed.lo", "pointed.hi", lang),
        (words.quoted(names[2]), f"(isValid(pointed.l)?{number}:'')"),
    )
    layers = [
        shares.straight(0, 1),
        shares.band("lo", "hi", "$accent"),
        shares.line("v", "$accent"),
        *_marks(),
    ]
    return Chart(shares.spec(x, y, layers, tip, bool(keys)), rows, _said(gains, at, found, lang), height)


_START: frame.Row = {"c": 0, "v": 0, "lo": 0, "hi": 0}


def _gains(answer: PropensityModel | Lookalikes) -> tuple[pd.DataFrame, str]:
    """The curve, and what the share that it shows is called."""
    from workbench.segments import Lookalikes

    if isinstance(answer, Lookalikes):
        return answer.lift, "found_seed"
    return answer.holdout.gains, f"found_{answer.outcome}"


def _row(record: dict[Any, Any], at: float, keys: Mapping[float, str], lang: str) -> frame.Row:
    row: frame.Row = {key: frame.figure(record[column]) for key, column in KEYS.items()}
    key = keys.get(round(record["depth"], 4))
    row |= {"key": key} if key else {}
    if record["depth"] != at:
        return row
    times = formats.number(record["lift"], lang, 1)
    return row | {"name": f"{formats.percent(record['share'], lang, 0)} · {times}×"}


def _marks() -> list[dict[str, Any]]:
    """A dot at each depth that was measured, and the figure at the marked one."""
    dot = {"type": "point", "filled": True, "size": 26, "color": "$accent", "opacity": 1}
    large = dot | {"size": 90}
    name = {"type": "text", "align": {"expr": f"{_NARROW}?'left':'right'"}, "dx": {"expr": f"{_NARROW}?9:-9"},
            "dy": {"expr": f"{_NARROW}?12:-9"}, "fontWeight": 600, "color": "$ink"}  # fmt: skip
    only = [{"filter": "isValid(datum.name)"}]
    return [
        {"transform": [{"filter": "isValid(datum.l)"}], "mark": dot, "encoding": {}},
        {"transform": only, "mark": large, "encoding": {}},
        {"transform": only, "mark": name, "encoding": {"text": {"field": "name"}}},
    ]


def _said(gains: pd.DataFrame, at: float, found: str, lang: str) -> str:
    row = gains[gains["depth"] == at].iloc[0]
    shown = {name: formats.number(row[name], lang, 1) for name in ("lift", "low", "high")}
    return text(
        "charts.lift_alt",
        lang,
        what=text(f"charts.{found}", lang),
        best=formats.percent(at, lang, 0),
        share=formats.percent(row["share"], lang, 0),
        **shown,
    )
