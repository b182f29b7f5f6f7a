"""The Budget panel: panel, code and cell agree; a move keeps the total; what cannot be is said in place."""

from __future__ import annotations

import re

import pytest
from test_panel_answers import same

import workbench as wb
from workbench import plans
from workbench.widgets.session import Session
from workbench.widgets.traits import StateError

HELD = {"search": 60_000}


@pytest.fixture
def panel(demo_store):
    return wb.widgets.Budget(demo_store)


def send(session, act, key="", value="", live=False):
    return session.receive({"act": act, "key": key, "value": value, "live": live, "seq": 1})[0]


def plain(html):
    return re.sub(r"<script.*?</script>|<svg.*?</svg>", "", html, flags=re.S)


def test_the_code_gives_the_numbers_of_the_panel(panel):
    panel.state.update(held=HELD, floors={"outdoor": 4000}, budget=170_000, filters={"region": ["Sichuan"]})
    panel.state.update(filters={})
    cell: dict = {}
    *lines, last = panel.to_code().splitlines()
    exec("\n".join([*lines, f"panel = {last}"]), cell)
    for name in ("plan", "uncertain", "costs"):
        assert same(cell[name], panel.answers[name]), name
    assert cell["panel"].state.snapshot() == panel.state.snapshot()


def test_the_answer_comes_first_with_its_source_and_certificate(panel):
    html = panel.to_html()
    found = plans.propose(panel.store)
    lead = re.search(r'class="wb-lead">([^<]*)', html)[1]
    assert f"{found.plan.total_response:,.0f} conversions" in lead
    assert "platform-claimed" in html
    assert "no plan within the rules brings more" in html
    assert "adds up" in html
    assert html.index("wb-lead") < html.index("wb-kpis") < html.index("wb-total")
    assert "wb-broken" not in html
    assert 'type="range"' not in html


def test_it_is_whole_in_chinese(panel):
    panel.state.update(lang="zh", held=HELD)
    html = plain(panel.to_html(live=True))
    assert "平台口径" in html
    assert "搜索" in re.search(r'class="wb-lead">([^<]*)', html)[1]
    assert "搜索锁定在 ¥60,000" in html
    assert "wb-broken" not in html
    shown = re.sub(r"<pre.*?</pre>|<[^>]*>", " ", html, flags=re.S)
    assert not re.search(r"\b(search|short_video|outdoor)\b", shown)


@pytest.mark.parametrize("value", [20_000, 90_000])
def test_a_slider_move_holds_its_channel_and_keeps_the_total(panel, value):
    session = Session(panel)
    session.page()
    moved = send(session, "held", "search", str(value), live=True)
    found = panel.answers["plan"]
    table = found.table.set_index("channel")
    assert table.loc["search", "spend"] == pytest.approx(value)
    assert table["spend"].sum() == pytest.approx(found.now.total_spend, rel=1e-9)
    assert {"answer", "board"} <= set(moved["regions"])
    assert {"moves", "curves", "marginals"} <= set(moved["charts"])
    assert all("spec" not in chart for chart in moved["charts"].values())
    assert not {"gain", "rules", "scenarios", "health"} & set(moved["regions"])
    let_go = send(session, "held", "search", str(value))
    assert {"gain", "rules"} <= set(let_go["regions"])


def test_undo_takes_a_whole_drag_back(panel):
    session = Session(panel)
    session.page()
    for value in (50_000, 55_000, 60_000):
        send(session, "held", "search", str(value), live=True)
    send(session, "held", "search", "60000")
    assert panel.state.held == {"search": 60_000}
    send(session, "undo")
    assert panel.state.held == {}


def test_a_lock_holds_and_lets_go(panel):
    session = Session(panel)
    session.page()
    send(session, "lock", "social", "30000")
    assert panel.state.held == {"social": 30_000}
    assert "locked" in panel.draw(live=True)["board"].html
    send(session, "lock", "social", "30000")
    assert panel.state.held == {}


