"""The form of targets: fields with their faults, lines, saving, conflicts, roles, files."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from advice_worlds import delivery, planned
from playwright.sync_api import expect
from test_panel_browser import open_live
from test_read_only import facts

sys.path.insert(0, str(Path(__file__).parents[1] / "metrics"))

from worlds import commit

import workbench as wb
from workbench.errors import QuestionError
from workbench.privacy import audit
from workbench.settings import ROLE
from workbench.sources import monthplan
from workbench.widgets.session import Session

MONTH = "2026-10"


@pytest.fixture(scope="module")
def planned_store(tmp_path_factory):
    """A small workspace with targets of two channels."""
    store = commit(
        wb.open(tmp_path_factory.mktemp("planned") / "own"), delivery(np.random.default_rng(3), 40)
    )
    wb.data.load_targets(store, planned(), currency="CNY")
    return store


@pytest.fixture
def live_home(guarded_page, planned_store, tmp_path):
    """Open the panel live on a workspace of its own."""

    def show(width=1280, query="", **options):
        panel = wb.widgets.Home(wb.open(shutil.copytree(planned_store.path, tmp_path / "live")))
        return open_live(guarded_page, panel, Session(panel), query, width, charts=3, **options)

    return show


@pytest.fixture
def editing(planned_store, tmp_path):
    shutil.copytree(planned_store.path, tmp_path / "own")
    return opened(tmp_path / "own")


def opened(folder):
    session = Session(wb.widgets.Home(wb.open(folder)))
    session.page()
    return session


def log_of(store):
    return [json.loads(line) for line in (store.path / audit.LOG).read_text("utf-8").splitlines()]


def ask(session, act, key="", value="", files=()):
    reply, _ = session.receive({"act": act, "key": key, "value": value, "seq": 1}, files)
    return reply


def form(session):
    return session._sent["regions"]["targets"]


def notice(session):
    return re.sub("<[^>]*>", "", session._sent["regions"]["notice"])


def test_a_figure_is_changed_and_saved_with_a_line_in_the_audit_log(editing):
    store = editing.panel.store
    before, version = facts(store.path), store.version
    ask(editing, "target", "0:cost", "24,000.5")
    assert 'value="24,000.5"' in form(editing)
    assert "data-unsaved" in form(editing)  # a page whose kernel ends says that this is not kept
    assert facts(store.path) == before  # nothing is written while one edits
    ask(editing, "target_save")
    assert store.version == version + 1
    assert f"data version {store.version}" in notice(editing)
    assert "data-unsaved" not in form(editing)
    table = wb.data.targets(store).set_index("channel")
    assert table.loc["feed", "cost"] == 24_000.5
    assert table.loc["search", "cost"] == 31_000.0
    assert [line["what"] for line in log_of(store)][-1] == "targets"
    assert audit.verify(store.path).is_whole
    changed = {name for name, digest in facts(store.path).items() if before.get(name) != digest}
    assert {name.split("/")[1] for name in changed if name.startswith("tables/")} == {"targets"}


def test_wrong_values_get_their_sentence_at_the_field_and_nothing_is_saved(editing):
    store, version = editing.panel.store, editing.panel.store.version
    ask(editing, "target", "1:revenue", "lots")
    ask(editing, "target", "0:cost", "-5")
    html = form(editing)
    assert html.count('aria-invalid="true"') == 2
    assert re.search(r'id="fault-1-revenue"[^>]*>[^<]*lots[^<]*plain number', html)
    assert "Nothing was loaded" not in html
    ask(editing, "target_save")
    assert "another look: 2" in notice(editing)
    assert store.version == version
    ask(editing, "set", "lang", "zh")
    assert "请写成普通数字" in form(editing)
    ask(editing, "target_discard")
    assert "aria-invalid" not in form(editing)


def test_lines_are_added_and_taken_away(editing):
    store = editing.panel.store
    ask(editing, "target_add")
    ask(editing, "target", "2:cost", "900")
    ask(editing, "target_save")
    assert "Name the channel" in form(editing)
    ask(editing, "target", "2:channel", "feed")
    ask(editing, "target_save")
    assert "Keep one target for each channel and day" in form(editing)
    ask(editing, "target_drop", "0")
    ask(editing, "target_save")
    table = wb.data.targets(store).set_index("channel")
    assert table.loc["feed", "cost"] == 900
    assert len(table) == 2
    for _ in range(2):
        ask(editing, "target_drop", "0")
    ask(editing, "target_save")
    assert wb.data.targets(store).empty
    assert "Nothing is planned" in form(editing)


def test_another_month_has_a_form_of_its_own_and_keeps_its_changes(editing):
    ask(editing, "target", "0:cost", "1")
    ask(editing, "set", "month", "2026-11")
    assert "Nothing is planned" in form(editing)
    ask(editing, "target_add")
    ask(editing, "target", "0:channel", "feed")
    ask(editing, "target", "0:conversions", "12.5")
    ask(editing, "target_save")
    table = wb.data.targets(editing.panel.store)
    assert sorted(table["start_date"].astype(str)) == ["2026-10-01", "2026-10-01", "2026-11-01"]
    ask(editing, "set", "month", MONTH)
    assert 'value="1"' in form(editing)
    assert "month=" not in editing.panel.query  # the month of the data needs no word in the link


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(editing):
    other = opened(editing.panel.store.path)
    ask(editing, "target", "0:cost", "1")
    ask(other, "target", "0:cost", "2")
    ask(other, "target_save")
    ask(editing, "target_save")
    assert "Somebody changed the targets" in notice(editing)
    table = wb.data.targets(wb.open(editing.panel.store.path)).set_index("channel")
    assert table.loc["feed", "cost"] == 2
    ask(editing, "target_discard")
    assert 'value="2"' in form(editing)


def test_who_may_look_only_sees_a_table_and_writes_nothing(editing, monkeypatch):
    before = facts(editing.panel.store.path)
    monkeypatch.setenv(ROLE, "viewer")
    ask(editing, "set", "lang", "en")
    session = opened(editing.panel.store.path)
    assert "<input" not in form(session)
    assert "planner" in form(session)
    assert "¥31,000" in form(session)
    for act, key, value in (("target", "0:cost", "1"), ("target_add", "", ""), ("target_save", "", "")):
        ask(session, act, key, value)
        assert "lets you look" in notice(session)
    assert upload(session, b"channel,month,cost\nfeed,2026-10,1\n")["refused"]
    assert facts(editing.panel.store.path) == before


def upload(session, content, name="plan.csv"):
    begun = ask(session, "upload", 0, json.dumps({"name": name, "size": len(content)}))
    if begun.get("refused"):
        return begun
    reply, _ = session.receive({"act": "piece", "key": begun["id"], "value": 0}, [content])
    return reply


def test_a_file_goes_in_and_out(editing):
    store = editing.panel.store
    upload(editing, "渠道,月份,预算\nfeed,2026-12,700\n".encode())
    assert "PASS" in "".join(item.sentence for item in editing.panel.notices)
    assert len(wb.data.targets(store)) == 3
    reply, files = editing.receive({"act": "download", "key": "targets"})
    assert reply["name"] == "targets.csv"
    assert files[0].decode("utf-8-sig").count("\n") == 4
    refused = upload(editing, b"channel,month,cost\nfeed,2026-10,lots\n")
    assert refused["refused"]
    assert "lots" in editing.panel.notices[0].sentence
    assert len(wb.data.targets(store)) == 3
    assert upload(editing, b"x" * (1 << 21))["refused"]


@pytest.mark.parametrize("key", ["", "9:cost", "0:path", "0", "-1:cost", "0:cost:x", "x:cost"])
def test_fields_that_the_form_does_not_have_are_refused(editing, key):
    before = editing.panel.editor.draft
    ask(editing, "target", key, "1")
    ask(editing, "target_drop", key)
    assert editing.panel.editor.draft.rows == before.rows or key == "0"


def test_longer_targets_show_their_share_of_the_month_and_keep_the_rest(editing):
    store = editing.panel.store
    quarter = {
        "channel": ["search"],
        "start_date": ["2027-01-01"],
        "end_date": ["2027-03-31"],
        "cost": [9000.0],
    }
    wb.data.load_targets(store, pd.DataFrame(quarter))
    (line,) = monthplan.lines(store, "2027-02")
    assert line["cost"] == "2,800"
    assert monthplan.figure(line, "cost") == 9000 * 28 / 90
    monthplan.save(store, "2027-02", [{**line, "cost": "100"}], [line])
    table = wb.data.targets(store)
    assert table["cost"].iloc[-3:].sum() == pytest.approx(9000 * 62 / 90 + 100)


@pytest.mark.parametrize("month", ["2026-13", "2026", "", None, "0001-01", "2026-10-01"])
def test_what_is_no_month_is_refused(month):
    with pytest.raises(QuestionError, match="no month"):
        monthplan.span(month)


def test_a_report_has_no_form(editing):
    assert "target_save" not in editing.panel.to_html()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "lang"), [(1280, "en"), (390, "zh")])
def test_a_target_is_edited_by_keyboard_and_saved_by_mouse(live_home, width, lang):
    watched = live_home(width=width, query=f"lang={lang}")
    page = watched.page
    card = page.locator("[data-region=targets]")
    cost = card.locator("[data-id=target-0] input").first
    cost.scroll_into_view_if_needed()
    cost.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("much")
    page.keyboard.press("Enter")
    expect(card.locator("[role=alert]")).to_contain_text("much")
    expect(cost).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Control+a")
    page.keyboard.type("12345")
    page.keyboard.press("Tab")
    expect(card.locator("[role=alert]")).to_have_count(0)
    save = card.locator("[data-act=target_save]")
    expect(save).to_be_enabled()
    save.click()
    expect(page.locator("[data-region=notice]")).to_contain_text("2")
    expect(save).to_be_disabled()
    expect(cost).to_have_value("12,345")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watched.assert_clean()
