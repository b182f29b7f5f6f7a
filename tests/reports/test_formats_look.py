"""A house's own look: on every file, and refused with a sentence where it cannot be used."""

from __future__ import annotations

import io
from dataclasses import replace

import openpyxl
import pptx as python_pptx
import pytest
import shown_reports
import tiny_notebooks

from workbench.errors import ReportError
from workbench.reports import run
from workbench.reports.formats import look, mail, pdf, pictures, pptx, xlsx
from workbench.reports.formats.content import Figure
from workbench.tables.html import Html

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)
GOOD = """
name = "Acme <Group>"
accent = "#8a1c2b"
logo = "logo.png"
cover = { en = "For the board", zh = "供董事会审阅" }
footer = "Confidential"
"""


@pytest.fixture
def house(tmp_path):
    tiny_notebooks.workspace(tmp_path / "ws", tiny=tiny_notebooks.HELLO)
    folder = tmp_path / "ws" / look.FOLDER
    folder.mkdir(parents=True)
    (folder / "logo.png").write_bytes(PNG)
    (folder / look.FILE).write_text(GOOD, encoding="utf-8")
    return tmp_path / "ws"


def test_a_workspace_without_a_look_has_the_workbenchs_own(tmp_path):
    assert look.load(tmp_path) == look.load(None) == look.Look()
    assert look.style(look.Look()) == ""
    assert look.top(look.Look(), "en") == Html("")


def test_a_look_is_on_every_file(house, tmp_path):
    found = look.load(house)
    assert (found.footer, found.logo_kind) == ({"en": "Confidential", "zh": "Confidential"}, "png")
    node = shown_reports.notebook(shown_reports.table(("a", "b"), ("x", "1")))
    given = {name: getattr(found, name) for name in ("name", "accent", "cover", "footer", "logo")}
    asked = shown_reports.asked(node, "zh", tmp_path, **given)
    page = pdf.page(asked)
    assert "--accent: #8a1c2b" in page
    assert "Acme &lt;Group&gt;</b>" in page
    assert "供董事会审阅" in page
    assert "Confidential" in page
    assert "#8a1c2b" in mail.html(asked)
    cover = python_pptx.Presentation(io.BytesIO(pptx.presentation(asked))).slides[0]
    said = " ".join(shape.text_frame.text for shape in cover.shapes if shape.has_text_frame)
    assert all(words in said for words in ("Acme <Group>", "供董事会审阅", "Confidential"))
    assert any(shape.shape_type == 13 for shape in cover.shapes)


def test_charts_are_drawn_in_the_houses_colour(demo_store, tmp_path):
    asked = shown_reports.asked(shown_reports.report("Campaigns", "en"), "en", tmp_path, accent="#8a1c2b")
    trend = next(asked.content.blocks(Figure))
    own, houses = (pictures.svg(trend, 600, chosen) for chosen in (look.Look(), asked.look))
    assert "#8a1c2b" in houses
    assert "#8a1c2b" not in own
    assert look.Look().accent in own
    assert look.Look().accent not in houses
    assert "#8a1c2b" in pdf.page(asked).partition("<svg")[2]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("acent = '#000000'", "Unknown setting 'acent'"),
        ("accent = 'red'", "takes a colour, not 'red'"),
        ("accent = 5", "takes a colour"),
        ("name = ['a']", "takes a text"),
        ("cover = { fr = 'x' }", "one for each language"),
        ("cover = { en = 5 }", "one for each language"),
        ("logo = '../logo.png'", "no PNG or JPEG beside"),
        ("logo = 'logo.svg'", "no PNG or JPEG beside"),
        ("logo = 'other.png'", "missing, no such picture"),
        ("name = ", "not valid TOML"),
    ],
)
def test_a_look_that_cannot_be_used_is_refused_with_a_sentence(house, written, sentence):
    (house / look.FOLDER / look.FILE).write_text(written, encoding="utf-8")
    with pytest.raises(ReportError, match=sentence):
        look.load(house)


def test_a_run_writes_its_files_and_a_new_look_makes_a_new_run(house, tmp_path):
    out, wanted = tmp_path / "reports", ("xlsx", "csv")
    first = run("tiny", {}, out, house, formats=wanted)
    assert first.status == "ok", first.error
    assert (first.folder / "report.xlsx").is_file()
    assert first.manifest["formats"] == list(wanted)
    assert "Acme &lt;Group&gt;" in first.html.read_text(encoding="utf-8")
    assert run("tiny", {}, out, house, formats=wanted).reused
    (house / look.FOLDER / look.FILE).write_text("name = 'Other'", encoding="utf-8")
    again = run("tiny", {}, out, house, formats=wanted)
    assert not again.reused
    assert "Other" in again.html.read_text(encoding="utf-8")
    with pytest.raises(ReportError, match="Unknown format"):
        run("tiny", {}, out, house, formats=("word",))


def test_what_an_earlier_report_said_otherwise_is_in_every_file(tmp_path):
    node = shown_reports.notebook(shown_reports.table(("a", "b"), ("x", "1")))
    told = "Cost was ¥5 in the report of Monday."
    asked = replace(shown_reports.asked(node, "en", tmp_path), moved=(told,))
    assert told in pdf.page(asked)
    assert told in mail.text(asked)
    assert told in mail.html(asked)
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx.workbook(asked))).worksheets[0]
    assert told in [cell.value for row in sheet.iter_rows() for cell in row]
