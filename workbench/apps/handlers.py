"""The plain pages: the list of apps, and words where something is not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError

from workbench import i18n
from workbench.apps import pages
from workbench.apps.identity import NOTHING
from workbench.apps.passes import Pass
from workbench.reports import notebooks
from workbench.reports.notebooks import Notebook

LIMITED = "limited"
"""Key of the sentence for a page that a visitor of some advertisers cannot have."""


def apps_for(opens: Pass, workspace: Path) -> list[Notebook]:
    """The apps that a login opens, in the order of the navigation."""
    found = notebooks.apps(workspace)
    return found if opens.advertisers is None else [item for item in found if item.is_for_limited]


class Wordy:
    """A handler that says its errors in the reader's language."""

    def write_error(self, status_code: int, exc_info: Any = None, **_: Any) -> None:
        """A page in words, never an empty one or a traceback."""
        lang = self._language()
        name = self._why(status_code, getattr(exc_info[1], "log_message", "") if exc_info else "")
        heading = i18n.text(f"apps.{name}_title", lang)
        known = getattr(self, "_jupyter_current_user", None)
        log = self.settings["log_file"] if known else "app.log"  # type: ignore[attr-defined]
        values = {"code": status_code, "log": log} if name == "broken" else {}
        what = i18n.text(f"apps.{name}", lang, **values)
        self.set_header("Content-Type", "text/html; charset=utf-8")  # type: ignore[attr-defined]
        words = {"heading": heading, "what": what, "retry": 0}
        self.finish(pages.page(self, "error.html", heading, lang, **words))  # type: ignore[attr-defined]

    def _language(self) -> str:
        """The reader's language; the workspace's where the address cannot even be read."""
        try:
            return pages.language(self)
        except HTTPError:
            return str(self.settings["workspace_settings"].lang)  # type: ignore[attr-defined]

    def _why(self, status_code: int, said: str | None) -> str:
        """Key of the sentence for an error."""
        if status_code == 403 and said == LIMITED:
            return LIMITED
        return "missing" if status_code == 404 else "broken"


class WordyHandler(Wordy, JupyterHandler):  # type: ignore[misc]
    """A page that needs the login and says its errors in the reader's language."""

    @property
    def opens(self) -> Pass:
        """What this visitor's login opens."""
        found: Pass | None = self.identity_provider.opens(self.current_user)
        return found or NOTHING

    def without_token(self) -> bool:
        """Whether the visitor was sent on to the same address without the token, which is in a cookie now.

        It stays out of history, bookmarks, shared links and pictures of the screen.
        """
        if not self.get_query_argument("token", ""):
            return False
        self.redirect(self.request.path + without_token(self.request.query))
        return True


class Start(WordyHandler):
    """The first page: the only app, or the list of apps."""

    async def get(self) -> None:
        """Go to the only app, or list them."""
        if self.without_token():
            return
        lang, query = pages.language(self), without_token(self.request.query)
        apps = apps_for(self.opens, self.settings["workspace"])
        if len(apps) == 1:
            self.redirect(self.base_url + quote(apps[0].name) + query)
            return
        shown = [
            {"name": app.name, "title": app.title(lang), "about": app.about(lang), "own": app.own}
            for app in apps
        ]
        leave = self.identity_provider.can_leave
        self.write(pages.page(self, "index.html", apps=shown, query=query, leave=leave))


class Leave(WordyHandler):
    """The way out: a question, so that no other page can do it, and the end of this browser's login."""

    async def prepare(self) -> None:
        """Know who wants to leave; where somebody else keeps the login, there is no such page."""
        await super().prepare()
        if not self._finished and not self.identity_provider.can_leave:
            raise HTTPError(404)

    def get(self) -> None:
        """Ask whether that is meant."""
        self.set_header("Cache-Control", "no-store")
        self.write(pages.page(self, "logout.html", xsrf=self.xsrf_form_html()))

    async def post(self) -> None:
        """End the login and the pages that it has opened."""
        following = self.identity_provider.leave(self)
        await self.settings["seats"].sweep()
        self.redirect(following)


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
