"""A viewer meets no button that would be refused, and a sentence says why and what to do."""

from __future__ import annotations

import html
import json
import re
import shutil

import pytest

import workbench as wb
from workbench import findings, saved, settings
from workbench.i18n import text
from workbench.widgets.session import Session

WRITE = re.compile(
    r'data-act="((?:\w+_)?(?:save|resave|rename|share|trash|restore)|who|keep|alike|address|decide|reopen|renew)"'
)
"""Acts of the shell and panels that write to a workspace."""


def drawn(panel) -> str:
    """All that a page of a panel holds."""
    return html.unescape(json.dumps(Session(panel).page(), ensure_ascii=False).replace('\\"', '"'))


def offered(panel) -> set[str]:
    return set(WRITE.findall(drawn(panel)))


@pytest.fixture
def role(monkeypatch):
    """Makes this the kernel of a visitor with a role."""

    def become(name):
        monkeypatch.setenv(settings.ROLE, name)
        monkeypatch.setenv(saved.VISITOR, "Ann")

    return become


@pytest.fixture(scope="module")
def store(tmp_path_factory, demo_store):
    """The demo's data in a workspace of its own, in which somebody saved and decided something."""
    folder = tmp_path_factory.mktemp("looks") / "w"
    shutil.copytree(demo_store.path, folder, ignore=shutil.ignore_patterns("views", "decisions"))
    made = wb.open(folder)
    content = {"panel": "campaigns", "state": {}}
    mine = saved.create(made.path, "view", "Mine", content, who="Ann")
    saved.trash(made.path, saved.create(made.path, "view", "Gone", content, who="Ann"), "Ann")
    assert mine.owner == "Ann"
    return made


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_viewer_is_offered_nothing_that_would_be_refused(store, role, lang):
    role("viewer")
    panel = wb.widgets.Campaigns(store, lang=lang)
    assert offered(panel) == set()
    page = drawn(panel)
    assert text("saved.viewer", lang) in page
    assert text("saved.viewer_do", lang) in page
    assert 'data-act="view"' in page, "what others saved can be opened"


def test_a_planner_is_offered_all_of_it(store, role):
    role("planner")
    panel = wb.widgets.Campaigns(store)
    assert offered(panel) >= {"save", "rename", "share", "trash", "restore", "who"}
    assert text("saved.viewer", "en") not in drawn(panel)


def test_a_viewer_decides_nothing_at_home(store, role):
    found = findings.review(store)[0]
    role("planner")
    findings.decide(store, found, "done")
    assert offered(wb.widgets.Home(store)) >= {"decide", "reopen"}
    role("viewer")
    home = wb.widgets.Home(store)
    assert not offered(home)
    assert 'data-region="decided"' in drawn(home), "what was decided is shown all the same"
    reply, _ = Session(home).receive({"act": "decide", "key": found.id, "value": "done"})
    assert "not save" in json.dumps(reply), "who asks all the same is told"
