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


class WordyHandler(JupyterHandler):  # type: ignore[misc]
    """A page that needs the login and says its errors in the reader's language."""

    @property
    def opens(self) -> Pass:
        """What this visitor's login opens."""
        found: Pass | None = self.identity_provider.opens(self.current_user)
        return found or NOTHING

    def write_error(self, status_code: int, exc_info: Any = None, **_: Any) -> None:
        """A page in words, never an empty one or a traceback."""
        lang = pages.language(self)
        name = self._why(status_code, getattr(exc_info[1], "log_message", "") if exc_info else "")
        heading = i18n.text(f"apps.{name}_title", lang)
        log = self.settings["log_file"] if getattr(self, "_jupyter_current_user", None) else "app.log"
        values = {"code": status_code, "log": log} if name == "broken" else {}
        what = i18n.text(f"apps.{name}", lang, **values)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(pages.page(self, "error.html", heading, heading=heading, what=what, retry=0))

    def _why(self, status_code: int, said: str | None) -> str:
        """Key of the sentence for an error."""
        if status_code == 403 and said == LIMITED:
            return LIMITED
        return "missing" if status_code == 404 else "broken"


class Start(WordyHandler):
    """The first page: the only app, or the list of apps."""

    async def get(self) -> None:
        """Go to the only app, or list them."""
        lang, query = pages.language(self), without_token(self.request.query)
        apps = apps_for(self.opens, self.settings["workspace"])
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