@pytest.mark.parametrize(
    ("act", "key", "value", "words"),
    [
        ("floors", "search", "abc", "is no amount"),
        ("floors", "social", "900,000", "below the floors and locks"),
        ("steer", "budget", "-5", "is no amount"),
        ("steer", "lang", "zh", "setting 'lang'"),
        ("caps", "tv", "5", "channel 'tv'"),
        ("steer", "mode", "max_fun", "mode 'max_fun'"),
    ],
)
def test_what_cannot_be_is_said_in_place_and_nothing_moves(panel, act, key, value, words):
    session = Session(panel)
    session.page()
    before = panel.state.snapshot()
    said = send(session, act, key, value)["regions"]["notice"]
    assert words in said.replace("&#x27;", "'")
    assert panel.state.snapshot() == before


def test_amounts_are_read_as_people_write_them(panel):
    session = Session(panel)
    session.page()
    send(session, "floors", "search", "45,000")
    send(session, "caps", "email", "5 000.50")
    assert panel.state.floors == {"search": 45_000}
    assert panel.state.caps == {"email": 5000.5}
    send(session, "floors", "search", "")
    assert panel.state.floors == {}


def test_a_link_opens_the_same_view(panel):
    panel.state.update(held=HELD, caps={"email": 5000.5}, budget=150_000, risk="balanced", level="region")
    query = "budget=150000&risk=balanced&held=search:60000&caps=email:5000.5&level=region"
    assert panel.query == query
    again = wb.widgets.Budget.from_query(panel.store, query)
    assert again.state.snapshot() == panel.state.snapshot()
    odd = wb.widgets.Budget.from_query(panel.store, "held=search&budget=lots")
    assert odd.state.held == {}
    assert "'lots' is no amount" in " ".join(notice.sentence for notice in odd.notices)
    with pytest.raises(StateError):
        wb.widgets.Budget(panel.store, held={"tv": 3})


def test_another_advertiser_gets_amounts_of_its_own(panel):
    session = Session(panel)
    send(session, "held", "search", "60000")
    name = panel.store.members("advertiser")[0]
    send(session, "advertiser", "", name)
    assert panel.state.filters == {"advertiser": (name,)}
    assert panel.state.held == {}
    assert same(panel.answers["plan"], plans.propose(panel.store, where={"advertiser": name}))
    assert "wb-broken" not in panel.to_html()


def test_a_mode_has_its_own_target(panel):
    session = Session(panel)
    send(session, "steer", "mode", "min_cost")
    send(session, "steer", "target", "2000")
    found = panel.answers["plan"]
    assert found.plan.total_response == pytest.approx(2000, rel=1e-6)
    assert found.plan.total_spend < found.now.total_spend
    send(session, "steer", "mode", "target_cpa")
    assert panel.state.target == ""
    send(session, "steer", "mode", "min_cost")
    send(session, "steer", "target", "1000000")
    assert "cannot be reached" in panel.draw(live=True)["answer"].html


@pytest.fixture
def own_store(demo_store, monkeypatch):
    """The demo world without plans, before and after."""
    from workbench import saved

    def clear():
        for item in saved.items(demo_store.path, "plan"):
            saved.trash(demo_store.path, item)

    monkeypatch.setenv("WORKBENCH_WHO", "Mei")
    clear()
    yield demo_store
    clear()


def kept_by(panel, session, name="More in October"):
    """Save the panel's plan, and return it."""
    reply = send(session, "plan_save", "private", name)
    assert name in reply["regions"]["notice"]
    return plans.read(panel.store, name)


