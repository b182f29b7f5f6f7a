"""Workbooks and decks of every report, opened by an office program that did not make them."""

from __future__ import annotations

import re
import shutil
import subprocess

import pypdf
import pytest
import shown_reports

from workbench.reports.formats import deck, pptx, xlsx

PANELS = ("Home", "Campaigns", "Compare", "Budget", "Contacts", "CustomerValue", "Segments", "TimeSlots")
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not on this machine"),
]


def opened(file, folder):
    """The file as LibreOffice shows it, printed."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", folder / file.stem, file]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return pypdf.PdfReader(folder / file.stem / f"{file.stem}.pdf").pages


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", PANELS)
def test_libreoffice_opens_what_a_report_gives(demo_store, tmp_path, kind, lang):
    asked = shown_reports.asked(shown_reports.report(kind, lang), lang, tmp_path)
    (slides,) = pptx.write(asked)
    pages = opened(slides, tmp_path / "deck")
    assert len(pages) == 1 + len(deck.slides(asked))
    figures = re.findall(r"\d[\d,.]+", " ".join(card.value.text for card in asked.content.cards))
    said = "".join(page.extract_text() for page in pages)
    assert all(figure in said for figure in figures)
    (book,) = xlsx.write(asked)
    assert len(opened(book, tmp_path / "book")) >= 1 + len(asked.content.tables)
