"""The frame of every page: words, styles, and the plain pages (login, list of apps, errors)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from workbench import i18n, settings
from workbench.widgets import assets

if TYPE_CHECKING:
    from jinja2 import Environment
    from tornado.web import RequestHandler

FOLDER = Path(__file__).parent
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" '
    'fill="#0b5fb4"/><path d="M4 12V8M8 12V4M12 12V6.5" stroke="#fff" stroke-width="2" '
    'stroke-linecap="round"/></svg>'
)


@cache
def text(name: str) -> str:
    """A file of this folder."""
    return (FOLDER / name).read_text(encoding="utf-8")


SHAPES = {
    "home": ("five", "two", "two"),
    "campaigns": ("five", "two"),
    "compare": ("say", "two"),
    "experiment": ("two", "one"),
    "incrementality": ("say", "two"),
    "forecast": ("say", "five", "two", "two"),
    "monitor": ("say", "five", "one", "two", "two"),
    "attribution": ("say", "three", "two"),
    "budget": ("say", "five", "two"),
    "contacts": ("say", "five", "two"),
    "timeslots": ("say", "five", "two", "two"),
    "segments": ("two", "two"),
    "customer_value": ("say", "five", "two"),
    "interactions": ("say", "three", "one", "two"),
    "customer_card": ("say", "five", "two"),
    "reports": ("say", "one", "one"),
    "data": ("say", "two"),
}
"""App → the rows of boxes that hold its place while it opens: a sentence, key figures, cards."""


def shape(app: str) -> tuple[str, ...]:
    """The rows of boxes of an app while it opens; cards where the app is a workspace's own."""
    return SHAPES.get(app, ("two",))


def language(handler: RequestHandler) -> str:
    """The reader's language: `?lang=`, else the workspace's."""
    asked = handler.get_query_argument("lang", "")
    return asked if asked in i18n.LANGUAGES else _settings(handler).lang


def frame(handler: RequestHandler, title: str, lang: str = "") -> dict[str, Any]:
    """What the head of every page needs."""
    from markupsafe import Markup

    lang = lang or language(handler)
    library, base = handler.settings["library"], handler.settings["base_url"]
    return {
        "html_lang": "zh-CN" if lang == "zh" else lang,
        "theme": _settings(handler).theme,
        "title": title,
        "icon": "data:image/svg+xml," + quote(_ICON),
        "css": library.url(base, "workbench/page.css"),
        "frame_css": Markup(text("frame.css")),  # noqa: S704  (our own file)
        "base_url": base,
    }


def page(handler: RequestHandler, name: str, title: str = "", lang: str = "", **values: Any) -> str:
    """Render one of the plain pages in the reader's language, or in `lang`."""
    lang = lang or language(handler)
    shown = frame(handler, title or _settings(handler).name or i18n.text("apps.title", lang), lang)
    return _pages().get_template(name).render(**shown, say=_speaker(lang), **values)


def failed(lang: str, what: str) -> str:
    """The card that takes the place of a panel that could not be opened."""
    return _pages().get_template("failed.html").render(say=_speaker(lang), what=what)


def frame_script(lang: str, base: str) -> str:
    """The page's own script with its words and the server's base path."""
    import json

    said = ("asleep", "ended", "stopped", "unsaved", "again", "line_title")
    words = {key: i18n.text(f"apps.{key}", lang) for key in said}
    words["line"] = i18n.text("apps.line", lang, place="#")
    words["base"] = base
    given = f"window.workbenchWords = {json.dumps(words, ensure_ascii=False)};"
    return "\n".join((given, text("app.js"), text("link.js"), assets.paper_js()))


def _speaker(lang: str) -> Any:
    return lambda key: i18n.text(f"apps.{key}", lang)


def _settings(handler: RequestHandler) -> settings.Settings:
    chosen: settings.Settings = handler.settings["workspace_settings"]
    return chosen


@cache
def _pages() -> Environment:
    from jinja2 import Environment, FileSystemLoader

    return Environment(loader=FileSystemLoader(FOLDER), autoescape=True)
