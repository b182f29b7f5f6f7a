"""What each platform's figures mean: units, levels and clocks of one documented row."""

from __future__ import annotations

import pytest

from workbench.sources import load
from workbench.sources.profile import profiles

SOURCES = {
    "google_ads", "meta_ads", "tiktok_ads", "microsoft_ads", "linkedin_ads", "snapchat_ads", "pinterest_ads",
    "reddit_ads", "x_ads", "amazon_ads", "apple_ads", "oceanengine", "tencent_ads", "baidu", "kuaishou",
    "xiaohongshu", "generic",
}  # fmt: skip

FIRST = {
    ("google_ads", "report"): ("campaign", 1204, 61, 1_310_500_000, 7.5, "Conversions", "click"),
    ("google_ads", "API fields"): ("ad", 310, 4, 1_250_000, 1.5, "Conversions", "click"),
    ("meta_ads", "Ads Manager export"): ("ad_group", 10_000, 90, 120_500_000, 6, "Results", "impression"),
    ("meta_ads", "API fields"): ("ad", 4233, 10, 76_530_000, None, None, None),
    ("tiktok_ads", "API fields by hour"): (
        "campaign", 22_222, 22, 222_120_000, 3, "Conversions", "impression",
    ),
    ("microsoft_ads", "connector table"): ("campaign", 505, 21, 31_490_000, 1, "Conversions", "click"),
    ("linkedin_ads", "connector table by day"): (
        "ad_group", 2210, 18, 96_400_000, 2, "Conversions", "unknown",
    ),
    ("snapchat_ads", "connector table"): ("ad", 1420, 16, 9_353_000, 1, "Purchases", "conversion"),
    ("snapchat_ads", "Ads Manager export"): (
        "ad_group", 14_200, 160, 93_530_000, 4, "Purchases", "conversion",
    ),
    ("pinterest_ads", "API columns"): (
        "campaign", 8450, 100, 55_200_000, 6, "Total conversions", "impression",
    ),
    ("reddit_ads", "connector table"): ("campaign", 10_240, 41, 49_152_000, None, None, None),
    ("reddit_ads", "Ads Manager export"): ("ad_group", 10_240, 41, 49_150_000, None, None, None),
    ("x_ads", "API columns"): ("campaign", 10_240, 61, 49_150_000, None, None, None),
    ("amazon_ads", "API columns"): ("campaign", 10_240, 41, 30_750_000, 4, "Orders (30 days)", "click"),
    ("amazon_ads", "console report"): ("campaign", 10_240, 41, 30_750_000, 3, "Orders (7 days)", "click"),
    ("apple_ads", "API columns"): ("ad", 5230, 321, 482_500_000, 76, "Installs", "unknown"),
    ("oceanengine", "export"): ("campaign", 52_310, 801, 1_234_500_000, 42, "转化数", "conversion"),
    ("oceanengine", "API fields"): ("campaign", 1231, 18, 34_500_000, 1, "转化数", "conversion"),
    ("oceanengine", "older API fields"): ("ad_group", 1231, 18, 34_500_000, 1, "转化数", "conversion"),
    ("tencent_ads", "API fields"): ("campaign", 1200, 31, 456_780_000, 2, "目标转化量", "impression"),
    ("tencent_ads", "export"): ("campaign", 12_000, 310, 456_780_000, 20, "目标转化量", "impression"),
    ("baidu", "API fields"): ("campaign", 1204, 61, 1_310_500_000, 4, "目标转化量", "click"),
    ("kuaishou", "API fields"): ("ad_group", 20_400, 310, 321_450_000, 12, "激活数", "unknown"),
    ("kuaishou", "newer API fields"): ("campaign", 20_400, 310, 321_450_000, None, None, None),
    ("xiaohongshu", "report in yuan"): ("campaign", 52_310, 801, 1_234_560_000, 4, "私信留资数", "click"),
    ("xiaohongshu", "orders in fen"): ("ad", 52_310, 801, 1_234_560_000, 4, "转化数", "unknown"),
    ("xiaohongshu", "order fields"): ("ad", 52_310, 801, 1_234_560_000, 4, "转化数", "unknown"),
}  # fmt: skip
"""Kind of file → its example's first row: grain, impressions, clicks, micros of cost, goal and its clock."""


def test_every_platform_of_the_design_has_a_profile():
    assert set(profiles()) == SOURCES
    assert {source for source, _ in FIRST} == SOURCES - {"generic"}


@pytest.mark.parametrize("kind", FIRST, ids=" ".join)
def test_the_first_row_of_an_example(kind, workspace, export, facts):
    source, name = kind
    variant = next(item for item in profiles()[source].variants if item.id == name)
    review = load(workspace, export(variant.example.lstrip("\n")), timezone=None)
    assert review.source == source
    row = facts(workspace)[0]
    grain, impressions, clicks, cost, count, goal, basis = FIRST[kind]
    assert (row["grain"], row["impressions"], row["clicks"], row["cost_micros"]) == (
        grain, impressions, clicks, cost,
    )  # fmt: skip
    goals = [
        (item["conversions"], item["goal"], item["time_basis"])
        for item in (facts(workspace, "conversions") if "conversions" in workspace.tables else [])
        if item["is_goal"] and item["line"] == row["line"]
    ]
    assert goals == ([] if goal is None else [(count, goal, basis)])


def test_linkedin_levels_shift_by_one(workspace, export, facts):
    text = (
        "campaign_group_name,campaign_name,creative_id,day,impressions,clicks,cost_in_local_currency,cost_in_usd\n"
        "Spring,Decision makers,99,2026-01-01 00:00:00,2210,18,96.40,104.11\n"
    )
    load(workspace, export(text), currency="EUR")
    row = facts(workspace)[0]
    assert (row["campaign"], row["ad_group"], row["ad_id"]) == ("Spring", "Decision makers", "99")
    assert (row["cost_micros"], row["currency"]) == (96_400_000, "EUR")


def test_linkedin_dollars_are_taken_where_they_are_all_there_is(workspace, export, facts):
    text = "campaign_id,day,impressions,clicks,cost_in_usd\n7,2026-01-01 00:00:00,2210,18,104.11\n"
    review = load(workspace, export(text))
    assert review.source == "linkedin_ads", review
    row = facts(workspace)[0]
    assert (row["cost_micros"], row["currency"]) == (104_110_000, "USD")


def test_meta_hours_are_the_first_of_their_span(workspace, export, facts):
    text = (
        "Day,Time of day (ad account time zone),Campaign name,Amount spent (USD),Impressions,Link clicks\n"
        "2026-01-01,05:00:00 - 05:59:59,A,5.00,1000,9\n2026-01-01,23:00:00 - 23:59:59,A,4.00,900,8\n"
    )
    load(workspace, export(text), timezone="America/New_York")
    assert [row["local_hour"] for row in facts(workspace)] == [5, 23]


def test_zones_are_the_platforms_known_or_asked():
    known = profiles()
    chinese = {"oceanengine", "tencent_ads", "baidu", "kuaishou", "xiaohongshu"}
    assert {name for name, item in known.items() if item.timezone} == chinese
    assert {known[name].timezone for name in chinese} == {"Asia/Shanghai"}
    assert {known[name].currency for name in chinese} == {"CNY"}
    asked = {"microsoft_ads", "linkedin_ads", "tiktok_ads", "pinterest_ads", "reddit_ads", "snapchat_ads"}
    assert asked <= {name for name, item in known.items() if item.zone == "choice"}
