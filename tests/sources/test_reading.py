"""Bytes to grids: kinds of files, encodings, delimiters, quotes, line numbers, headers below preambles."""

# ruff: noqa: DTZ001  (cells of workbooks have no time zone)

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sources import load
from workbench.sources.decode import encoding, kind
from workbench.sources.grid import read
from workbench.sources.header import locate
from workbench.sources.problems import Unusable
from workbench.sources.records import records

TEXT = "date,campaign,impressions\n2026-01-15,春节大促（一）,10\n"
KNOWN = {"date", "campaign", "impressions", "clicks", "cost"}


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-16-le", "utf-16-le"),
        ("utf-32", "utf-32-le"),
    ],
)
def test_encodings(codec, name, export):
    file = export(TEXT, encoding=codec)
    assert encoding(file).name == name
    grid = read(file, KNOWN)
    assert grid.headers == ("date", "campaign", "impressions")
    assert grid.cells["c1"].to_pylist() == ["春节大促（一）"]


def test_a_chinese_character_late_in_a_large_file_decides(export):
    text = "date,campaign,impressions\n" + "2026-01-15,A,10\n" * 100_000 + "2026-01-15,新品首发,10\n"
    assert encoding(export(text, encoding="gb18030")).name == "gb18030"


@pytest.mark.parametrize("lost", [1, 2])
def test_a_file_cut_inside_of_a_character(lost, export):
    content = "date,campaign,impressions\n2026-01-15,A,10\n2026-01-16,春".encode()[:-lost]
    found = encoding(export(content))
    assert (found.name, found.cut) == ("utf-8", True)


def test_kinds_are_told_by_content(export):
    assert kind(export(b"", "a.csv")) == "empty"
    assert kind(export(b"PAR1....", "b.csv")) == "parquet"
    assert kind(export(b"PK\x03\x04....", "c.csv")) == "workbook"
    assert kind(export("a,b", "d.xlsx")) == "text"


def parsed(text, delimiter=",", width=None):
    lines = text.splitlines(keepends=True)
    return [(item.line, item.span, item.cells) for item in records(lines, delimiter, width)]


def test_quoted_cells_over_several_lines_keep_line_numbers():
    text = 'a,b\n1,"x\ny"\n2,z\n'
    assert parsed(text, width=2) == [(1, 1, ["a", "b"]), (2, 2, ["1", "x\ny"]), (4, 1, ["2", "z"])]


def test_a_stray_quote_costs_one_line():
    text = 'a,b\n1,"x\n2,y\n3,z\n'
    assert parsed(text, width=2) == [(1, 1, ["a", "b"]), (2, 1, None), (3, 1, ["2", "y"]), (4, 1, ["3", "z"])]
    text = 'a,b\n1,"x\n2,y\n3,"z\n4,w\n'
    assert [line for line, _, cells in parsed(text, width=2) if cells is None] == [2, 4]


def test_a_quote_inside_of_a_cell_is_a_character():
    assert parsed('a,b\n1,5" screen\n2,y\n', width=2)[1] == (2, 1, ["1", '5" screen'])


