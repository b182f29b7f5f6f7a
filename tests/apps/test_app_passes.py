"""Links that end and open less: signed, expiring, with a role; and no route that forgets to ask."""

from __future__ import annotations

import http.client
import re
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from app_client import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from workbench import saved, settings
from workbench.apps import ended, identity, passes, security
from workbench.apps.server import AppServer
from workbench.apps.static import StaticFile
from workbench.errors import SettingsError, StoreError

TOKEN = "owner-token"
PUBLIC = {StaticFile: "public code", security.Login: "the login page itself"}
GROUPS = {
    r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)": "1-1-1-1-1",
    "([0-9a-f]+)": "0",
    "((?:tables/)?[^/]+)": "report.html",
    "([^/]+)": "campaigns",
    "(.+)": "x",
    "(.*)": "x",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def sample(pattern: str) -> str:
    """A path that a route matches."""
    path = pattern
    for group, value in GROUPS.items():
        path = path.replace(group, value)
    assert re.fullmatch(pattern, path), f"add the groups of the new route {pattern!r} to GROUPS"
    return path


def routes() -> list[tuple[str, type]]:
    server = SimpleNamespace(base_url="/", plan=SimpleNamespace(workspace=Path("w")))
    made = AppServer._handlers(server, None)  # type: ignore[arg-type]
    return [(sample(pattern), handler) for pattern, handler, *_ in made]


def test_every_route_of_the_server_asks_who_comes(tiny_app):
    closed = [path for path, handler in routes() if handler not in PUBLIC]
    assert len(closed) >= 4
    assert len(closed) == len(routes()) - len(PUBLIC)
    parts = urlsplit(tiny_app.url)
    for path in closed:
        for method in METHODS:
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=90)
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read()
            where = f"{method} {path}: {answer.status}"
            says_nothing = method == "OPTIONS" and answer.status in (200, 204) and not body
            assert says_nothing or answer.status in (302, 403, 405), where
            if answer.status == 302:
                assert answer.headers["Location"].startswith("/login?next="), where
            assert b"kernelId" not in body, where
            assert b'class="wb-apps"' not in body, where
            assert b"/app.log" not in body, where
            connection.close()


@pytest.mark.parametrize("role", settings.ROLES)
def test_a_pass_opens_what_it_says_until_it_ends(role):
    made = passes.issue(TOKEN, role, days=2, now=1_000_000)
    assert passes.read(TOKEN, made, now=1_000_000 + 172_799) == passes.Pass(role, 1_172_800)
    assert passes.read(TOKEN, made, now=1_000_000 + 172_800) is None
    assert passes.read("another-token", made, now=1_000_000) is None
    assert TOKEN not in made


def test_a_pass_cannot_be_changed():
    made = passes.issue(TOKEN, "viewer", days=2, now=1_000_000)
    mark, role, until, sign = made.split("-", 3)
    forged = [
        f"{mark}-steward-{until}-{sign}",
        f"{mark}-{role}-{int(until, 16) + 1:x}-{sign}",
        f"{mark}-{role}-0-{sign}",
        f"{mark}-{role}-{until}-",
        f"{mark}-{role}-{until}",
        f"{mark}-owner-{until}-{sign}",
        "p1---",
        "",
        "ünï-cödé-0-x",
    ]
    assert [passes.read(TOKEN, text, now=1_000_000) for text in forged] == [None] * len(forged)
    assert passes.read(TOKEN, TOKEN) == passes.OWNER


@pytest.mark.parametrize(("role", "days"), [("boss", 1), ("viewer", 0), ("viewer", 400), ("viewer", -1)])
def test_what_is_no_pass_is_not_made(role, days):
    with pytest.raises(SettingsError):
        passes.issue(TOKEN, role, days)


def test_a_viewers_link_opens_a_page_of_a_viewer(visitor):
    made = passes.issue(visitor.app.token, "viewer", days=1)
    assert visitor.get(f"/roles?token={made}").headers["Location"] == "/roles"
    page = visitor.get("/roles").text
    assert "ROLE viewer" in page
    assert made not in page
    owner = visitor.get(f"/roles?token={visitor.app.token}")
    assert owner.headers["Location"] == "/roles"
    assert "ROLE steward" in visitor.get("/roles").text


