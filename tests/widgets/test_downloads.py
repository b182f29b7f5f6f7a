"""The menu of downloads: the same table as CSV and XLSX, charts as PNG and SVG, the page as a report."""

from __future__ import annotations

import io
import re

import pandas as pd
import pytest

import workbench as wb
from workbench import exports
from workbench.errors import InputError
from workbench.reports import export
from workbench.widgets import downloads
from workbench.widgets.session import Session


@pytest.fixture
def take(panel):
    """Ask the panel's page for a file: its name, type and bytes."""
    session = Session(panel)

    def taken(key):
        reply, files = session.receive({"act": "download", "key": key, "seq": 1})
        assert reply["kind"] == "file", reply
        return reply["name"], reply["type"], files[0]

    return taken


def test_a_sheet_has_the_rows_and_columns_of_the_csv(panel, take):
    name, kind, content = take("breakdown.xlsx")
    assert re.fullmatch(r"campaigns-breakdown-\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d\.xlsx", name)
    assert kind == downloads.XLSX
    sheet = pd.read_excel(io.BytesIO(content))
    csv = pd.read_csv(io.BytesIO(take("breakdown.csv")[2]))
    assert list(sheet.columns) == list(csv.columns)
    assert len(sheet) == len(panel.answer("breakdown").table)
    pd.testing.assert_frame_equal(sheet, csv, check_dtype=False)


def test_all_tables_come_in_one_workbook_under_their_shown_names(panel, take):
    panel.state.lang = "zh"
    sheets = pd.read_excel(io.BytesIO(take("all.xlsx")[2]), sheet_name=None)
    assert list(sheets) == ["核心指标", "按时间", "分维度明细", "周内时段"]
    assert all(len(table) for table in sheets.values())


def test_a_chart_comes_as_a_picture_in_both_forms(take):
    name, kind, png = take("trend.png")
    assert (name, kind) == ("campaigns-trend-v1.png", "image/png")
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    wide = int.from_bytes(png[16:20], "big")
    assert wide == 2 * downloads.WIDTH
    svg = take("trend.svg")[2].decode()
    assert svg.startswith("<svg")
    assert "var(--" not in svg, "no colour is left to a page's style"


def test_the_page_comes_as_a_report_that_needs_nothing_but_itself(panel, take):
    panel.state.update(lang="zh", theme="dark", filters={"channel": ("search",)})
    name, kind, content = take("report.html")
    page = content.decode()
    assert (name, kind) == ("campaigns-v1.html", downloads.HTML)
    assert all(check.passed for check in export.checks(page, "zh"))
    assert 'lang="zh-CN" data-theme="dark"' in page
    assert "<title>广告投放</title>" in page
    assert "搜索" in page


def test_the_menu_offers_what_can_be_taken(panel):
    title = Session(panel).page()["regions"]["title"]
    offered = set(re.findall(r'data-act="download" data-key="([^"]+)"', title))
    tables = {
        f"{name}.{form}" for name in ("kpis", "trend", "breakdown", "slots") for form in ("csv", "xlsx")
    }
    assert offered == tables | {"all.xlsx", "report.html"}
    assert 'aria-label="Key figures as XLSX"' in title


@pytest.mark.parametrize("key", ["store.csv", "trend.exe", "nothing.png", "kpis.html", "", ".", "../x.csv"])
def test_what_is_not_there_is_refused(panel, key):
    reply, files = Session(panel).receive({"act": "download", "key": key, "seq": 1})
    assert (reply["kind"], files) == ("page", [])
    assert "wb-bad" in reply["regions"]["notice"]


def test_the_table_of_an_answer_is_what_its_csv_holds(tmp_path):
    table = pd.DataFrame({"name": ["=1+1"], "n": [1]})
    assert exports.table_of(lambda: exports.csv(table, tmp_path / "kept.csv")) is table
    assert not (tmp_path / "kept.csv").exists()
    assert exports.csv(table).startswith(b"\xef\xbb\xbf")
    with pytest.raises(InputError, match="no table"):
        exports.table_of(lambda: b"")


def test_every_download_is_in_the_audit_log(panel, take):
    rows = len(panel.answer("breakdown").table)
    take("breakdown.xlsx")
    line = wb.privacy.audit.frame(panel.store.path).iloc[0]
    assert (line["what"], line["counts"]) == ("export", {"rows": rows})
    assert line["about"] == {"table": "campaigns-breakdown.xlsx"}
