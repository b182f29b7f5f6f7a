"""Files that leave: a text never becomes a formula, and every number, date and Chinese text comes back."""

from __future__ import annotations

import csv
import io

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench import exports

ATTACKS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+SUM(A1)",
    "-2+3+cmd",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    " =1+1",
    "＝1+1",
    "\ufeff=1",
    '"=1',
    "'=1",
]
FIRST = frozenset("=+-@＝＋－＠")


def runs(text):
    """Whether a spreadsheet that trims and unquotes might take a text for a formula."""
    return text.lstrip(" \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\xa0\u200b\ufeff'\"")[:1] in FIRST


def cells_of_csv(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def cells_of_xlsx(content):
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [list(row) for row in sheet.iter_rows()]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_text_in_both_formats(attack):
    frame = pd.DataFrame({attack: [attack, "plain"], "n": [1.5, -2.0]})
    rows = cells_of_csv(exports.csv(frame))
    assert rows[0][0] == rows[1][0] == f"'{attack}"
    assert rows[1][1] == "1.5"
    assert rows[2] == ["plain", "-2.0"]
    cell = cells_of_xlsx(exports.xlsx(frame))[1][0]
    assert cell.data_type in ("s", "inlineStr")
    assert cell.quotePrefix
    assert cell.value.strip() == attack.strip().replace("\r", "\n").strip()


@pytest.mark.parametrize("number", [-5, -1.5, None, True])
def test_what_is_no_text_stays(number):
    assert exports.harmless(number) is number


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12))
def test_whatever_a_name_holds_no_cell_of_a_csv_begins_a_formula(text):
    first = cells_of_csv(exports.csv(pd.DataFrame({"name": [text], "n": [1]})))[1][0]
    assert first.startswith("'") or not runs(first)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=10), min_size=1, max_size=4))
def test_whatever_a_name_holds_no_cell_of_a_workbook_is_a_formula(texts):
    rows = cells_of_xlsx(exports.xlsx(pd.DataFrame({"name": texts})))
    assert all(cell.data_type != "f" for row in rows for cell in row)


def test_numbers_dates_and_chinese_come_back():
    frame = pd.DataFrame(
        {
            "渠道": ["搜索", None],
            "day": pd.to_datetime(["2026-03-01", None]),
            "at": pd.to_datetime(["2026-03-01T10:00+08:00", None], utc=True),
            "n": [1, 2],
            "share": [0.25, np.nan],
        }
    )
    head, one, two = cells_of_xlsx(exports.xlsx({"a/b:c": frame}))
    assert [cell.value for cell in head] == ["渠道", "day", "at", "n", "share"]
    assert one[0].value == "搜索"
    assert str(one[1].value) == "2026-03-01 00:00:00"
    assert str(one[2].value) == "2026-03-01 02:00:00"
    assert (one[3].value, one[4].value) == (1, 0.25)
    assert [cell.value for cell in two] == [None, None, None, 2, None]
    assert exports.csv(frame).startswith(b"\xef\xbb\xbf")


def test_a_file_is_written_in_one_step_or_said_to_be_impossible(tmp_path):
    frame = pd.DataFrame({"a": [1]})
    assert (tmp_path / "x.csv").write_bytes(b"old")
    assert exports.csv(frame, tmp_path / "x.csv") == (tmp_path / "x.csv").read_bytes()
    exports.xlsx(frame, tmp_path / "x.xlsx")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x.csv", "x.xlsx"]
    with pytest.raises(wb.WorkbenchError, match="cannot be written"):
        exports.csv(frame, tmp_path / "nowhere" / "x.csv")
