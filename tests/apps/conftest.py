"""The real app server on a tiny workspace, with a home of its own, and a client that keeps cookies."""

from __future__ import annotations

import http.client
import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

import live
import pytest
import tiny_notebooks

SLIDER = """
import os
import ipywidgets as w
print("QUERY", repr(os.environ["QUERY_STRING"]), os.environ["SERVER_SOFTWARE"])
print("PLACE", os.environ["WORKBENCH_WORKSPACE"], os.getcwd(), repr(os.environ["WORKBENCH_PUBLIC_URL"]))
print("VISITOR", repr(os.environ["WORKBENCH_VISITOR"]))
slider, label = w.IntSlider(description="how many"), w.Label("nothing yet")
slider.observe(lambda change: setattr(label, "value", f"moved to {change['new']}"), "value")
w.VBox([slider, label])
"""
THEIRS = """
import os, workbench as wb
from workbench import settings
print("LIMIT", settings.advertisers(), wb.open().advertisers, settings.role())
print("PAGES", os.environ["WORKBENCH_PAGES"])
"""
NOTEBOOKS = {
    "tiny": SLIDER,
    "plain": "print('plain', 6 * 7)",
    "pages": "import os\nprint(os.environ['WORKBENCH_PAGES'])",
    "roles": "import os\nprint('ROLE', os.environ['WORKBENCH_ROLE'])",
    "fails": "from workbench.errors import StoreError\nraise StoreError('No data yet.', 'Import some.')",
    "breaks_late": "import time; time.sleep(1)\nsecret = 'traceback-secret'\n1 / 0",
    "breaks": "secret = 'traceback-secret'\n1 / 0",
}


@pytest.fixture(scope="session")
def tiny_workspace(tmp_path_factory):
    """A workspace with own notebooks."""
    folder = tiny_notebooks.workspace(tmp_path_factory.mktemp("apps") / "ws", **NOTEBOOKS)
    tiny_notebooks.write(folder / "notebooks" / "theirs.ipynb", THEIRS, limited=True)
    return folder


@pytest.fixture(scope="session")
def private_home(tmp_path_factory):
    """A home of its own for the server's state."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("WORKBENCH_HOME", str(home))
        patch.setenv("WORKBENCH_REPORTS", str(home / "reports"))
        yield home


@pytest.fixture(scope="session")
def tiny_app(tiny_workspace, private_home):
    """The running server."""
    with live.running_app("-w", str(tiny_workspace)) as app:
        yield app


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    text: str
    url: str


@dataclass
class Client:
    """A browser without pictures: keeps cookies, follows nothing by itself."""

    app: live.App
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def get(self, path: str, follow: bool = False, **headers: str) -> Answer:
        return self._ask(urllib.request.Request(self.app.url + path, headers=headers), follow)

    def post(self, path: str, follow: bool = False, **form: str) -> Answer:
        data = urllib.parse.urlencode(form).encode()
        return self._ask(urllib.request.Request(self.app.url + path, data=data), follow)

    def login(self) -> Client:
        assert self.get(f"/nowhere?token={self.app.token}").status == 404
        return self

    def _ask(self, request: urllib.request.Request, follow: bool) -> Answer:
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        opener = urllib.request.build_opener(cookies, *([] if follow else [Stay]))
        try:
            reply = opener.open(request, timeout=90)
        except urllib.error.HTTPError as error:
            reply = error
        body = reply.read()
        return Answer(reply.status, reply.headers, body.decode("utf-8", "replace"), reply.url)


class Stay(urllib.request.HTTPRedirectHandler):
    """Shows a redirection instead of following it."""

    def redirect_request(self, *_):
        return None


@pytest.fixture
def visitor(tiny_app):
    """A client without login."""
    return Client(tiny_app)


@pytest.fixture
def member(tiny_app):
    """A client that is logged in."""
    return Client(tiny_app).login()
