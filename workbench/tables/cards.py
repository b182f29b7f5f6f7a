"""KPI cards, change chips and definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workbench.catalogue import Metric
from workbench.i18n import formats, text
from workbench.tables.controls import button
from workbench.tables.html import Html, hidden, tag
from workbench.tables.readings import Reading


def kpis(
    cards: Iterable[Reading],
    lang: str,
    sparks: Mapping[str, str],
    chosen: str = "",
    live: bool = True,
    versus: Iterable[tuple[str, Mapping[str, Reading]]] = (),
) -> Html:
    """A row of KPI cards.

    Args:
        cards: One reading per card, in order.
        lang: Language.
        sparks: Metric id → inline SVG drawn by the chart kit.
        chosen: Metric that the charts below show.
        live: Whether a card can be chosen (a kernel listens).
        versus: Further comparisons: words, and metric id → reading.

    Returns:
        The markup.
    """
    further = tuple(versus)
    drawn = [_card(card, lang, sparks, chosen, live, _versus(card, lang, further)) for card in cards]
    return tag("div", drawn, class_="wb-kpis")


def _versus(card: Reading, lang: str, versus: Iterable[tuple[str, Mapping[str, Reading]]]) -> Html | None:
    """Further changes, one a line; those that nothing is known of are left out."""
    rows = [
        tag("div", tag("dt", words), tag("dd", chip(readings[card.metric.id], lang)))
        for words, readings in versus
        if card.metric.id in readings and readings[card.metric.id].diff is not None
    ]
    return tag("dl", rows, class_="wb-versus") if rows else None


def chip(reading: Reading, lang: str) -> Html:
    """The change against the comparison, coloured by better-is and grey within noise."""
    if reading.diff is None:
        return tag("span", formats.MISSING, class_="wb-chip", title=text("tables.no_change", lang))
    verdict = reading.verdict
    meaning = text(f"tables.{verdict}", lang)
    return tag(
        "span",
        _mark(reading),
        reading.moved(lang),
        hidden(f" {meaning}"),
        class_=f"wb-chip wb-{verdict}",
        title=f"{meaning} · {_before(reading, lang)}",
    )


def definitions(metrics: Iterable[Metric], lang: str, margin_known: bool) -> Html:
    """Name, meaning, formula and source of every metric, as a description list."""
    rows = (
        tag("div", tag("dt", metric.label(lang)), tag("dd", definition(metric, lang, margin_known)))
        for metric in metrics
    )
    return tag("dl", rows, class_="wb-defs")


def definition(metric: Metric, lang: str, margin_known: bool = True, n: int | None = None) -> Html:
    """What a metric means: sentence, formula, days behind the interval, source."""
    return tag(
        "span",
        tag("span", metric.about(lang)),
        None if metric.answered_by else tag("code", metric.formula(margin_known)),
        None if n is None else tag("span", text("tables.days", lang, n=n), class_="wb-quiet"),
        metric.source and tag("span", text("tables.source", lang, source=metric.source), class_="wb-quiet"),
        class_="wb-def",
    )


def tip(metric: Metric, lang: str, name: str, n: int | None = None, margin_known: bool = True) -> Html:
    """A small button whose definition shows on hover, focus and tap."""
    return tag(
        "span",
        tag(
            "button",
            "i",
            type="button",
            class_="wb-i",
            aria_label=text("tables.what_is", lang, metric=metric.label(lang)),
            aria_describedby=name,
        ),
        tag(
            "span",
            tag("b", metric.label(lang)),
            definition(metric, lang, margin_known, n),
            role="tooltip",
            id=name,
            class_="wb-hint",
        ),
        class_="wb-hintbox",
    )


def _card(
    card: Reading, lang: str, sparks: Mapping[str, str], chosen: str, live: bool, versus: Html | None
) -> Html:
    metric = card.metric
    on = metric.id == chosen
    return tag(
        "section",
        tag("h3", _name(metric, lang, on, live), tip(metric, lang, f"wb-tip-{metric.id}", card.n)),
        tag("p", card.shown(lang, short=True), class_="wb-value", title=card.shown(lang)),
        tag("p", None if card.before is None else chip(card, lang), _interval(card, lang), class_="wb-row"),
        versus,
        tag("div", Html(sparks.get(metric.id, "")), class_="wb-spark", aria_hidden="true"),
        class_="wb-card wb-kpi wb-on" if on and live else "wb-card wb-kpi",
        data_id=f"kpi-{metric.id}",
    )


def _name(metric: Metric, lang: str, on: bool, live: bool) -> Html:
    name = metric.label(lang, short=True)
    if not live:
        return tag("span", name, class_="wb-cap")
    return button(name, "set", "metric", metric.id, class_="wb-pick wb-cap", aria_pressed=str(on).lower())


def _interval(card: Reading, lang: str) -> Html | None:
    shown = card.interval(lang)
    return tag("span", shown, class_="wb-iv", title=text("tables.interval", lang)) if shown else None


def _mark(reading: Reading) -> Html:
    moved = "▲" if (reading.diff or 0) > 0 else "▼"
    return tag("i", "≈" if reading.verdict == "noise" else moved, aria_hidden="true")


def _before(reading: Reading, lang: str) -> str:
    before = formats.value(reading.before, reading.metric.unit, lang, reading.currency)
    return text("tables.before", lang, before=before)
