"""The Home panel: figures against three pasts, findings that lead on, decisions, links to every page."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from dataclasses import replace

import pytest

import workbench as wb
from workbench import findings
from workbench.errors import QuestionError
from workbench.widgets.answers import Answers
from workbench.widgets.session import Session
from workbench.widgets.shell import PAGES
from workbench.widgets.traits import StateError

LISTED = [
    {"id": "home", "href": "/home", "en": "Home", "zh": "首页"},
    {
        "id": "campaigns",
        "href": "/campaigns",
        "en": "Campaigns",
        "zh": "广告投放",
        "about_en": "What it brought",
    },
    {"id": "budget", "href": "/budget", "en": "Budget", "zh": "预算"},
]


@pytest.fixture(scope="module")
def answers(demo_store):
    return Answers(demo_store)


@pytest.fixture
def panel(demo_store, answers):
    found = wb.widgets.Home(demo_store)
    found._answers = answers
    return found


@pytest.fixture
def own_panel(demo_store, tmp_path):
    shutil.copytree(demo_store.path, tmp_path / "own")
    return wb.widgets.Home(wb.open(tmp_path / "own"))


def plain(html: str) -> str:
    return re.sub(r"<script.*?</script>|<[^>]*>", " ", html, flags=re.S)


def test_the_code_gives_the_numbers_of_the_panel(panel):
    cell: dict = {}
    *lines, last = panel.to_code().splitlines()
    exec("\n".join([*lines, f"panel = {last}"]), cell)
    for name in ("kpis", "last_year", "target"):
        assert cell[name].table.equals(panel.answers[name].table)
    assert [item.id for item in cell["findings"]] == [item.id for item in panel.answers["findings"]]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_card_stands_beside_the_period_before_last_year_and_the_target(panel, lang):
    panel.state.update(lang=lang)
    html = panel.to_html()
    assert "wb-broken" not in html
    cards = html.split('data-id="kpi-')[1:]
    assert len(cards) == 5
    for card, metric in zip(cards, panel.state.metrics, strict=True):
        assert card.startswith(metric)
        assert card.partition("</section>")[0].count("wb-chip") == 3


def test_a_filter_that_targets_do_not_know_leaves_the_target_out(panel):
    panel.state.update(filters={"region": ["Beijing"]})
    assert "target" not in panel.questions()
    assert "wb-broken" not in panel.to_html()
    panel.state.update(filters={"channel": ["search"]}, compare="target")
    assert "wb-broken" not in panel.to_html()


def test_findings_lead_to_the_page_where_one_acts_with_what_they_are_about(panel, monkeypatch):
    monkeypatch.setenv(PAGES, json.dumps(LISTED))
    panel.state.update(period="last_28_days", lang="zh")
    html = panel.to_html(live=True)
    first = panel.answers["findings"][0]
    shown = html.split(f'data-id="finding-{first.id}"')[1].partition("</li>")[0]
    address = re.search(r'href="([^"]*)"', shown)[1].replace("&amp;", "&")
    assert address.startswith("/campaigns?")
    opened = wb.widgets.Campaigns.from_query(panel.store, address.partition("?")[2])
    assert opened.state.metric == first.state["metric"]
    assert {**opened.state.filters} == {**first.state["filters"]}
    assert opened.state.lang == "zh"
    assert not opened.notices


def test_every_other_page_is_listed_with_what_it_is_for(panel, monkeypatch):
    monkeypatch.setenv(PAGES, json.dumps(LISTED))
    panel.state.update(filters={"channel": ["search"]})
    region = panel.draw(live=True)["pages"].html
    assert re.findall(r'href="([^"]*)"', region) == ["/campaigns?channel=search", "/budget?channel=search"]
    assert "What it brought" in region


def test_a_decision_is_kept_shown_and_taken_back(own_panel):
    first = own_panel._answers.ask({"f": own_panel.questions()["findings"]})["f"][0]
    own_panel.acts()["decide"](first.id, "rejected")
    assert [made.choice for made in findings.decisions(own_panel.store)] == ["rejected"]
    drawn = own_panel.draw(live=False)
    assert first.sentence("en") not in plain(drawn["findings"].html)
    assert first.sentence("en") in plain(drawn["decided"].html)
    assert "wb-broken" not in drawn["decided"].html
    own_panel.acts()["reopen"](first.id, "")
    assert first.sentence("en") in plain(own_panel.draw(live=False)["findings"].html)


def test_what_is_decided_makes_room_for_the_next_finding(own_panel, monkeypatch):
    first = own_panel.answer("findings")[0]
    many = tuple(replace(first, id=f"finding {number}") for number in range(8))
    monkeypatch.setattr(findings, "review", lambda _store, limit=5, **_question: many[:limit])
    own_panel.renew()
    shown = re.compile(r'data-id="finding-finding (\d)"')
    assert shown.findall(own_panel.draw(live=True)["findings"].html) == list("01234")
    for one in many[:2]:
        own_panel.acts()["decide"](one.id, "done")
    assert shown.findall(own_panel.draw(live=True)["findings"].html) == list("23456")
    for one in many[2:]:
        own_panel.acts()["decide"](one.id, "rejected")
    assert "All of it is decided." in own_panel.draw(live=True)["findings"].html


def test_tested_advice_stays_away_as_long_as_the_days_that_it_looks_at(own_panel, monkeypatch):
    item = next(item for item in own_panel.answer("advice") if item.p is not None)
    made = findings.decide(own_panel.store, item, "done")
    own_panel.state.update(period="last_7_days")
    for days, hidden in ((60, True), (90, False)):
        past = replace(made, day=made.day - dt.timedelta(days=days))
        monkeypatch.setattr(findings, "decisions", lambda _store, past=past: (past,))
        assert (item.sentence("en") in plain(own_panel.draw(live=False)["advice"].html)) is not hidden


def test_a_page_does_not_wait_for_what_followed_and_folds_older_decisions(own_panel, monkeypatch):
    made = findings.decide(own_panel.store, own_panel.answer("findings")[0], "done")
    past = tuple(replace(made, finding=f"{number}", sentence={"en": f"No {number}."}) for number in range(12))
    monkeypatch.setattr(findings, "decisions", lambda _store: past)
    html = own_panel.draw(live=True)["decided"].html
    assert "data-await" in html
    assert "Earlier decisions: 2" in html
    assert html.index("No 9.") < html.index("<details") < html.index("No 10.")
    told = own_panel.draw(live=False)["decided"].html
    assert "data-await" not in told
    assert "wb-broken" not in told


def test_a_page_decides_only_about_what_it_shows(own_panel):
    with pytest.raises(StateError, match="finding"):
        own_panel.acts()["decide"]("../../etc", "done")
    assert findings.decisions(own_panel.store) == ()


def test_the_live_page_does_not_wait_for_advice(panel):
    html = panel.to_html(live=True)
    assert "data-await" in html
    assert "wb-broken" not in html


def test_a_report_says_everything_and_has_no_buttons(panel):
    html = panel.to_html()
    assert "data-await" not in html
    assert 'data-act="decide"' not in html
    assert panel.answers["advice"][0].sentence("en") in plain(html)


def test_an_empty_workspace_says_where_data_comes_in(tmp_path):
    panel = wb.widgets.Home(wb.open(tmp_path / "none"))
    assert "wb-broken" not in panel.to_html(live=True)
    assert Session(panel) is not None


def test_links_and_views_bring_the_state_back(panel):
    panel.state.update(metric="roas", filters={"channel": ["search"]}, compare="previous_year")
    again = wb.widgets.Home.from_query(panel.store, panel.state.query)
    assert again.state.snapshot() == panel.state.snapshot()


def test_past_cases_are_asked_for_and_stand_beside_what_they_are_about(panel, monkeypatch):
    html = panel.to_html(live=True)
    assert 'data-key="proof"' in html
    assert "past cases" not in plain(html)
    rates = {"place_hours": findings.HitRate("place_hours", 22, 22, 0.85, 1.0)}
    monkeypatch.setattr(findings, "hit_rates", lambda _store, **_question: rates)
    panel.state.update(proof="on")
    drawn = panel.draw(live=False)
    assert "Held in 22 of 22 past cases" in plain(drawn["advice"].html)
    assert "No past case to judge it by" in plain(drawn["findings"].html)
    assert 'data-key="proof"' not in drawn["advice"].html
    assert "proof=on" in panel.query
    assert "data-await" in panel.draw(live=True)["findings"].html  # a live page does not wait for them


def test_the_campaigns_page_says_how_often_such_findings_held(demo_store, monkeypatch):
    rates = {"change_good": findings.HitRate("change_good", 1, 2, 0.1, 0.9)}
    monkeypatch.setattr(findings, "hit_rates", lambda _store, **_question: rates)
    shown = wb.widgets.Campaigns(demo_store, proof="on").draw(live=False)["findings"].html
    assert "Held in 1 of 2 past cases: too few to tell" in plain(shown)


def test_a_finding_is_put_off_for_a_week_a_month_or_until_a_day(own_panel):
    first, day = own_panel.answer("findings")[0], own_panel.store.as_of
    menu = own_panel.draw(live=True)["findings"].html
    for words in ("Remind me in a week", "Remind me in a month", 'type="date"'):
        assert words in menu
    later = day + dt.timedelta(days=90)
    for said, days in (("week", 7), ("month", 30), (later.isoformat(), 90)):
        own_panel.acts()["snooze"](first.id, said)
        (made,) = findings.decisions(own_panel.store)
        assert (made.choice, (made.until - day).days) == ("snoozed", days)
    for wrong, why in (("soon", "is no day"), (day.isoformat(), "nothing can be put off")):
        with pytest.raises(QuestionError, match=why):
            own_panel.acts()["snooze"](first.id, wrong)


def test_the_campaigns_page_heeds_what_home_decided_and_shows_it_with_its_way_back(own_panel):
    other = wb.widgets.Campaigns(own_panel.store)
    first = other.answer("findings")[0]
    own_panel.acts()["decide"](first.id, "rejected")
    html = other.draw(live=True)["findings"].html
    listed, _, folded = html.partition("<details")
    assert f'data-id="finding-{first.id}"' not in listed
    assert "Decided, so not listed: 1" in folded
    assert first.sentence("en") in plain(folded)
    assert "Not useful · " in plain(folded)
    assert 'data-act="reopen"' in folded
    report = other.draw(live=False)["findings"].html
    assert "reopen" not in report
    assert 'data-keep="away" open' in report
    other.acts()["reopen"](first.id, "")
    again = other.draw(live=True)["findings"].html
    assert f'data-id="finding-{first.id}"' in again
    assert "reopen" not in again


def test_both_lists_of_the_page_share_its_chance_of_a_false_finding(panel):
    asked = panel.questions()
    assert {asked[name].arguments["lists"] for name in ("findings", "advice")} == {2}
    assert "lists" not in wb.widgets.Campaigns(panel.store).questions()["findings"].arguments
