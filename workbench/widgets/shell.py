"""The shell of every panel: navigation, title and stamp, share and save."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from urllib.parse import unquote

from workbench.errors import WorkbenchError
from workbench.i18n import formats, text, texts
from workbench.i18n.errors import told
from workbench.schema import NO_CURRENCY
from workbench.tables.controls import button, menu
from workbench.tables.html import Html, join, tag
from workbench.widgets import downloads, pin, views_menu
from workbench.widgets.scene import Draw, Layout, Notice, Region, Scene
from workbench.widgets.slow import Halted, Pending

PAGES = "WORKBENCH_PAGES"
"""Variable with the pages of the running app: a JSON list of `{"id", "href", "en", "zh"}`."""

LEAVE = "WORKBENCH_LEAVE"
"""Variable with the address at which a visitor of the app logs out; empty: nowhere."""

ACTIONS = ("undo", "reset", "share", "views", "download", "code", "help")
"""What can be done with a view."""

_LOGO = Html(
    '<svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">'
    '<rect x="1" y="10" width="4" height="9" rx="1" fill="var(--c6)"/>'
    '<rect x="8" y="5" width="4" height="14" rx="1" fill="var(--accent)"/>'
    '<rect x="15" y="1" width="4" height="18" rx="1" fill="var(--c2)"/></svg>'
)

_DOOR = Html(
    '<svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true" fill="none" stroke="currentColor" '
    'stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">'
    '<path d="M6.5 2.5h-3v11h3M10 5l3 3-3 3M13 8H6.5"/></svg>'
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
    return Region(
        join(
            tag("b", _LOGO, tag("span", scene.shell("brand")), class_="wb-logo"),
            scene.live and tag("nav", navigation(scene), aria_label=scene.shell("nav")),
            tag("div", scene.live and language, theme, scene.live and _leave(scene), class_="wb-tools"),
        )
    )


def _leave(scene: Scene) -> Html | None:
    """The way out of the app, where there is one."""
    if not (place := os.environ.get(LEAVE)):
        return None
    words = scene.shell("leave")
    return tag("a", _DOOR, class_="wb-btn", href=f"{place}?lang={scene.lang}", aria_label=words, title=words)


def navigation(scene: Scene) -> list[Html]:
    """The pages as links, those of a group in a menu where its first page stands."""
    listed = pages(scene)
    found = []
    for group in dict.fromkeys(page.get("group") or f"/{page['id']}" for page in listed):
        inside = [page for page in listed if group in (page.get("group"), f"/{page['id']}")]
        found.append(_group(group, inside, scene) if len(inside) > 1 else _link(inside[0], scene))
    return found


def _group(name: str, inside: list[dict[str, str]], scene: Scene) -> Html:
    key = f"shell.group_{name}"
    words = text(key, scene.lang) if key in texts() else name
    here = any(page["id"] == _own_page(scene) for page in inside)
    return menu(words, *[_link(page, scene) for page in inside], name=f"nav-{name}", kind="wb-pages",
                data_here=here and "")  # fmt: skip


def pages(scene: Scene) -> list[dict[str, str]]:
    """The pages of the running app; this panel alone where no app says more."""
    try:
        listed = json.loads(os.environ.get(PAGES, "") or "[]")
    except ValueError:
        listed = []
    own = {"id": scene.panel, "href": "", "en": "", "zh": ""}
    found = listed if isinstance(listed, list) else []
    return [page for page in found if isinstance(page, dict) and page.get("id")] or [own]


def title(scene: Scene, *lines: Html | bool | None, actions: tuple[str, ...] = ACTIONS) -> Region:
    """Heading, freshness, further lines, and what can be done with the view."""
    heading = tag("div", tag("h1", scene.say("title")), tag("p", stamp(scene), class_="wb-stamp"), *lines)
    return Region(join(heading, scene.live and _actions(scene, actions)))


def stamp(scene: Scene) -> str:
    """`Demo · Data to 31 Oct 2026 · version 3 · CNY · Asia/Shanghai`; the currency where an answer has one.

    Which workspace it is, a page says: a report has its own cover.
    """
    named = [scene.store.settings.name] if scene.live and scene.store.settings.name else []
    day, zone = scene.store.as_of, scene.store.settings.timezone
    words = {"day": formats.date(day, scene.lang)} if day else {}
    first = scene.shell("stamp" if day else "stamp_empty", version=scene.store.version, **words)
    return " · ".join([*named, first, *_currency(scene), zone or scene.shell("account_time")])


def notice(scene: Scene) -> Region:
    """Which data version it is where that is not the newest; errors and remarks, announced politely."""
    return Region(join(pin.banner(scene), *(_notice(item, scene) for item in scene.notices)))


def empty(scene: Scene) -> Region:
    """What a workspace without delivery shows."""
    return Region(
        tag(
            "p",
            tag("span", scene.shell("empty"), " ", _to_data(scene)),
            class_="wb-notice wb-info",
            role="status",
        )
    )


def blank(place: Layout) -> Html:
    """The page of a workspace without delivery."""
    return join(place("bar", "header", class_="wb-bar"), tag("main", place("notice", class_="wb-notices")))


def failed(scene: Scene, sentence: str = "") -> Html:
    """What stands in a region whose answer failed."""
    return tag("p", sentence or scene.shell("unexpected"), class_="wb-broken", role="alert")


def awaited(scene: Scene, pending: Pending) -> Html:
    """What stands in a region whose answer is being worked out; its mark makes the page ask for it.

    Somebody may stop the work; then it stands there as stopped until it is asked for again.
    """
    mark, halted = pending.mark, isinstance(pending, Halted)
    act, words = ("resume", "work_out") if halted else ("stop", "stop")
    return tag(
        "p",
        not halted and tag("i", class_="wb-spin", aria_hidden="true"),
        tag("span", scene.shell("halted" if halted else "awaited")),
        scene.live and button(scene.shell(words), act, mark),
        class_="wb-awaited",
        role="status",
        data_await=None if halted else mark,
    )


def instead(scene: Scene, found: Exception) -> Html:
    """What stands in a card in the place of an answer: that it is awaited, or why there is none.

    Raises:
        Exception: `found`, where it is nothing to be said to a reader.
    """
    if isinstance(found, Pending):
        return awaited(scene, found)
    if not isinstance(found, WorkbenchError):
        raise found
    return tag("p", told(found, scene.lang), class_="wb-notice wb-info", role="status")


def dimension(name: str, scene: Scene) -> str:
    """Name of a dimension."""
    return scene.shell(f"dim_{name}")


def _currency(scene: Scene) -> list[str]:
    if not scene.lead or isinstance(scene.found.get(scene.lead), Exception):
        return []
    currency = scene.answer(scene.lead).currency
    if not currency:
        return []
    return [currency if currency != NO_CURRENCY else scene.shell("no_currency")]


def _link(page: dict[str, str], scene: Scene) -> Html:
    words = page.get(scene.lang) or scene.shell(f"page_{page['id']}")
    if page["id"] == _own_page(scene):
        return tag("a", words, class_="wb-here", aria_current="page")
    return tag("a", words, href=address(page, scene))


def _own_page(scene: Scene) -> str:
    """Which of the pages this is: a copied notebook has a name of its own and shows the same panel."""
    address = os.environ.get("SCRIPT_NAME", "") if os.environ.get(PAGES) else ""
    return unquote(address.rpartition("/")[2]) or scene.panel


def address(page: Mapping[str, str], scene: Scene) -> str:
    """Address of a page with what its panel understands of this one's state."""
    return linked(page.get("href", ""), pin.kept(scene.state.taken_along, scene.store))


