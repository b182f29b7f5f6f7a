"""The apps as a service of a JupyterHub: a hub of a few lines that speaks OAuth as the real one does."""

from __future__ import annotations

import asyncio
import copy
import json
import re
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, quote, urlsplit

import live
import pytest
import tiny_notebooks
from app_client import Client
from tornado.httpclient import HTTPClientError

from workbench.apps import hub as room
from workbench.apps.passes import Pass
from workbench.errors import SettingsError

SAYS = """
import os
from workbench import saved, settings
print("WHO", saved.me(), saved.is_visitor(), settings.role(), settings.advertisers())
print("SECRETS", sorted(set(os.environ) & set(settings.SECRET)))
"""
SECRET, CLIENT, PREFIX = "service-secret", "service-workbench", "/services/ads/"
ANN = {"name": "ann", "admin": False, "groups": ["staff", "workbench-planner", "workbench-advertiser:A b"]}


class Hub(BaseHTTPRequestHandler):
    """A hub in which one person is logged in."""

    person: dict = ANN
    codes: dict = {}  # noqa: RUF012
    tokens: set = set()  # noqa: RUF012

    def do_GET(self):
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/hub/api/oauth2/authorize" and asked["client_id"] == CLIENT:
            code = f"code{len(self.codes)}"
            self.codes[code] = asked["redirect_uri"]
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?code={code}&state={quote(asked['state'])}")
            self.end_headers()
        elif parts.path == "/hub/api/user" and self.headers["Authorization"] in self.tokens:
            self._say(200, self.person)
        else:
            self._say(403, {})

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        right = form["client_id"] == [CLIENT] and form["client_secret"] == [SECRET]
        if right and self.codes.pop(form["code"][0], "") == form["redirect_uri"][0]:
            token = f"token{time.monotonic_ns()}"
            self.tokens.add(f"Bearer {token}")
            self._say(200, {"access_token": token, "token_type": "Bearer"})
        else:
            self._say(400, {"error": "invalid_grant"})

    def _say(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def running_hub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def environment(hub: str, port: int) -> dict[str, str]:
    """What a hub sets for a service that it starts."""
    return {
        "JUPYTERHUB_API_TOKEN": SECRET,
        "JUPYTERHUB_API_URL": f"{hub}/hub/api",
        "JUPYTERHUB_CLIENT_ID": CLIENT,
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_HOST": hub,
        "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
    }


@pytest.fixture(scope="module")
def service(tmp_path_factory, private_home):
    """The running server, started as the hub's service."""
    workspace = tiny_notebooks.workspace(tmp_path_factory.mktemp("hub") / "ws")
    tiny_notebooks.write(workspace / "notebooks" / "says.ipynb", SAYS, limited=True)
    port = live.free_port()
    with running_hub() as hub, pytest.MonkeyPatch.context() as patch:
        for name, value in {**environment(hub, port), "WORKBENCH_IDENTITY": "hub"}.items():
            patch.setenv(name, value)
        address = f"http://127.0.0.1:{port}{PREFIX.rstrip('/')}"
        with live.running_app("-w", str(workspace), "--public-url", address) as app:
            yield live.App(f"http://127.0.0.1:{port}", "", app.log, app.pid)


def test_the_hubs_login_leads_to_the_page_that_was_asked_for(service):
    member = Client(service)
    sent = member.get(f"{PREFIX}says?x=1")
    assert sent.headers["Location"].startswith(f"{PREFIX}login?next=")
    page = member.get(f"{PREFIX}says?x=1", follow=True)
    assert page.status == 200
    assert page.url == f"{service.url}{PREFIX}says?x=1"
    assert "WHO ann False planner (&#39;A b&#39;,)" in page.text
    assert "SECRETS []" in page.text
    assert "token" not in page.url


def test_logging_out_ends_this_login_and_leads_to_the_hubs_own_way_out(service):
    mine, other = Client(service), Client(service)
    for member in (mine, other):
        assert "WHO ann" in member.get(f"{PREFIX}says", follow=True).text
    kept = Client(service)
    for cookie in mine.jar:
        kept.jar.set_cookie(copy.copy(cookie))
    xsrf = next(item.value for item in mine.jar if item.name == "_xsrf")
    assert mine.post(f"{PREFIX}logout").status == 403, "no other page can do it"
    assert mine.get(f"{PREFIX}says").status == 200
    left = mine.post(f"{PREFIX}logout", _xsrf=xsrf)
    assert left.status == 302
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/hub/logout", left.headers["Location"])
    for gone in (mine, kept):
        assert gone.get(f"{PREFIX}says").headers["Location"].startswith(f"{PREFIX}login"), (
            "a copy is no way in"
        )
    assert other.get(f"{PREFIX}says").status == 200, "another browser of the same person stays"
    assert "WHO ann" in mine.get(f"{PREFIX}says", follow=True).text, "who logs in again comes in"


def test_without_the_hubs_word_nothing_opens(service, private_home):
    owner = (private_home / "state" / "token").read_text()
    for path in ("says", f"says?token={owner}", "", "nowhere"):
        assert Client(service).get(PREFIX + path).status == 302
    forged = Client(service)
    for query in ("", "?code=code0", "?code=code0&state=x", f"?state=&code={owner}"):
        assert forged.get(f"{PREFIX}oauth_callback{query}").status == 403
    member = Client(service)
    state = parse_qs(urlsplit(member.get(f"{PREFIX}login").headers["Location"]).query)["state"][0]
    assert member.get(f"{PREFIX}oauth_callback?code=guess&state={state}").status == 403
    assert member.get(f"{PREFIX}oauth_callback?code=code0&state={state}").status == 403, "a state serves once"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/elsewhere"])
def test_the_login_leads_to_no_other_site(service, target):
    member = Client(service)
    location = member.get(f"{PREFIX}login?next={quote(target, safe='')}").headers["Location"]
    back = Client(SimpleNamespace(url=""), member.jar)  # type: ignore[arg-type]
    answer = back.get(back.get(location).headers["Location"])
    assert answer.status == 302
    assert answer.headers["Location"] == PREFIX


@pytest.mark.parametrize(
    ("said", "opened"),
    [
        ({"name": "bob"}, Pass("viewer")),
        ({"name": "bob", "admin": True}, Pass("steward")),
        ({"name": "bob", "groups": ["workbench-viewer", "workbench-planner"]}, Pass("planner")),
        ({"name": "bob", "groups": ["planner", "steward"]}, Pass("viewer")),
        (
            {"name": "bob", "groups": [f"{room.ADVERTISER}B", f"{room.ADVERTISER}A"]},
            Pass("viewer", 0, ("A", "B")),
        ),
    ],
)
def test_groups_are_roles_and_limits(said, opened):
    assert room.known(said).opened == opened


@pytest.mark.parametrize("said", [{}, {"name": ""}, {"name": 3}, {"name": "x" * 200}])
def test_who_has_no_name_is_nobody(said):
    assert room.known(said) is None


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (ANN, True),
        ({**ANN, "groups": []}, False),
        ({"name": "eve"}, False),
        (HTTPClientError(403), False),
        (HTTPClientError(503), True),
        (ConnectionRefusedError(), True),
    ],
    ids=["as before", "other groups", "another name", "unknown", "hub restarts", "hub away"],
)
def test_a_login_that_the_hub_takes_back_ends(monkeypatch, now, holds):
    async def fetch(_self, path, form=None, token=""):
        assert (path, token) == ("/user", "t")
        if isinstance(now, Exception):
            raise now
        return now

    async def later() -> object:
        login = room.HubLogin(token="x")
        person = room.known(ANN)
        login._sessions["key"] = room._Session(person, "t", time.monotonic() - 2 * room.ASK_AGAIN)
        assert login.opens(person) == person.opened
        await asyncio.gather(*login._asking)
        return login.opens(person)

    monkeypatch.setattr(room.HubLogin, "_fetch", fetch)
    assert (asyncio.run(later()) is not None) is holds


def test_what_the_hub_has_not_said_is_asked_for():
    said = environment("http://hub", 9999)
    hub = room.told(said, f"https://ads.example.com{PREFIX}")
    assert (hub.back, hub.port) == (f"https://ads.example.com{PREFIX}oauth_callback", 9999)
    named = room.told({**said, "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{PREFIX}oauth_callback"}, hub.public)
    assert named.back == f"{PREFIX}oauth_callback", "a JupyterHub's own words, as it compares them"
    without_host = room.told({**said, "JUPYTERHUB_HOST": ""}, f"https://ads.example.com{PREFIX}")
    assert without_host.authorize == "https://ads.example.com/hub/api/oauth2/authorize"
    assert room.told({**said, "JUPYTERHUB_PUBLIC_URL": f"https://a.example{PREFIX}"}).public.endswith("/ads")
    with pytest.raises(SettingsError, match="JUPYTERHUB_API_TOKEN"):
        room.told({})
    for wrong in ("", "https://ads.example.com", "https://ads.example.com/services/other/"):
        with pytest.raises(SettingsError, match="public address"):
            room.told(said, wrong)