def test_an_ended_pass_is_no_login_and_neither_is_its_cookie(visitor):
    ended = passes.issue(visitor.app.token, "viewer", days=1, now=1_000_000)
    assert visitor.get(f"/plain?token={ended}").status == 302
    assert visitor.get("/plain").headers["Location"].startswith("/login")
    provider = identity.TokenLogin(token=visitor.app.token)
    cookie = provider.user_to_cookie(identity.User(ended, "viewer"))
    assert provider.user_from_cookie(cookie) is None
    held = passes.issue(visitor.app.token, "planner", days=1)
    assert provider.user_from_cookie(provider.user_to_cookie(identity.User(held, "planner"))).username == held


@pytest.mark.parametrize(
    ("role", "saves", "imports"),
    [
        ("viewer", False, False),
        ("planner", True, False),
        ("steward", True, True),
        ("boss", False, False),
    ],
)
def test_what_a_role_may_do(monkeypatch, tmp_path, role, saves, imports):
    import workbench as wb

    store = wb.open(tmp_path / "ws")
    monkeypatch.setenv(settings.ROLE, role)
    assert settings.lets("on", store.settings) is imports
    if saves:
        assert saved.create(store.path, "view", "Mine", {"panel": "campaigns"}, who="Ann").name == "Mine"
        store.check_present()
        return
    with pytest.raises(saved.Refused) as refused:
        saved.create(store.path, "view", "Mine", {"panel": "campaigns"}, who="Ann")
    assert "仅供查看" in refused.value.told("zh")
    assert not saved.items(store.path, "view", "Ann")
    with pytest.raises(StoreError, match="lets you look"):
        store.commit(())


def test_without_a_role_whoever_has_python_is_a_steward(monkeypatch):
    monkeypatch.delenv(settings.ROLE, raising=False)
    assert settings.role() == "steward"


def test_the_owner_prints_a_link_for_others(tiny_app, tiny_workspace, private_home):
    from click.testing import CliRunner

    from workbench.cli import main

    arguments = [
        "share",
        "-w",
        str(tiny_workspace),
        "--app",
        "roles",
        "--port",
        tiny_app.url.rpartition(":")[2],
    ]
    link = CliRunner().invoke(main, [*arguments, "--role", "planner"]).output.strip()
    assert link.startswith(f"{tiny_app.url}/roles?token=p1-planner-")
    member = Client(tiny_app)
    member.get(link.removeprefix(tiny_app.url))
    assert "ROLE planner" in member.get("/roles").text


def talk(member, kernel_id: str):
    address = member.app.url.replace("http", "ws") + f"/api/kernels/{kernel_id}/channels?session_id=s"
    cookie = "; ".join(f"{item.name}={item.value}" for item in member.jar)
    return connect(address, additional_headers={"Cookie": cookie, "Origin": member.app.url})


def opened(app, given: str) -> tuple[Client, str]:
    """A visitor with a pass, and the kernel of the page that is open."""
    member = Client(app)
    assert member.get(f"/plain?token={given}").status == 302
    page = member.get("/plain").text
    return member, re.search(r'dataset\.kernelId = "([^"]+)"', page)[1]


def cut(socket, within: float = 10) -> int:
    """The code with which a connection is ended in time."""
    until = time.monotonic() + within
    try:
        while True:
            socket.recv(timeout=max(0, until - time.monotonic()))
    except ConnectionClosed as ended:
        return ended.rcvd.code


def stays(socket, seconds: float = 3) -> bool:
    """Whether a connection is still there after some seconds, whatever comes over it."""
    until = time.monotonic() + seconds
    try:
        while True:
            socket.recv(timeout=max(0, until - time.monotonic()))
    except TimeoutError:
        return True
    except ConnectionClosed:
        return False


