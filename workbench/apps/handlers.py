"""The plain pages: the list of apps, and words where something is not there."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError

from workbench import i18n
from workbench.apps import pages
from workbench.reports import notebooks


class WordyHandler(JupyterHandler):  # type: ignore[misc]
    """A page that needs the login and says its errors in the reader's language."""

    def write_error(self, status_code: int, **_: Any) -> None:
        """A page in words, never an empty one or a traceback."""
        lang, missing = pages.language(self), status_code == 404
        name = "missing" if missing else "broken"
        heading = i18n.text(f"apps.{name}_title", lang)
        log = self.settings["log_file"] if getattr(self, "_jupyter_current_user", None) else "app.log"
        values = {} if missing else {"code": status_code, "log": log}
        what = i18n.text(f"apps.{name}", lang, **values)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(pages.page(self, "error.html", heading, heading=heading, what=what, retry=0))


class Start(WordyHandler):
    """The first page: the only app, or the list of apps."""

    async def get(self) -> None:
        """Go to the only app, or list them."""
        lang, query = pages.language(self), without_token(self.request.query)
        apps = notebooks.apps(self.settings["workspace"])
        if len(apps) == 1:
            self.redirect(self.base_url + quote(apps[0].name) + query)
            return
        shown = [
            {"name": app.name, "title": app.title(lang), "about": app.about(lang), "own": app.own}
            for app in apps
        ]
        self.write(pages.page(self, "index.html", apps=shown, query=query))


class Nowhere(WordyHandler):
    """Every other address: first the login, then the news that there is nothing."""

    async def prepare(self) -> None:
        """Ask for the login before saying anything."""
        await super().prepare()
        if not self._finished:  # a visitor without login has been sent to the login page
            raise HTTPError(404)


def without_token(query: str) -> str:
    """A query without the token, with its question mark; empty when nothing is left."""
    kept = [(name, value) for name, value in parse_qsl(query) if name != "token"]
    return f"?{urlencode(kept)}" if kept else ""
