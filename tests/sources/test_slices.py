"""What an import replaces, what stays beside it, and when it changes nothing."""

from __future__ import annotations

import pytest

from workbench.sources import load
from workbench.store import pointer
from workbench.store.store import Store

HEADER = "日期,账户ID,推广计划ID,推广计划名称,曝光次数,点击次数,花费（元）,目标转化量\n"


def tencent(*rows):
    return HEADER + "".join(
        f"2026-01-{day:02d},20001,{plan},计划{plan},1000,10,{cost},1\n" for day, plan, cost in rows
    )


def costs(store):
    rows = store.query(
        "SELECT campaign_id, local_date, sum(cost_micros) / 1e6 AS cost FROM performance "
        "GROUP BY ALL ORDER BY campaign_id, local_date"
    ).to_pylist()
    return [(row["campaign_id"], row["local_date"].day, row["cost"]) for row in rows]


def test_the_same_import_again_changes_nothing_and_says_so(workspace, export):
    file = export(tencent((1, 5, 10), (2, 5, 20)))
    first = load(workspace, file)
    again = load(workspace, file)
    assert (first.unchanged, again.unchanged) == (False, True)
    assert first.import_id == again.import_id
    assert (first.version, again.version, workspace.version) == (1, 1, 1)
    assert any(item.code == "unchanged" for item in again.findings)


def test_a_copy_under_another_name_is_the_same_import(workspace, export):
    load(workspace, export(tencent((1, 5, 10))))
    assert load(workspace, export(tencent((1, 5, 10)), name="copy.csv")).unchanged


def test_a_restated_report_replaces_its_window_only(workspace, export):
    load(workspace, export(tencent((1, 5, 10), (2, 5, 20), (3, 5, 30))))
    review = load(workspace, export(tencent((2, 5, 21), (3, 5, 31), (4, 5, 41))))
    assert costs(workspace) == [("5", 1, 10), ("5", 2, 21), ("5", 3, 31), ("5", 4, 41)]
    assert any(item.code == "replaced" for item in review.findings)
    assert review.status == "PASS"


def test_the_old_state_can_be_imported_again_after_a_newer_one(workspace, export):
    old, new = export(tencent((1, 5, 10)), "old.csv"), export(tencent((1, 5, 11)), "new.csv")
    load(workspace, old)
    load(workspace, new)
    assert not load(workspace, old).unchanged
    assert costs(workspace) == [("5", 1, 10)]
    assert workspace.query("SELECT count(*) AS n FROM imports WHERE active")["n"][0].as_py() == 1


def test_a_report_of_other_campaigns_stays_beside(workspace, export):
    load(workspace, export(tencent((1, 5, 10), (2, 5, 20)), "a.csv"))
    review = load(workspace, export(tencent((1, 6, 1), (2, 6, 2)), "b.csv"))
    assert any(item.code == "kept" for item in review.findings)
    assert costs(workspace) == [("5", 1, 10), ("5", 2, 20), ("6", 1, 1), ("6", 2, 2)]
    load(workspace, export(tencent((1, 6, 3), (2, 6, 4)), "b2.csv"))
    assert costs(workspace) == [("5", 1, 10), ("5", 2, 20), ("6", 1, 3), ("6", 2, 4)]
    total = workspace.query("SELECT sum(cost_micros) AS n FROM performance_hourly WHERE preferred")["n"][
        0
    ].as_py()
    assert total == 37_000_000


def test_a_campaign_that_vanishes_from_a_report_is_told(workspace, export):
    load(workspace, export(tencent((1, 5, 10), (1, 6, 20)), "a.csv"))
    review = load(workspace, export(tencent((1, 5, 10)), "b.csv"))
    assert review.status == "REVIEW"
    assert any(item.code == "vanished" and "not in this file: 1" in item.sentence for item in review.findings)
    assert costs(workspace) == [("5", 1, 10)]


@pytest.mark.parametrize(
    "change", [{"account": "other"}, {"timezone": "UTC"}, {"grain": "account"}, {"scope": "brand"}]
)
def test_the_same_file_read_in_another_way_replaces_its_former_rows(change, workspace, export):
    file = export(tencent((1, 5, 10), (2, 5, 20)))
    load(workspace, file)
    review = load(workspace, file, **change)
    assert not review.unchanged
    assert costs(workspace) == [("5", 1, 10), ("5", 2, 20)]
    assert workspace.query("SELECT count(*) AS n FROM conversions")["n"][0].as_py() == 2


def test_a_corrected_mapping_replaces_another_sources_rows(workspace, export):
    file = export("日期,渠道,曝光量,点击量,消耗,转化数\n2026-01-01,抖音,1000,20,30.5,1\n")
    load(workspace, file, currency="CNY")
    mapping = {
        "local_date": "日期",
        "campaign": "渠道",
        "impressions": "曝光量",
        "clicks": "点击量",
        "cost": "消耗",
    }
    review = load(workspace, file, source="oceanengine", mapping=mapping)
    assert review.source == "oceanengine"
    rows = workspace.query("SELECT source, campaign FROM performance").to_pylist()
    assert rows == [{"source": "oceanengine", "campaign": "抖音"}]
    assert workspace.query("SELECT DISTINCT source FROM conversions")["source"].to_pylist() == ["oceanengine"]


def test_accounts_of_one_file_are_slices_of_their_own(workspace, export):
    load(workspace, export(tencent((1, 5, 10)).replace("20001", "20002"), "other.csv"))
    both = tencent((1, 5, 11)) + "2026-01-01,20003,9,计划9,1000,10,7,1\n"
    load(workspace, export(both, "both.csv"))
    assert costs(workspace) == [("5", 1, 21), ("9", 1, 7)]