def test_a_plan_is_saved_and_stands_among_the_scenarios(own_store):
    panel = wb.widgets.Budget(own_store, budget=180_000)
    session = Session(panel)
    kept = kept_by(panel, session)
    assert kept.totals["spend"] == pytest.approx(180_000)
    assert (kept.days, kept.source) == (7, "platform-claimed")
    assert (kept.table["response_low"] <= kept.table["response_high"]).all()
    table = plans.scenarios(panel.answers["plan"], plans.alike(own_store, panel.answers["plan"])).table
    assert kept.item.id in set(table["scenario"])
    drawn = panel.draw(live=True)["scenarios"].html
    assert "More in October" in drawn
    assert "platform-claimed" in drawn
    assert "Not done" in send(session, "plan_save", "private", "More in October")["regions"]["notice"]


def test_a_saved_plan_loads_back_into_the_sliders_and_undo_takes_it_away(own_store):
    panel = wb.widgets.Budget(own_store, held=HELD, floors={"outdoor": 4000}, risk="balanced")
    session = Session(panel)
    kept = kept_by(panel, session)
    spend = panel.answers["plan"].table["spend"].to_numpy()
    send(session, "reset")
    assert (panel.state.held, panel.state.saved) == ({}, "")
    send(session, "plan_view", kept.item.id)
    assert (panel.state.held, panel.state.floors, panel.state.risk) == (HELD, {"outdoor": 4000}, "balanced")
    assert panel.answers["plan"].table["spend"].to_numpy() == pytest.approx(spend, rel=1e-3, abs=1)
    drawn = panel.draw(live=True)
    assert "Open: “More in October”" in drawn["scenarios"].html
    assert "The open plan begins on 2 Nov 2026" in drawn["judged"].html
    assert "Save changes" not in drawn["scenarios"].html
    send(session, "undo")
    assert (panel.state.held, panel.state.saved) == ({}, "")
    again = wb.widgets.Budget(own_store, saved="More in October")
    assert again.state.held == HELD
    assert again.state.saved == kept.item.id
    linked = wb.widgets.Budget.from_query(own_store, f"saved={kept.item.id}&held=search:50000")
    assert linked.state.held == {"search": 50_000}
    assert "Save changes" in linked.draw(live=True)["scenarios"].html
    lost = wb.widgets.Budget.from_query(own_store, "saved=nowhere")
    assert "no saved plan “nowhere”" in lost.notices[0].sentence


def test_a_saved_plan_has_versions_a_name_and_a_trash(own_store):
    panel = wb.widgets.Budget(own_store, held=HELD)
    session = Session(panel)
    kept = kept_by(panel, session)
    send(session, "held", "search", "50000")
    send(session, "plan_resave", kept.item.id)
    assert plans.read(own_store, kept.item.id).asked["held"] == {"search": 50_000}
    assert "Version 2" in panel.draw(live=True)["scenarios"].html
    send(session, "plan_version", kept.item.id, "1")
    assert panel.state.held == HELD
    assert "Save changes" in panel.draw(live=True)["scenarios"].html
    assert "has no revision" in send(session, "plan_version", kept.item.id, "x")["regions"]["notice"]
    send(session, "plan_rename", kept.item.id, "October, calmer")
    assert plans.read(own_store, "October, calmer").asked["held"] == {"search": 50_000}
    send(session, "plan_trash", kept.item.id)
    assert panel.state.saved == ""
    assert plans.items(own_store) == ()
    send(session, "plan_restore", kept.item.id)
    assert [one.name for one in plans.items(own_store)] == ["October, calmer"]


def test_the_open_plan_is_held_against_what_happened(own_store):
    import datetime as dt

    last = own_store.as_of
    found = plans.propose(own_store)
    start = last - dt.timedelta(days=27)
    more = {"cells": found.curves, "days": 7, "source": "platform-claimed"}
    kept = plans.create(own_store, "Then", found.plan, start, last, **more)
    html = wb.widgets.Budget(own_store, saved=kept.item.id, lang="zh").to_html()
    judged = plans.judge(own_store, kept)
    assert f"{judged.pacing:.0%}" in html
    assert "计划依据的曲线口径：平台口径" in html
    assert "wb-broken" not in html


