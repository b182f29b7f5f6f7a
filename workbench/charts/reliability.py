"""`reliability`: probabilities foretold against what came, before and after recalibration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.charts import frame, shares, words
from workbench.charts.chart import Chart
from workbench.charts.frame import Row
from workbench.i18n import formats, text

if TYPE_CHECKING:
    from workbench.customers import BackTest

STAGES = ("before", "after")
ROOM = 1.06


def reliability(tested: BackTest, lang: str = "en", height: int = shares.HEIGHT) -> Chart:
    """Draw the latest window of a back-test: on the dashed line, as many ordered as was foretold.

    Args:
        tested: Answer of `customers.backtest`.
        lang: `en` or `zh`.
        height: Pixels.
    """
    last = tested.last
    names = {stage: text(f"charts.stage_{stage}", lang) for stage in STAGES}
    curves = {"before": last.curve, "after": last.curve_after}
    rows = [
        _row(record, names[stage])
        for stage, table in curves.items()
        if table is not None
        for record in table.to_dict("records")
    ]
    top = min(1.0, ROOM * max(max(row["p"], row["hi"]) for row in rows))
    shown = [names[stage] for stage in STAGES if curves[stage] is not None]
    look = shares.told_apart(
        shown, ["$ink-3", "$accent"][-len(shown) :], ["diamond", "circle"][-len(shown) :]
    )
    titles = [text(f"charts.{key}", lang) for key in ("foretold", "came")]
    x, y = (
        shares.axis(field, title, lang, domain=[0, top]) for field, title in zip("pm", titles, strict=True)
    )
    tip = words.tip(
        "pointed.which",
        (words.quoted(titles[0]), words.value("pointed.p", "percent", lang)),
        (words.quoted(titles[1]), words.value("pointed.m", "percent", lang)),
        (
            words.quoted(text("charts.interval", lang)),
            words.interval("pointed.lo", "pointed.hi", "percent", lang),
        ),
        (words.quoted(text("charts.customers", lang)), "format(pointed.n,',.0f')"),
    )
    spec = shares.spec(x, y, [shares.straight(0, top), *_marks(look)], tip)
    return Chart(spec, rows, _said(tested, lang), height)


def _row(record: dict[Any, Any], which: str) -> Row:
    keys = {"p": "foretold", "m": "came", "lo": "low", "hi": "high", "n": "n"}
    return {"which": which} | {key: frame.figure(record[column]) for key, column in keys.items()}


def _marks(look: dict[str, Any]) -> list[dict[str, Any]]:
    ends = {"y": {"field": "lo", "type": "quantitative"}, "y2": {"field": "hi"}, "color": look["color"]}
    return [
        {"mark": {"type": "rule", "strokeWidth": 4, "opacity": 0.28, "strokeCap": "round"}, "encoding": ends},
        {"mark": {"type": "point", "filled": True, "size": 64, "opacity": 1}, "encoding": look},
    ]


def _said(tested: BackTest, lang: str) -> str:
    figures, after = tested.last.before, tested.last.after
    key = "reliability_after_alt" if after else "reliability_alt"
    errors = {"ece": formats.percent(figures["ece"], lang, 1)}
    errors |= {"after": formats.percent(after["ece"], lang, 1)} if after else {}
    return text(f"charts.{key}", lang, **errors)
