"""The Customer card panel: search, masked values, the same numbers as in code; by keyboard in a browser."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

import workbench as wb
from workbench.widgets.answers import Answers
from workbench.widgets.session import Session
from workbench.widgets.traits import StateError

WHO = "u03044"


@pytest.fixture(scope="module")
def answers(demo_store):
    return Answers(demo_store)


@pytest.fixture
def panel(demo_store, answers):
    found = wb.widgets.CustomerCard(demo_store, customer=WHO)
    found._answers = answers
    return found


def ask(session, act, key="", value=""):
    return session.receive({"act": act, "key": key, "value": value, "seq": 1})[0]


def log_of(store):
    file = store.path / "audit" / "log.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def test_the_code_gives_the_card_of_the_panel(panel):
    cell: dict = {}
    *lines, last = panel.to_code().splitlines()
    exec("\n".join([*lines, f"panel = {last}"]), cell)
    assert cell["card"].to_dict() == panel.answers["card"].to_dict()
    assert cell["panel"].state.snapshot() == panel.state.snapshot()


def test_the_offers_of_the_panel_are_those_of_the_model(panel):
    found = panel.answers["offers"]
    labels = panel.store.labels("en")
    html = panel.to_html()
    names = [labels["product_id", name] for name in found.table["product_id"]]
    assert len(names) == 3
    assert [html.index(f"<b>{name}</b>") for name in names] == sorted(
        html.index(f"<b>{name}</b>") for name in names
    )
    assert found.model.sentence("en") in html
    assert wb.offers.next_offers(panel.store, WHO).model is found.model


def test_who_opted_out_gets_no_offers(demo_store):
    barred = wb.privacy.allowed(demo_store, None, "marketing", "email")
    for channel in ("call", "sms", "wechat"):
        other = wb.privacy.allowed(demo_store, None, "marketing", channel)
        barred = barred.assign(allowed=barred["allowed"] | other["allowed"])
    nobody = barred[~barred["allowed"]]["customer_id"].iloc[0]
    panel = wb.widgets.CustomerCard(demo_store, customer=nobody)
    region = panel.draw(live=True)["offers"].html
    assert "marketing is allowed on no channel" in region
    assert panel.answers["offers"].opted_out


def test_the_next_action_comes_first_and_its_words_are_the_answer(panel):
    card = panel.answers["card"]
    html = panel.to_html()
    lead = re.search(r'class="wb-verdict">([^<]*)', html)[1]
    assert lead == card.sentence("en", panel.store.labels("en"))
    assert card.value_sentence("en") in html
    assert html.index("wb-verdict") < html.index("wb-kpis") < html.index("wb-story")
    assert "wb-broken" not in html


def test_chinese_has_no_english_left(panel):
    panel.state.update(lang="zh")
    html = panel.to_html()
    shown = re.sub(r"<script.*?</script>|<[^>]*>", " ", html, flags=re.S)
    left = set(re.findall(r"[A-Za-z]{3,}", shown))
    assert left <= {"Asia", "Shanghai", "Gamma", "NBD", "CRM"}


def test_personal_values_are_in_no_static_page_link_or_code(panel, demo_store):
    (row,) = demo_store.query(
        f"SELECT name, email, phone FROM customers WHERE customer_id = '{WHO}'"
    ).to_pylist()
    session = Session(panel)
    before = len(log_of(demo_store))
    reply = ask(session, "unmask", value="complaint 4711")
    assert row["email"] in reply["regions"]["profile"]
    assert row["phone"] in reply["regions"]["profile"]
    line = log_of(demo_store)[before]
    assert (line["what"], line["why"]) == ("personal_opened", "complaint 4711")
    elsewhere = panel.to_html() + panel.to_code() + panel.query + panel.to_toml() + json.dumps(panel.view())
    assert not [value for value in row.values() if value in elsewhere]
    masked = ask(session, "mask")
    assert row["email"] not in masked["regions"]["profile"]


def test_opening_needs_a_reason_and_ends_with_the_next_customer(panel, demo_store):
    session = Session(panel)
    before = len(log_of(demo_store))
    ask(session, "unmask", value="  ")
    assert "Say why" in panel.notices[0].sentence
    assert len(log_of(demo_store)) == before
    ask(session, "unmask", value="letter")
    assert panel._own_opened()
    ask(session, "find", value="u00014")
    assert panel.state.customer == "u00014"
    assert panel._own_opened() is None


def test_an_app_that_others_reach_opens_nothing(panel, demo_store, monkeypatch):
    from dataclasses import replace

    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5")
    monkeypatch.setattr(
        demo_store, "settings", replace(demo_store.settings, public_url="https://ads.example.com")
    )
    session = Session(panel)
    before = len(log_of(demo_store))
    assert 'data-act="unmask"' not in panel.to_html(live=True)
    ask(session, "unmask", value="curious")
    assert "cannot be opened in this app" in panel.notices[0].sentence
    assert len(log_of(demo_store)) == before
    monkeypatch.setattr(demo_store, "settings", replace(demo_store.settings, personal="on"))
    assert panel.may_open
    monkeypatch.setattr(demo_store, "settings", replace(demo_store.settings, personal="off", public_url=""))
    assert not panel.may_open


def test_what_was_typed_is_kept_nowhere(panel, demo_store):
    number = demo_store.query("SELECT transaction_id FROM transactions LIMIT 1")["transaction_id"][0].as_py()
    session = Session(panel)
    ask(session, "find", value=number)
    assert panel.state.customer.startswith("u")
    ask(session, "find", value="mia@example.com")
    assert panel.notices[0].sentence.startswith("Nobody fits")
    page = panel.to_html(live=True) + panel.query
    assert number not in panel.query
    assert "mia@example.com" not in page


def test_several_who_fit_can_be_chosen(panel):
    session = Session(panel)
    reply = ask(session, "find", value="u0001")
    assert reply["regions"]["search"].count('data-act="show"') == 10
    ask(session, "show", value="u00013")
    assert panel.state.customer == "u00013"


def test_a_start_without_customer_lists_open_complaints(demo_store):
    panel = wb.widgets.CustomerCard(demo_store)
    html = panel.to_html(live=True)
    for item in wb.customers.pressing(demo_store):
        assert f'data-value="{item.customer_id}"' in html
    assert "wb-story" not in html
    assert "wb-broken" not in html


def test_filters_and_pages_of_the_timeline(panel):
    session = Session(panel)
    counts = panel.answers["card"].counts
    reply = ask(session, "kind", value="order")
    assert reply["regions"]["timeline"].count("<li>") == counts["order"]
    assert panel.query == f"customer={WHO}&kinds=order"
    ask(session, "kind", value="order")
    ask(session, "set", "page", "2")
    assert panel.state.page == 2
    again = wb.widgets.CustomerCard.from_query(panel.store, panel.query)
    assert again.state.snapshot() == panel.state.snapshot()
    ask(session, "kind", value="case")
    assert panel.state.page == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"customer": "nobody"},
        {"kinds": ["orders"]},
        {"page": 0},
        {"page": True},
        {"as_of": "soon"},
        {"customer": 7},
    ],
    ids=["customer", "kinds", "page", "bool", "day", "number"],
)
def test_a_wrong_setting_is_refused(demo_store, wrong):
    with pytest.raises(StateError):
        wb.widgets.CustomerCard(demo_store, **wrong)


def test_a_workspace_without_customers_says_what_to_do(hostile_store):
    panel = wb.widgets.CustomerCard(hostile_store)
    assert "no customers yet" in panel.to_html(live=True)
    assert panel.questions() == {}


@pytest.mark.browser
def test_a_card_by_keyboard_alone(app_server, guarded_page):
    watched = guarded_page(width=1280)
    page = watched.page
    page.goto(app_server.link("customer_card"), wait_until="commit")
    field = page.get_by_role("textbox", name="Find a customer")
    expect(field).to_be_visible(timeout=60_000)
    field.focus()
    page.keyboard.type(WHO)
    page.keyboard.press("Enter")
    expect(page.locator(".wb-story li")).to_have_count(20)
    assert f"customer={WHO}" in page.url
    older = page.get_by_role("button", name="Older")
    older.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("page 2 of")).to_be_visible()
    reason = page.get_by_role("textbox", name="Why the personal values are opened")
    reason.focus()
    page.keyboard.type("complaint 12")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Mask again")).to_be_visible()
    expect(page.get_by_text("@example.com")).to_be_visible()
    watched.assert_clean()
