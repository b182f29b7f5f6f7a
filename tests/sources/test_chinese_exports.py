"""Chinese platforms as they export: GB18030 and UTF-8 with a mark, totals, ￥, commas, --, fen."""

from __future__ import annotations

import pytest

from workbench.sources import load

OCEAN = """巨量引擎 投放数据报表
导出时间：2026-02-01 10:00
时间,账户ID,项目ID,项目名称,消耗（元）,展示数,点击数,点击率,转化数,转化数（计费时间）
2026-01-01 08:00,1700000000000001\t,7300000000000001\t,春节大促,"￥1,234.56","52,310",801,1.53%,42,45
2026-01-01 09:00,1700000000000001\t,7300000000000001\t,春节大促,￥980.25,"48,100",690,1.43%,--,38
2026-01-01 23:00,1700000000000001\t,7300000000000002\t,新品上市,￥0.19,"1,000",9,0.90%,1,1
总计,,,,"￥2,215.00","101,410","1,500",1.48%,43,84
"""

TENCENT = """日期,账户ID,推广计划ID,推广计划名称,曝光次数,点击次数,花费（元）,目标转化量,目标转化成本
2026-01-01,20001,501,新品首发,"12,000",310,"1,456.78",20,72.84
2026-01-02,20001,501,新品首发,"9,870",250,￥980.05,--,--
2026-01-02,20001,502,品牌,"１，０００",12,￥3.10,1,3.10
合计,,,,"22,870",572,"2,439.93",21,116.19
"""

TENCENT_API = """account_id,campaign_id,date,hour,view_count,valid_click_count,cost,conversions_count
20001,501,2026-01-01,0,1200,31,45678,2
20001,501,2026-01-01,23,800,20,32102,1
"""

ENCODINGS = ["gb18030", "utf-8", "utf-8-sig", "utf-16"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_ocean_engine_reconciles_to_the_cent(encoding, workspace, export, facts):
    review = load(workspace, export(OCEAN, encoding=encoding))
    assert (review.status, review.source) == ("PASS", "oceanengine"), review
    assert (review.rows_ok, review.rows_total, review.reconciled) == (3, 1, True)
    rows = facts(workspace)
    assert [row["cost_micros"] for row in rows] == [1_234_560_000, 980_250_000, 190_000]
    assert [row["impressions"] for row in rows] == [52_310, 48_100, 1000]
    assert rows[0]["account"] == "1700000000000001"
    assert rows[0]["campaign"] == "春节大促"
    assert {row["currency"] for row in rows} == {"CNY"}
    assert [row["local_hour"] for row in rows] == [8, 9, 23]
    assert rows[0]["timezone"] == "Asia/Shanghai"
    assert rows[0]["hour_utc"].isoformat() == "2026-01-01T00:00:00+00:00"
    assert rows[2]["line"] == 6


def test_both_conversion_clocks_are_kept_and_never_added(workspace, export, facts):
    load(workspace, export(OCEAN, encoding="gb18030"))
    rows = facts(workspace, "conversions")
    happened = [row for row in rows if row["time_basis"] == "conversion"]
    billed = [row for row in rows if row["time_basis"] == "impression"]
    assert [row["conversions"] for row in happened] == [42, None, 1]
    assert [row["conversions"] for row in billed] == [45, 38, 1]
    assert all(row["is_goal"] for row in happened)
    assert not any(row["is_goal"] for row in billed)
    total = workspace.query("SELECT sum(conversions) AS n FROM performance_hourly")["n"][0].as_py()
    assert total == 43


def test_the_other_clock_can_be_the_goal(workspace, export):
    load(workspace, export(OCEAN), goal="转化数(计费时间)")
    total = workspace.query("SELECT sum(conversions) AS n FROM performance_hourly")["n"][0].as_py()
    assert total == 84


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_tencent_export_reconciles_to_the_cent(encoding, workspace, export, facts):
    review = load(workspace, export(TENCENT, encoding=encoding))
    assert (review.status, review.source, review.reconciled) == ("PASS", "tencent_ads", True), review
    rows = facts(workspace)
    assert [row["cost_micros"] for row in rows] == [1_456_780_000, 980_050_000, 3_100_000]
    assert rows[2]["impressions"] == 1000
    assert all(row["local_hour"] is None and row["hour_utc"] is None for row in rows)
    assert {row["grain"] for row in rows} == {"campaign"}


def test_tencent_api_money_is_in_fen(workspace, export, facts):
    review = load(workspace, export(TENCENT_API))
    assert review.source == "tencent_ads"
    rows = facts(workspace)
    assert [row["cost_micros"] for row in rows] == [456_780_000, 321_020_000]
    assert [row["local_hour"] for row in rows] == [0, 23]
    assert rows[1]["hour_utc"].hour == 15


def test_a_total_that_is_one_cent_off_is_found(workspace, export):
    review = load(workspace, export(OCEAN.replace("2,215.00", "2,215.01")))
    assert (review.status, review.reconciled) == ("REVIEW", False)
    item = next(item for item in review.findings if item.code == "totals_differ")
    assert "2,215.01" in item.sentence
    assert "2,215.00" in item.sentence


def test_quarantined_rows_explain_the_difference(workspace, export):
    broken = OCEAN.replace("2026-01-01 09:00", "2026-13-01 09:00")
    review = load(workspace, export(broken))
    assert (review.status, review.reconciled) == ("REVIEW", False)
    assert (review.rows_ok, review.rows_quarantined, review.rows_total) == (2, 1, 1)
    item = next(
        item for item in review.findings if item.code == "totals_explained" and "消耗" in item.sentence
    )
    assert "980.25" in item.sentence
    row = review.quarantine.iloc[0]
    assert row["line"] == 5
    assert row["raw"].startswith("2026-13-01 09:00,1700000000000001")
    assert "2026-13-01 09:00" in row["reasons"]


def test_a_table_of_several_platforms_is_generic(workspace, export):
    text = "日期,渠道,曝光量,点击量,消耗,转化数\n2026-01-01,抖音,1000,20,30.5,1\n"
    review = load(workspace, export(text), currency="CNY")
    assert review.source == "generic"
    assert workspace.query("SELECT channel FROM performance")["channel"].to_pylist() == ["抖音"]
