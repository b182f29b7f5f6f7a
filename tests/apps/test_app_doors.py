"""Who gets in: token, cookie, host, origin; and that nothing else is open."""

from __future__ import annotations

import http.client
import json
import re
import socket
import stat
from contextlib import suppress
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from workbench.apps.server import AppServer
from workbench.apps.static import Library

CLOSED = (
    "/",
    "/tiny",
    "/nowhere",
    "/nowhere/deeper",
    "/api/kernels",
    "/api/kernels/1-1-1-1-1",
    "/api/kernels/1-1-1-1-1/channels",
    "/api/contents",
    "/voila/tree",
    "/voila/tree/notebooks",
    "/voila/render/notebooks/tiny.ipynb",
    "/voila/files/workbench.toml",
    "/voila/api/contents/",
    "/voila/static/voila.js",
    "/voila/templates/base/static/voila.js",
    "/voila/api/shutdown/1-1-1-1-1",
    "/files/workbench.toml",
    "/lab",
    "/terminals",
    "/metrics",
    "/logout",
    "/reports/job/run/report.html",
    "/api/spec.yaml",
    "/api/sessions",
)
SAID = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO")
"""Methods of requests, one that there is not among them."""
FILES = ("workbench/vega.js", "voila/voila.js", "workbench/page.css")


@pytest.mark.parametrize("path", CLOSED)
def test_every_route_asks_for_the_login(visitor, path):
    answer = visitor.get(path)
    assert answer.status in (302, 403, 405)
    if answer.status == 302:
        assert answer.headers["Location"] == f"/login?next={quote(path, safe='')}"
    assert visitor.post(path).status in (403, 404, 405)


def said(app, method: str, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    """What comes back for one request, without cookies unless they are given."""
    parts = urlsplit(app.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def test_no_method_of_any_route_does_anything_without_the_login(tiny_app):
    opened = [
        (method, path, status)
        for path in CLOSED
        for method in SAID
        if (status := said(tiny_app, method, path, Origin="https://evil.example")[0])
        not in (302, 403, 404, 405)
    ]
    assert opened == []


def test_every_route_of_the_server_is_tried(tiny_workspace):
    server = SimpleNamespace(base_url="/", plan=SimpleNamespace(workspace=tiny_workspace))
    routes = [route[0] for route in AppServer._handlers(server, Library())]  # type: ignore[arg-type]
    opened = ("/login", "/static/0/workbench/page.css")
    assert len(routes) > 8
    assert not [
        route for route in routes if not any(re.fullmatch(route, path) for path in (*CLOSED, *opened))
    ]


def test_another_site_is_given_no_right_to_read(tiny_app, member):
    cookie = "; ".join(f"{item.name}={item.value}" for item in member.jar)
    for path in ("/", "/login", "/plain", "/api/kernels/1-1-1-1-1"):
        for method in ("GET", "OPTIONS"):
            headers = said(tiny_app, method, path, Origin="https://evil.example", Cookie=cookie)[1]
            assert not [name for name in headers if name.lower().startswith("access-control-allow-origin")]


@pytest.mark.parametrize(
    "head",
    [
        "GET /login HTTP/1.1\r\nHost: {host}\r\nHost: evil.example",
        "GET /login HTTP/1.1\r\nHost: evil.example\r\nHost: {host}",
        "GET http://evil.example/login HTTP/1.1\r\nHost: evil.example",
        "GET /login HTTP/1.1\r\nHost: {host}@evil.example",
        "GET /login HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: {host}",
        "GET /login HTTP/1.1\r\nHost:",
        "GET /login HTTP/1.1\r\nHost: {host}, evil.example",
    ],
)
def test_a_host_that_is_said_twice_or_oddly_is_refused(tiny_app, head):
    parts = urlsplit(tiny_app.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as raw:
        raw.sendall(f"{head.format(host=parts.netloc)}\r\nConnection: close\r\n\r\n".encode())
        found = b"".join(iter(lambda: raw.recv(65_536), b""))
    assert not found.startswith(b"HTTP/1.1 200"), found[:300]


@pytest.mark.parametrize("token", ["", "wrong", "0"])
def test_a_wrong_token_stays_outside(visitor, token):
    assert visitor.get(f"/plain?token={token}").status == 302
    assert visitor.get("/plain", Authorization=f"token {token}").status == 302


def test_the_token_lets_in_and_leaves_the_address(visitor):
    answer = visitor.get(f"/plain?lang=zh&token={visitor.app.token}&x=%E4%BF%A1")
    assert (answer.status, answer.headers["Location"]) == (302, "/plain?lang=zh&x=%E4%BF%A1")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert visitor.get("/plain").status == 200


def test_the_login_page_takes_the_token_or_the_whole_link(visitor):
    form = visitor.get("/login?next=%2Fplain")
    assert form.status == 200
    xsrf = re.search(r'name="_xsrf" value="([^"]+)"', form.text)[1]
    wrong = visitor.post("/login?next=%2Fplain", password="guess", _xsrf=xsrf)
    assert wrong.status == 401
    assert 'role="alert"' in wrong.text
    assert visitor.get("/plain").status == 302
    right = visitor.post("/login?next=%2Fplain", password=visitor.app.link("/tiny"), _xsrf=xsrf)
    assert (right.status, right.headers["Location"]) == (302, "/plain")
    assert visitor.get("/plain").status == 200


def test_the_login_form_cannot_be_sent_from_elsewhere(visitor):
    assert visitor.post("/login", password=visitor.app.token).status == 403


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_login_leads_to_no_other_site(visitor, target):
    xsrf = re.search(r'name="_xsrf" value="([^"]+)"', visitor.get("/login").text)[1]
    answer = visitor.post(f"/login?next={quote(target)}", password=visitor.app.token, _xsrf=xsrf)
    assert urlsplit(answer.headers["Location"]).netloc == ""


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "0.0.0.0"])
def test_another_host_is_refused_everywhere(visitor, host):
    digest = re.search(r"/static/([0-9a-f]+)/", visitor.get("/login").text)[1]
    for path in (f"/plain?token={visitor.app.token}", "/login", f"/static/{digest}/voila/voila.js"):
        assert visitor.get(path, Host=host).status == 403
    for good in ("localhost", "LOCALHOST:1", "127.0.0.1:9"):
        assert visitor.get("/login", Host=good).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/0/../../../../../../etc/passwd",
        "/static/0/voila/../../../../../../../../etc/passwd",
        "/static/0/voila/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static/0/lab/anywidget/../../../../../etc/passwd",
        "/static/0/lab/jupyterlab_pygments/package.json",
        "/static/0//etc/passwd",
        "/static/0/workbench/../page.css",
        "/..%2f..%2fetc%2fpasswd",
        "/../workbench.toml",
        "/tiny.ipynb",
        "/%2e%2e",
    ],
)
def test_no_path_leads_out(member, path):
    parts = urlsplit(member.app.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port)
    cookie = "; ".join(f"{item.name}={item.value}" for item in member.jar)
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status in (404, 400)
    assert b"root:" not in body
    assert b"schema_version" not in body


