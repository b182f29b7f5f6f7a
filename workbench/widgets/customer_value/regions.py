"""How the regions of the Customer value panel are drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from workbench import charts
from workbench.catalogue import Metric
from workbench.customers import BackTest
from workbench.customers.held import held
from workbench.i18n import formats
from workbench.schema import NO_CURRENCY
from workbench.segments import SEGMENTS, Worth
from workbench.segments.words import name as segment_name
from workbench.tables import reading
from workbench.tables.controls import button, grouped, select
from workbench.tables.grid import interval_bar, scale
from workbench.tables.html import Html, join, tag
from workbench.widgets import people, pointing
from workbench.widgets.customer_value.state import EVERYBODY, HORIZONS
from workbench.widgets.dates import day_menu
from workbench.widgets.parts import below, heading, kpi, table
from workbench.widgets.scene import Region, Scene, figure

TALL = 420
"""Pixels of the chart that stands beside a longer card."""

TERMS = ("value", "interval", "segment", "ece", "propensity")
VALUE = Metric("value", "Expected value", "预期价值", "money", "higher", "outcome", "value", "value")


def controls(scene: Scene) -> Region:
    """How far ahead, known up to when, of whom, in which currency; in a report the same in words."""
    state = scene.state
    ahead = [(name, scene.say("horizon_days", n=int(name))) for name in HORIZONS]
    rfm = [(name, segment_name(name, scene.lang)) for name in SEGMENTS]
    saved = [*people.saved_names(scene.store).items()]
    every = (EVERYBODY, scene.say("everybody"))
    day = scene.say("as_of_on", day=formats.date(dt.date.fromisoformat(state.as_of), scene.lang))
    if not scene.live:
        words = [dict(ahead)[state.horizon], day, dict([every, *rfm, *saved]).get(state.segment, "")]
        return Region(tag("p", tag("b", words[0]), " · ", " · ".join(words[1:]), class_="wb-words"))
    groups = [(scene.say("by_rfm"), rfm), *([(scene.shell("saved_segments"), saved)] if saved else [])]
    known = [(code, _currency(code, scene)) for code in held(scene.store).currencies]
    return Region(
        join(
            select(scene.say("horizon"), "horizon", state.horizon, ahead, "wb-strong"),
            grouped(scene.say("segment"), "segment", state.segment, groups, "set", top=[every]),
            day_menu("as_of", day, scene.say("as_of"), scene),
            select(scene.say("currency"), "currency", state.currency, known) if len(known) > 1 else None,
        )
    )


def answer(scene: Scene) -> Region:
    """The sentence first, then the figures behind it."""
    worth: Worth = scene.answer("worth")
    low, high, total, each = (
        formats.money(amount, worth.currency, scene.lang, short=True)
        for amount in (worth.low, worth.high, worth.total, worth.each)
    )
    many = formats.number(worth.customers, scene.lang)
    best, again = (
        formats.percent(part, scene.lang, 0) for part in (worth.share_of_best(), worth.orders_again)
    )
    cards = [
        kpi(scene.say("total"), total, scene.say("interval", low=low, high=high)),
        kpi(scene.say("each"), each, scene.say("each_about", n=many)),
        kpi(scene.say("best"), best, scene.say("best_about")),
        kpi(scene.say("again"), again, scene.say("again_about")),
    ]
    return Region(
        join(
            tag("h2", scene.say("answer"), class_="wb-hidden"),
            tag("div", tag("p", worth.sentence(scene.lang), class_="wb-lead"), class_="wb-card"),
            tag("div", cards, class_="wb-kpis"),
        )
    )


def pareto(scene: Scene) -> Region:
    """Who makes the money; a click on a marked share means its customers."""
    chart = charts.pareto(scene.answer("worth"), scene.lang, select=scene.live)
    return _drawn(scene, "pareto", chart, *pointing.hook(scene, "worth", scene.say("press_pareto")))


def chances(scene: Scene) -> Region:
    """Who mattered so far, and who will order again; a click on a cell or a drag means its customers."""
    chart = charts.chances(scene.answer("worth"), scene.lang, select=scene.live)
    return _drawn(scene, "chances", chart, *pointing.hook(scene, "worth", scene.say("press_cell")))


def segments(scene: Scene) -> Region:
    """Segments, the most valuable first; a click looks at one alone."""
    worth: Worth = scene.answer("worth")
    names = ("segment", "customers", "share", "value_share", "value_each", "p_order")
    heads = [tag("th", scene.say(f"col_{name}"), scope="col") for name in names]
    heads.append(tag("th", scene.say("col_value"), scope="col", class_="wb-wide"))
    ends = scale(worth.table, "value")
    body = [_segment(row, worth, ends, scene) for row in worth.table.to_dict("records")]
    caption = scene.say("segments")
    return Region(join(heading(caption), table(caption, heads, body), below(scene.say("segments_about"))))


def trust(scene: Scene) -> Region:
    """What earlier forecasts said against what came."""
    tested: BackTest = scene.answer("tested")
    chart = charts.forest(list(_bias(tested, scene)), scene.lang, title=scene.say("bias"))
    words = tag("p", tested.sentence(scene.lang), " ", tested.advice(scene.lang), class_="wb-say")
    said = below(scene.say("bias_about"), *(remark.sentence(scene.lang) for remark in tested.remarks))
    return Region(
        join(heading(scene.say("trust")), words, figure(scene, "bias", chart), said), {"bias": chart}
    )


def reliability(scene: Scene) -> Region:
    """Whether probabilities came true."""
    chart = charts.reliability(scene.answer("tested"), scene.lang, TALL)
    return _drawn(scene, "reliability", chart)


def survival(scene: Scene) -> Region:
    """How many contracts go on."""
    model = scene.answer("contracts")
    chart = charts.survival(model, scene.lang)
    words = tag("p", model.sentence(scene.lang), class_="wb-say")
    said = below(scene.say("survival_about"), *(remark.sentence(scene.lang) for remark in model.remarks))
    inside = join(heading(scene.say("survival")), words, figure(scene, "survival", chart), said)
    return Region(inside, {"survival": chart})


def definitions(scene: Scene) -> Region:
    """How it is worked out, and what a reader must know."""
    worth: Worth = scene.answer("worth")
    notes = [tag("li", remark.sentence(scene.lang)) for remark in worth.remarks]
    terms = [
        tag("div", tag("dt", scene.say(f"term_{name}")), tag("dd", scene.say(f"about_{name}")))
        for name in TERMS
    ]
    labels = [
        tag("div", tag("dt", segment_name(name, scene.lang)), tag("dd", worth.label(name, scene.lang)))
        for name in SEGMENTS
    ]
    body = (
        tag("p", scene.say("trust_about"), class_="wb-quiet"),
        tag("ul", notes, class_="wb-notes") if notes else None,
        tag("dl", terms, labels, class_="wb-defs"),
    )
    summary = tag("summary", scene.say("definitions"))
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def no_orders(scene: Scene) -> Region:
    """What a workspace without orders shows."""
    return Region(tag("p", scene.say("no_orders"), class_="wb-notice wb-info", role="status"))


def _drawn(scene: Scene, name: str, chart: charts.Chart, *more: Html) -> Region:
    """A card of one chart, a remark, and what a click on it does."""
    return Region(
        join(heading(scene.say(name)), figure(scene, name, chart), below(scene.say(f"{name}_about")), *more),
        {name: chart},
    )


def _segment(row: Mapping[Any, Any], worth: Worth, ends: tuple[float, float], scene: Scene) -> Html:
    lang = scene.lang
    name = worth.name(row["segment"], lang)
    on = scene.state.segment == row["segment"]
    target = EVERYBODY if on else row["segment"]
    opener = button(name, "set", "segment", target, class_="wb-open", title=worth.label(row["segment"], lang))
    shares = [formats.percent(row[key], lang, 1) for key in ("share", "value_share")]
    cells = [
        formats.number(row["customers"], lang),
        *shares,
        formats.money(row["value_each"], worth.currency, lang),
        formats.percent(row["p_order"], lang, 0),
    ]
    shown = reading(_Shown(worth), row, VALUE)
    interval = shown.interval(lang)
    wide = tag(
        "td",
        interval_bar(shown, ends),
        tag(
            "span",
            shown.shown(lang, short=True),
            interval and tag("small", f" ({interval})"),
            class_="wb-num",
        ),
        class_="wb-wide",
    )
    return tag(
        "tr",
        tag("th", opener if scene.live else name, scope="row"),
        [tag("td", cell) for cell in cells],
        wide,
        data_id=f"row-{row['segment']}",
    )


class _Shown:
    """What a reading needs of an answer."""

    by = ("segment",)
    metrics = (VALUE,)

    def __init__(self, worth: Worth) -> None:
        self.table, self.currency = worth.table, worth.currency


def _bias(tested: BackTest, scene: Scene) -> Iterator[charts.Effect]:
    """A row a window, and one more where it was recalibrated."""
    for origin in tested.origins:
        days = {"start": origin.day, "end": origin.until}
        words = {name: formats.date(value, scene.lang) for name, value in days.items()}
        for stage, key in (("before", "bias_row"), ("after", "bias_row_after")):
            found = getattr(origin, stage)
            if found:
                yield _effect(f"{origin.day}-{stage}", scene.say(key, **words), found)


def _effect(key: str, name: str, found: Mapping[str, float]) -> charts.Effect:
    low, high = found["bias_money_low"], found["bias_money_high"]
    meaning: Any = "plain" if low <= 0 <= high else "apart"
    return charts.Effect(key, name, found["bias_money"], low, high, meaning)


def _currency(code: str, scene: Scene) -> str:
    return scene.shell("no_currency") if code == NO_CURRENCY else code