def linked(href: str, query: str) -> str:
    """An address with a query."""
    return f"{href}{'&' if '?' in href else '?'}{query}" if query else href


def _to_data(scene: Scene) -> Html | None:
    """Where data comes in, if the app has a page for it."""
    found = [page for page in pages(scene) if page["id"] == "data" and page.get("href")]
    return tag("a", scene.shell("to_data"), href=address(found[0], scene)) if found else None


def _actions(scene: Scene, names: tuple[str, ...]) -> Html:
    parts = {
        "undo": lambda: button(scene.shell("undo"), "undo", disabled=not scene.undo),
        "reset": lambda: button(scene.shell("reset"), "reset"),
        "share": lambda: menu(scene.shell("share"), _share(scene), name="share", kind="wb-right"),
        "views": lambda: menu(
            scene.shell("save_view"), views_menu.sheet(scene), name="views", kind="wb-right wb-roomy"
        ),
        "download": lambda: menu(
            scene.shell("download"), downloads.sheet(scene), name="download", kind="wb-right wb-roomy"
        ),
        "code": lambda: menu(scene.shell("code"), _code(scene), name="code", kind="wb-right wb-broad"),
        "help": lambda: button(scene.shell("help"), "help"),
    }
    shown = [parts[name]() for name in names]
    return tag("div", shown, class_="wb-actions", role="group", aria_label=scene.shell("actions"))


def _share(scene: Scene) -> Html:
    """Two links to the view: the one with the numbers of now, and the one that follows the data."""
    store, query = scene.store, scene.state.query
    these = scene.shell("share_these_about", version=store.version, day=pin.written(scene))
    return join(
        tag("p", scene.shell("share_these"), class_="wb-minor"),
        tag("p", these, class_="wb-quiet"),
        _linkline(scene, "share_these", pin.these(query, store)),
        tag("p", scene.shell("share_newest"), class_="wb-minor"),
        tag("p", scene.shell("share_newest_about"), class_="wb-quiet"),
        _linkline(scene, "share_newest", query),
        tag("p", scene.shell("share_local"), class_="wb-quiet", data_local=True, hidden=True),
    )


def _linkline(scene: Scene, name: str, query: str) -> Html:
    settings = scene.store.settings
    link = tag(
        "input",
        type="text",
        readonly=True,
        aria_label=scene.shell(name),
        data_link=query,
        data_base=settings.public_url,
        data_port=settings.port,
        data_path=f"/{scene.panel}",
    )
    return tag("div", link, _copy(scene, name), class_="wb-line")


def _code(scene: Scene) -> Html:
    return join(
        tag("div", tag("p", scene.shell("code_about")), _copy(scene, "code"), class_="wb-line"),
        tag("pre", tag("code", scene.code), tabindex="0"),
    )


def _copy(scene: Scene, what: str) -> Html:
    words = scene.shell("copy")
    return button(words, "copy", data_done=scene.shell("copied"), class_="wb-btn wb-main",
                  aria_label=f"{words}: {scene.shell(what)}")  # fmt: skip


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
