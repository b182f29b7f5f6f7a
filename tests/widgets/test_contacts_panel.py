"""The Contacts panel: the numbers of the plan, steering, the work list behind the gate, reports."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect
from test_panel_browser import open_live

import workbench as wb
from workbench.plans import contacts as planning
from workbench.widgets.answers import Answers
from workbench.widgets.session import Session
from workbench.widgets.traits import StateError

WHO = "m05"


@pytest.fixture(scope="module")
def answers(demo_store):
    return Answers(demo_store)


@pytest.fixture
def panel(demo_store, answers):
    found = wb.widgets.Contacts(demo_store)
    found._answers = answers
    found.planned()
    return found


@pytest.fixture
def session(panel):
    return Session(panel)


def ask(session, act, key="", value=""):
    return session.receive({"act": act, "key": key, "value": value, "seq": 1})[0]


def notices(panel):
    return " ".join(item.sentence for item in panel.notices)


def log_of(store):
    file = store.path / "audit" / "log.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def test_the_code_gives_the_plan_of_the_panel(panel, demo_store, monkeypatch):
    monkeypatch.setattr(wb, "open", lambda _path: demo_store)
    cell: dict = {}
    *lines, last = panel.to_code().splitlines()
    exec("\n".join([*lines, f"panel = {last}"]), cell)
    assert cell["plan"].to_dict() == panel.answers["plan"].to_dict()
    assert cell["load"].to_dict() == panel.answers["load"].to_dict()
    assert cell["panel"].state.snapshot() == panel.state.snapshot()


def test_a_link_holds_the_state(panel, demo_store):
    panel.state.update(hours=1.5, staff={"m03": 0}, minutes={"call": 8}, marketer=WHO, hour_cost=120)
    again = wb.widgets.Contacts.from_query(demo_store, panel.query)
    assert again.state.snapshot() == panel.state.snapshot()
    assert again.notices == ()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_answer_comes_first(panel, lang):
    panel.state.update(lang=lang)
    html = panel.to_html()
    found = panel.answers["plan"]
    assert re.search(r'class="wb-lead">([^<]*)', html)[1] == found.sentence(lang)
    assert found.certificate(lang) in html
    charts = ('data-chart="load"', 'data-chart="hour"')
    assert html.index("wb-lead") < html.index("wb-kpis") < html.index(charts[0]) < html.index(charts[1])
    assert "wb-broken" not in html + panel.to_html(live=True)


def test_a_report_names_no_customer(panel):
    found = panel.answers["plan"]
    html = panel.to_html()
    assert not {name for name in found.table["customer_id"] if name in html}
    assert "The list of customers is no part of a report" in html
    assert 'data-act="unmask"' not in html
    live = panel.to_html(live=True)
    assert found.listed().rows["customer_id"].iloc[0] in live


def test_moving_hours_plans_anew_and_undo_takes_it_back(panel, session):
    before = panel.planned()
    reply = ask(session, "steer", "hours", "2")
    after = panel.planned()
    assert after.asked.hours == 2
    assert after.plan.total_value > before.plan.total_value
    assert "hours=2" in reply["query"]
    assert after.sentence() in reply["regions"]["answer"]
    ask(session, "staff", "m03", "0")
    assert "m03" not in set(panel.planned().table["marketer"])
    ask(session, "minutes", "call", "30")
    assert panel.planned().asked.minutes["call"] == 30
    for _ in range(3):
        ask(session, "undo")
    assert panel.planned() is before


def test_a_consent_for_visits_is_chosen_by_somebody(panel, session):
    assert "Visit: no consent, not planned" in panel.to_html(live=True)
    assert "visit" not in panel.planned().audiences
    ask(session, "covered", "visit", "call")
    assert panel.planned().audiences["visit"] is panel.planned().audiences["call"]
    ask(session, "steer", "hours", "4")
    assert (panel.planned().table["method"] == "visit").any()
    ask(session, "covered", "visit", "")
    assert panel.state.covered == {}


@pytest.mark.parametrize(
    ("act", "key", "value", "says"),
    [
        ("steer", "hours", "30", "A day of 30"),
        ("steer", "hours", "many", "no amount"),
        ("staff", "nobody", "1", "marketer 'nobody'"),
        ("minutes", "fax", "1", "method 'fax'"),
        ("covered", "visit", "fax", "channel of consent 'fax'"),
        ("whose", "marketer", "nobody", "marketer 'nobody'"),
        ("steer", "colour", "1", "setting 'colour'"),
    ],
    ids=["long", "words", "marketer", "method", "channel", "whose", "setting"],
)
def test_what_is_refused_stays_as_it_was(panel, session, act, key, value, says):
    before = panel.state.snapshot()
    ask(session, act, key, value)
    assert says in notices(panel)
    assert panel.state.snapshot() == before


def test_names_open_for_a_reason_and_for_one_marketer(panel, session, demo_store):
    ask(session, "unmask", value="weekly calls")
    assert "Choose a marketer" in notices(panel)
    ask(session, "down", "marketer", WHO)
    assert panel.state.marketer == WHO
    ask(session, "unmask", value="  ")
    assert "Say why" in notices(panel)
    assert panel.unlocked is None
    assert dict(panel.files()) == {}
    lines = len(log_of(demo_store))
    reply = ask(session, "unmask", value="weekly calls")
    opened = panel.unlocked
    name = opened.table["name"].iloc[0]
    assert name in reply["regions"]["list"]
    assert opened.table["phone"].iloc[0] in reply["regions"]["list"]
    assert name not in panel.to_html() + panel.to_toml() + panel.to_code() + panel.query
    assert {line["what"] for line in log_of(demo_store)[lines:]} == {"work_list_opened"}
    ask(session, "mask")
    assert panel.unlocked is None


def test_files_of_the_open_list_pass_the_gate_again(panel, session, demo_store):
    ask(session, "whose", "marketer", WHO)
    ask(session, "unmask", value="weekly calls")
    lines = len(log_of(demo_store))
    for name, begins in (("csv", b"\xef\xbb\xbfDay,Time"), ("ics", b"BEGIN:VCALENDAR")):
        reply, files = session.receive({"act": "download", "key": name, "seq": 1})
        assert reply["name"].startswith(f"contacts-{WHO}-2026-11-02")
        assert files[0].startswith(begins)
    said = [line["what"] for line in log_of(demo_store)[lines:]]
    assert said.count("export") == 2
    assert said.count("work_list_opened") == 2 * panel.unlocked.table["method"].nunique()
    ask(session, "steer", "hours", "2")  # another plan: the list is closed
    assert panel.unlocked is None


def test_visitors_may_not_open_where_the_setting_says_so(panel, session, monkeypatch):
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5")
    monkeypatch.setattr("workbench.widgets.contacts.panel.lets", lambda _choice, _settings: False)
    ask(session, "whose", "marketer", WHO)
    assert 'data-act="unmask"' not in panel.to_html(live=True)
    ask(session, "unmask", value="curious")
    assert panel.unlocked is None


def test_a_workspace_without_contacts_says_what_to_import(tmp_path):
    panel = wb.widgets.Contacts(wb.data.open(tmp_path), lang="zh")
    html = panel.to_html(live=True)
    assert "没有互动记录" in html
    assert "wb-broken" not in html


def test_a_page_is_there_before_its_first_plan(demo_store):
    panel = wb.widgets.Contacts(demo_store, hours=0.75)
    session = Session(panel)
    first = session.page()["regions"]
    assert "data-await" in first["answer"]
    assert "Waits for a plan" in first["board"]
    assert "wb-broken" not in "".join(first.values())
    after = ask(session, "await")["regions"]
    assert panel.planned().sentence() in after["answer"]
    moved = ask(session, "steer", "hours", "1.25")["regions"]  # from now on a move is drawn at once
    assert "data-await" not in moved["answer"]


def test_an_unknown_setting_is_refused(demo_store):
    with pytest.raises(StateError, match="weekdays"):
        wb.widgets.Contacts(demo_store, weekdays="7")
    with pytest.raises(StateError, match="Give a whole number from 1"):
        wb.widgets.Contacts(demo_store, page=0)


@pytest.mark.browser
def test_in_a_browser_hours_move_by_keys_and_a_list_opens(guarded_page, demo_store):
    panel = wb.widgets.Contacts(demo_store)
    panel.planned()
    watched = open_live(guarded_page, panel, Session(panel), "", 1280, charts=1)
    page = watched.page
    lead = page.locator(".wb-lead")
    before = lead.inner_text()
    page.focus(".wb-total input[type=range]")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".wb-total b")).to_have_text("1.25 hours a day each")
    expect(lead).not_to_have_text(before)
    page.get_by_role("button", name="Undo").click()
    expect(lead).to_have_text(before)
    page.get_by_label("Whose list").select_option(WHO)
    expect(page.locator("[data-region=list] form")).to_be_visible()
    page.fill("[data-region=list] form input", "calls of the week")
    page.keyboard.press("Enter")
    expect(page.locator("[data-region=list] .wb-say")).to_contain_text("contacts opened")
    with page.expect_download() as taken:
        page.locator("[data-region=list] [data-key=csv]").click()
    assert taken.value.suggested_filename.startswith(f"contacts-{WHO}-")
    page.locator("[data-chart=load] svg [class*=' choose_'] path").first.click()
    expect(page.locator("[data-region=list] select")).to_have_value("m01")
    watched.assert_clean()


def test_the_held_back_are_counted_as_the_gate_counts_them(panel):
    html = panel.to_html(live=True)
    for line in planning.held(panel.answers["plan"].audiences, "en", panel.store.labels("en")):
        assert line in html
