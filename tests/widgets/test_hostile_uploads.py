"""Files that a hostile page sends: bombs, wrong beginnings, names that are paths, more than was announced."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import pytest

import workbench as wb
from workbench.widgets.session import Session

GIGABYTE = 10**9
SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1"><v>1</v></c></row>%s</sheetData></worksheet>'
)


def bomb() -> bytes:
    """A workbook of some hundred kilobytes that unpacks to 128 MB."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", SHEET % (b" " * (128 << 20)))
    return packed.getvalue()


@pytest.fixture
def talk(tmp_path, monkeypatch):
    """The Data page of an empty workspace, beside a secret and a link to it."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    (tmp_path / "tmp").mkdir()
    (tmp_path / "secret.csv").write_text("Date,Cost\n2026-03-01,1\n", encoding="utf-8")
    os.symlink(tmp_path / "secret.csv", tmp_path / "tmp" / "link.csv")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    made = Session(wb.widgets.Data(wb.data.open(tmp_path / "ws")))
    made.page()
    return made


def announced(talk, name, size) -> dict:
    return talk.receive({"act": "upload", "value": json.dumps({"name": name, "size": size})})[0]


def sent(talk, name: str, content: bytes):
    """Send a file in pieces of a megabyte; what the page knows of it then."""
    number = announced(talk, name, len(content))["id"]
    for offset in range(0, len(content), 1 << 20):
        piece = content[offset : offset + (1 << 20)]
        talk.receive({"act": "piece", "key": number, "value": offset}, [memoryview(piece)])
    return talk.panel.intake.desk.find(number)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bomb.xlsx", bomb),
        ("bomb.csv", bomb),
        ("program.csv", lambda: b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40),
        ("page.csv", lambda: b"<!doctype html><script>alert(1)</script>" * 50),
        ("text.parquet", lambda: b"PAR1" + b"\0" * 500 + b"PAR1"),
        ("packed.xlsx", lambda: b"\x1f\x8b\x08\0" + b"\0" * 300),
        ("deep.json", lambda: b"[" * 100_000),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_or_too_much_of_one_is_one_sentence(talk, name, content):
    found = sent(talk, name, content())
    assert found.stage == "checked"
    assert found.review is None or found.review.status != "PASS"
    html = str(talk.panel.draw(live=True)["review"].html)
    assert "Traceback" not in html
    assert "<script" not in html
    talk.receive({"act": "import", "key": "", "value": "", "seq": 2})
    talk.panel.store.refresh()
    assert talk.panel.store.version == 0


NAMES = (
    *("../../../ws/workbench.toml", "..\\..\\ws\\pointer.json", "/etc/passwd", "link.csv", "..", ".", ""),
    *("a\0b.csv", "a\nb.csv", "\u202ecsv.exe", "CON.csv", "~root.csv", "$(id).csv", "x" * 3000 + ".csv"),
)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_a_label_and_never_a_path(talk, tmp_path, name):
    facts = {file: file.read_bytes() for file in (tmp_path / "ws").rglob("*") if file.is_file()}
    item = sent(talk, name, b"Date,Campaign,Cost\n2026-03-01,a,1\n")
    path = Path(item.path)
    assert path.is_relative_to(tmp_path / "tmp")
    assert path.resolve() == path, "no link leads anywhere else"
    assert not any(mark in path.name for mark in "\0\n\u202e/\\")
    assert (tmp_path / "secret.csv").read_text("utf-8").endswith("2026-03-01,1\n")
    assert {file: file.read_bytes() for file in facts} == facts


@pytest.mark.parametrize("size", [GIGABYTE, -1, 2**63, "big", None, [1]], ids=str)
def test_a_gigabyte_or_no_size_at_all_is_refused_before_a_byte_comes(talk, tmp_path, size):
    assert announced(talk, "big.csv", size).get("refused")
    assert not [path for path in (tmp_path / "tmp").rglob("*.csv") if not path.is_symlink()]


def test_no_more_comes_than_was_announced(talk, tmp_path):
    number = announced(talk, "small.csv", 10)["id"]
    for offset, piece in ((0, b"a" * 11), (10, b"b"), (GIGABYTE, b"c"), (-1, b"d"), (5, b"e" * 10**6)):
        reply = talk.receive({"act": "piece", "key": number, "value": offset}, [memoryview(piece)])[0]
        assert reply.get("refused"), offset
    written = [path.stat().st_size for path in (tmp_path / "tmp").rglob("small.csv")]
    assert sum(written) <= 10
