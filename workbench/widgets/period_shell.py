"""The shell of panels about days of delivery: period, slider, comparison, filters."""

from __future__ import annotations

from typing import Any

from workbench.i18n import formats
from workbench.metrics import COMPARISONS, PERIODS
from workbench.metrics.periods import Period, label
from workbench.tables.controls import button, checks, chips, menu, select, slider
from workbench.tables.grid import shown_member
from workbench.tables.html import Html, hidden, join, tag
from workbench.widgets import shell
from workbench.widgets.period import FEWEST_DAYS, MOST_DAYS, NO_COMPARISON
from workbench.widgets.scene import Region, Scene

FILTERS = ("channel", "region", "device", "advertiser", "account", "audience")
"""Dimensions in the filter menu."""


def title(scene: Scene) -> Region:
    """Heading, freshness, which days may still change, days shown, and what can be done with the view."""
    return shell.title(scene, _moving(scene), scene.live and tag("p", _window(scene), class_="wb-stamp"))


def controls(scene: Scene) -> Region:
    """Period, slider, comparison, filters; in a report the same in words."""
    if not scene.live:
        return Region(tag("p", _in_words(scene), class_="wb-words"))
    state = scene.state
    return Region(
        join(
            select(scene.shell("period"), "period", state.period, _periods(scene), "wb-strong"),
            _dates(scene),
            slider(scene.shell("days"), "days", state.days, FEWEST_DAYS, MOST_DAYS, _length(scene)),
            select(scene.shell("compare"), "compare", state.compare, _comparisons(scene)),
        )
    )


def filters(scene: Scene) -> Region:
    """One chip per filtered member, and the menu that adds them; a report has them in words."""
    if not scene.live:
        return Region(Html(""))
    kept = scene.state.filters
    shown = [
        chips(name, shell.dimension(name, scene), _labelled(name, kept[name], scene), scene.shell("remove"))
        for name in kept
    ]
    clear = button(scene.shell("clear"), "clear", class_="wb-link") if kept else None
    groups = [_group(name, scene) for name in FILTERS]
    adder = menu(scene.shell("add_filter"), groups, name="filter", aria_label=scene.shell("filter"))
    return Region(join(shown, adder, clear))


def _moving(scene: Scene) -> Html | None:
    """Which of the days shown may still change."""
    answer = scene.answer(scene.lead)
    return answer.moving and tag("p", answer.sentence(answer.moving, scene.lang), class_="wb-stamp")


def _periods(scene: Scene) -> list[tuple[str, str]]:
    names = [*PERIODS] if scene.state.period in PERIODS else [scene.state.period, *PERIODS]
    return [(name, label(name, scene.lang)) for name in names]


def _comparisons(scene: Scene) -> list[tuple[str, str]]:
    names = [name for name in COMPARISONS if name != "target" or "targets" in scene.store.tables]
    if scene.state.compare not in (NO_COMPARISON, *names):
        names.append(scene.state.compare)
    versus = [(name, scene.shell("versus", period=label(name, scene.lang))) for name in names]
    return [*versus, (NO_COMPARISON, scene.shell("no_comparison"))]


def _length(scene: Scene) -> str:
    return scene.shell("days_shown", n=scene.state.days)


def _dates(scene: Scene) -> Html:
    period = scene.answer(scene.lead).period
    last, first = scene.state.span
    bounds: dict[str, Any] = {"type": "date", "min": first, "max": last, "required": True}
    form = tag(
        "form",
        tag("label", scene.shell("from"), tag("input", value=period.start, **bounds)),
        tag("label", scene.shell("to"), tag("input", value=period.end, **bounds)),
        tag("button", scene.shell("apply"), type="submit", class_="wb-btn wb-main"),
        class_="wb-line",
        data_act="set",
        data_key="period",
        data_join="..",
    )
    return menu(scene.shell("dates"), form, name="dates")


def _window(scene: Scene) -> Html:
    answer = scene.answer(scene.lead)
    days = scene.shell("window", **_ends(answer.period, scene.lang))
    if answer.compare is None:
        return join(days)
    if answer.compare.name == "target":
        return join(days, " · ", scene.shell("against_target"))
    return join(days, " · ", scene.shell("against", **_ends(answer.compare, scene.lang)))


def _in_words(scene: Scene) -> Html:
    parts = [tag("b", label(scene.state.period, scene.lang)), _window(scene)]
    for name, values in scene.state.filters.items():
        names = "、" if scene.lang == "zh" else ", "
        shown = names.join(text for _, text in _labelled(name, values, scene))
        parts.append(tag("span", f"{shell.dimension(name, scene)}: {shown}", class_="wb-filter"))
    return join(join(" · ", part) if number else part for number, part in enumerate(parts))


def _ends(period: Period, lang: str) -> dict[str, str]:
    return {"start": formats.date(period.start, lang), "end": formats.date(period.end, lang)}


def _labelled(name: str, values: Any, scene: Scene) -> list[tuple[str, str]]:
    return [(value, shown_member(value, name, scene.labels, scene.lang)) for value in values]


def _group(name: str, scene: Scene) -> Html | None:
    members = scene.store.members(name)
    if not members:
        return None
    chosen = scene.state.filters.get(name, ())
    return tag(
        "details",
        tag("summary", shell.dimension(name, scene), hidden(f" ({len(members)})")),
        checks("toggle", name, _labelled(name, members, scene), chosen),
        open=bool(chosen) or name == FILTERS[0],
        data_keep=f"filter-{name}",
    )
