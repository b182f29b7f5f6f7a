"""Rows set aside are exported, corrected by a person, and come back; of CRM files and of platform exports."""

from __future__ import annotations

import csv

import pytest

import workbench as wb
from workbench.errors import InputError

ORDERS = (
    "order_id,customer_id,time,amount,currency,note\n"
    "A,1,2026-03-01T10:00:00Z,10.50,CNY,fine\n"
    'B,1,2026-03-32T10:00:00Z,20,CNY,"a, b"\n'
    "C,,2026-03-03T10:00:00Z,30,CNY,=1+1\n"
    "D,2,2026-03-04T10:00:00Z\n"
)
GOOGLE = (
    "Day,Campaign,Campaign ID,Currency code,Impr.,Clicks,Cost\n"
    "2026-03-01,A,1,EUR,100,5,2.50\n"
    "2026-03-02,A,1,EUR,200,x,4.00\n"
    "2026-13-03,A,1,EUR,300,7,6.00\n"
)


@pytest.fixture
def sheet(tmp_path):
    """Read and write an export of rows set aside."""

    class Sheet:
        path = tmp_path / "aside.csv"

        def rows(self):
            with self.path.open(encoding="utf-8-sig", newline="") as stream:
                return list(csv.DictReader(stream))

        def save(self, rows):
            with self.path.open("w", encoding="utf-8-sig", newline="") as stream:
                writer = csv.DictWriter(stream, rows[0].keys())
                writer.writeheader()
                writer.writerows(rows)
            return self.path

    return Sheet()


@pytest.fixture
def first(workspace, export, sheet):
    """An import with three rows set aside, exported."""
    review = wb.data.load(workspace, export(ORDERS, "orders.csv"), table="transactions")
    assert (review.rows_ok, review.rows_quarantined) == (1, 3)
    wb.data.export_quarantine(workspace, review.import_id, sheet.path)
    return review


def test_the_export_has_the_columns_of_the_original(first, sheet):
    b, c, d = sheet.rows()
    assert list(b)[:4] == ["_line", "_reasons", "order_id", "customer_id"]
    assert (b["_line"], b["note"], b["amount"]) == ("3", "a, b", "20")
    assert (c["note"], c["_raw"]) == ("'=1+1", "")
    assert (d["order_id"], d["_raw"]) == ("", "D,2,2026-03-04T10:00:00Z")


def test_corrected_rows_come_back_and_the_rest_stays_aside(workspace, first, sheet, rows):
    b, c, d = sheet.rows()
    b["time"] = "2026-03-31T10:00:00Z"
    d |= {
        "order_id": "D",
        "customer_id": "2",
        "time": "2026-03-04T10:00:00Z",
        "amount": "x",
        "currency": "CNY",
    }
    review = wb.data.requeue(workspace, first.import_id[:8], sheet.save([b, c, d]))
    assert (review.rows_ok, review.rows_quarantined) == (1, 2)
    assert review.quarantine["line"].tolist() == [4, 5]
    assert review.findings[0].code == "crm.requeued"
    assert {row["transaction_id"]: row["line"] for row in rows("transactions")} == {"A": 2, "B": 3}
    left = wb.data.quarantine(workspace, first.import_id)
    assert left["line"].to_pylist() == [4, 5]


def test_rows_that_came_back_are_refused_a_second_time(workspace, first, sheet):
    b, *_ = sheet.rows()
    b["time"] = "2026-03-31T10:00:00Z"
    file = sheet.save([b])
    wb.data.requeue(workspace, first.import_id, file)
    with pytest.raises(InputError, match="Lines 3"):
        wb.data.requeue(workspace, first.import_id, file)


def test_an_undone_correction_is_set_aside_again(workspace, first, sheet, rows):
    b, *_ = sheet.rows()
    b["time"] = "2026-03-31T10:00:00Z"
    file = sheet.save([b])
    review = wb.data.requeue(workspace, first.import_id, file)
    wb.data.undo(workspace, review.import_id)
    assert len(rows("transactions")) == 1
    assert wb.data.quarantine(workspace, first.import_id)["line"].to_pylist() == [3, 4, 5]
    wb.data.requeue(workspace, first.import_id, file)
    assert len(rows("transactions")) == 2


