"""The shell of every panel: navigation, title and stamp, period and filters, share and save."""

from __future__ import annotations

import json
import os
from typing import Any

from workbench.i18n import formats
from workbench.metrics import COMPARISONS, PERIODS
from workbench.metrics.periods import Period, label
from workbench.schema import NO_CURRENCY
from workbench.tables.controls import button, checks, chips, menu, select, slider
from workbench.tables.grid import shown_member
from workbench.tables.html import Html, hidden, join, tag
from workbench.widgets import views_menu
from workbench.widgets.scene import Draw, Layout, Notice, Region, Scene
from workbench.widgets.state import FEWEST_DAYS, MOST_DAYS, NO_COMPARISON

FILTERS = ("channel", "region", "device", "advertiser", "account", "audience")
"""Dimensions in the filter menu."""

PAGES = "WORKBENCH_PAGES"
"""Variable with the pages of the running app: a JSON list of `{"id", "href", "en", "zh"}`."""

_LOGO = Html(
    '<svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">'
    '<rect x="1" y="10" width="4" height="9" rx="1" fill="var(--c6)"/>'
    '<rect x="8" y="5" width="4" height="14" rx="1" fill="var(--accent)"/>'
    '<rect x="15" y="1" width="4" height="18" rx="1" fill="var(--c2)"/></svg>'
)


def bar(scene: Scene) -> Region:
    """Logo, navigation, language and theme."""
    language = button(
        scene.shell("other_language"),
        "set",
        "lang",
        "en" if scene.lang == "zh" else "zh",
        aria_label=f"{scene.shell('language')}: {scene.shell('other_language')}",
        lang="en" if scene.lang == "zh" else "zh",
    )
    theme = button("◐", "theme", aria_label=scene.shell("theme"), title=scene.shell("theme"))
    links = [_link(page, scene) for page in pages(scene)]
    return Region(
        join(
            tag("b", _LOGO, tag("span", scene.shell("brand")), class_="wb-logo"),
            scene.live and tag("nav", links, aria_label=scene.shell("nav")),
            tag("div", scene.live and language, theme, class_="wb-tools"),
        )
    )


def pages(scene: Scene) -> list[dict[str, str]]:
    """The pages of the running app; this panel alone where no app says more."""
    try:
        listed = json.loads(os.environ.get(PAGES, "") or "[]")
    except ValueError:
        listed = []
    own = {"id": scene.panel, "href": "", "en": "", "zh": ""}
    found = listed if isinstance(listed, list) else []
    return [page for page in found if isinstance(page, dict) and page.get("id")] or [own]


def title(scene: Scene) -> Region:
    """Heading, freshness, days shown, and what can be done with the view."""
    heading = tag(
        "div",
        tag("h1", scene.say("title")),
        tag("p", stamp(scene), class_="wb-stamp"),
        _moving(scene),
        scene.live and tag("p", _window(scene), class_="wb-stamp"),
    )
    return Region(join(heading, scene.live and _actions(scene)))


def stamp(scene: Scene) -> str:
    """`Data to 31 Oct 2026 · version 3 · CNY · Asia/Shanghai`."""
    answer = scene.answer("kpis")
    known = answer.currency != NO_CURRENCY
    return scene.shell(
        "stamp",
        day=formats.date(scene.store.as_of, scene.lang),
        version=scene.store.version,
        currency=answer.currency if known else scene.shell("no_currency"),
        timezone=scene.store.settings.timezone or scene.shell("account_time"),
    )


def _moving(scene: Scene) -> Html | None:
    """Which of the days shown may still change."""
    answer = scene.answer("kpis")
    return answer.moving and tag("p", answer.sentence(answer.moving, scene.lang), class_="wb-stamp")


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
        chips(name, dimension(name, scene), _labelled(name, kept[name], scene), scene.shell("remove"))
        for name in kept
    ]
    clear = button(scene.shell("clear"), "clear", class_="wb-link") if kept else None
    groups = [_group(name, scene) for name in FILTERS]
    adder = menu(scene.shell("add_filter"), groups, name="filter", aria_label=scene.shell("filter"))
    return Region(join(shown, adder, clear))


