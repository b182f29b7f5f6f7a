"""`reliability`: probabilities foretold against what came, before and after recalibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.charts import frame, shares, words
from workbench.charts.chart import Chart
from workbench.charts.frame import Row
from workbench.i18n import formats, text

if TYPE_CHECKING:
    from workbench.customers import BackTest, PropensityModel

STAGES = ("before", "after")
ROOM = 1.06


@dataclass(frozen=True)
class _Told:
    """What is drawn: the curves and errors of each stage, and what the words about them are called."""

    curves: Mapping[str, Any]
    errors: Mapping[str, float]
    came: str
    names: str = "stage"
    said: str = "reliability"


def reliability(answer: BackTest | PropensityModel, lang: str = "en", height: int = shares.HEIGHT) -> Chart:
    """Draw probabilities against what came: on the dashed line, as many did as was foretold.

    Args:
        answer: Of `customers.backtest` (its latest window) or of `customers.propensity` (its hold-out).
        lang: `en` or `zh`.
        height: Pixels.
    """
    told = _told(answer)
    names = {stage: text(f"charts.{told.names}_{stage}", lang) for stage in STAGES}
    rows = [
        _row(record, names[stage])
        for stage, table in told.curves.items()
        for record in table.to_dict("records")
    ]
    top = min(1.0, ROOM * max(max(row["p"], row["hi"]) for row in rows))
    shown = [names[stage] for stage in told.curves]
    look = shares.told_apart(
        shown, ["$ink-3", "$accent"][-len(shown) :], ["diamond", "circle"][-len(shown) :]
    )
    titles = [text(f"charts.{key}", lang) for key in ("foretold", told.came)]
    x, y = (
        shares.axis(field, title, lang, domain=[0, top]) for field, title in zip("pm", titles, strict=True)
    )
    tip = words.tip(
        "pointed.which",
        (words.quoted(titles[0]), words.value("pointed.p", "percent", lang)),
        (words.quoted(titles[1]), words.value("pointed.m", "percent", lang)),
        shares.between("pointed.lo", "pointed.hi", lang),
        (words.quoted(text("charts.customers", lang)), "format(pointed.n,',.0f')"),
    )
    spec = shares.spec(x, y, [shares.straight(0, top), *_marks(look)], tip)
    return Chart(spec, rows, _said(told, lang), height)


def _told(answer: BackTest | PropensityModel) -> _Told:
    from workbench.customers import PropensityModel

    if isinstance(answer, PropensityModel):
        held = answer.holdout
        errors = {"ece": held.figures["ece_raw"], "after": held.figures["ece"]}
        curves = {"before": held.curve_raw, "after": held.curve}
        return _Told(curves, errors, f"came_{answer.outcome}", "calibrated", f"reliability_{answer.outcome}")
    last = answer.last
    later = {} if last.curve_after is None else {"after": last.curve_after}
    errors = {"ece": last.before["ece"]} | ({"after": last.after["ece"]} if last.after else {})
    return _Told({"before": last.curve, **later}, errors, "came")


def _row(record: dict[Any, Any], which: str) -> Row:
    keys = {"p": "foretold", "m": "came", "lo": "low", "hi": "high", "n": "n"}
    return {"which": which} | {key: frame.figure(record[column]) for key, column in keys.items()}


def _marks(look: dict[str, Any]) -> list[dict[str, Any]]:
    ends = {"y": {"field": "lo", "type": "quantitative"}, "y2": {"field": "hi"}, "color": look["color"]}
    return [
        {"mark": {"type": "rule", "strokeWidth": 4, "opacity": 0.28, "strokeCap": "round"}, "encoding": ends},
        {"mark": {"type": "point", "filled": True, "size": 64, "opacity": 1}, "encoding": look},
    ]


def _said(told: _Told, lang: str) -> str:
    key = f"{told.said}_after_alt" if "after" in told.errors else f"{told.said}_alt"
    errors = {name: formats.percent(error, lang, 1) for name, error in told.errors.items()}
    return text(f"charts.{key}", lang, **errors)