def test_scripts_are_public_compressed_and_kept_for_good(visitor):
    css = re.search(r"/static/[0-9a-f]+/workbench/page\.css", visitor.get("/login").text)[0]
    for name, least in (
        ("workbench/vega.js", 200_000),
        ("voila/voila.js", 3_000),
        ("workbench/page.css", 500),
    ):
        path = css.replace("workbench/page.css", name)
        packed = visitor.get(path, **{"Accept-Encoding": "gzip"})
        assert packed.status == 200
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "immutable" in packed.headers["Cache-Control"]
        assert int(packed.headers["Content-Length"]) > least
        plain = visitor.get(path)
        assert plain.headers["Content-Encoding"] is None
        assert int(plain.headers["Content-Length"]) > 2 * int(packed.headers["Content-Length"])
    other = visitor.get(re.sub(r"/static/[0-9a-f]+/", "/static/abc/", css))
    assert (other.status, other.headers["Cache-Control"]) == (200, "no-cache")


def test_pages_say_that_they_load_from_here_only(member):
    answer = member.get("/plain", **{"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    for page in (member.get("/plain"), member.get("/login?next=x"), member.get("/nowhere")):
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page.text)


def test_a_template_cannot_be_chosen_by_the_address(member):
    for query in ("template=lab", "template=..", "theme=dark"):
        page = member.get(f"/plain?{query}")
        assert page.status == 200
        assert 'data-workbench="app"' in page.text
        assert "plain 42" in page.text


def kernel(member) -> str:
    return re.search(r'dataset\.kernelId = "([^"]+)"', member.get("/tiny").text)[1]


def channel(member, kernel_id: str, **headers: str):
    address = member.app.url.replace("http", "ws") + f"/api/kernels/{kernel_id}/channels?session_id=s"
    cookie = "; ".join(f"{item.name}={item.value}" for item in member.jar)
    return connect(address, additional_headers={"Cookie": cookie, **headers})


def test_the_kernel_talks_to_its_own_page_only(member):
    kernel_id = kernel(member)
    with channel(member, kernel_id, Origin=member.app.url):
        pass
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Cookie": ""}):
        with pytest.raises(InvalidStatus) as refused:
            channel(member, kernel_id, **headers)
        assert refused.value.response.status_code == 403


def test_a_page_cannot_run_code_of_its_own(member, tmp_path):
    made = tmp_path / "made"
    header = {"msg_id": "1", "session": "s", "username": "", "version": "5.3", "date": ""}
    message = {
        "header": {**header, "msg_type": "execute_request"},
        "parent_header": {},
        "metadata": {},
        "channel": "shell",
        "buffers": [],
        "content": {"code": f"open({str(made)!r}, 'w').close()", "silent": False},
    }
    asked = {**message, "header": {**header, "msg_id": "2", "msg_type": "kernel_info_request"}, "content": {}}
    with channel(member, kernel(member), Origin=member.app.url) as talk:
        talk.send(json.dumps(message))
        talk.send(json.dumps(asked))
        while json.loads(talk.recv(timeout=120)).get("msg_type") != "kernel_info_reply":
            continue
    assert not made.exists()


def test_a_page_hears_neither_code_nor_traceback_of_its_cells(member):
    parts = urlsplit(member.app.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    cookie = "; ".join(f"{item.name}={item.value}" for item in member.jar)
    connection.request("GET", "/breaks_late", headers={"Cookie": cookie})
    answer, page = connection.getresponse(), ""
    while not (found := re.search(r'dataset\.kernelId = "([^"]+)"', page)):
        page += answer.readline().decode()
    with channel(member, found[1], Origin=member.app.url) as talk:
        page += answer.read().decode()
        heard = []
        with suppress(TimeoutError):
            while True:
                heard.append(str(talk.recv(timeout=2)))
    assert '"execution_state": "idle"' in heard[-1]
    assert "wb-failed" in page
    assert not [said for said in heard if "secret" in said or "ZeroDivision" in said]


def test_the_secret_is_readable_by_its_owner_only(tiny_app, private_home):
    file = private_home / "state" / "token"
    assert file.read_text() == tiny_app.token
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
