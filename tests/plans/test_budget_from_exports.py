"""From imported platform exports and nothing else to the Budget panel, a label, and files to upload."""

from __future__ import annotations

import csv
import datetime as dt
import io

import numpy as np
import pytest

import workbench as wb
from workbench import plans
from workbench.errors import QuestionError

DAYS, START = 7 * 30, dt.date(2026, 1, 5)
GOOGLE = ("Brand search", "Generic search")
META = ("120208812345", "120208812346")


def google(rng):
    """An export of Google Ads: two campaigns, a total, money that varies week by week."""
    lines = ["Campaign report", "January 5, 2026 - August 2, 2026"]
    lines += ["Day,Campaign,Campaign ID,Currency code,Impr.,Clicks,Cost,Conversions,Conv. value"]
    for day in range(DAYS):
        for at, name in enumerate(GOOGLE):
            cost = round(
                float((100 + 150 * at) * np.exp(0.3 * np.sin(day // 7 + at)) * rng.lognormal(0, 0.1)), 2
            )
            brought = round(float(4 * cost**0.6 / 10 * rng.lognormal(0, 0.05)), 2)
            date = START + dt.timedelta(days=day)
            lines.append(
                f"{date},{name},{at + 11},USD,{900 + day},{40 + at},{cost},{brought},{brought * 30:.2f}"
            )
    return "\n".join(lines) + "\n"


def meta(rng):
    """An export of Meta: one row a day and campaign."""
    lines = ["Reporting starts,Reporting ends,Campaign name,Campaign ID,Amount spent (USD),Impressions,"
             "Link clicks,Results"]  # fmt: skip
    for day in range(DAYS):
        for at, id in enumerate(META):
            cost = round(
                float((80 + 60 * at) * np.exp(0.3 * np.cos(day // 7 + at)) * rng.lognormal(0, 0.1)), 2
            )
            brought = round(cost**0.7 / 10 * rng.lognormal(0, 0.05)) + 1
            date = START + dt.timedelta(days=day)
            lines.append(f"{date},{date},Campaign {at},{id},{cost},{2000 + day},{30 + at},{brought}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    store, rng = wb.data.open(folder / "w"), np.random.default_rng(3)
    for name, content in (("google.csv", google(rng)), ("meta.csv", meta(rng))):
        (folder / name).write_text(content, encoding="utf-8")
        review = wb.data.load(store, folder / name, timezone="UTC")
        assert review.status in ("PASS", "REVIEW"), review
    return store


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_budget_panel_opens_on_exports_alone(imported):
    panel = wb.widgets.Budget(imported)
    html = panel.to_html(live=True)
    found = panel.answers["plan"]
    assert "wb-broken" not in html
    assert html.count("platform-claimed") >= 3
    assert found.currency == "USD"
    assert found.conserved
    assert len(found.table) == 2
    assert found.plan.total_response >= found.now.total_response


def test_budgets_go_to_the_campaigns_by_their_share(imported):
    found = plans.propose(imported)
    whole = plans.targets(imported, found, "google_ads")
    assert {name for shares in whole.values() for name in shares} == set(GOOGLE)
    assert all(sum(shares.values()) == pytest.approx(1) for shares in whole.values())
    google_rows = rows(plans.upload(imported, found, "google_ads"))
    daily = sum(float(row["Campaign Daily Budget"]) for row in google_rows)
    meta_rows = rows(plans.upload(imported, found, "meta_ads"))
    daily += sum(float(row["Campaign Daily Budget"]) for row in meta_rows)
    assert [row["Campaign ID"] for row in meta_rows] == [f"cg:{id}" for id in sorted(META, reverse=True)]
    assert daily == pytest.approx(found.plan.total_spend / 7, abs=0.03)


def test_a_public_export_opens_or_says_what_is_missing(shared_data, tmp_path):
    exports = shared_data / "platform_exports"
    store = wb.data.open(tmp_path / "long")
    wb.data.load(
        store,
        exports / "microsoft_ads_campaign_performance_daily_report_data.csv",
        timezone="UTC",
        currency="USD",
    )
    html = wb.widgets.Budget(store).to_html()
    assert "platform-claimed" in html
    assert "wb-broken" not in html
    short = wb.data.open(tmp_path / "short")
    wb.data.load(short, exports / "tiktok_campaign_report_hourly_data.csv", timezone="UTC", currency="USD")
    with pytest.raises(QuestionError, match="0 whole weeks of delivery, and curves need 8"):
        plans.propose(short)
    said = wb.widgets.Budget(short, lang="zh").to_html(live=True)
    assert said.count("wb-broken") == 1
    assert "整周" in said


def test_other_ids_are_refused_where_they_would_change_something_else(imported):
    found = plans.propose(imported)
    cell = found.table["channel"][0]
    with pytest.raises(QuestionError, match="is no Campaign ID: a bulk sheet writes it as cg:"):
        plans.meta_bulk(found, {cell: "c:120208812345"})
    with pytest.raises(QuestionError, match="no Ad Set ID"):
        plans.meta_bulk(found, {cell: "cg:120208812345"}, level="ad_set")
