"""The menu of saved views: whose they are, sharing, conflicts, the trash; in a session and in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from test_panel_session import ask, notice

import workbench as wb
from workbench import saved
from workbench.widgets.session import Session


@pytest.fixture
def shelf(demo_store, tmp_path, monkeypatch):
    """Sessions of several people on the demo world, whose saved views lie in a folder of their own."""
    monkeypatch.setattr(demo_store, "path", tmp_path)

    class Person:
        def __init__(self, name):
            self.name, self.session = name, Session(wb.widgets.Campaigns(demo_store))
            self.session.page()

        def __call__(self, act, key="", value="", live=False):
            monkeypatch.setenv("WORKBENCH_USER", self.name)
            return ask(self.session, act, key, value, live)

        @property
        def notice(self):
            return notice(self.session)

        @property
        def sheet(self):
            return self.session._sent["regions"]["title"]

    return Person


def test_a_private_view_is_seen_by_its_owner_alone(shelf):
    mia, bo = shelf("mia"), shelf("bo")
    mia("save", "private", "Weekly")
    assert "Weekly" in mia.sheet
    bo("set", "metric", "roas")
    assert "Weekly" not in bo.sheet
    bo("view", "weekly")
    assert "There is no saved" in bo.notice
    assert bo.session.panel.query == "metric=roas"
    mia("share", "weekly", "shared")
    assert mia.notice == "Everybody sees “Weekly” now."
    bo("view", "weekly")
    assert bo.notice == "“Weekly” is open."
    for act, value in (("rename", "Mine"), ("share", "private"), ("trash", "")):
        bo(act, "weekly", value)
        assert "belongs to mia" in bo.notice
    assert 'data-act="trash"' not in bo.sheet


def test_a_view_is_saved_over_from_its_own_page(shelf):
    mia = shelf("mia")
    mia("set", "metric", "roas")
    mia("save", "shared", "Weekly")
    assert 'data-act="resave"' not in mia.sheet
    mia("set", "metric", "ctr")
    assert "Save changes to “Weekly”" in mia.sheet
    mia("resave", "weekly")
    assert mia.notice == "Your changes to “Weekly” are saved."
    assert 'data-act="resave"' not in mia.sheet
    mia("reset")
    assert mia("view", "weekly")["query"] == "metric=ctr"
    mia("resave", "another")
    assert "does not know" in mia.notice


def test_a_conflict_names_who_and_when_and_the_ways_out(shelf):
    mia, bo = shelf("mia"), shelf("bo")
    mia("save", "shared", "Weekly")
    bo("view", "weekly")
    bo("set", "metric", "roas")
    bo("resave", "weekly")
    mia("set", "metric", "ctr")
    mia("resave", "weekly")
    root = mia.session.panel.store.path
    when = saved.read(root, "view", "weekly").changed
    assert f"bo changed 'Weekly' on {when:%Y-%m-%d %H:%M} UTC (revision 2)" in mia.notice
    assert "save yours as a copy" in mia.notice
    assert mia.session.panel.state.metric == "ctr", "what was not saved is still on the page"
    mia("set", "lang", "zh")
    mia("resave", "weekly")
    assert "bo 于" in mia.notice
    assert "另存为副本" in mia.notice
    mia("save", "private", "Weekly, mine")
    assert mia("view", "weekly")["query"] == "metric=roas&lang=zh"


def test_trash_and_restore(shelf):
    mia, bo = shelf("mia"), shelf("bo")
    mia("save", "shared", "Weekly")
    mia("rename", "weekly", "Daily")
    assert mia.notice == "“Weekly” is called “Daily” now."
    mia("trash", "weekly")
    assert 'data-act="restore" data-key="weekly"' in mia.sheet
    bo("set", "share", "bar")
    assert "Daily" not in bo.sheet
    bo("restore", "weekly")
    assert "belongs to mia" in bo.notice
    mia("restore", "weekly")
    assert mia.notice == "“Daily” is back."
    assert 'data-act="view" data-key="weekly"' in mia.sheet


def test_language_and_colours_are_the_readers_own(shelf):
    mia, bo = shelf("mia"), shelf("bo")
    mia("set", "lang", "zh")
    mia("set", "theme", "dark")
    mia("set", "metric", "roas")
    mia("save", "shared", "Weekly")
    assert bo("view", "weekly")["query"] == "metric=roas"


def test_a_view_of_another_panel_is_not_opened_or_changed_here(shelf):
    mia = shelf("mia")
    root = mia.session.panel.store.path
    saved.create(root, "view", "Other", {"panel": "budget", "state": {}}, "mia")
    for act in ("view", "rename", "share", "trash"):
        mia(act, "other", "x")
        assert "does not know" in mia.notice, act
    assert saved.read(root, "view", "other", "mia").revision == 1


def test_a_visitor_says_a_name_and_keeps_views_then(shelf, monkeypatch):
    monkeypatch.setenv(saved.VISITOR, "")
    guest = shelf("server")
    guest("save", "private", "Weekly")
    assert "Say your name first" in guest.notice
    assert "who" not in guest("set", "share", "bar")
    reply = guest("who", value="  Mia <b> ")
    assert reply["visitor"] == "Mia <b>"
    assert "visitor" not in guest("set", "share", "pie")
    assert "You are Mia &lt;b&gt;" in guest.sheet
    guest("save", "private", "Weekly")
    assert saved.read(guest.session.panel.store.path, "view", "weekly", "Mia <b>").owner == "Mia <b>"
    guest("who", value="\u202e")
    assert "no name of a person" in guest.notice


def test_at_home_nobody_says_to_be_another(shelf):
    mia = shelf("mia")
    mia("who", value="bo")
    assert "does not know" in mia.notice
    assert saved.me() == "mia"


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_menu_by_keyboard(shelf, guarded_page, monkeypatch, lang):
    from test_panel_browser import open_live, settled

    mia = shelf("mia")
    monkeypatch.setenv("WORKBENCH_USER", "mia")
    page = open_live(guarded_page, mia.session.panel, mia.session, f"lang={lang}").page
    words = {
        "en": ("Save view", "Move to trash", "Restore"),
        "zh": ("保存视图", "移入回收站", "恢复"),
    }
    menu, trash, restore = words[lang]
    summary = page.locator("summary", has_text=menu)
    summary.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("周报 Weekly")
    page.keyboard.press("Enter")
    settled(page)
    assert saved.read(mia.session.panel.store.path, "view", "周报-weekly", "mia").shared is False
    summary.press("Enter")
    more = page.locator(".wb-more > summary")
    more.press("Enter")
    box = page.locator(".wb-more form input")
    box.fill("Daily")
    box.press("Enter")
    settled(page)
    expect(page.locator(".wb-views [data-act=view]")).to_have_text("Daily")
    more.press("Enter")
    page.get_by_role("button", name=trash).press("Enter")
    settled(page)
    expect(page.locator(".wb-views [data-act=view]")).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('.wb-menu') !== null"), "the focus is not lost"
    page.locator(".wb-bin > summary").press("Enter")
    page.get_by_role("button", name=restore).press("Enter")
    settled(page)
    expect(page.locator(".wb-views [data-act=view]")).to_have_text("Daily")
    page.keyboard.press("Escape")
    assert page.locator(".wb-menu[open]").count() == 0
