"""The Forecast panel: the numbers of the answers, its words in both languages, links, rates, no data."""

from __future__ import annotations

import re

import pytest

import workbench as wb
from workbench.widgets.answers import Answers
from workbench.widgets.session import Session
from workbench.widgets.traits import StateError

PAST = {"by": "channel", "as_of": "2026-10-12"}


@pytest.fixture(scope="module")
def answers(demo_store):
    return Answers(demo_store)


@pytest.fixture
def panel(demo_store, answers):
    found = wb.widgets.Forecast(demo_store, **PAST)
    found._answers = answers
    return found


def test_the_code_gives_the_numbers_of_the_panel(panel):
    cell: dict = {}
    *lines, last = panel.to_code().splitlines()
    exec("\n".join([*lines, f"panel = {last}"]), cell)
    for name in ("ahead", "month", "odd"):
        assert cell[name].to_dict() == panel.answers[name].to_dict()
    assert cell["panel"].state.snapshot() == panel.state.snapshot()


def test_the_answer_comes_first_and_is_about_the_largest_series(panel):
    html = panel.to_html()
    lead = re.search(r'class="wb-lead">([^<]*)', html)[1]
    largest = panel.answers["ahead"].ranked()[0]["channel"]
    names = {value: words for (kind, value), words in panel.store.labels("en").items() if kind == "channel"}
    assert lead.startswith(names[largest])
    assert "31 Oct 2026" in lead
    assert html.index("wb-lead") < html.index("wb-kpis") < html.index('data-chart="ahead"')
    assert "wb-broken" not in html


def test_the_charts_hold_the_answers(panel):
    panel.state.update(member="email")
    drawn = panel.draw(live=True)
    rows = drawn["ahead"].charts["ahead"].data
    table = panel.answers["ahead"].table.query("channel == 'email'")
    assert [row["f"] for row in rows[-28:]] == pytest.approx(list(table["forecast"]), rel=1e-4)
    assert [row["lo"] for row in rows[-28:]] == pytest.approx(list(table["low"]), rel=1e-4)
    assert {"Double 11", "National Day week"} <= {row.get("e") for row in rows}
    end = panel.answers["month"].table.query("channel == 'email'").iloc[0]
    assert drawn["month"].charts["month"].data[-1]["f"] == pytest.approx(end["projected"], rel=1e-4)


def test_the_planted_spike_is_marked_in_the_chart_and_told(panel):
    panel.state.update(by="account", member="tencent-lumi", as_of="2026-05-25", look="28")
    drawn = panel.draw(live=True)
    marked = [row for row in drawn["ahead"].charts["ahead"].data if "a" in row]
    assert [row["t"] for row in marked] == [1778716800000]  # 14 May 2026
    assert "14 May 2026" in str(drawn["odd"].html)


@pytest.mark.parametrize("metric", ["revenue", "cpa"])
def test_everything_is_said_in_chinese(panel, metric):
    panel.state.update(lang="zh", metric=metric)
    html = panel.to_html()
    assert "wb-broken" not in html
    assert "wb-broken" not in panel.to_html(live=True)
    shown = re.sub(r"<script.*?</script>|<[^>]*>", " ", html, flags=re.S)
    names = {"Asia", "Shanghai", "MASE", "RMSSE", "ETS", "Theta", "CNY", "Benjamini", "Hochberg", "CRM",
             "event", "holiday", "CPA", "App"}  # fmt: skip
    assert set(re.findall(r"[A-Za-z]{3,}", shown)) <= names


def test_a_rate_has_no_month(panel):
    panel.state.update(metric="cvr", by="")
    assert "month" not in panel.questions()
    html = panel.to_html()
    assert "does not add up to a month" in html
    assert "wb-broken" not in html


def test_a_link_opens_the_same_view_and_wrong_values_are_said(panel):
    panel.state.update(metric="revenue", horizon="56", filters={"region": ["Beijing"]}, as_of="2026-09-01")
    again = wb.widgets.Forecast.from_query(panel.store, panel.query)
    assert again.state.snapshot() == panel.state.snapshot()
    odd = wb.widgets.Forecast.from_query(panel.store, "by=mood&as_of=soon")
    assert "Unknown dimension 'mood'" in " ".join(notice.sentence for notice in odd.notices)
    for wrong in (
        {"by": "team"},
        {"horizon": "5"},
        {"as_of": "2030-01-01"},
        {"metric": "rosa"},
        {"look": "1"},
    ):
        with pytest.raises((StateError, wb.WorkbenchError)):
            wb.widgets.Forecast(panel.store, **wrong)
    assert wb.widgets.Forecast(panel.store, as_of=str(panel.store.as_of)).state.as_of == ""


def test_a_choice_redraws_what_it_concerns(panel):
    session = Session(panel)
    session.page()
    reply, _ = session.receive({"act": "set", "key": "member", "value": "email", "seq": 1})
    assert {"answer", "ahead", "methods"} <= set(reply["regions"])
    assert not {"bar", "odd"} & set(reply["regions"])
    reply, _ = session.receive({"act": "toggle", "key": "region", "value": "Beijing", "seq": 2})
    assert panel.state.filters == {"region": ("Beijing",)}


def test_a_series_that_is_too_short_is_told_of_once(demo_store):
    panel = wb.widgets.Forecast(demo_store, metric="sales:orders", as_of="2025-05-20")
    html = panel.to_html(live=True)
    assert html.count("wb-broken") == 1
    assert "20 values, and a forecast needs 28" in html
    assert "<h1>Forecast</h1>" in html


def test_effects_stand_in_the_unit_of_a_series_that_does_not_multiply(demo_store):
    panel = wb.widgets.Forecast(demo_store, metric="sales:revenue", by="channel", member="outdoor")
    found = panel.answers["ahead"].effects_of({"channel": "outdoor"})
    assert not found["relative"].any()
    shown = re.search(r"Double 11: ([^<]*)", panel.to_html())[1]
    assert "¥" in shown
    assert "%" not in shown


def test_an_empty_workspace_says_what_to_do(tmp_path):
    panel = wb.widgets.Forecast(wb.open(tmp_path / "new"))
    assert "no delivery data yet" in panel.to_html(live=True)


def test_own_sales_are_offered_drawn_and_linked(panel):
    panel.state.update(metric="sales:revenue", by="account", lang="zh", filters={"device": ["mobile"]})
    html = panel.to_html(live=True)
    assert "wb-broken" not in html
    assert re.search(r'<optgroup label="自有销售">.*?value="sales:revenue" selected', html, flags=re.S)
    assert "该序列没有“账户、设备”维度" in html
    assert "account" not in str(panel.questions())
    assert panel.answers["ahead"].currency == "CNY"
    again = wb.widgets.Forecast.from_query(panel.store, panel.query)
    assert again.state.snapshot() == panel.state.snapshot()
    assert "自有销售额" in panel.to_html()
    panel.state.update(metric="sales:aov")
    assert "均值不能累加" in panel.to_html()
