"""Suggested, given and saved mappings; the goal is chosen and never a sum."""

from __future__ import annotations

import pytest

from workbench.errors import InputError, SettingsError
from workbench.sources import load, save_mapping, suggest

TEXT = (
    "day,plan_name,views_total,clicks,spent,orders,leads\n"
    "2026-01-15,A,1000,20,30.5,4,9\n2026-01-16,A,900,10,20.5,2,\n"
)
CHINESE = "投放日期,推广计划,曝光,点击,费用,下载,线索数,点击率\n2026-01-15,甲,1000,20,30.5,4,9,2%\n"


def test_a_suggestion_has_columns_confidence_and_samples(export):
    found = suggest(export(CHINESE))
    rows = {row.header: row for row in found.rows}
    assert found.source == "generic"
    assert {header: row.column for header, row in rows.items()} == {
        "投放日期": "local_date",
        "推广计划": "campaign",
        "曝光": "impressions",
        "点击": "clicks",
        "费用": "cost",
        "下载": "",
        "线索数": "conversions",
        "点击率": "",
    }
    assert rows["曝光"].confidence > 0.9
    assert rows["曝光"].samples == ("1000",)
    assert found.mapping["cost"] == "费用"
    assert "<table" in found._repr_html_()


def test_a_suggestion_guesses_by_likeness_and_dates(export):
    text = "when,xyz_campaign_id,Impressions,Spent\n15.01.2026,7,100,2\n16.01.2026,8,100,2\n"
    found = suggest(export(text))
    rows = {row.header: row for row in found.rows}
    assert rows["when"].column == "local_date"
    assert rows["xyz_campaign_id"].column == "campaign_id"
    assert rows["xyz_campaign_id"].confidence < rows["Spent"].confidence


@pytest.mark.shared
def test_the_suggestion_for_the_kaggle_file(shared_data):
    found = suggest(shared_data / "KAG_conversion_data.csv").mapping
    assert found["local_date"] == "Date"
    assert (found["impressions"], found["clicks"], found["cost"]) == ("Impressions", "Clicks", "Spent")
    assert found["conversions"] == "Approved_Conversion"
    assert found["ad_id"] == "ad_id"


def test_a_confirmed_suggestion_imports(workspace, export, facts):
    file = export(CHINESE)
    review = load(workspace, file, mapping=suggest(file).mapping, currency="CNY")
    assert (review.status, review.mapping_confidence) == ("PASS", 1.0), review
    assert facts(workspace)[0]["campaign"] == "甲"


def test_a_file_without_a_mapping_is_guessed_and_says_so(workspace, export):
    review = load(workspace, export(CHINESE), currency="CNY")
    told = {item.code: item for item in review.findings}
    assert review.status == "REVIEW"
    assert "campaign ← 推广计划" in told["guessed_mapping"].sentence
    assert "线索" in told["guessed_goal"].sentence or "leads" in told["guessed_goal"].sentence
    assert 0.4 < review.mapping_confidence < 1


@pytest.mark.parametrize(("goal", "total"), [("orders", 6), ("Leads", 9), (None, 6)])
def test_the_goal_is_chosen_and_never_a_sum(goal, total, workspace, export):
    load(workspace, export(TEXT), goal=goal, currency="CNY")
    sums = workspace.query(
        "SELECT sum(conversions) AS c, sum(orders) AS o, sum(leads) AS l FROM performance_hourly"
    )
    assert sums.to_pylist() == [{"c": total, "o": 6, "l": 9}]


def test_any_column_can_be_the_goal(workspace, export, facts):
    mapping = {"local_date": "day", "campaign": "plan_name", "impressions": "views_total"}
    load(workspace, export(TEXT), mapping=mapping, goal="orders")
    assert [(row["goal"], row["kind"], row["conversions"]) for row in facts(workspace, "conversions")] == [
        ("orders", "order", 4),
        ("orders", "order", 2),
    ]


def test_orders_and_leads_can_be_mapped_beside_the_goal(workspace, export):
    mapping = {
        "local_date": "day",
        "clicks": "clicks",
        "conversions": "clicks",
        "orders": "orders",
        "leads": "leads",
    }
    load(workspace, export(TEXT), mapping=mapping)
    sums = workspace.query(
        "SELECT sum(conversions) AS c, sum(orders) AS o, sum(leads) AS l FROM performance_hourly"
    )
    assert sums.to_pylist() == [{"c": 30, "o": 6, "l": 9}]


