"""Real public exports: sums equal a plain recomputation with pandas."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from workbench.sources import load

pytestmark = pytest.mark.shared

KAG = {
    "local_date": "Date",
    "campaign": "xyz_campaign_id",
    "ad": "ad_id",
    "impressions": "Impressions",
    "clicks": "Clicks",
    "cost": "Spent",
    "conversions": "Approved_Conversion",
}

TIKTOK = ("SPEND", 1_000_000, "CLICKS", "CONVERSION")
PLATFORMS = {
    "google_ads_account_stats_data": ("google_ads", "account", "cost_micros", 1, "clicks", "conversions"),
    "google_ads_campaign_stats_data": ("google_ads", "campaign", "cost_micros", 1, "clicks", "conversions"),
    "google_ads_ad_group_stats_data": ("google_ads", "ad_group", "cost_micros", 1, "clicks", "conversions"),
    "google_ads_ad_stats_data": ("google_ads", "ad", "cost_micros", 1, "clicks", "conversions"),
    "google_ads_keyword_stats_data": ("google_ads", "keyword", "cost_micros", 1, "clicks", "conversions"),
    "google_ads_search_term_keyword_stats_data": (
        "google_ads", "ad_group", "cost_micros", 1, "clicks", "conversions",
    ),
    "facebook_ads_basic_ad_data": ("meta_ads", "ad", "spend", 1_000_000, "inline_link_clicks", None),
    "facebook_ads_demographics_country_data": (
        "meta_ads", "account", "spend", 1_000_000, "inline_link_clicks", None,
    ),
    "facebook_ads_demographics_region_data": (
        "meta_ads", "account", "spend", 1_000_000, "inline_link_clicks", None,
    ),
    "tiktok_ad_report_hourly_data": ("tiktok_ads", "ad", *TIKTOK),
    "tiktok_adgroup_report_hourly_data": ("tiktok_ads", "ad_group", *TIKTOK),
    "tiktok_campaign_report_hourly_data": ("tiktok_ads", "campaign", *TIKTOK),
    "tiktok_campaign_country_report_data": (
        "tiktok_ads", "campaign", "spend", 1_000_000, "clicks", "conversion",
    ),
}  # fmt: skip

OBJECTS = [
    "facebook_ads_ad_history_data",
    "facebook_ads_creative_history_data",
    "google_ads_account_history_data",
    "google_ads_campaign_history_data",
    "google_ads_ad_group_criterion_history_data",
    "tiktok_ad_history_data",
    "tiktok_adgroup_history_data",
    "tiktok_advertiser_data",
]


def test_the_kaggle_export_by_mapping(workspace, shared_data):
    review = load(workspace, shared_data / "KAG_conversion_data.csv", mapping=KAG)
    assert (review.status, review.rows_in, review.rows_ok) == ("REVIEW", 1143, 1143)
    assert review.source == "generic"
    assert review.reconciled is None
    assert [str(day) for day in review.period] == ["2023-08-01", "2023-08-31"]
    unused = next(item for item in review.findings if item.code == "unused")
    assert all(name in unused.sentence for name in ("age", "gender", "interest", "Total_Conversion"))
    sums = workspace.query(
        "SELECT campaign, sum(cost_micros) AS cost, sum(clicks) AS clicks, sum(conversions) AS conversions "
        "FROM performance_hourly WHERE preferred GROUP BY campaign ORDER BY campaign"
    ).to_pylist()
    rounded = [
        (row["campaign"], round(row["cost"] / 1e6, 2), row["clicks"], row["conversions"]) for row in sums
    ]
    assert rounded == [
        ("1178", 55662.15, 36068, 872.0),
        ("916", 149.71, 113, 24.0),
        ("936", 2893.37, 1984, 183.0),
    ]
    assert "708746" in workspace.members("creative")
    assert load(workspace, shared_data / "KAG_conversion_data.csv", mapping=KAG).unchanged


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_platform_file_by_profile(name, workspace, shared_data):
    source, grain, cost, factor, clicks, conversions = PLATFORMS[name]
    file = shared_data / "platform_exports" / f"{name}.csv"
    review = load(workspace, file)
    assert (review.source, review.rows_quarantined) == (source, 0), review
    plain = pd.read_csv(file, dtype=str)
    exact = sum(Decimal(value) for value in plain[cost])
    row = workspace.query(
        "SELECT count(*) AS n, sum(cost_micros) AS cost, sum(clicks) AS clicks, "
        "sum(impressions) AS impressions, min(grain) AS grain FROM performance"
    ).to_pylist()[0]
    assert row["n"] == review.rows_ok == len(plain)
    assert row["cost"] == exact * factor
    assert row["clicks"] == plain[clicks].astype(float).sum()
    shown = "IMPRESSIONS" if "IMPRESSIONS" in plain else "impressions"
    assert row["impressions"] == plain[shown].astype(float).sum()
    assert row["grain"] == grain
    if conversions:
        found = workspace.query("SELECT sum(conversions) AS n FROM conversions WHERE is_goal")["n"][0].as_py()
        assert found == pytest.approx(plain[conversions].astype(float).sum(), abs=1e-9)


def test_hourly_files_keep_their_hours_and_ask_for_the_time_zone(workspace, shared_data):
    file = shared_data / "platform_exports" / "tiktok_ad_report_hourly_data.csv"
    review = load(workspace, file)
    assert "no_timezone_choice" in {item.code for item in review.findings}
    rows = workspace.query("SELECT DISTINCT local_hour, hour_utc, hour_of_week FROM performance").to_pylist()
    assert rows == [{"local_hour": 10, "hour_utc": None, "hour_of_week": 2 * 24 + 10}]
    again = load(workspace, file, timezone="America/New_York")
    assert not again.unchanged
    rows = workspace.query("SELECT hour_utc FROM performance").to_pylist()
    assert len(rows) == 4
    assert {row["hour_utc"].hour for row in rows} == {14}


@pytest.mark.parametrize("name", OBJECTS)
def test_a_list_of_objects_is_refused_with_the_reason(name, workspace, shared_data):
    review = load(workspace, shared_data / "platform_exports" / f"{name}.csv")
    assert review.status == "FAIL"
    assert review.findings[0].code == "no_metrics", review
    assert workspace.version == 0
