"""Look-alikes in the Segments panel: asked for, shown with their held-out curve, saved, and opened."""

from __future__ import annotations

import shutil

import pytest

import workbench as wb
from workbench.widgets.session import Session

CHAMPIONS = '{"version":1,"rule":{"all":[{"rfm":"segment","op":"==","value":"champions"}]}}'


@pytest.fixture
def panel(demo_store, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_USER", "tester")
    shutil.copytree(demo_store.path, tmp_path / "ws", ignore=shutil.ignore_patterns("segments", "trash"))
    return wb.widgets.Segments(wb.data.open(tmp_path / "ws"), rule=CHAMPIONS)


def test_look_alikes_are_found_shown_saved_and_opened(panel):
    session = Session(panel)

    def send(act, key="", value=""):
        return session.receive({"act": act, "key": key, "value": value, "seq": 1})[0]

    assert 'data-value="10"' in session.page()["regions"]["alike"]
    assert "data-await" in send("set", "alike", "5")["regions"]["alike"]
    reply = send("await")
    answer = panel.answers["alike"]
    assert answer.sentence("en") in reply["regions"]["alike"]
    assert all(words in reply["regions"]["alike"] for words in answer.traits("en", 6))
    assert len(reply["charts"]["alike"]["data"]) == 1 + len(answer.lift)
    assert "alike=5" in panel.query
    assert "wb.segments.lookalikes(store, seed=" in panel.to_code()
    assert "<form" not in panel.draw(live=False)["alike"].html
    send("alike", "own", "Like champions")
    assert panel.base.name == "Like champions"
    assert panel.state.alike == "none"
    number = -(-len(answer.table) // 20)
    assert panel.answers["count"] == number
    assert "wb-broken" not in panel.to_html(live=True)


def test_without_a_rule_or_with_too_few_nothing_is_learnt_and_it_is_said(panel):
    session = Session(panel)
    session.receive({"act": "new", "key": "", "value": "", "seq": 1})
    assert "<button" not in str(panel.draw(live=True)["alike"].html)
    assert "wb-none" in str(panel.draw(live=False)["alike"].html)
    few = wb.segments.rule(wb.segments.ordered(18)).to_json()
    panel.state.update(rule=few, alike="10", lang="zh")
    session.receive({"act": "await", "key": "", "value": "", "seq": 2})
    html = str(panel.draw(live=True)["alike"].html)
    assert "种子" in html or "太少" in html
    assert "data-await" not in html
