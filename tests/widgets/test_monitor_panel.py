"""The Monitor panel: the numbers of its answers, and a page that follows the data unless told not to."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from monitored import FIRST, filled, report

import workbench as wb
from workbench.settings import ADVERTISERS
from workbench.widgets import downloads
from workbench.widgets.answers import Answers
from workbench.widgets.session import Session
from workbench.widgets.shell import PAGES

PAST = {"as_of": "2026-05-20"}


@pytest.fixture(scope="module")
def answers(demo_store):
    return Answers(demo_store)


@pytest.fixture
def panel(demo_store, answers):
    found = wb.widgets.Monitor(demo_store, **PAST)
    found._answers = answers
    return found


@pytest.fixture
def session(tmp_path):
    """A page of a small workspace."""
    found = Session(wb.widgets.Monitor(filled(tmp_path)))
    found.page()
    asks(found, "await")
    return found


def bring(session, tmp_path, name="more.csv", **about):
    """Import a report as another process would: this page's store stays behind."""
    file = tmp_path / name
    file.write_text(report(**about), encoding="utf-8")
    return wb.data.load(wb.open(session.panel.store.path), file)


def asks(session, act="poll", value=""):
    return session.receive({"act": act, "key": "", "value": value, "seq": 7})[0]


def bar(html) -> float:
    """The first bar in parts of its plan."""
    done, plan = (
        re.search(pattern, str(html))[1]
        for pattern in (r'wb-pace-done" style="width:([\d.]+)%', r'wb-pace-plan" style="left:([\d.]+)%')
    )
    return float(done) / float(plan)


def test_the_code_gives_the_numbers_of_the_panel(panel):
    cell: dict = {}
    *lines, last = panel.to_code().splitlines()
    exec("\n".join([*lines, f"panel = {last}"]), cell)
    for name in ("standing", "news", "totals", "pace", "odd"):
        assert cell[name].to_dict() == panel.answers[name].to_dict()
    assert cell["panel"].state.snapshot() == panel.state.snapshot()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_is_said_in_both_languages(panel, lang):
    panel.state.update(lang=lang)
    html = panel.to_html()
    assert "wb-broken" not in html
    assert "data-poll" not in html  # a report asks nothing
    assert "data-poll" in panel.to_html(live=True)
    shown = re.sub(r"<script.*?</script>|<[^>]*>", " ", html, flags=re.S)
    if lang == "zh":
        assert set(re.findall(r"[A-Za-z]{3,}", shown)) <= {"Asia", "Shanghai", "CRM", "workbench", "watch"}
    assert html.index('data-region="news"') < html.index("wb-standing") < html.index("wb-paces")


def test_bars_and_charts_hold_the_answers(panel):
    assert "data-await" in str(panel.draw(live=True)["pace"].html)  # the rest of the page does not wait
    panel.work_out()
    drawn = panel.draw(live=True)
    found = panel.answers["totals"]
    row = found.table.iloc[0]
    assert bar(drawn["totals"].html) == pytest.approx(row["done"], abs=1e-3)
    assert str(drawn["pace"].html).count("<tr data-id=") == 6
    odd = panel.answers["odd"]
    mark = next(one for one in odd.marks() if one.startswith("cost|tencent-lumi|2026-05-14"))
    panel.state.update(shown=mark)
    drawn = panel.draw(live=True)
    rows = [row for row in drawn["series"].charts["series"].data if "a" in row]
    assert [row["t"] for row in rows] == [1778716800000]  # 14 May 2026
    first = odd.table.iloc[odd.marks().index(mark)]
    assert rows[0]["a"] == pytest.approx(first["value"], rel=1e-4)
    assert re.search(r'aria-pressed="true"[^>]*>Cost · [^<]*14 May 2026', str(drawn["odd"].html))
    assert "wb-broken" not in "".join(str(region.html) for region in drawn.values())


def test_as_long_as_nothing_happens_nothing_is_drawn(session, monkeypatch):
    asks(session)
    monkeypatch.setattr(session.panel, "draw", lambda **_: pytest.fail("it was drawn again"))
    assert asks(session) == {"kind": "still", "seq": 7}


def test_a_newer_version_moves_the_bars_and_says_what_changed(session, tmp_path):
    panel = session.panel
    before, version = bar(panel.draw(live=True)["totals"].html), panel.store.version
    bring(session, tmp_path, factor=1.2)
    changed = asks(session)["regions"]
    assert panel.store.version == version + 1
    assert f"Data version {version} → {version + 1}: 1 file, 45 rows." in changed["news"]
    assert "28 days restated" in changed["news"]
    assert "cost +20.0%" in changed["news"]
    assert bar(changed["totals"]) == pytest.approx(before * 1.2, rel=0.01)
    assert "data-await" not in "".join(changed.values())  # all numbers are there at once
    assert {"news", "standing", "totals", "pace", "landed", "title"} <= set(changed)
    assert asks(session) == {"kind": "still", "seq": 7}
    bring(session, tmp_path, "new.csv", days=1, first=FIRST + dt.timedelta(45))
    assert "1 day more, to 15 Apr 2026" in asks(session)["regions"]["news"]