def test_an_open_page_is_cut_within_ten_seconds_of_its_links_end(tiny_app):
    began = time.monotonic()
    opened(tiny_app, passes.issue(tiny_app.token, "viewer", days=1))
    holds = 5 + 3 * (time.monotonic() - began)  # so long that the page is open before it ends
    short = passes.issue(tiny_app.token, "viewer", days=1, now=time.time() + holds - 86_400)
    member, kernel = opened(tiny_app, short)
    with talk(member, kernel) as socket:
        assert member.get(f"/api/kernels/{kernel}").status == 200
        assert cut(socket, within=holds + 10) == 4410
    assert member.get(f"/api/kernels/{kernel}").status == 403
    assert member.get("/plain").status == 302


def test_a_link_that_is_ended_by_hand_cuts_its_pages_and_no_others(tiny_app, tiny_workspace, private_home):
    from click.testing import CliRunner

    from workbench.cli import main

    gone, kept = (passes.issue(tiny_app.token, role, days=1) for role in ("planner", "viewer"))
    (first, kernel), (second, other) = opened(tiny_app, gone), opened(tiny_app, kept)
    with talk(first, kernel) as socket, talk(second, other) as left:
        said = CliRunner().invoke(
            main, ["share", "-w", str(tiny_workspace), "--end", f"{tiny_app.url}/?token={gone}"]
        )
        assert said.output.startswith("The link has ended.")
        assert cut(socket) == 4410
        assert stays(left)
    assert Client(tiny_app).get(f"/plain?token={gone}").headers["Location"].startswith("/login")
    assert second.get(f"/api/kernels/{other}").status == 200
    kinds = [passes.read(tiny_app.token, text) for text in (gone, kept)]
    assert kinds == [None, passes.read(tiny_app.token, kept)]
    assert gone not in (private_home / "state" / "ended-links").read_text()


@pytest.mark.parametrize("text", ["", "nonsense", TOKEN, "p1-viewer-0-x", "http://x/?token=p1-viewer-0-x"])
def test_what_is_no_link_of_ours_cannot_be_ended(text, private_home):
    with pytest.raises(SettingsError, match="no link"):
        passes.end(TOKEN, text)


def test_ended_links_are_forgotten_when_they_would_have_ended_anyway(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    assert ended.marks() == frozenset()
    ended.add("old", int(time.time()) - 1)
    ended.add("new", int(time.time()) + 100)
    assert ended.marks() == {"new"}
    assert (tmp_path / "state" / "ended-links").stat().st_mode & 0o777 == 0o600


def test_a_kernel_answers_to_the_visitor_it_serves_and_to_nobody_else(tiny_app):
    member, kernel = opened(tiny_app, passes.issue(tiny_app.token, "steward", days=1))
    stranger, _ = opened(tiny_app, passes.issue(tiny_app.token, "viewer", days=1))
    assert stranger.get(f"/api/kernels/{kernel}").status == 404
    xsrf = next(item.value for item in stranger.jar if item.name == "_xsrf")
    assert stranger.post(f"/voila/api/shutdown/{kernel}", _xsrf=xsrf).status == 404
    with pytest.raises(InvalidStatus) as refused:
        talk(stranger, kernel)
    assert refused.value.response.status_code == 404
    with talk(member, kernel):
        assert member.get(f"/api/kernels/{kernel}").status == 200


def test_the_log_tells_neither_links_nor_what_was_looked_for(tiny_app, private_home):
    given = passes.issue(tiny_app.token, "planner", days=1)
    member, kernel = opened(tiny_app, given)
    for path in ("/breaks", "/nowhere", "/plain"):
        member.get(f"{path}?find=alice%40example.com&name=%E5%BC%A0%E4%B8%89")
        Client(tiny_app).get(f"{path}?token={given}x&find=alice%40example.com")
    Client(tiny_app).get(f"/api/kernels/{kernel}")
    log = (private_home / "state" / "app.log").read_text(encoding="utf-8")
    assert "breaks" in log, "what went wrong is there"
    told = [word for word in (tiny_app.token, given, "alice", "张三", "%E5%BC%A0", kernel) if word in log]
    assert told == []
