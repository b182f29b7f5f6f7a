"""What a hostile visitor sends: what is no message, bodies that are too large, addresses that are no text."""

from __future__ import annotations

import json
import re
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import psutil
import pytest
from conftest import Client  # type: ignore[import-not-found]
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from workbench.apps import security
from workbench.apps.visitors import outline

HEADER = {"msg_id": "1", "session": "s", "username": "", "version": "5.3", "date": ""}
REST = {"parent_header": {}, "metadata": {}, "buffers": []}
TRACEBACK = """Panel campaigns could not do 'set'.
Traceback (most recent call last):
  File "/x/session.py", line 99, in receive
    self._perform({"key": "alice@example.com"})
  File "/x/state.py", line 3, in update
KeyError: 'alice@example.com'
and a second line about alice
"""


def line(member, kernel: str):
    """The websocket of a page."""
    address = f"{member.app.url.replace('http', 'ws')}/api/kernels/{kernel}/channels?session_id=s"
    cookie = "; ".join(f"{item.name}={item.value}" for item in member.jar)
    return connect(address, additional_headers={"Cookie": cookie, "Origin": member.app.url})


def kernel(member) -> str:
    """The Python behind a new page."""
    return re.search(r'dataset\.kernelId = "([^"]+)"', member.get("/plain").text)[1]


def said(kind: str, content: object, channel: str | None = "shell") -> str:
    """A message as a page sends it."""
    header = {**HEADER, "msg_type": kind}
    return json.dumps({"header": header, "content": content, "channel": channel, **REST})


def cut_off(member, mine: str, sent: str | bytes) -> int:
    """Code with which the connection ends after what is no message."""
    with line(member, mine) as talk:
        talk.send(sent)
        with suppress(ConnectionClosed):
            while talk.recv(timeout=90):
                continue
        return talk.protocol.close_code


def test_what_is_no_message_ends_the_connection_alone_and_is_not_repeated(member, private_home):
    mine, before = kernel(member), (private_home / "state" / "app.log").stat().st_size
    broken = ("{alice", "[1]", '{"channel": "shell", "alice": 1}', b"\xff\xff\xff\xff alice", "[" * 60_000)
    for sent in broken:
        assert cut_off(member, mine, sent) == 1007
    with line(member, mine) as talk:
        for sent in (
            said("comm_msg", {"alice": 1}, channel=None),
            said("comm_msg", {}, channel="alice"),
            said("alice", {}),
            said("comm_open", {"comm_id": "z", "target_name": "jupyter.widget", "data": {"alice": 1}}),
        ):
            talk.send(sent)
        talk.send(said("kernel_info_request", {}))
        heard = [""]
        while '"kernel_info_reply"' not in heard[-1]:
            heard.append(str(talk.recv(timeout=90)))
    assert not [part for part in heard if "Traceback" in part]
    assert member.get(f"/api/kernels/{mine}").status == 200
    log = (private_home / "state" / "app.log").read_text(encoding="utf-8")[before:]
    assert "no message (JSONDecodeError)" in log
    assert "alice" not in log
    assert mine not in log


def test_a_message_of_a_gigabyte_is_cut_off_at_its_head(member):
    mine = kernel(member)
    with line(member, mine) as talk:
        raw, served = talk.socket, psutil.Process(member.app.pid)
        before = served.memory_info().rss
        raw.sendall(b"\x82\xff" + (10**9).to_bytes(8, "big") + b"\0\0\0\0")
        with suppress(OSError):  # whoever is cut off may hear of it while it sends
            for _ in range(64):
                raw.sendall(b"a" * (1 << 20))
        with suppress(ConnectionClosed):
            while True:
                talk.recv(timeout=60)
        assert talk.protocol.close_code in (1006, 1009)
        assert served.memory_info().rss - before < 40 << 20
    assert member.get(f"/api/kernels/{mine}").status == 200


def test_a_kernels_traceback_is_logged_without_its_words():
    assert outline(TRACEBACK).splitlines() == [
        "Panel campaigns could not do 'set'",
        '  File "/x/session.py", line 99, in receive',
        '  File "/x/state.py", line 3, in update',
        "KeyError",
    ]
    assert outline("alice: 1\nFutureWarning: alice") == ""


def answered(app, sent: bytes, seconds: float = 10) -> bytes:
    """All that comes back for some bytes."""
    parts = urlsplit(app.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=seconds) as raw:
        found = b""
        with suppress(ConnectionError):  # what it does not read is not its fault
            raw.sendall(sent)
            while piece := raw.recv(65_536):
                found += piece
        return found


def test_a_body_that_is_too_large_is_refused_before_it_is_read(tiny_app):
    head = f"POST /login HTTP/1.1\r\nHost: {urlsplit(tiny_app.url).netloc}\r\n"
    declared = answered(tiny_app, f"{head}Content-Length: 50000000\r\n\r\n".encode())
    assert declared.startswith(b"HTTP/1.1 400")
    piece = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
    chunked = answered(tiny_app, f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + 2 * piece)
    assert chunked[:12] in (b"", b"HTTP/1.1 400")
    assert Client(tiny_app).get("/login").status == 200


def test_who_sends_slowly_is_not_waited_for():
    assert security.PATIENCE["max_body_size"] <= 1 << 20
    assert security.PATIENCE["body_timeout"] <= 60
    assert security.PATIENCE["idle_connection_timeout"] <= 120


@pytest.mark.parametrize("path", ["/login?next=%ff", "/login?lang=%fe", "/%ff", "/?token=%ff"])
def test_an_address_that_is_no_text_is_said_in_words(visitor, private_home, path):
    before = (private_home / "state" / "app.log").stat().st_size
    answer = visitor.get(path)
    assert answer.status == 400
    assert "wb-slip" in answer.text
    assert "Traceback" not in (private_home / "state" / "app.log").read_text(encoding="utf-8")[before:]


def test_a_form_sent_from_elsewhere_is_told_so(visitor, private_home):
    before = (private_home / "state" / "app.log").stat().st_size
    answer = visitor.post("/login", password="x")
    assert answer.status == 403
    assert "wb-slip" in answer.text
    assert "Traceback" not in (private_home / "state" / "app.log").read_text(encoding="utf-8")[before:]


@pytest.mark.parametrize("path", ["/", "/plain", "/?lang=zh"])
def test_the_token_stays_in_no_address(visitor, path):
    token = ("&" if "?" in path else "?") + f"token={visitor.app.token}"
    answer = visitor.get(path + token)
    assert (answer.status, answer.headers["Location"]) == (302, path)
    assert visitor.get(path).status == 200


def test_scripts_in_pages_of_ours_are_marked_and_no_others_run(member):
    policies = [member.get(path).headers["Content-Security-Policy"] for path in ("/login", "/", "/nowhere")]
    page = member.get("/home")
    strict = page.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'self'(?: 'unsafe-eval')? 'nonce-([\w-]{20,})';", strict)[1]
    for policy in (*policies, strict):
        scripts = re.search(r"script-src ([^;]*);", policy)[1]
        assert "unsafe-inline" not in scripts
        assert "blob:" not in scripts
    inline = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*\bjson\")[^>]*>", page.text)
    assert len(inline) >= 4
    assert set(inline) == {f'<script nonce="{nonce}">'}
    assert nonce not in member.get("/home").headers["Content-Security-Policy"]
    own = member.get("/plain").headers["Content-Security-Policy"]
    assert "'unsafe-inline'" in own, "a notebook of the workspace's"