def test_kept_numbers_stay_until_the_reader_goes_on(session, tmp_path):
    version = session.panel.store.version
    assert "Follow the data again" in asks(session, "hold", "keep")["regions"]["news"]
    bring(session, tmp_path, factor=1.2)
    bring(session, tmp_path, "more2.csv", factor=1.3)
    reply = asks(session)
    assert set(reply["regions"]) == {"news"}
    assert (
        f"Version {version + 2} is there; you keep the numbers of version {version}."
        in reply["regions"]["news"]
    )
    assert asks(session) == {"kind": "still", "seq": 7}
    reply = asks(session, "hold", "follow")
    assert f"Data version {version} → {version + 2}: 2 files, 90 rows." in reply["regions"]["news"]
    assert session.panel.store.version == version + 2


def test_a_version_that_cannot_be_read_is_tried_again(session, tmp_path, monkeypatch):
    bring(session, tmp_path, factor=1.2)
    version = session.panel.store.version
    with monkeypatch.context() as broken:
        broken.setattr(wb.data, "open", lambda *_: (_ for _ in ()).throw(OSError("away")))
        asks(session)
    assert session.panel.store.version == version
    assert "news" in asks(session)["regions"]
    assert session.panel.store.version == version + 1


def test_what_a_folder_says_is_shown_without_a_new_version(session, tmp_path):
    asks(session)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "odd.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    list(wb.data.watch(wb.open(session.panel.store.path), inbox, once=True, settle=0.0))
    said = asks(session)["regions"]["standing"]
    assert "inbox" in said
    assert "✕ odd.csv" in said or "odd.csv" in said
    assert "stopped" in said


def test_without_a_plan_the_page_says_where_to_give_one(tmp_path, monkeypatch):
    monkeypatch.setenv(PAGES, '[{"id": "home", "href": "/home", "en": "Home", "zh": "首页"}]')
    html = wb.widgets.Monitor(filled(tmp_path, plan=None)).to_html(live=True)
    assert "workbench targets --to plan.csv" in html
    assert 'href="/home?month=2026-04"' in html
    assert "There is no target for the month to 30 Apr 2026." in html
    assert "wb-broken" not in html


def test_an_empty_workspace_says_what_to_do_and_a_past_one_follows_nothing(tmp_path, session):
    panel = wb.widgets.Monitor(wb.open(tmp_path / "new"))
    assert "no delivery data yet" in panel.to_html(live=True)
    past = wb.widgets.Monitor(session.panel.store.at(session.panel.store.version))
    assert "data-poll" not in past.to_html(live=True)


def test_a_link_opens_the_same_view(panel):
    panel.state.update(
        metric="revenue", by="account", apart="region", look="7", filters={"channel": ["search"]}
    )
    again = wb.widgets.Monitor.from_query(panel.store, panel.query)
    assert again.state.snapshot() == panel.state.snapshot()
    wrong = wb.widgets.Monitor.from_query(panel.store, "look=3&by=mood")
    assert "Unknown dimension 'mood'" in " ".join(notice.sentence for notice in wrong.notices)


def test_too_little_data_is_said_in_place(tmp_path):
    store = wb.open(tmp_path / "short")
    (tmp_path / "short.csv").write_text(report(days=10), encoding="utf-8")
    wb.data.load(store, tmp_path / "short.csv")
    panel = wb.widgets.Monitor(store)
    html = panel.to_html()
    assert html.count("There are 10 days of data so far. From 28 days on") == 1
    assert html.count("Needs 28 days of data; there are 10.") == 3
    assert "目前只有 10 天的数据" in wb.widgets.Monitor(store, lang="zh").to_html()
    assert "wb-broken" not in html
    assert "short.csv" in html  # what came in is told all the same


def test_every_table_can_be_taken_away(session):
    found = {name: downloads.file(session.panel, name) for name in ("all.xlsx", "pace.csv", "odd.csv")}
    assert found["all.xlsx"].content[:2] == b"PK"
    assert found["pace.csv"].content.decode("utf-8-sig").startswith("metric,channel,actual")


def test_who_sees_some_advertisers_is_told_of_no_file(demo_store, tmp_path, monkeypatch):
    store = filled(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "rival.csv").write_text(report(3, "rival"), encoding="utf-8")
    list(wb.data.watch(store, tmp_path / "in", once=True, settle=0.0))
    assert "rival.csv" in wb.widgets.Monitor(store).to_html(live=True)
    monkeypatch.setenv(ADVERTISERS, '["nobody"]')
    limited = wb.widgets.Monitor(wb.open(store.path))
    assert "rival" not in limited.to_html(live=True)
    monkeypatch.setenv(ADVERTISERS, '["Lumi Beauty"]')
    panel = wb.widgets.Monitor(wb.open(demo_store.path), by="advertiser", as_of="2026-05-20")
    panel.work_out()
    html = panel.to_html(live=True)
    assert "wb-broken" not in html
    assert "Lumi Beauty" in html
    assert "Ridgeway" not in html