def notice(scene: Scene) -> Region:
    """Errors and remarks, announced politely."""
    return Region(join(_notice(item, scene) for item in scene.notices))


def empty(scene: Scene) -> Region:
    """What a workspace without delivery shows."""
    return Region(tag("p", scene.shell("empty"), class_="wb-notice wb-info", role="status"))


def blank(place: Layout) -> Html:
    """The page of a workspace without delivery."""
    return join(place("bar", "header", class_="wb-bar"), tag("main", place("notice", class_="wb-notices")))


def failed(scene: Scene, sentence: str = "") -> Html:
    """What stands in a region whose answer failed."""
    return tag("p", sentence or scene.shell("unexpected"), class_="wb-broken", role="alert")


def dimension(name: str, scene: Scene) -> str:
    """Name of a dimension."""
    return scene.shell(f"dim_{name}")


def _link(page: dict[str, str], scene: Scene) -> Html:
    here = page["id"] == scene.panel
    words = page.get(scene.lang) or scene.shell(f"page_{page['id']}")
    if here:
        return tag("a", words, class_="wb-here", aria_current="page")
    return tag("a", words, href=page.get("href"))


def _actions(scene: Scene) -> Html:
    undo, reset = scene.shell("undo"), scene.shell("reset")
    parts = (
        button(undo, "undo", disabled=not scene.undo),
        button(reset, "reset"),
        menu(scene.shell("share"), _share(scene), name="share", kind="wb-right"),
        menu(scene.shell("save_view"), views_menu.sheet(scene), name="views", kind="wb-right"),
        menu(scene.shell("download"), _downloads(scene), name="download", kind="wb-right"),
        menu(scene.shell("code"), _code(scene), name="code", kind="wb-right wb-broad"),
        button(scene.shell("help"), "help"),
    )
    return tag("div", parts, class_="wb-actions", role="group", aria_label=scene.shell("actions"))


def _share(scene: Scene) -> Html:
    settings = scene.store.settings
    link = tag(
        "input",
        type="text",
        readonly=True,
        aria_label=scene.shell("share"),
        data_link=scene.state.query,
        data_base=settings.public_url,
        data_port=settings.port,
    )
    return join(
        tag("p", scene.shell("share_about")),
        tag("div", link, _copy(scene), class_="wb-line"),
        tag("p", scene.shell("share_local"), class_="wb-quiet", data_local=True, hidden=True),
    )


def _downloads(scene: Scene) -> Html:
    names = [name for name, found in scene.found.items() if hasattr(found, "to_csv")]
    links = [
        tag("li", button(scene.say(f"csv_{name}"), "download", name, class_="wb-link")) for name in names
    ]
    return join(
        tag("ul", links, class_="wb-plain"), tag("p", scene.shell("download_about"), class_="wb-quiet")
    )


def _code(scene: Scene) -> Html:
    return join(
        tag("div", tag("p", scene.shell("code_about")), _copy(scene), class_="wb-line"),
        tag("pre", tag("code", scene.code), tabindex="0"),
    )


def _copy(scene: Scene) -> Html:
    return button(scene.shell("copy"), "copy", data_done=scene.shell("copied"), class_="wb-btn wb-main")


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
    period = scene.answer("kpis").period
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
    answer = scene.answer("kpis")
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
        parts.append(tag("span", f"{dimension(name, scene)}: {shown}", class_="wb-filter"))
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
        tag("summary", dimension(name, scene), hidden(f" ({len(members)})")),
        checks("toggle", name, _labelled(name, members, scene), chosen),
        open=bool(chosen) or name == FILTERS[0],
        data_keep=f"filter-{name}",
    )


def _notice(item: Notice, scene: Scene) -> Html:
    words = (tag("b", scene.shell("error")), item.sentence) if item.status == "bad" else item.sentence
    close = button("×", "dismiss", class_="wb-x", aria_label="×")
    return tag(
        "div",
        tag("span", words),
        scene.live and close,
        class_=f"wb-notice wb-{item.status}",
        role="alert" if item.status == "bad" else "status",
    )


BLANK: dict[str, Draw] = {"bar": bar, "notice": empty}
"""Regions of a workspace without delivery."""
