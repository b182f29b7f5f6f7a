"""The Time slots panel: panel, code and cell agree; painting is kept; what cannot be is said in place."""

from __future__ import annotations

import re

import pytest
from test_panel_answers import same

import workbench as wb
from workbench import plans
from workbench.widgets.session import Session
from workbench.widgets.traits import StateError


@pytest.fixture
def panel(demo_store):
    return wb.widgets.TimeSlots(demo_store)


def send(session, act, key="", value="", live=False):
    return session.receive({"act": act, "key": key, "value": value, "live": live, "seq": 1})[0]


def test_the_code_gives_the_numbers_of_the_panel(panel):
    panel.state.update(
        forbid={"*": [1, 2], "search": [30]}, require={"social": [44]}, budget=140_000, windows=3
    )
    panel.state.update(daily_cap=24_000, explore="some", weeks=6)
    cell: dict = {}
    *lines, last = panel.to_code().splitlines()
    exec("\n".join([*lines, f"panel = {last}"]), cell)
    for name in ("plan", "uncertain", "costs", "test"):
        assert same(cell[name], panel.answers[name]), name
    assert cell["panel"].state.snapshot() == panel.state.snapshot()


def test_a_link_holds_painted_hours(panel, demo_store):
    panel.state.update(forbid={"*": [0, 1, 2, 24], "search": [30]}, require={"short_video": [167]}, group="*")
    assert "forbid=*:0-2.24,search:30" in panel.query
    again = type(panel).from_query(demo_store, panel.query)
    assert again.state.snapshot() == panel.state.snapshot()
    quoted = panel.query.replace(":", "%3A").replace(",", "%2C").replace("*", "%2A")
    assert type(panel).from_query(demo_store, quoted).state.snapshot() == panel.state.snapshot()
    wrong = type(panel).from_query(demo_store, "forbid=search:5-900&require=x")
    assert len(wrong.notices) == 2
    assert wrong.state.forbid == {}


def test_the_answer_comes_first_with_its_source_and_certificate(panel):
    html = panel.to_html()
    found = plans.propose_slots(panel.store, windows=6)
    assert f"{found.response:,.0f} conversions" in re.search(r'class="wb-lead">([^<]*)', html)[1]
    assert "platform-claimed" in html
    assert "no plan within the rules is better" in html
    assert html.index("wb-lead") < html.index("wb-kpis") < html.index('data-chart="plan"')
    assert "wb-broken" not in html
    assert 'type="range"' not in html
    assert "data-choose" not in html


def test_it_is_whole_in_chinese(panel):
    panel.state.update(lang="zh", forbid={"*": [1, 2]}, require={"search": [20]}, daily_cap=26_000)
    html = re.sub(r"<script.*?</script>|<svg.*?</svg>", "", panel.to_html(live=True), flags=re.S)
    assert "平台口径" in html
    assert "全部的禁投时段" in html
    assert "wb-broken" not in html
    shown = re.sub(r"<pre.*?</pre>|<[^>]*>", " ", html, flags=re.S)
    assert not re.search(r"\b(search|short_video|display|forbid|Monday)\b", shown)


@pytest.mark.parametrize("level", ["channel", "region"])
def test_painting_forbids_the_shown_group_and_undo_takes_it_back(panel, level):
    session = Session(panel)
    session.page()
    send(session, "steer", "level", level)
    group = panel.planned().groups[0]
    painted = send(session, "paint", "18", "44")
    assert panel.state.forbid == {group: (18, 19, 20, 42, 43, 44)}
    table = panel.planned().table
    own = (table["group"] == group) & table["hour_of_week"].isin([18, 19, 20, 42, 43, 44])
    assert (table.loc[own, "spend"] == 0).all()
    assert {"answer", "plan", "rules", "gain"} <= set(painted["regions"])
    assert {"plan", "change", "index", "today"} <= set(painted["charts"])
    send(session, "set", "brush", "require")
    send(session, "paint", "19", "19")
    assert panel.state.require == {group: (19,)}
    assert 19 not in panel.state.forbid[group]
    send(session, "undo")
    send(session, "undo")
    send(session, "undo")
    assert panel.state.forbid == {}


def test_hours_from_a_list_are_painted_for_all(panel):
    session = Session(panel)
    session.page()
    send(session, "set", "group", "*")
    send(session, "span", "", "work.22.2")
    assert panel.state.forbid["*"][:5] == (22, 23, 24, 25, 46)
    assert len(panel.state.forbid["*"]) == 20
    refused = send(session, "span", "", "someday.1.2")
    assert "someday" in refused["regions"]["notice"]
    refused = send(session, "paint", "x", "3")
    assert "is no hour" in refused["regions"]["notice"]
    send(session, "unpaint")
    assert panel.state.forbid == {}


def test_dragging_the_budget_leaves_the_slow_regions(panel):
    session = Session(panel)
    session.page()
    moved = send(session, "steer", "budget", "120000", live=True)
    assert panel.planned().plan.total_spend == pytest.approx(120_000, rel=1e-6)
    assert {"answer", "board"} <= set(moved["regions"])
    assert not {"gain", "rules", "trial", "health"} & set(moved["regions"])
    let_go = send(session, "steer", "budget", "120000")
    assert {"gain", "rules"} <= set(let_go["regions"])


def test_a_rule_that_no_plan_keeps_is_said_and_not_kept(panel):
    session = Session(panel)
    session.page()
    send(session, "set", "group", "*")
    refused = send(session, "span", "", "all.0.24")
    assert panel.state.forbid == {}
    assert "wb-bad" in refused["regions"]["notice"]
    for wrong in ({"forbid": "night"}, {"forbid": [200]}, {"windows": 9}, {"weeks": 5}, {"level": "city"}):
        with pytest.raises(StateError):
            panel.state.update(**wrong)


def test_another_advertiser_has_hours_of_its_own(panel):
    session = Session(panel)
    session.page()
    send(session, "paint", "3", "3")
    send(session, "advertiser", "", panel.store.members("advertiser")[0])
    assert panel.state.forbid == {}
    assert "wb-broken" not in "".join(session.page()["regions"].values())


@pytest.mark.parametrize("name", ["xlsx", "windows", "halves", "test", "plan", "costs"])
def test_everything_can_be_taken_away(panel, name):
    reply, files = Session(panel).receive({"act": "download", "key": name, "seq": 1})
    assert reply["kind"] == "file"
    assert len(files[0]) > 100


def test_no_google_campaign_is_said_in_place(panel):
    session = Session(panel)
    session.page()
    reply = send(session, "download", "google")
    assert "google_ads" in reply["regions"]["notice"]
