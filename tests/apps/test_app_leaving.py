"""Logging out: this browser's login ends, with its pages and every copy of its cookie; nobody else's does."""

from __future__ import annotations

import copy
import re
import tempfile
from pathlib import Path

import pytest
from app_client import Client
from playwright.sync_api import expect

from workbench.apps import passes
from workbench.reports.kernels import short_root

KERNEL = re.compile(r'dataset\.kernelId = "([^"]+)"')
SHOWN = "document.body?.classList.contains('wb-shown')"
LONG = 90_000


def came(app, token: str) -> tuple[Client, str]:
    """A browser that has come in by a link, and the kernel of its page."""
    member = Client(app)
    assert member.get(f"/plain?token={token}").status == 302
    return member, KERNEL.search(member.get("/plain").text)[1]


def places(kernel: str) -> list[Path]:
    """The folder that a running kernel has to itself."""
    return [*Path(short_root() or tempfile.gettempdir()).glob(f"wb-*/{kernel.replace('-', '')[:12]}")]


def mark(member: Client) -> str:
    """What the forms of this browser's pages carry, and no other page knows."""
    return next(str(item.value) for item in member.jar if item.name == "_xsrf")


def leave(member: Client):
    """Log out."""
    return member.post("/logout", _xsrf=mark(member))


def named(app, role: str) -> str:
    """The owner's token, or a pass."""
    return app.token if role == "owner" else passes.issue(app.token, role, days=1)


@pytest.mark.parametrize("role", ["owner", "viewer"])
def test_logging_out_ends_this_browsers_login_and_no_others(tiny_app, role):
    token = named(tiny_app, role)
    (mine, kernel), (other, theirs) = came(tiny_app, token), came(tiny_app, token)
    assert other.get(f"/api/kernels/{kernel}").status == 404, "one link, two visitors"
    assert other.post(f"/voila/api/shutdown/{kernel}", _xsrf=mark(other)).status == 404
    assert mine.post(f"/voila/api/shutdown/{kernel}").status == 403, "asked for by another page"
    assert "Log out here?" in mine.get("/logout").text
    assert mine.get(f"/api/kernels/{kernel}").status == 200, "a question ends nothing"
    assert len(places(kernel)) == 1
    kept = Client(tiny_app)
    for cookie in mine.jar:
        kept.jar.set_cookie(copy.copy(cookie))
    left = leave(mine)
    assert (left.status, left.headers["Location"]) == (302, "/login?left=1&lang=en")
    assert "You are logged out" in mine.get("/login?left=1").text
    for gone in (mine, kept):
        assert gone.get("/plain").headers["Location"].startswith("/login")
        assert gone.get(f"/api/kernels/{kernel}").status == 403
    assert not places(kernel), "the kernel has ended"
    assert other.get(f"/api/kernels/{theirs}").status == 200
    assert "plain 42" in other.get("/plain").text
    assert came(tiny_app, token)[1], "the link goes on opening"


def test_no_other_page_logs_anybody_out(tiny_app, member):
    member.get("/logout")
    assert member.post("/logout").status == 403
    assert member.post("/logout", _xsrf="made up").status == 403
    assert member.get("/plain").status == 200
    assert Client(tiny_app).get("/logout").headers["Location"].startswith("/login")


def test_no_cookie_holds_the_owners_token(tiny_app, member):
    import base64
    from urllib.parse import unquote

    said = [unquote(item.value).strip('"') for item in member.jar]
    parts = [part for value in said for part in value.split("|")]
    clear = [base64.b64decode(part.rpartition(":")[2] + "==") for part in parts if len(part) > 60]
    assert clear
    assert not [text for text in (*said, *map(str, clear)) if tiny_app.token in text]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("lang", "words", "out"), [("en", "Log out", "logged out"), ("zh", "退出登录", "已在此浏览器退出登录")]
)
def test_the_way_out_is_in_every_page_and_reached_by_keyboard(app_server, guarded_page, lang, words, out):
    watched = guarded_page(width=390)
    page, token = watched.page, passes.issue(app_server.token, "viewer", days=1)
    page.goto(f"{app_server.url}/reports?token={token}&lang={lang}")
    page.wait_for_function(SHOWN, timeout=LONG)
    page.get_by_role("link", name=words).press("Enter")
    page.get_by_role("button", name=words).press("Enter", timeout=LONG)
    expect(page.get_by_role("status")).to_contain_text(out, timeout=LONG)
    page.goto(f"{app_server.url}/?token={token}&lang={lang}")
    page.get_by_role("link", name=words).press("Enter")
    expect(page.get_by_role("button", name=words)).to_be_focused(timeout=LONG)
    watched.assert_clean()
