"""The Interactions panel: the numbers of the report, its words in both languages, links, no contacts."""

from __future__ import annotations

import re

import pytest

import workbench as wb
from workbench import exports
from workbench.customers.service.answer import hours
from workbench.widgets import downloads
from workbench.widgets.answers import Answers
from workbench.widgets.interactions.panel import FILES
from workbench.widgets.session import Session
from workbench.widgets.traits import StateError


@pytest.fixture(scope="module")
def answers(demo_store):
    return Answers(demo_store)


@pytest.fixture
def panel(demo_store, answers):
    found = wb.widgets.Interactions(demo_store)
    found._answers = answers
    return found


@pytest.mark.parametrize("settings", [{}, {"compare": "none", "by": "method"}], ids=["usual", "alone"])
def test_the_code_gives_the_numbers_of_the_panel(panel, settings):
    panel.state.update(**settings)
    cell: dict = {}
    *lines, last = panel.to_code().splitlines()
    exec("\n".join([*lines, f"panel = {last}"]), cell)
    assert cell["report"].to_dict() == panel.answers["report"].to_dict()
    assert (cell["report"].compare is None) == (panel.state.compare == "none")
    assert cell["panel"].state.snapshot() == panel.state.snapshot()


def test_the_sentences_come_first_and_are_the_answer(panel):
    html = panel.to_html()
    report = panel.answers["report"]
    lead = re.search(r'class="wb-lead">([^<]*)', html)[1]
    assert lead == report.sentences("en")[0]
    assert hours(report.times.iloc[0]["median"], "en") in lead
    assert html.index("wb-lead") < html.index("wb-kpis") < html.index('data-chart="reactions"')
    assert "wb-broken" not in html


@pytest.mark.parametrize(
    "by", ["", "method", "marketer", "kind", "message", "region"], ids=lambda by: by or "all"
)
def test_every_breakdown_is_drawn_in_chinese(panel, by):
    panel.state.update(lang="zh", by=by)
    html = panel.to_html()
    assert "wb-broken" not in html
    assert "wb-broken" not in panel.to_html(live=True)
    shown = re.sub(r"<script.*?</script>|<[^>]*>", " ", html, flags=re.S)
    names = {
        "Asia",
        "Shanghai",
        "Kaplan",
        "Meier",
        "Brookmeyer",
        "Crowley",
        "Wilson",
        "McNemar",
        "Holm",
        "CRM",
    }
    assert set(re.findall(r"[A-Za-z]{3,}", shown)) - {"App"} <= names


def test_the_chart_holds_the_reactions(panel):
    chart = panel.draw(live=True)["reactions"].charts["reactions"]
    found = panel.answers["report"].reactions
    good = found[found["reaction"] == "positive"].sort_values("rate", ascending=False)
    assert [row["key"] for row in chart.data] == list(good["member"])
    assert [row["m"] for row in chart.data] == pytest.approx(list(good["rate"]), rel=1e-4)


def test_a_link_opens_the_same_view_and_wrong_values_are_said(panel):
    panel.state.update(period="last_28_days", compare="previous_year", by="marketer")
    assert panel.query == "period=last_28_days&compare=previous_year&by=marketer"
    again = wb.widgets.Interactions.from_query(panel.store, panel.query)
    assert again.state.snapshot() == panel.state.snapshot()
    odd = wb.widgets.Interactions.from_query(panel.store, "by=mood&compare=soon")
    assert "Unknown dimension 'mood'" in " ".join(notice.sentence for notice in odd.notices)
    for wrong in ({"by": "team"}, {"period": "soon"}, {"compare": "soon"}):
        with pytest.raises(StateError):
            wb.widgets.Interactions(panel.store, **wrong)


def test_a_choice_redraws_what_it_concerns(panel):
    session = Session(panel)
    session.page()
    reply, _ = session.receive({"act": "set", "key": "by", "value": "method", "seq": 1})
    assert {"times", "complaints"} <= set(reply["regions"])
    assert "bar" not in reply["regions"]


def test_a_workspace_without_interactions_says_what_to_do(hostile_store):
    panel = wb.widgets.Interactions(hostile_store)
    assert "no interactions yet" in panel.to_html(live=True)
    assert panel.questions() == {}


def test_a_bar_of_the_reactions_becomes_a_segment(demo_store, tmp_path, monkeypatch):
    import shutil

    from workbench.widgets.session import Session

    monkeypatch.setenv("WORKBENCH_USER", "tester")
    shutil.copytree(demo_store.path, tmp_path / "ws", ignore=shutil.ignore_patterns("segments", "trash"))
    store = wb.data.open(tmp_path / "ws")
    panel = wb.widgets.Interactions(store)
    session = Session(panel)
    session.receive({"act": "point", "key": "report", "value": "call", "seq": 1})
    session.receive({"act": "keep", "key": "own", "value": "Liked the call", "seq": 2})
    rows = store.query(
        "SELECT count(DISTINCT customer_id) n FROM interactions WHERE kind = 'marketing' AND "
        "direction = 'outbound' AND method = 'call' AND reaction = 'positive' AND "
        f"local_date BETWEEN DATE '{store.as_of}' - 89 AND DATE '{store.as_of}'"
    ).to_pylist()
    assert wb.segments.count(store, "Liked the call") == rows[0]["n"] > 0
    assert "Liked the call" in str(panel.draw(live=True)["chosen"].html)
    old = wb.widgets.Interactions(store, period="2026-09")
    assert "save whoever reacted well" not in str(old.draw(live=True)["reactions"].html)


def taken(panel, key):
    """The file that a page gets."""
    reply, files = Session(panel).receive({"act": "download", "key": key, "seq": 1})
    assert reply["kind"] == "file", reply
    return files[0]


@pytest.mark.parametrize(("by", "period"), [("", "last_90_days"), ("region", "last_7_days")])
def test_what_is_taken_away_is_what_may_leave(panel, by, period):
    panel.state.update(by=by, period=period)
    report = panel.answers["report"]
    left = report.published()
    for key, name in (("report.csv", "times"), *((name, name) for name in FILES)):
        assert taken(panel, key) == exports.csv(getattr(left, name)), key
    kept = left.reactions[left.reactions["reaction"] == "positive"]
    assert downloads.file(panel, "reactions.svg").rows == len(kept)
    if by:
        assert len(left.complaints) < len(report.complaints), "there is something to hold back"
    offered = re.findall(r'data-act="download" data-key="([^"]+)"', panel.draw(live=True)["title"].html)
    assert offered == ["report.csv", "report.xlsx", *FILES, "report.html"]
