"""What a report withholds because few people stand behind it is withheld in every file."""

from __future__ import annotations

import io

import openpyxl
import pptx as python_pptx
import pytest
import shown_reports

import workbench as wb
from workbench.reports.formats import csv, mail, pdf, pptx, xlsx
from workbench.reports.formats.tree import parse

HIDDEN = "–"


@pytest.fixture(scope="module")
def asked(demo_store, tmp_path_factory):
    panel = wb.widgets.Interactions(demo_store, by="region", period="last_7_days", lang="en")
    node = shown_reports.notebook(panel.to_html())
    return shown_reports.asked(node, "en", tmp_path_factory.mktemp("withheld"), "Interactions")


def withheld(cells):
    """Numbers of the columns whose cells say nothing."""
    return {at for at, words in enumerate(cells) if words == HIDDEN}


@pytest.fixture(scope="module")
def hidden(asked):
    """Rows of the page in which something is withheld: their texts."""
    page = parse(asked.notebook.cells[0].outputs[0].data["text/html"])
    rows = [[cell.words for cell in row.inside if cell.name in ("th", "td")] for row in page.find("tr")]
    found = [row for row in rows if withheld(row)]
    assert found, "nothing is withheld here: the test looks at the wrong report"
    return found


def test_in_the_content_a_withheld_cell_has_no_number(asked, hidden):
    for row in hidden:
        lines = [line for table in asked.content.tables for line in table.rows if line[0].text == row[0]]
        assert any(
            line[at].text == HIDDEN and line[at].amount is None for line in lines for at in withheld(row)
        )


def test_in_a_workbook_and_csv_it_is_no_number(asked, hidden):
    book = openpyxl.load_workbook(io.BytesIO(xlsx.workbook(asked)))
    rows = [[cell.value for cell in row] for sheet in book.worksheets for row in sheet.iter_rows()]
    lines = [
        line.split(",") for file in csv.write(asked) for line in file.read_text("utf-8-sig").splitlines()
    ]
    for row in hidden:
        assert any(line[0] == row[0] and not isinstance(line[-1], float | int) for line in rows)
        assert any(line[0] == row[0] and line[-1] in ("", HIDDEN) for line in lines)


def test_on_slides_in_mail_and_on_paper_it_is_a_dash(asked, hidden):
    deck = python_pptx.Presentation(io.BytesIO(pptx.presentation(asked)))
    tables = [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]
    slides = [[cell.text for cell in row.cells] for table in tables for row in table.rows]
    printed = [
        [cell.words for cell in row.inside if cell.name in ("th", "td")]
        for row in parse(pdf.page(asked)).find("tr")
    ]
    letter = parse(mail.html(asked))
    letters = [[cell.words for cell in row.inside] for row in letter.find("tr")]
    for row in hidden:
        assert row in printed
        assert any(line[0] == row[0] and withheld(line) for line in slides)
        assert not any(line[0] == row[0] and not withheld(line) for line in letters if len(line) == len(row))
