"""What a workspace holds, against what was put into it."""

from __future__ import annotations

import datetime as dt

import pytest

import workbench as wb

HEAD = "Date,Account,Campaign,Impressions,Clicks,Cost,Currency\n"


def rows(account, *days):
    return "".join(f"2026-03-{day:02d},{account},Spring,100,5,1.50,EUR\n" for day in days)


@pytest.fixture
def filled(workspace, export):
    """Two accounts; one lacks two days and ends three days early."""
    first = wb.data.load(workspace, export(HEAD + rows("A", *range(1, 11)), "a.csv"))
    second = wb.data.load(workspace, export(HEAD + rows("B", 1, 2, 5, 6, 7) + "x,B,S,1,1,1,EUR\n", "b.csv"))
    return workspace, first, second


def test_an_empty_workspace_has_empty_lists(workspace):
    for question in (wb.data.imports, wb.data.contents, wb.data.freshness):
        listing = question(workspace)
        assert listing.to_dicts() == []
        assert listing.to_csv().startswith(b"\xef\xbb\xbf")
    assert wb.data.past_review(workspace, "abc") is None


def test_the_ledger_is_listed_newest_first(filled):
    store, first, second = filled
    found = wb.data.imports(store).to_dicts()
    assert [row["import_id"] for row in found] == [second.import_id, first.import_id]
    assert [row["file"] for row in found] == ["b.csv", "a.csv"]
    assert [(row["rows_ok"], row["rows_quarantined"]) for row in found] == [(5, 1), (10, 0)]
    assert all(row["active"] for row in found)


def test_an_undone_import_says_so(filled):
    store, first, _ = filled
    wb.data.undo(store, first.import_id)
    row = wb.data.imports(store).to_dicts()[1]
    assert (row["status"], row["active"]) == ("UNDONE", False)


def test_freshness_counts_missing_days_and_days_behind(filled):
    store, *_ = filled
    found = {row["account"]: row for row in wb.data.freshness(store).to_dicts()}
    assert (found["A"]["days"], found["A"]["missing"], found["A"]["behind"]) == (10, 0, 0)
    assert (found["B"]["days"], found["B"]["missing"], found["B"]["behind"]) == (5, 2, 3)
    assert found["B"]["last_day"] == dt.date(2026, 3, 7)


def test_contents_count_rows_and_name_the_last_import(filled):
    store, _, second = filled
    found = {row["table"]: row for row in wb.data.contents(store).to_dicts()}
    assert found["performance"]["rows"] == 15
    newest = wb.data.imports(store).to_dicts()[0]
    assert newest["import_id"] == second.import_id
    assert found["performance"]["imported_at"] == newest["imported_at"]
    assert "imports" not in found
    assert "performance_hourly" not in found


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_past_review_tells_again_what_was_told(filled, lang):
    store, _, second = filled
    told = wb.data.past_review(store, second.import_id[:8], lang)
    assert (told.status, told.file, told.rows_quarantined) == (second.status, "b.csv", 1)
    assert [item.code for item in told.findings] == [item.code for item in second.findings]
    assert [item.told(lang) for item in told.findings] == [item.told(lang) for item in second.findings]
    assert wb.data.past_review(store, "ffffffff") is None
    assert wb.data.past_review(store, "") is None


def test_a_name_that_a_spreadsheet_would_run_leaves_as_text(workspace, export):
    wb.data.load(workspace, export(HEAD + rows("A", 1), "=cmd.csv"))
    assert b"'=cmd.csv" in wb.data.imports(workspace).to_csv()
