"""How the regions of the Budget panel are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench import charts, plans
from workbench.i18n import formats
from workbench.optimize import MODES
from workbench.plans import Proposal, RuleCosts
from workbench.tables.html import Html, join, tag
from workbench.widgets import parts, shell
from workbench.widgets.budget.board import money, names_of, order, shown
from workbench.widgets.parts import heading, kpi
from workbench.widgets.scene import File, Region, Scene, figure
from workbench.widgets.slow import Pending

if TYPE_CHECKING:
    from workbench.data import Store


def title(scene: Scene) -> Region:
    """Heading, freshness, what stands behind the curves, for which days."""
    found = scene.found["plan"]
    if isinstance(found, Exception):
        return shell.title(scene)
    days = {name: formats.date(getattr(found, name), scene.lang) for name in ("start", "end")}
    source = tag("span", found.model.source(scene.lang), class_="wb-chip wb-source")
    return shell.title(scene, tag("p", source, " ", scene.say("for_days", **days), class_="wb-stamp"))


def answer(scene: Scene) -> Region:
    """The sentence first, the certificate, then the figures."""
    found: Proposal = scene.answer("plan")
    said, sure = found.sentence(scene.lang, names_of(scene)), found.certificate(scene.lang)
    lead = tag(
        "div", tag("p", said, class_="wb-lead"), sure and tag("p", sure, class_="wb-said"), class_="wb-card"
    )
    outcome = scene.store.metrics[found.outcome].label(scene.lang, short=True)
    now, plan = found.now, found.plan
    cards = [
        kpi(
            scene.say("card_total"),
            money(scene, plan.total_spend),
            scene.say("was", before=money(scene, now.total_spend)),
        ),
        kpi(
            scene.say("card_response", outcome=outcome),
            shown(scene, plan.total_response),
            scene.say("was", before=shown(scene, now.total_response)),
        ),
        kpi(
            scene.say(f"card_cost_{found.outcome}"),
            cost(scene, found.cost),
            scene.say("was", before=cost(scene, found.cost_today)),
        ),
        kpi(scene.say("card_gap"), _gap(scene, found), scene.say("card_gap_about")),
    ]
    return Region(
        join(tag("h2", scene.say("answer"), class_="wb-hidden"), lead, tag("div", cards, class_="wb-kpis"))
    )


def moves(scene: Scene) -> Region:
    """Before and after, with the band of the plausible curves where it is known."""
    found: Proposal = scene.answer("plan")
    banded = scene.found.get("uncertain")
    table = banded.table if isinstance(banded, Proposal) else found.table
    chart = charts.moves(table, found.currency, scene.lang, scene.labels, order(scene))
    about = "low" in table and tag("p", scene.say("moves_about"), class_="wb-below")
    return Region(join(heading(scene.say("moves")), figure(scene, "moves", chart), about), {"moves": chart})


def gain(scene: Scene) -> Region:
    """The gain without its optimism, and what the plan rests on; how far the fits are as long as they run."""
    if isinstance(scene.found["uncertain"], Pending):
        return Region(join(heading(scene.say("gain")), _drawing(scene, scene.found["uncertain"])))
    found: Proposal = scene.answer("uncertain")
    left = found.gain(scene.lang)
    risk = found.risk(scene.lang)
    lines = [tag("li", note) for note in found.notes(scene.lang, names_of(scene))]
    return Region(
        join(
            heading(scene.say("gain")),
            left and tag("p", left, class_="wb-say"),
            risk and tag("p", risk, class_="wb-said"),
            tag("ul", lines, class_="wb-notes") if lines else None,
        )
    )


def _drawing(scene: Scene, pending: Pending) -> Html:
    """How many of the plausible fits are made."""
    found: Proposal = scene.answer("plan")
    drawing = found.fit.drawing
    words = scene.say("drawing", done=drawing.done, many=drawing.many) if drawing.many else None
    bar = tag("progress", value=drawing.done, max=drawing.many or 1, aria_label=scene.say("drawing_about"))
    return join(
        tag("p", scene.say("drawing_about"), class_="wb-said"),
        tag("p", bar, words, class_="wb-drawing"),
        shell.awaited(scene, pending),
    )


def curves(scene: Scene) -> Region:
    """What each channel brings at other spends."""
    return _curves(scene, "curves", False)


def marginals(scene: Scene) -> Region:
    """What the next thousand brings: equal wherever no rule is in the way."""
    return _curves(scene, "marginals", True)


def rules(scene: Scene) -> Region:
    """What binds and what it costs."""
    found: RuleCosts = scene.answer("costs")
    said = found.sentences(scene.lang, names_of(scene))
    body = (
        tag("ul", [tag("li", line) for line in said], class_="wb-plain")
        if said
        else tag("p", scene.say("no_rules"), class_="wb-quiet")
    )
    return Region(
        join(heading(scene.say("rules")), body, tag("p", scene.say("rules_about"), class_="wb-below"))
    )


def health(scene: Scene) -> Region:
    """Whether the curves can be planned on: each check in a sentence."""
    found: Proposal = scene.answer("plan")
    names = names_of(scene)
    told = [(item.status, *_called(item, names).told(scene.lang)) for item in found.model.diagnostics]
    first = [parts.checked(*item) for item in told if item[0] != "PASS"]
    rest = [parts.checked(*item) for item in told if item[0] == "PASS"]
    notes = [tag("li", _noted(note, names).sentence(scene.lang)) for note in found.model.notes]
    return Region(
        join(
            heading(scene.say("health")),
            tag("p", found.model.sentence(scene.lang), class_="wb-said"),
            tag("ul", first, class_="wb-find"),
            _passed(scene, rest),
            tag("ul", notes, class_="wb-notes") if notes else None,
        )
    )  # fmt: skip


def definitions(scene: Scene) -> Region:
    """What each mode and word means."""
    words = [*(f"mode_{name}" for name in MODES), "risk", "certificate", "claimed"]
    lines = [tag("div", tag("dt", scene.say(name)), tag("dd", scene.say(f"about_{name}"))) for name in words]
    summary = tag("summary", scene.say("definitions"))
    body = tag("dl", lines, class_="wb-defs")
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def workbook(found: Proposal) -> File:
    """The plan as a workbook."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return File(f"budget-{found.start}_{found.end}.xlsx", kind, found.to_xlsx(), len(found.cells))