@given(
    st.lists(
        st.lists(
            st.text(st.characters(blacklist_characters="\0\r", blacklist_categories=("Cs",)), max_size=6),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_python_writes_is_read_back(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    lines = [line + "\n" for line in out.getvalue().split("\n")[:-1]]
    assert [item.cells for item in records(lines, ",", 2)] == rows


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter, end, export):
    rows = [
        ["Report of January"],
        [],
        ["date", "campaign", "impressions", "clicks"],
        ["2026-01-15", "A", "10", "1"],
    ]
    file = export(end.join(delimiter.join(row) for row in rows) + end)
    grid = read(file, KNOWN)
    assert grid.headers == ("date", "campaign", "impressions", "clicks")
    assert grid.cells.to_pylist() == [{"line": 4, "c0": "2026-01-15", "c1": "A", "c2": "10", "c3": "1"}]


def test_blank_lines_and_empty_cells_at_the_end_are_nothing(export):
    grid = read(export("date,campaign,impressions\n\n2026-01-15,A,10,,\n,,\n"), KNOWN)
    assert grid.cells["line"].to_pylist() == [3]
    assert grid.body.broken == ()


def test_rows_of_another_width_are_broken_with_their_line(export):
    grid = read(
        export("date,campaign,impressions\n2026-01-15,A\n2026-01-15,A,10,7\n2026-01-15,A,10\n"), KNOWN
    )
    assert [(item.line, item.cells) for item in grid.body.broken] == [(2, 2), (3, 4)]
    assert not grid.body.cut
    assert grid.raw({3}) == {3: "2026-01-15,A,10,7"}


def test_raw_text_of_a_record_over_several_lines(export):
    grid = read(export('date,campaign,impressions\n2026-01-15,"A\nB",10\n2026-01-16,C,5\n'), KNOWN)
    assert grid.cells["line"].to_pylist() == [2, 4]
    assert grid.raw({2, 4}) == {2: '2026-01-15,"A\nB",10', 4: "2026-01-16,C,5"}


def test_the_header_is_the_row_that_knows_most_words():
    rows = [
        ["Report", "x"],
        ["impressions", "clicks"],
        ["date", "campaign", "impressions"],
        ["2026-01-15", "A", "1"],
    ]
    assert locate(rows, KNOWN).index == 2
    assert locate([["1", "2"], ["3", "4"]], KNOWN) is None
    assert locate([["id", "name"], ["1", "x"]], KNOWN).known == 0


def workbook(folder, sheets):
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = folder / "export.xlsx"
    book.save(file)
    return file


def test_a_workbook_takes_the_sheet_with_the_table(workspace, tmp_path, facts):
    rows = [
        ["巨量引擎报表"],
        [],
        ["时间", "项目ID", "消耗", "展示数", "点击数", "转化数"],
        [dt.date(2026, 1, 1), 7300000000000001, 1234.56, 52310, 801, 42],
        [dt.datetime(2026, 1, 2), 7300000000000001, "￥980.25", "48,100", 690, None],
        ["总计", None, 2214.81, 100410, 1491, 42],
    ]
    file = workbook(tmp_path, {"说明": [["导出说明"], ["仅供内部使用"]], "数据": rows})
    review = load(workspace, file)
    assert (review.status, review.source, review.reconciled) == ("PASS", "oceanengine", True), review
    found = facts(workspace)
    assert [row["cost_micros"] for row in found] == [1_234_560_000, 980_250_000]
    assert found[0]["campaign_id"] == "7300000000000001"
    assert [row["line"] for row in found] == [4, 5]


def test_excel_day_numbers_and_times(workspace, tmp_path, facts):
    rows = [
        ["date", "campaign", "impressions"],
        [44286, "A", 10],
        [dt.datetime(2021, 4, 1, 18, 0), "A", 5],
        ["x", "A", 1],
    ]
    review = load(workspace, workbook(tmp_path, {"S": rows}), timezone="UTC")
    assert [str(row["local_date"]) for row in facts(workspace)] == ["2021-03-31", "2021-04-01"]
    assert review.quarantine[["line", "raw"]].values.tolist() == [[4, "x,A,1"]]


def test_parquet_keeps_its_types(workspace, tmp_path, facts):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "date": pa.array([dt.datetime(2026, 1, 15, 23), dt.datetime(2026, 1, 16, 1)], pa.timestamp("us")),
            "campaign": pa.array(["A", None]).dictionary_encode(),
            "impressions": [10, None],
            "cost": pa.array([Decimal("1.234567"), None], pa.decimal128(12, 6)),
            "tags": [["x"], None],
        }
    )
    file = tmp_path / "[1].parquet"
    pq.write_table(table, file)
    review = load(workspace, file, timezone="Asia/Shanghai", currency="CNY")
    assert review.rows_ok == 2
    rows = facts(workspace)
    assert (rows[0]["cost_micros"], rows[0]["local_hour"]) == (1_234_567, 23)
    assert (rows[1]["campaign"], rows[1]["impressions"]) == (None, None)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b"PAR1" * 9]
)
def test_damaged_binary_files_are_unusable(content, export):
    with pytest.raises(Unusable):
        read(export(content), KNOWN)