def test_the_plan_goes_out_as_a_workbook_and_not_where_no_campaign_is(panel):
    session = Session(panel)
    reply, files = session.receive({"act": "download", "key": "xlsx", "value": "", "seq": 1})
    assert reply["name"].endswith(".xlsx")
    assert files[0][:2] == b"PK"
    said = send(session, "download", "google_ads")["regions"]["notice"]
    assert "No campaign of google_ads has spent anything" in said
    assert "plans.google_ads_editor(plan" in said
    assert "plans.meta_bulk(plan" in send(session, "download", "meta_ads")["regions"]["notice"]
    menu = panel.draw(live=True)["title"].html
    assert all(f'data-key="{name}"' in menu for name in ("plan.csv", "xlsx", "google_ads", "meta_ads"))


@pytest.mark.parametrize("name", ["plan", "uncertain", "costs"])
def test_a_download_is_the_answer(panel, name):
    panel.state.update(held=HELD)
    reply, files = Session(panel).receive({"act": "download", "key": name, "value": "", "seq": 1})
    assert reply["kind"] == "file"
    assert files[0] == panel.answers[name].to_csv()
    assert b"search" in files[0]


def test_each_region_has_a_slider_a_lock_and_bounds(panel):
    session = Session(panel)
    send(session, "steer", "level", "region")
    board = panel.draw(live=True)["board"].html
    assert board.count('type="range"') == 1 + 6 + 48
    send(session, "held", "search · Beijing", "5000")
    send(session, "caps", "social · Beijing", "3 000")
    table = panel.answers["plan"].steered.set_index("cell")
    assert table.loc["search · Beijing", ["spend", "at_bound"]].tolist() == [5000, "held"]
    assert table.loc["social · Beijing", "spend"] <= 3000 * (1 + 1e-9)
    assert panel.answers["plan"].plan.total_spend == pytest.approx(panel.answers["plan"].now.total_spend)
    html = panel.to_html(live=True)
    assert "Search · Beijing held at ¥5,000" in html
    assert "48 of 48 cells" in html
    assert "wb-broken" not in html
    again = wb.widgets.Budget.from_query(panel.store, panel.query)
    assert again.state.held == {"search · Beijing": 5000}
    send(session, "steer", "level", "channel")
    assert (panel.state.held, panel.state.caps) == ({}, {})


def test_a_workspace_that_lacks_claims_says_so_once_and_stays_whole(hostile_store):
    html = wb.widgets.Budget(hostile_store).to_html(live=True)
    assert html.count("wb-broken") == 1
    assert re.search(r'class="wb-broken"[^>]*>[^<]*(weeks|claims|conversions)', html)


def test_the_page_says_how_far_the_plausible_fits_are_and_does_not_wait_for_them(demo_store, monkeypatch):
    from workbench.plans import fits

    fit = fits.Fitted(fits.fitted(demo_store).model, fits.fitted(demo_store).curves)
    monkeypatch.setattr(fits, "_fit", lambda _asked: fit)
    panel, told = wb.widgets.Budget(demo_store), []
    waiting = panel.draw(live=True)["gain"].html
    assert "<progress" in waiting
    assert "data-await" in waiting
    monkeypatch.setattr(fits, "EVERY", 0.0)
    fit.drawing.heard = lambda: told.append(panel.draw(live=True)["gain"].html)
    assert len(fit.draws) > fits.DRAWS
    many = fit.drawing.many
    assert f"1 of {many} plausible fits" in told[0]
    assert f"{many} of {many} plausible fits" in told[-1]
    assert fit.drawn
    assert "<progress" not in panel.draw(live=True)["gain"].html


def test_a_report_waits_for_the_plausible_fits(demo_store, monkeypatch):
    from workbench.plans import fits

    fit = fits.Fitted(fits.fitted(demo_store).model, fits.fitted(demo_store).curves)
    monkeypatch.setattr(fits, "_fit", lambda _asked: fit)
    assert "<progress" not in wb.widgets.Budget(demo_store).to_html()
