"""The Attribution panel: the same numbers in panel, code and download; links; a workspace without touches."""

from __future__ import annotations

import re

import pytest
from test_panel_answers import same

import workbench as wb
from workbench.widgets.answers import Answers
from workbench.widgets.session import Session
from workbench.widgets.traits import StateError

PERIOD = {"period": "last_28_days"}


@pytest.fixture(scope="module")
def answers(demo_store):
    return Answers(demo_store)


@pytest.fixture
def panel(demo_store, answers):
    found = wb.widgets.Attribution(demo_store, **PERIOD)
    found._answers = answers
    return found


def test_the_code_gives_the_numbers_of_the_panel(panel):
    panel.state.update(model="shapley", window=14)
    cell: dict = {}
    *lines, last = panel.to_code().splitlines()
    exec("\n".join([*lines, f"panel = {last}"]), cell)
    assert same(cell["models"], panel.answers["models"])
    assert same(cell["paths"], panel.answers["paths"])
    assert same(cell["claims"], panel.answers["claims"])
    assert cell["panel"].state.snapshot() == panel.state.snapshot()


def test_the_sentence_comes_first_and_its_numbers_are_the_answer(panel):
    answer = wb.attribution.attribute(panel.store, **PERIOD)
    html = panel.to_html()
    lead = re.search(r'class="wb-lead">([^<]*)', html)[1]
    top = answer.table.iloc[0]
    assert f"{100 * top.share:.1f}%" in lead
    assert f"{answer.conversions:,}" in lead
    assert html.index("wb-lead") < html.index("wb-kpis") < html.index('data-chart="credits"')
    assert "wb-broken" not in html


def test_chinese_names_stand_in_sentence_table_and_paths(panel):
    panel.state.update(lang="zh")
    html = panel.to_html()
    assert "搜索" in re.search(r'class="wb-lead">([^<]*)', html)[1]
    assert "末次触点" in html
    assert "搜索 → " in html
    assert "search" not in re.sub(r"<script.*?</script>|data-[a-z]+=\"[^\"]*\"", "", html, flags=re.S)


def test_another_model_in_front_asks_the_models_not_again(panel):
    before = panel.answers
    panel.state.update(model="first")
    after = panel.answers
    assert after["models"] is before["models"]
    assert after["paths"] is before["paths"]
    assert after["claims"] is not before["claims"]
    chart = panel.draw(live=True)["credits"].charts["credits"]
    first = before["models"]["first"].table
    assert chart.data[0]["m"] == pytest.approx(first.share.iloc[0], rel=1e-5)
    assert chart.data[0]["a"] <= chart.data[0]["m"] <= chart.data[0]["z"]
    assert chart.alt.startswith("Shares of own conversions by the model First touch")


def test_a_move_of_the_window_touches_no_rows(demo_store, monkeypatch):
    panel = wb.widgets.Attribution(wb.open(demo_store.path), **PERIOD)
    assert "wb-broken" not in panel.to_html()
    asked = []
    query = type(panel.store).query
    monkeypatch.setattr(
        type(panel.store), "query", lambda self, question: asked.append(question) or query(self, question)
    )
    shares = []
    for days in (7, 21, 90):
        panel.state.update(window=days)
        assert "wb-broken" not in panel.to_html()
        shares.append(panel.answers["models"]["linear"].table.share[0])
    assert len(set(shares)) == 3
    texts = [question if isinstance(question, str) else panel.store.sql(question) for question in asked]
    rows = re.compile(r'\b(FROM|JOIN)\s+"?(events|transactions|leads)', re.I)
    assert not [text for text in texts if rows.search(text)]
    panel.state.update(period="last_90_days")
    assert panel.answers["models"]
    assert any(rows.search(panel.store.sql(question)) for question in asked if not isinstance(question, str))


def test_a_link_opens_the_same_view_and_wrong_values_are_said(panel):
    panel.state.update(window=21, by="campaign", model="linear")
    assert panel.query == "period=last_28_days&model=linear&window=21&by=campaign"
    again = wb.widgets.Attribution.from_query(panel.store, panel.query)
    assert again.state.snapshot() == panel.state.snapshot()
    odd = wb.widgets.Attribution.from_query(panel.store, "window=0&model=best&window2=1")
    assert odd.state.window == 30
    said = " ".join(notice.sentence for notice in odd.notices)
    assert "'0' is no window. Allowed: 1 to 90 days." in said
    assert "Unknown model 'best'" in said
    assert "window2" in said
    for wrong in ({"by": "keyword"}, {"goal": "sale"}, {"period": "soon"}, {"window": True}):
        with pytest.raises(StateError):
            wb.widgets.Attribution(panel.store, **wrong)


def test_while_dragging_the_slow_regions_stay(panel):
    drawn = panel.draw(live=True, dragging=True)
    assert not {"paths", "claims"} & set(drawn)
    assert {"answer", "credits", "models"} <= set(drawn)


@pytest.mark.parametrize("name", ["models", "paths", "claims"])
def test_what_is_downloaded_has_no_small_cells(panel, name):
    reply, files = Session(panel).receive({"act": "download", "key": name, "value": "", "seq": 1})
    assert reply["kind"] == "file"
    assert files[0] == panel.answers[name].to_csv()
    if name == "paths":
        table = panel.answers[name].table
        assert (table.people.dropna() >= 50).all()


def test_a_workspace_without_touches_says_what_to_do(hostile_store):
    panel = wb.widgets.Attribution(hostile_store)
    html = panel.to_html(live=True)
    assert "no touches yet" in html
    assert "wb-broken" not in html
    assert panel.questions() == {}
