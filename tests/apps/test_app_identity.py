"""Visitors whom a reverse proxy names: believed from trusted addresses only, with a role, by their name."""

from __future__ import annotations

import http.client
from types import SimpleNamespace
from urllib.parse import urlsplit

import live
import pytest
import tiny_notebooks
from app_client import Client
from tornado.httputil import HTTPHeaders

from workbench import settings
from workbench.apps import passes, proxy
from workbench.apps.passes import Pass
from workbench.errors import SettingsError

RULES = settings.Settings(identity="proxy")
ANN = {"X-Remote-User": "ann"}
SAYS = """
import os, workbench as wb
from workbench import saved, settings
from workbench.privacy import audit
print("WHO", saved.me(), saved.is_visitor(), settings.role(), settings.advertisers())
print("SECRETS", sorted(set(os.environ) & set(settings.SECRET)))
"""


def asked(headers, address="127.0.0.1", rules=RULES):
    """Whom a request with these headers names."""
    connection = SimpleNamespace(context=SimpleNamespace(address=(address, 50_000)))
    return proxy.told(SimpleNamespace(connection=connection, headers=headers), rules)


def test_a_trusted_proxy_names_the_visitor_and_the_role():
    ann = asked(HTTPHeaders({**ANN, "X-Workbench-Role": "staff, planner"}))
    assert (ann.username, ann.opened) == ("ann", Pass("planner"))
    assert asked(HTTPHeaders(ANN)).opened == Pass("viewer")
    boss = asked(HTTPHeaders({**ANN, "X-Workbench-Role": "boss"}))
    assert boss.opened.role == "viewer", "a group that is no role opens no more than looking"
    most = asked(HTTPHeaders({**ANN, "X-Workbench-Role": "viewer;steward planner"}))
    assert most.opened.role == "steward"


def test_a_proxy_may_limit_a_visitor_to_advertisers():
    sent = '["A, B","信息"]'.encode().decode("latin-1")  # as servers read what proxies write
    found = asked(HTTPHeaders({**ANN, "X-Workbench-Advertisers": sent}))
    assert found.opened.advertisers == ("A, B", "信息")
    plain = asked(HTTPHeaders({**ANN, "X-Workbench-Advertisers": "A,%E4%BF%A1%E6%81%AF"}))
    assert plain.opened.advertisers == ("A", "信息")
    assert asked(HTTPHeaders({**ANN, "X-Workbench-Advertisers": "[broken"})).opened.advertisers == ()


@pytest.mark.parametrize("address", ["10.0.0.9", "192.168.1.20", "::2", "", "not an address"])
def test_headers_from_elsewhere_are_not_believed(address):
    assert asked(HTTPHeaders(ANN), address) is None


@pytest.mark.parametrize(
    ("address", "trusted"),
    [("10.1.2.3", "10.0.0.0/8"), ("::ffff:10.1.2.3", "10.1.2.3"), ("fe80::1%eth0", "fe80::/16")],
)
def test_other_proxies_can_be_trusted(address, trusted):
    rules = settings.load(environ={"WORKBENCH_TRUSTED_PROXIES": f"127.0.0.1, {trusted}"})
    assert asked(HTTPHeaders(ANN), address, rules).username == "ann"
    assert asked(HTTPHeaders(ANN), "10.1.2.3", RULES) is None


@pytest.mark.parametrize("name", ["X-Remote-User", "X-Workbench-Role", "X-Workbench-Advertisers"])
def test_a_header_that_a_visitor_slipped_in_beside_the_proxys_is_refused(name):
    headers = HTTPHeaders({**ANN, "X-Workbench-Role": "viewer", "X-Workbench-Advertisers": "A"})
    headers.add(name, "steward")
    assert asked(headers) is None


@pytest.mark.parametrize("name", ["", "   ", "-", "a\tb", "ann  lee", "x" * 300, "\u200fann"])
def test_a_name_that_is_none_opens_nothing(name):
    assert asked(HTTPHeaders({"X-Remote-User": name})) is None
    assert asked(HTTPHeaders({"X-Workbench-Role": "steward"})) is None


def test_a_secret_keeps_other_programs_of_the_machine_out():
    rules = settings.Settings(identity="proxy", proxy_secret="s3cret")
    assert asked(HTTPHeaders(ANN), rules=rules) is None
    assert asked(HTTPHeaders({**ANN, proxy.SECRET_HEADER: "wrong"}), rules=rules) is None
    assert asked(HTTPHeaders({**ANN, proxy.SECRET_HEADER: "s3cret"}), rules=rules).username == "ann"


def test_settings_name_headers_and_proxies(tmp_path):
    written = settings.Settings(identity="proxy", proxy_user_header="X-User", trusted_proxies=("10.0.0.1",))
    settings.save(tmp_path, written)
    assert settings.load(tmp_path, {}) == written
    assert asked(HTTPHeaders({"X-User": "ann"}), "10.0.0.1", written).username == "ann"
    assert asked(HTTPHeaders(ANN), "10.0.0.1", written) is None
    with pytest.raises(SettingsError):
        settings.load(environ={"WORKBENCH_TRUSTED_PROXIES": "everybody"})
    with pytest.raises(SettingsError):
        settings.load(environ={"WORKBENCH_IDENTITY": "nobody"})


@pytest.fixture(scope="module")
def proxied_app(tmp_path_factory, private_home):
    """The running server, which lets in whom its proxy names."""
    workspace = tiny_notebooks.workspace(tmp_path_factory.mktemp("proxied") / "ws", says=SAYS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_IDENTITY", "proxy")
        patch.setenv("WORKBENCH_PROXY_SECRET", "s3cret")
        with live.running_app("-w", str(workspace)) as app:
            yield app


def test_behind_a_proxy_its_headers_open_the_page_and_nothing_else_does(proxied_app, private_home):
    owner = (private_home / "state" / "token").read_text()
    assert owner not in proxied_app.log.read_text()
    secret = {"X-Workbench-Secret": "s3cret"}
    known = {**ANN, **secret, "X-Workbench-Role": "planner"}
    page = Client(proxied_app).get("/says", **known).text
    assert "WHO ann False planner None" in page
    assert "SECRETS []" in page
    link = passes.issue(owner, "steward", days=1)
    for headers in ({}, ANN, secret, {**ANN, "X-Workbench-Secret": "guess"}):
        for path in ("/says", f"/says?token={owner}", f"/says?token={link}", "/", "/nowhere"):
            answer = Client(proxied_app).get(path, **headers)
            assert answer.status == 302, path
            assert answer.headers["Location"].startswith("/login?next=")
    closed = Client(proxied_app).get("/login")
    assert closed.status == 403
    assert 'role="alert"' in closed.text
    assert "<form" not in closed.text


def test_forwarded_addresses_do_not_make_a_stranger_trusted(private_home, tmp_path):
    workspace = tiny_notebooks.workspace(tmp_path / "ws", says=SAYS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_IDENTITY", "proxy")
        patch.setenv("WORKBENCH_TRUSTED_PROXIES", "10.0.0.1")
        public = ("--public-url", "https://ads.example.com")
        with live.running_app("-w", str(workspace), *public) as app:
            parts = urlsplit(app.url)
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
            forged = {"X-Real-IP": "10.0.0.1", "X-Forwarded-For": "10.0.0.1"}
            connection.request("GET", "/says", headers={**ANN, **forged})
            answer = connection.getresponse()
            answer.read()
            assert (answer.status, answer.headers["Location"][:6]) == (302, "/login")