def test_a_column_that_says_what_rows_count(workspace, export, facts):
    text = "ad_id,date,action_type,value\n1,2026-01-15,lead,3\n1,2026-01-15,purchase,2\n1,2026-01-16,lead,1\n"
    mapping = {"local_date": "date", "ad_id": "ad_id", "goal": "action_type", "conversions": "value"}
    review = load(workspace, export(text), mapping=mapping, goal="purchase", source="meta_ads")
    assert review.table == "conversions"
    rows = facts(workspace, "conversions")
    assert [(row["goal"], row["is_goal"]) for row in rows] == [
        ("lead", False),
        ("purchase", True),
        ("lead", False),
    ]
    assert load(workspace, export(text), mapping=mapping, goal="purchase", source="meta_ads").unchanged
    with pytest.raises(InputError, match="Did you mean 'lead'"):
        load(workspace, export(text), mapping=mapping, goal="leed", source="meta_ads")


def test_a_mapping_goes_over_a_platforms_own_columns(workspace, export, facts):
    text = (
        "Reporting starts,Reporting ends,Campaign name,Amount spent (USD),"
        "Impressions,Link clicks,Clicks (all),Results\n"
        "2026-01-15,2026-01-15,A,5,1000,10,15,2\n"
    )
    load(workspace, export(text), source="meta_ads", mapping={"clicks": "Clicks (all)"})
    row = facts(workspace)[0]
    assert (row["source"], row["clicks"], row["cost_micros"], row["campaign"]) == (
        "meta_ads",
        15,
        5_000_000,
        "A",
    )


def test_arguments_fill_every_row(workspace, export, facts):
    load(
        workspace,
        export(TEXT),
        account="Shop",
        advertiser="Acme",
        channel="email",
        grain="campaign",
        scope="brand",
    )
    row = facts(workspace)[0]
    assert [row[name] for name in ("account", "advertiser", "channel", "grain", "scope")] == [
        "Shop", "Acme", "email", "campaign", "brand",
    ]  # fmt: skip


def test_a_remembered_mapping_is_used_for_the_same_headers(workspace, export):
    mapping = {"local_date": "day", "campaign": "plan_name", "impressions": "views_total", "cost": "spent"}
    load(workspace, export(TEXT), mapping=mapping, currency="CNY", timezone="Asia/Shanghai", remember=True)
    saved = (workspace.path / "mappings" / "export.toml").read_text(encoding="utf-8")
    assert 'currency = "CNY"' in saved
    review = load(workspace, export(TEXT.replace("2026-01", "2026-02"), "february.csv"))
    assert review.status == "PASS", review
    assert review.mapping == mapping
    assert any(item.code == "saved_mapping" and "export" in item.sentence for item in review.findings)


def test_save_mapping_checks_and_writes(workspace, export):
    file = export(TEXT)
    written = save_mapping(
        workspace, "daily plan", file, {"local_date": "day", "impressions": "views_total"}, currency="EUR"
    )
    assert written == workspace.path / "mappings" / "daily plan.toml"
    assert load(workspace, file, dry_run=True).mapping == {"local_date": "day", "impressions": "views_total"}
    with pytest.raises(InputError, match="Did you mean 'day'"):
        save_mapping(workspace, "x", file, {"local_date": "dya", "impressions": "views_total"})
    with pytest.raises(InputError, match="setting 'curency'"):
        save_mapping(workspace, "x", file, curency="EUR")
    with pytest.raises(InputError, match="no name"):
        save_mapping(workspace, "../x", file)


def test_a_damaged_saved_mapping_says_where(workspace, export):
    folder = workspace.path / "mappings"
    folder.mkdir(exist_ok=True)
    (folder / "bad.toml").write_text("headers = [")
    with pytest.raises(SettingsError, match=r"bad\.toml"):
        load(workspace, export(TEXT))


def test_ids_are_texts_and_shortened_ones_are_told(workspace, export, facts):
    text = "date,campaign_id,ad_id,impressions\n2026-01-15,007,6.21529E+12,10\n"
    review = load(workspace, export(text))
    assert facts(workspace)[0]["campaign_id"] == "007"
    assert "cut_id" in {item.code for item in review.findings}