def upload(store: Store, found: Proposal, platform: str) -> File:
    """The plan's daily budgets for the campaigns of a platform."""
    content = plans.upload(store, found, platform)
    rows = len(content.splitlines()[1:])
    return File(f"{platform}-{found.start}_{found.end}.csv", "text/csv;charset=utf-8", content, rows)


def _curves(scene: Scene, name: str, marginal: bool) -> Region:
    found: Proposal = scene.answer("plan")
    chart = charts.responses(found, marginal, scene.lang, scene.labels, order(scene))
    about = tag("p", scene.say(f"{name}_about"), class_="wb-below")
    outcome = scene.store.metrics[found.outcome].label(scene.lang)
    return Region(
        join(heading(scene.say(name, outcome=outcome)), figure(scene, name, chart), about), {name: chart}
    )


def _passed(scene: Scene, rest: list[Html]) -> Html | None:
    """The checks that found nothing, folded away."""
    if not rest:
        return None
    words = tag("summary", scene.say("passed", count=len(rest)))
    return tag("details", words, tag("ul", rest, class_="wb-find"), data_keep="passed", class_="wb-cells")


def _called(item: Any, names: Any) -> Any:
    """A finding that calls a channel by its shown name."""
    known = {key: str(value).strip(" ()") for key, value in item.values.items() if key in ("channel", "of")}
    said = {"channel": "{}", "of": " ({})"}
    called = {key: said[key].format(names.get(name, name)) for key, name in known.items() if name}
    return replace(item, values={**item.values, **called})


def _noted(note: Any, names: Mapping[str, str]) -> Any:
    """A note that calls a channel by its shown name."""
    shown = {key: names.get(str(value), value) for key, value in note.values.items()}
    return replace(note, values=shown)


def _gap(scene: Scene, found: Proposal) -> str:
    """How far from the best, at most."""
    how, gap = found.gap_words
    return scene.say(f"gap_{how}", gap=formats.percent(gap, scene.lang))


def cost(scene: Scene, value: float) -> str:
    """What a response costs, or what a unit of spend returns."""
    found: Proposal = scene.answer("plan")
    if scene.store.metrics[found.outcome].unit == "money":
        return formats.value(value, "multiple", scene.lang)
    return formats.money(value, found.currency, scene.lang)
