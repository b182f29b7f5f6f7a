"""Google, Meta and TikTok as they export, beyond the public files."""

from __future__ import annotations

import pytest

from workbench.sources import load

GOOGLE = (
    "Campaign performance\n"
    '"January 1, 2026 - January 3, 2026"\n'
    "Day,Campaign,Campaign ID,Currency code,Impr.,Clicks,CTR,Cost,Conversions,Conv. value\n"
    '2026-01-01,Brand,111,USD,"1,204",61,5.07%,"1,310.50",7.50,900.00\n'
    "2026-01-02,Brand,111,USD,998,40,4.01%,880.25,4.00, --\n"
    "2026-01-03,Total wellness,112,USD,10,1,10.00%,1.25,0.00,0.00\n"
    'Total: Campaigns, --, --,USD,"2,212",102,4.61%,"2,192.00",11.50,900.00\n'
    'Total: Account, --, --,USD,"5,000",300,6.00%,"9,999.00",50.00,"1,900.00"\n'
)

META = (
    "Reporting starts,Reporting ends,Campaign name,Ad set name,Amount spent (USD),Impressions,Link clicks,"
    "Clicks (all),Results,Result indicator,Attribution setting\n"
    "2026-01-01,2026-01-01,Spring,Lookalike,120.50,10000,90,130,6,actions:purchase,7-day click\n"
    "2026-01-02,2026-01-02,Spring,Lookalike,98.20,9100,71,101,,,7-day click\n"
    ",,,,218.7,19100,161,231,6,,\n"
)

TIKTOK = (
    "Campaign name,Ad group name,By Day,Cost,Impressions,Clicks (destination),Conversions,Currency\n"
    "Launch,Broad,2026-01-01,55.20,8000,96,4,USD\n"
    "Launch,Broad,2026-01-02,48.10,7100,80,-,USD\n"
    "Total of 2 results,-,-,103.30,15100,176,4,USD\n"
)


@pytest.mark.parametrize("tabs", [False, True])
def test_google_report_as_csv_and_as_utf16_tabs(tabs, workspace, export, facts):
    import csv
    import io

    if tabs:
        out = io.StringIO()
        csv.writer(out, delimiter="\t", lineterminator="\r\n").writerows(csv.reader(io.StringIO(GOOGLE)))
        file = export(out.getvalue(), encoding="utf-16")
    else:
        file = export(GOOGLE)
    review = load(workspace, file)
    assert (review.status, review.source, review.reconciled) == ("PASS", "google_ads", True), review
    assert (review.rows_in, review.rows_ok, review.rows_total) == (5, 3, 2)
    rows = facts(workspace)
    assert [row["cost_micros"] for row in rows] == [1_310_500_000, 880_250_000, 1_250_000]
    assert rows[2]["campaign"] == "Total wellness"
    assert {row["channel"] for row in rows} == {"search"}
    assert {row["currency"] for row in rows} == {"USD"}
    values = [(row["conversions"], row["revenue_micros"]) for row in facts(workspace, "conversions")]
    assert values == [(7.5, 900_000_000), (4.0, None), (0.0, 0)]


def test_google_network_and_device_become_channel_and_device(workspace, export, facts):
    text = (
        "customer_id,date,campaign_id,ad_network_type,device,clicks,cost_micros,impressions,conversions\n"
        "1,2026-01-01,5,SEARCH,MOBILE,4,1250000,310,1\n"
        "1,2026-01-01,5,CONTENT,DESKTOP,2,250000,900,0\n"
        "1,2026-01-01,5,YOUTUBE_WATCH,TABLET,1,50000,100,0\n"
    )
    load(workspace, export(text))
    rows = facts(workspace)
    assert [(row["channel"], row["device"]) for row in rows] == [
        ("search", "mobile"),
        ("display", "desktop"),
        ("video", "tablet"),
    ]
    assert {(row["grain"], row["breakdown"]) for row in rows} == {("campaign", "device+network")}


def test_meta_currency_is_in_the_header_and_a_blank_result_is_unknown(workspace, export, facts):
    review = load(workspace, export(META))
    assert (review.status, review.source) == ("PASS", "meta_ads"), review
    assert (review.rows_ok, review.rows_total, review.reconciled) == (2, 1, True)
    rows = facts(workspace)
    assert {row["currency"] for row in rows} == {"USD"}
    assert [row["clicks"] for row in rows] == [90, 71]
    assert {row["channel"] for row in rows} == {"social"}
    results = facts(workspace, "conversions")
    assert [row["conversions"] for row in results] == [6, None]
    assert {row["attribution_window"] for row in results} == {"7-day click"}
    assert results[0]["goal"] == "actions:purchase"


def test_a_meta_export_over_a_month_is_refused(workspace, export):
    text = META.replace("2026-01-01,2026-01-01", "2026-01-01,2026-01-31").replace(
        "2026-01-02,2026-01-02", "2026-01-01,2026-01-31"
    )
    review = load(workspace, export(text))
    assert review.status == "FAIL"
    assert any("several days" in item.sentence for item in review.findings)
    assert workspace.version == 0


def test_meta_results_of_several_kinds_are_never_added(workspace, export):
    text = META.replace("71,101,,,", "71,101,500,actions:link_click,").replace(
        ",,,,218.7,19100,161,231,6,,\n", ""
    )
    review = load(workspace, export(text))
    assert review.status == "REVIEW"
    assert any(item.code == "guessed_goal" for item in review.findings)
    chosen = load(workspace, export(text), goal="actions:purchase")
    assert not any(item.code == "guessed_goal" for item in chosen.findings)
    total = workspace.query("SELECT sum(conversions) AS n FROM performance_hourly")["n"][0].as_py()
    assert total == 6


def test_meta_age_and_gender_are_one_audience(workspace, export, facts):
    text = (
        "Day,Campaign name,Age,Gender,Amount spent (EUR),Impressions,Reach\n"
        "2026-01-01,A,25-34,female,5.00,1000,900\n2026-01-01,A,25-34,male,4.00,900,800\n"
    )
    review = load(workspace, export(text))
    assert review.status == "PASS", review
    rows = facts(workspace)
    assert [row["audience"] for row in rows] == ["25-34 · female", "25-34 · male"]
    assert {row["breakdown"] for row in rows} == {"age+gender"}
    assert "reach" not in workspace.tables


def test_reach_by_day_is_a_table_of_its_own(workspace, export):
    text = (
        "Day,Campaign ID,Campaign name,Amount spent (EUR),Impressions,Reach\n"
        "2026-01-01,7,A,5.00,1000,900\n2026-01-02,7,A,4.00,900,\n"
    )
    load(workspace, export(text))
    rows = workspace.query("SELECT campaign, start_date, end_date, impressions, reach FROM reach").to_pylist()
    assert [(row["campaign"], row["impressions"], row["reach"]) for row in rows] == [("A", 1000, 900)]
    assert str(rows[0]["start_date"]) == str(rows[0]["end_date"]) == "2026-01-01"


def test_tiktok_export_and_its_dashes(workspace, export, facts):
    review = load(workspace, export(TIKTOK))
    assert (review.status, review.source, review.reconciled) == ("PASS", "tiktok_ads", True), review
    assert [row["conversions"] for row in facts(workspace, "conversions")] == [4, None]
    assert {row["channel"] for row in facts(workspace)} == {"short_video"}
    assert {row["grain"] for row in facts(workspace)} == {"ad_group"}