def test_cells_that_look_like_formulas_come_back_as_they_were(workspace, export, sheet, rows):
    text = "lead_id,customer_id,stage,owner,probability\nL,1,won,=cmd(),x\nM,1,won,-Ann,0.5\n"
    first = wb.data.load(workspace, export(text, "leads.csv"), table="leads")
    wb.data.export_quarantine(workspace, first.import_id, sheet.path)
    (row,) = sheet.rows()
    assert row["owner"] == "'=cmd()"
    row["probability"] = "0.4"
    wb.data.requeue(workspace, first.import_id, sheet.save([row]))
    assert {row["owner"] for row in rows("leads")} == {"=cmd()", "-Ann"}


def test_a_dry_run_changes_nothing(workspace, first, sheet):
    b, *_ = sheet.rows()
    b["time"] = "2026-03-31T10:00:00Z"
    version = workspace.version
    review = wb.data.requeue(workspace, first.import_id, sheet.save([b]), dry_run=True)
    assert (review.rows_ok, workspace.refresh()) == (1, version)
    assert len(wb.data.quarantine(workspace, first.import_id)) == 3


def test_corrected_rows_of_a_report_are_added_and_nothing_is_replaced(workspace, export, sheet, rows):
    first = wb.data.load(workspace, export(GOOGLE, "google.csv"))
    assert (first.table, first.rows_quarantined) == ("performance", 2)
    wb.data.export_quarantine(workspace, first.import_id, sheet.path)
    x, bad = sheet.rows()
    x["Clicks"] = "6"
    review = wb.data.requeue(workspace, first.import_id, sheet.save([x, bad]))
    assert (review.rows_ok, review.rows_quarantined) == (1, 1)
    assert review.quarantine["line"].tolist() == [4]
    assert [row["clicks"] for row in rows("performance")] == [5, 6]
    assert workspace.query("SELECT sum(impressions) AS n FROM performance_hourly")["n"][0].as_py() == 300
    with pytest.raises(InputError, match="Lines 3"):
        wb.data.requeue(workspace, first.import_id, sheet.path)
    same = wb.data.load(workspace, export(GOOGLE, "google.csv"))
    assert same.unchanged
    assert len(rows("performance")) == 2


@pytest.mark.parametrize("name", ["", "zzzz"])
def test_an_unknown_import_is_named(workspace, first, sheet, name):
    with pytest.raises(InputError, match="begins with"):
        wb.data.requeue(workspace, name, sheet.path)


def test_a_file_without_line_numbers_is_refused(workspace, first, export):
    with pytest.raises(InputError, match="_line"):
        wb.data.requeue(workspace, first.import_id, export(ORDERS, "orders.csv"))


def test_nothing_aside_is_said(workspace, export, tmp_path):
    good = "\n".join(ORDERS.splitlines()[:2]) + "\n"
    review = wb.data.load(workspace, export(good, "orders.csv"), table="transactions")
    with pytest.raises(InputError, match="no rows set aside"):
        wb.data.export_quarantine(workspace, review.import_id, tmp_path / "x.csv")


def test_a_person_does_it_in_a_terminal(workspace, export, sheet, rows):
    from click.testing import CliRunner

    from workbench.cli import main

    def run(*arguments):
        found = CliRunner().invoke(main, [*map(str, arguments)])
        assert found.exit_code == 0, found.output
        return found.output

    where = ("-w", workspace.path)
    told = run("import", export(ORDERS, "orders.csv"), "--table", "transactions", *where)
    assert "REVIEW" in told
    (entry,) = workspace.query("SELECT import_id FROM imports").to_pylist() if workspace.refresh() else ()
    run("review", entry["import_id"][:6], "--csv", sheet.path, *where)
    b, *_ = sheet.rows()
    b["time"] = "2026-03-31T10:00:00Z"
    run("import", sheet.save([b]), "--corrects", entry["import_id"][:6], *where)
    assert {row["transaction_id"] for row in rows("transactions")} == {"A", "B"}
    assert "2 rows were set aside" in run("review", entry["import_id"], *where)