def test_a_dry_run_writes_nothing(workspace, export):
    before = sorted(path for path in workspace.path.rglob("*") if path.is_file())
    review = load(workspace, export(tencent((1, 5, 10)) + "x,y\n"), dry_run=True, remember=True)
    assert (review.status, review.rows_ok, review.version) == ("REVIEW", 1, None)
    assert sorted(path for path in workspace.path.rglob("*") if path.is_file()) == before
    assert workspace.version == 0


def test_the_ledger_and_the_quarantine_remember(workspace, export):
    review = load(workspace, export(tencent((1, 5, 10)) + "2026-02-30,20001,5,计划5,1,1,1,1\n"))
    row = workspace.query("SELECT * FROM imports").to_pylist()[0]
    assert (row["import_id"], row["status"], row["active"]) == (review.import_id, "REVIEW", True)
    assert (row["rows_in"], row["rows_ok"], row["rows_quarantined"]) == (2, 1, 1)
    assert row["file"] == "export.csv"
    assert row["timezone"] == "Asia/Shanghai"
    kept = workspace.path / "quarantine" / f"{review.import_id}.parquet"
    import pandas as pd

    frame = pd.read_parquet(kept)
    assert frame["line"].tolist() == [3]
    assert "2026-02-30" in frame["raw"][0]


def test_delivery_without_conversions_leaves_conversions_alone(workspace, export):
    load(workspace, export(tencent((1, 5, 10)), "a.csv"))
    text = "日期,账户ID,推广计划ID,曝光次数,点击次数,花费（元）\n2026-01-01,20001,5,1000,10,12\n"
    load(workspace, export(text, "b.csv"))
    assert costs(workspace) == [("5", 1, 12)]
    assert workspace.query("SELECT sum(conversions) AS n FROM conversions")["n"][0].as_py() == 1


def test_a_folder_is_one_review_of_its_files(workspace, export):
    export(tencent((1, 5, 10)), "a.csv")
    export(tencent((2, 5, 20)) + "2026-02-30,20001,5,计划5,1,1,1,1\n", "b.csv")
    export("id,name\n1,x\n2,y\n", "campaigns.csv")
    folder = export("not an export", "notes.md").parent
    review = load(workspace, folder)
    assert (review.status, review.rows_in, review.rows_ok, review.rows_quarantined) == ("FAIL", 3, 2, 1)
    assert [part.file for part in review.parts] == ["a.csv", "b.csv", "campaigns.csv"]
    assert [part.status for part in review.parts] == ["PASS", "REVIEW", "FAIL"]
    assert review.source == "tencent_ads"
    assert [str(day) for day in review.period] == ["2026-01-01", "2026-01-02"]
    assert review.quarantine[["file", "line"]].values.tolist() == [["b.csv", 3]]
    assert costs(workspace) == [("5", 1, 10), ("5", 2, 20)]
    assert load(workspace, folder).parts[0].unchanged


def test_another_kind_of_report_of_the_same_slice_is_told(workspace, export):
    load(workspace, export("date,impressions\n2026-01-01,10\n2026-01-02,10\n", "site.csv"))
    review = load(workspace, export("date,clicks,orders\n2026-01-01,3,1\n2026-01-02,4,2\n", "shop.csv"))
    told = next(item for item in review.findings if item.code == "replaced_other")
    assert (review.status, told.status) == ("REVIEW", "REVIEW")
    assert "site.csv" in told.sentence
    load(workspace, export("date,impressions\n2026-01-01,10\n2026-01-02,10\n", "site.csv"), account="site")
    assert workspace.query("SELECT count(*) AS n FROM performance")["n"][0].as_py() == 4


def test_a_workspace_in_chinese_is_told_in_chinese(workspace, export):
    (workspace.path / "workbench.toml").write_text('lang = "zh"\n')
    import workbench as wb

    review = load(wb.open(workspace.path), export(tencent((1, 5, 10)) + "2026-02-30,20001,5,计划5,1,1,1,1\n"))
    assert "不是有效日期" in review.quarantine["reasons"][0]
    assert any("不是有效日期" in item.sentence for item in review.findings)
    assert "valid date" in review.to_html("en")
    assert "读取 2 行" in str(review)


def test_what_is_replaced_is_counted_and_what_stays_is_not_written_again(workspace, export, monkeypatch):
    days = range(1, 29)
    load(workspace, export(tencent(*((day, 5, 10) for day in days)), "a.csv"))
    load(workspace, export(tencent(*((day, 6, 1) for day in days)), "b.csv"))
    before = {file.name for file in pointer.read(workspace.path).tables["performance"].files}
    read, query = [], Store.query
    monkeypatch.setattr(Store, "query", lambda *given: read.append(query(*given)) or read[-1])
    review = load(workspace, export(tencent(*((day, 5, 11) for day in days)), "c.csv"))
    assert [(item.code, item.values["rows"]) for item in review.findings if "rows" in item.values] == [
        ("replaced", 28),
        ("kept", 28),
    ]
    assert max(map(len, read)) < 28
    after = {file.name for file in pointer.read(workspace.path).tables["performance"].files}
    assert len(before & after) == 1
    monkeypatch.undo()
    assert costs(workspace) == [(plan, day, cost) for plan, cost in (("5", 11), ("6", 1)) for day in days]
