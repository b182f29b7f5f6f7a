"""Rows that repeat others, and totals that are never data."""

from __future__ import annotations

import pytest

from workbench.sources import load

TIKTOK = "campaign_id,stat_time_day,impressions,clicks,spend,video_views\n"


def codes(review):
    return {item.code for item in review.findings}


def test_exact_copies_of_a_platforms_rows_count_once(workspace, export):
    row = "7,2026-01-15,1000,10,5.00,3\n"
    review = load(workspace, export(TIKTOK + row + row), currency="USD")
    assert (review.rows_ok, review.rows_quarantined) == (1, 1)
    assert "copy" in codes(review)
    assert review.quarantine["line"].tolist() == [3]


def test_a_later_state_of_the_same_object_counts(workspace, export, facts):
    text = TIKTOK + "7,2026-01-15,1000,10,5.00,3\n8,2026-01-15,1,1,1.00,1\n7,2026-01-15,1100,11,5.50,4\n"
    review = load(workspace, export(text), currency="USD")
    assert "older" in codes(review)
    assert [row["impressions"] for row in facts(workspace)] == [1, 1100]


def test_an_unused_text_column_tells_platform_rows_apart(workspace, export):
    text = TIKTOK.replace("video_views", "objective")
    text += "7,2026-01-15,1000,10,5.00,REACH\n7,2026-01-15,1100,11,5.50,TRAFFIC\n"
    review = load(workspace, export(text), currency="USD")
    assert (review.rows_ok, review.rows_quarantined) == (2, 0)


def test_rows_of_a_free_table_are_summed_and_told(workspace, export):
    mapping = {"local_date": "date", "ad": "ad", "impressions": "impressions"}
    text = "date,ad,age,impressions\n2026-01-15,A,18-24,10\n2026-01-15,A,25-34,20\n"
    review = load(workspace, export(text), mapping=mapping)
    assert (review.status, review.rows_ok) == ("PASS", 2)
    assert "age" in next(item for item in review.findings if item.code == "summed").sentence
    assert workspace.query("SELECT sum(impressions) AS n FROM performance_hourly")["n"][0].as_py() == 30


def test_rows_that_nothing_tells_apart_are_told(workspace, export):
    text = "date,campaign,impressions\n2026-01-15,A,10\n2026-01-15,A,20\n2026-01-15,A,20\n"
    review = load(workspace, export(text))
    assert (review.status, review.rows_ok) == ("REVIEW", 3)
    assert {"kept_copy", "summed_blind"} <= codes(review)


@pytest.mark.parametrize("word", ["Total", "总计", "合计：", "Grand total", "TOTAL: all", "汇总", "小计"])
def test_totals_rows_are_told_by_their_words(word, workspace, export):
    text = f"date,campaign,impressions,clicks\n2026-01-15,A,10,1\n2026-01-16,B,20,2\n{word},,30,3\n"
    review = load(workspace, export(text))
    assert (review.rows_ok, review.rows_total, review.reconciled) == (2, 1, True)
    assert workspace.query("SELECT sum(impressions) AS n FROM performance_hourly")["n"][0].as_py() == 30


def test_a_range_of_days_in_the_date_is_a_totals_row(workspace, export):
    text = (
        "日期,推广计划,展现,点击,消费\n2021-03-01,甲,10,1,1\n2021-03-02,甲,20,2,2\n"
        "2021-03-01至2021-03-02,,30,3,3\n"
    )
    review = load(workspace, export(text), currency="CNY")
    assert (review.rows_ok, review.rows_total, review.reconciled) == (2, 1, True)


@pytest.mark.parametrize("first", [True, False])
def test_a_nameless_row_is_the_total_only_if_it_is_the_sum(first, workspace, export):
    rows = ["2026-01-15,A,10,1", "2026-01-16,B,20,2"]
    for total, expected in ((",,30,3", (2, 0, 1, True)), (",,31,3", (2, 1, 0, None))):
        lines = [total, *rows] if first else [*rows, total]
        review = load(
            workspace, export("date,campaign,impressions,clicks\n" + "\n".join(lines)), dry_run=True
        )
        assert (review.rows_ok, review.rows_quarantined, review.rows_total, review.reconciled) == expected


def test_a_campaign_whose_name_begins_with_total_is_data(workspace, export):
    text = (
        "date,campaign,impressions\n2026-01-15,Total wellness,10\n2026-01-15,总计划,10\n"
        "2026-01-15,合计广告,5\n"
    )
    review = load(workspace, export(text))
    assert (review.rows_ok, review.rows_total) == (3, 0)


def test_daily_subtotals_are_no_data(workspace, export):
    text = (
        "date,campaign,impressions\n2026-01-15,A,10\n2026-01-15,合计,10\n2026-01-16,A,5\n"
        "2026-01-16,合计,5\n合计,,15\n"
    )
    review = load(workspace, export(text))
    assert (review.rows_ok, review.rows_total, review.reconciled) == (2, 3, True)


def test_totals_of_many_rounded_rows_may_differ_by_their_rounding(workspace, export):
    rows = "".join(f"2026-01-15,A{n},10,1,0.33\n" for n in range(100))
    text = "date,campaign,impressions,clicks,cost\n" + rows + "Total,,1000,100,33.04\n"
    assert load(workspace, export(text), currency="USD", dry_run=True).reconciled is True
    assert (
        load(workspace, export(text.replace("33.04", "34.04")), currency="USD", dry_run=True).reconciled
        is False
    )
