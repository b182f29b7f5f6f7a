"""How the regions of the Interactions panel are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import charts
from workbench.customers.service.answer import Interactions, hours
from workbench.customers.service.cases import NOBODY, WHOLE
from workbench.i18n import formats
from workbench.metrics import PERIODS
from workbench.metrics.periods import label
from workbench.segments.rules.picking import REACTED_BY
from workbench.tables.blocks import below, grid, head
from workbench.tables.blocks import figure as figure_card
from workbench.tables.controls import select
from workbench.tables.html import Html, carries, hidden, join, tag
from workbench.widgets import people, pointing
from workbench.widgets.interactions.state import BY, COMPARISONS
from workbench.widgets.period import NO_COMPARISON
from workbench.widgets.scene import Region, Scene, figure

DIMENSIONS = {"kind": "interaction_kind"}
"""Breakdown → dimension of its labels, where they differ."""

LOOKS = {"up": "wb-bad", "down": "wb-good", "noise": "wb-noise"}
"""Change of a time or a rate of complaints → look: less is better."""

MEANINGS = {"up": "better", "down": "worse"}
"""Change of positive reactions → meaning in a chart."""


def days(scene: Scene) -> Html | bool:
    """The days of the report and those it is compared with."""
    report: Interactions = scene.answer("report")
    now = scene.shell("window", **_ends(scene, report.period))
    past = report.compare and scene.shell("against", **_ends(scene, report.compare))
    return tag("p", " · ".join([now, *([past] if past else [])]), class_="wb-stamp")


def report_of(scene: Scene) -> Interactions:
    """The report; one that stands still may leave, so it shows nothing of few customers."""
    found: Interactions = scene.answer("report")
    return found if scene.live else found.published()


def controls(scene: Scene) -> Region:
    """Period, comparison, breakdown; in a report the same in words."""
    state = scene.state
    if not scene.live:
        words = [label(state.period, scene.lang), _by(scene, state.by)]
        whose = people.control(scene)
        return Region(tag("p", tag("b", words[0]), " · ", words[1], whose, class_="wb-words"))
    names = [*PERIODS] if state.period in PERIODS else [state.period, *PERIODS]
    past = [*COMPARISONS] if state.compare in (NO_COMPARISON, *COMPARISONS) else [state.compare, *COMPARISONS]
    versus = [(name, scene.shell("versus", period=label(name, scene.lang))) for name in past]
    return Region(
        join(
            select(scene.shell("period"), "period", state.period, [(n, label(n, scene.lang)) for n in names],
                   "wb-strong"),
            select(scene.shell("compare"), "compare", state.compare,
                   [*versus, (NO_COMPARISON, scene.shell("no_comparison"))]),
            select(scene.say("breakdown"), "by", state.by, [(name, _by(scene, name)) for name in BY]),
            people.control(scene),
        )
    )  # fmt: skip


def answer(scene: Scene) -> Region:
    """What is so in sentences, then the key figures."""
    report = report_of(scene)
    first, *rest = report.sentences(scene.lang, _names(scene))
    if report.held_back:
        rest = [*rest, scene.say("held_back", n=formats.number(report.held_back, scene.lang))]
    told = tag("ul", [tag("li", line) for line in rest], class_="wb-notes") if rest else None
    title = tag("h2", scene.say("answer"), class_="wb-hidden")
    return Region(
        join(title, tag("div", tag("p", first, class_="wb-lead"), told, class_="wb-card"), _cards(scene))
    )


def times(scene: Scene) -> Region:
    """How long customers wait for an answer and for a solution."""
    report = report_of(scene)
    compared = report.compare is not None
    rows = [
        [
            scene.say(f"measure_{row['measure']}") if not report.by else _member(scene, row["member"]),
            *([scene.say(f"measure_{row['measure']}")] if report.by else []),
            formats.number(row["n"], scene.lang),
            formats.number(row["open"], scene.lang),
            *[_time(scene, row, name) for name in ("median", "p75", "p90")],
            *([_moved(scene, report, row, hours)] if compared else []),
        ]
        for row in report.times.to_dict("records")
    ]
    names = [*(["member"] if report.by else []), "measure", "cases", "open", "median", "p75", "p90"]
    heads = [_column(scene, name) for name in (*names, *(["change"] if compared else []))]
    kinds = "tt" if report.by else "t"
    title = scene.say("times")
    return Region(
        join(
            head(title),
            grid(title, heads, rows, kinds.ljust(len(heads), "n")),
            below(scene.say("times_about")),
        )
    )


def reactions(scene: Scene) -> Region:
    """Positive reactions to promotions, best first."""
    report = report_of(scene)
    table = report.reactions[report.reactions["reaction"] == "positive"].sort_values("rate", ascending=False)
    effects = [
        charts.Effect(row["member"], _member(scene, row["member"], "method"), row["rate"], row["low"],
                      row["high"], _meaning(report, row), _note(scene, report, row))
        for row in table.to_dict("records")
    ]  # fmt: skip
    chart = charts.forest(
        effects,
        scene.lang,
        unit="percent",
        line=None,
        title=scene.say("positive"),
        select=_may_press(scene, report),
    )
    negative = report.reactions[report.reactions["reaction"] == "negative"].to_dict("records")
    said = [
        scene.say("negative_of", member=_member(scene, row["member"], "method"),
                  rate=formats.percent(row["rate"], scene.lang, 1))
        for row in negative
    ]  # fmt: skip
    joined = ("，" if scene.lang == "zh" else ", ").join(said)
    return Region(
        join(head(scene.say("reactions")), figure(scene, "reactions", chart), *_pressed(scene, report),
             below(scene.say("reactions_about"), scene.say("negative", parts=joined) if said else "")),
        {"reactions": chart},
    )  # fmt: skip


def _may_press(scene: Scene, report: Interactions) -> bool:
    """Whether a rule can say who reacted: of a period that lasts until now, told apart by what rules know."""
    known = (scene.state.by or "method") in REACTED_BY
    return bool(scene.live and known and report.period.end == report.as_of)


def _pressed(scene: Scene, report: Interactions) -> tuple[Html, ...]:
    """What a click on a bar sends, and the sentence that says so."""
    if not _may_press(scene, report):
        return ()
    return pointing.hook(scene, "report", scene.say("press_reaction"))


def contact_days(scene: Scene) -> Region:
    """Customers by the days since their last contact."""
    report = report_of(scene)
    compared = report.compare is not None
    rows = report.contact_days.to_dict("records")
    body = [
        [
            _days(scene, row["days"]),
            _bar(row["of_largest"]),
            formats.number(row["customers"], scene.lang),
            formats.percent(row["share"], scene.lang, 1),
            *([formats.percent(row["share_before"], scene.lang, 1)] if compared else []),
        ]
        for row in rows
    ]
    names = ("days", "part", "customers", "share", *(("before",) if compared else ()))
    title = scene.say("contact_days")
    table = grid(title, [_column(scene, name) for name in names], body, "ttnnn")
    moved = _moved_contacts(scene, report) if compared else ""
    return Region(join(head(title), table, below(scene.say("contact_about"), moved)))


def complaints(scene: Scene) -> Region:
    """Complaints among the cases of each member."""
    report = report_of(scene)
    compared = report.compare is not None
    rows = [
        [
            _member(scene, row["member"]),
            formats.number(row["n"], scene.lang),
            formats.number(row["hits"], scene.lang),
            _rate(scene, row),
            *([_moved(scene, report, row, _percent)] if compared else []),
        ]
        for row in report.complaints.to_dict("records")
    ]
    names = ("member", "cases", "complaints", "rate", *(("change",) if compared else ()))
    title = scene.say("complaints")
    table = grid(title, [_column(scene, name) for name in names], rows, "tnnnn")
    return Region(join(head(title), table, below(scene.say("complaints_about"))))


def definitions(scene: Scene) -> Region:
    """What each figure means."""
    names = ("times", "rate", "reactions", "days", "change")
    terms = [
        tag("div", tag("dt", scene.say(f"term_{name}")), tag("dd", scene.say(f"about_{name}")))
        for name in names
    ]
    summary = tag("summary", scene.say("definitions"))
    body = tag("dl", terms, class_="wb-defs")
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def no_contacts(scene: Scene) -> Region:
    """What a workspace without interactions shows."""
    return Region(tag("p", scene.say("no_contacts"), class_="wb-notice wb-info", role="status"))


def _cards(scene: Scene) -> Html:
    report = report_of(scene)
    rate, past = report.complaint_rate, report.complaint_rate_before
    cards: list[tuple[str, ...]] = [
        (scene.say(f"card_{row['measure']}"), hours(row["median"], scene.lang),
         scene.say("half", **{end: hours(row[f"median_{end}"], scene.lang) for end in ("low", "high")}))
        for row in report.times.to_dict("records") if not report.by
    ]  # fmt: skip
    ends = {name: formats.percent(rate[name], scene.lang, 1) for name in ("low", "high")}
    before = scene.say("was", before=formats.percent(past["rate"], scene.lang, 1)) if past else ""
    value = formats.percent(rate["rate"], scene.lang, 1)
    cards += [
        (scene.say("complaint_rate"), value, scene.say("half", **ends), before),
        (scene.say("active"), formats.number(rate["n"], scene.lang), scene.say("active_about")),
    ]
    return tag("div", [figure_card(*card) for card in cards], class_="wb-kpis")


def _ends(scene: Scene, period: Any) -> dict[str, str]:
    return {"start": formats.date(period.start, scene.lang), "end": formats.date(period.end, scene.lang)}


def _by(scene: Scene, name: str) -> str:
    return scene.say(f"by_{name or 'all'}")


def _column(scene: Scene, name: str) -> str:
    return scene.say(f"col_{name}")


def _names(scene: Scene) -> dict[str, str]:
    """Member → shown name; promotions are told apart by method where nothing else is asked."""
    dimension = DIMENSIONS.get(scene.state.by, scene.state.by or "method")
    return {value: words for (kind, value), words in scene.labels.items() if kind == dimension}


def _member(scene: Scene, name: str, otherwise: str = "") -> str:
    if name == WHOLE:
        return scene.say("all")
    if name == NOBODY:
        return scene.say("unknown")
    by = scene.state.by or otherwise
    return scene.labels.get((DIMENSIONS.get(by, by), name), name)


def _time(scene: Scene, row: Mapping[Any, Any], name: str) -> Html:
    bounds = [row[f"{name}_{end}"] for end in ("low", "high")]
    return _with_ends(hours(row[name], scene.lang), [hours(end, scene.lang) for end in bounds], bounds)


def _rate(scene: Scene, row: Mapping[Any, Any]) -> Html:
    bounds = [row[end] for end in ("low", "high")]
    return _with_ends(
        _percent(row["rate"], scene.lang), [_percent(end, scene.lang) for end in bounds], bounds
    )


def _with_ends(value: str, ends: list[str], bounds: list[float]) -> Html:
    """A value with its interval; one that was not reached needs none."""
    if all(end == value for end in ends):
        return tag("span", value, class_="wb-num")
    known = carries(*bounds)
    exact = dict(zip(("data_low", "data_high"), bounds, strict=True)) if known else {}
    return tag("span", value, tag("small", f" ({' – '.join(ends)})", **exact), class_="wb-num")


def _percent(value: float, lang: str) -> str:
    return formats.percent(value, lang, 1)


def _moved(scene: Scene, report: Interactions, row: Mapping[Any, Any], shown: Any) -> Html | str:
    """The value before, and whether the change is more than chance."""
    verdict = report.verdict(row)
    past = row.get("median_before", row.get("rate_before"))
    if not verdict:
        return formats.MISSING
    mark = {"up": "▲", "down": "▼", "noise": "≈"}[verdict]
    words = scene.say(f"moved_{verdict}")
    chip = tag(
        "span",
        tag("i", mark, aria_hidden="true"),
        hidden(words),
        class_=f"wb-chip {LOOKS[verdict]}",
        title=words,
    )
    return tag("span", chip, " ", scene.say("was", before=shown(past, scene.lang)))


def _meaning(report: Interactions, row: Mapping[Any, Any]) -> Any:
    return MEANINGS.get(report.verdict(row), "noise")


def _note(scene: Scene, report: Interactions, row: Mapping[Any, Any]) -> str:
    if not report.verdict(row):
        return ""
    return scene.say("was", before=_percent(row["rate_before"], scene.lang))


def _moved_contacts(scene: Scene, report: Interactions) -> str:
    key = "contact_moved" if report.contacts_moved else "contact_same"
    return scene.say(key, n=report.recent_days)


def _days(scene: Scene, name: str) -> str:
    if name == "never":
        return scene.say("never")
    return (
        scene.say("days_from", n=name[:-1])
        if name.endswith("+")
        else scene.say("days", n=name.replace("-", "–"))
    )


def _bar(part: float) -> Html:
    style = f"width:{formats.percent(part, 'en', 1)}"
    return tag("span", tag("i", style=style), class_="wb-part", aria_hidden="true")
