"""Reports that begin with their conclusions: what they say first, in both languages, on every workspace."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest

import workbench as wb
from workbench.errors import WorkbenchError
from workbench.reports.notify.conclusions import conclusions as read_conclusions

KINDS = ("Weekly", "CampaignReview", "DataQuality", "PlanReview")


def plain(markup):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def made(name, store, **settings):
    return getattr(wb.widgets, name)(store, **settings)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", KINDS)
def test_a_report_begins_with_its_conclusion(demo_store, name, lang):
    page = made(name, demo_store, lang=lang).to_html()
    assert "wb-broken" not in page
    body = page[page.index("<main>") :]
    assert body.index("wb-lead") < min(body.find(mark) % len(body) for mark in ("<table", "<figure"))
    assert 'data-act="set"' not in page


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_on_data_ends_with_what_its_words_mean(demo_store, lang):
    page = made("DataQuality", demo_store, lang=lang).to_html()
    shown = plain(page[page.index("wb-foot") :])
    late = {"en": "More than 2 days is late", "zh": "超过 2 天视为延迟"}
    assert late[lang] in shown
    assert "<details" in page[page.index("wb-foot") :]
    assert not re.search(r"\{\w+\}", shown)


@pytest.mark.parametrize("name", KINDS)
def test_names_of_others_are_never_markup(hostile_store, name):
    page = made(name, hostile_store).to_html()
    assert "wb-broken" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("name", KINDS)
def test_an_empty_workspace_is_said(tmp_path, name):
    assert "wb-broken" not in made(name, wb.open(tmp_path / "none")).to_html()


def test_the_weekly_says_what_the_brief_says(demo_store):
    panel = made("Weekly", demo_store, lang="zh")
    found, shown = wb.findings.brief(demo_store), plain(panel.to_html())
    assert found.lead("zh") in shown
    for line in (*found.what("zh"), *found.why("zh"), *(one.sentence("zh") for one in found.to_do)):
        assert line in shown
    assert "wb.findings.brief(store, period='last_full_week'" in panel.to_code()


def test_a_currency_goes_into_every_figure(demo_store):
    shown = plain(made("Weekly", demo_store, currency="USD").to_html())
    assert "USD" in shown
    with pytest.raises(WorkbenchError, match="yuan"):
        made("Weekly", demo_store, currency="yuan")


def test_a_review_is_by_campaign_and_none_compares_nothing(demo_store):
    panel = made("CampaignReview", demo_store, compare="none", lang="en")
    assert panel.answer("brief").by == "campaign"
    assert "Nothing is compared" in plain(panel.to_html())


def test_an_advertisers_proposal_is_its_own(demo_store):
    panel = made("AdvertiserReport", demo_store, filters={"advertiser": ["Lumi Beauty"]})
    assert panel.questions()["plan"].arguments == {"where": {"advertiser": ("Lumi Beauty",)}}
    assert panel.questions()["brief"].arguments["where"] == {"advertiser": ("Lumi Beauty",)}


@pytest.mark.soak
def test_an_advertisers_report_ends_with_its_proposal(demo_store):
    panel = made("AdvertiserReport", demo_store, filters={"advertiser": ["Lumi Beauty"]}, lang="en")
    shown = plain(panel.to_html())
    proposed = wb.plans.propose(demo_store, where={"advertiser": ["Lumi Beauty"]})
    assert proposed.certificate("en") in shown
    assert "wb-broken" not in panel.to_html()


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Ten days of two channels, five of which lie in a plan of ten days that meant half of what was spent."""
    import pandas as pd
    import pyarrow as pa

    from workbench.data import Change

    start = dt.date(2026, 5, 1)
    shared = {"source": "generic", "account": "a", "grain": "ad", "currency": "EUR"}
    rows = [
        shared
        | {"channel": channel, "local_date": start + dt.timedelta(days=day)}
        | {"impressions": 1000, "clicks": 30, "cost_micros": 40_000_000}
        for day in range(10)
        for channel in ("search", "feed")
    ]
    store = wb.data.open(tmp_path_factory.mktemp("planned"))
    store.commit([Change("performance", pa.Table.from_pylist(rows))])
    curves = pd.DataFrame(
        {"cell": ["search", "feed"], "form": "log", "scale": [10.0, 10.0], "half_saturation": 100.0,
         "shape": 1.0, "min": [200.0, 0.0], "max": [200.0, 800.0]}
    )  # fmt: skip
    plan = wb.optimize.allocate(curves, budget=1000.0)
    wb.plans.create(
        store, "May", plan, "2026-05-06", "2026-05-15", days=10, currency="EUR", metric="clicks", shared=True
    )
    return store


def test_a_plan_is_held_against_what_happened_and_says_what_is_left_a_day(planned):
    found = wb.plans.judge(planned, wb.plans.newest(planned))
    rows = found.table.set_index("cell")
    assert rows.loc["search", "per_day"] == 0.0  # 200 planned and 200 spent after half of the days
    assert rows.loc["feed", "per_day"] == pytest.approx((800 - 200) / 5)
    shown = plain(made("PlanReview", planned, lang="en").to_html())
    assert found.sentence("en") in shown
    assert "feed: spend €120" in shown
    assert "search: its whole plan is spent" in shown
    assert "Plan May, 6 May 2026" in shown
    assert shown.index("Plan May, 6 May 2026") < shown.index("How this is worked out Pacing What was spent ÷")


def test_no_plan_that_has_begun_is_no_report(hostile_store):
    assert wb.plans.newest(hostile_store) is None
    assert "No saved budget plan has begun yet" in plain(made("PlanReview", hostile_store).to_html())


def test_messages_take_their_conclusions_from_the_report(demo_store):
    import nbformat

    page = made("Weekly", demo_store, lang="en").to_html()
    cell = nbformat.v4.new_code_cell(
        "1", outputs=[nbformat.v4.new_output("display_data", {"text/html": page})]
    )
    summary, said = read_conclusions(nbformat.v4.new_notebook(cells=[cell]))
    found = wb.findings.brief(demo_store)
    assert summary == found.lead("en")
    assert said[: len(found.to_do)] == tuple(one.sentence("en") for one in found.to_do)[:5]
