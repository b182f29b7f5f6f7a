"""The printed report: its words, its pages, its charts; and the sentence where nothing can print."""

from __future__ import annotations

import re
import shutil
import unicodedata

import pypdf
import pytest
import shown_reports

from workbench.errors import ReportError
from workbench.reports.formats import browser, check, pdf
from workbench.reports.formats.tree import parse

NEEDS = pytest.mark.skipif(
    not any(map(shutil.which, browser.NAMES)), reason="no Chromium of the system is on the path"
)


RADICALS = str.maketrans("⻚⻓⻔⻅⻋⻛⻢⻜⻥⻦⻬⻰", "页长门见车风马飞鱼鸟齐龙")
"""Signs that a PDF names by the radical they look like, and Unicode does not call compatible."""


def squeezed(text):
    plain = unicodedata.normalize("NFKC", text).translate(RADICALS)
    return re.sub(r"\s+", "", plain)


@NEEDS
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_pdf_says_what_the_page_says(demo_store, tmp_path, lang):
    title = {"en": "Campaigns", "zh": "广告投放"}[lang]
    asked = shown_reports.asked(shown_reports.report("Campaigns", lang), lang, tmp_path, title, name="Acme")
    (file,) = pdf.write(asked)
    pages = pypdf.PdfReader(file).pages
    texts = [squeezed(page.extract_text()) for page in pages]
    assert 2 <= len(pages) <= 5
    for finding in asked.content.findings:
        assert any(squeezed(finding.sentence) in text for text in texts)
    for card in asked.content.cards:
        assert squeezed(card.value.text) in texts[0]
    for number, text in enumerate(texts, 1):
        assert f"{number}/{len(pages)}" in text
        assert squeezed(shown_reports.MADE[lang]) in text
    assert "Acme" in texts[0]
    assert list(tmp_path.iterdir()) == [file]  # the profile and the page are gone
    assert [round(float(side)) for side in pages[0].mediabox[2:]] == [595, 842]


def test_the_printed_page_runs_no_script_and_has_every_chart(demo_store, tmp_path):
    asked = shown_reports.asked(shown_reports.report("Campaigns", "en"), "en", tmp_path, 'Quo"te</style>')
    page = pdf.page(asked)
    assert "<script" not in page
    assert parse(page).first("details")
    assert all("open" in item.attributes for item in parse(page).find("details"))
    assert page.count("wb-drawn") - pdf.CSS.read_text(encoding="utf-8").count("wb-drawn") == 4
    assert '"Quo\\22 te\\3c /style\\3e "' in page


def test_without_a_chromium_one_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReportError, match="No Chromium was found"):
        check(("pdf",))
    monkeypatch.setenv("WORKBENCH_CHROMIUM", str(tmp_path / "mine"))
    with pytest.raises(ReportError, match="mine"):
        browser.find()


def test_a_browser_that_prints_nothing_is_said(tmp_path, monkeypatch):
    program = tmp_path / "mine"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    monkeypatch.setenv("WORKBENCH_CHROMIUM", str(program))
    with pytest.raises(ReportError, match="printed no PDF"):
        browser.pdf("<p>x</p>", tmp_path / "x.pdf")


def test_a_browser_that_hangs_is_ended(tmp_path, monkeypatch):
    program = tmp_path / "mine"
    program.write_text("#!/bin/sh\nsleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("WORKBENCH_CHROMIUM", str(program))
    monkeypatch.setattr(browser, "SECONDS", 0.3)
    with pytest.raises(ReportError, match="did not print"):
        browser.pdf("<p>x</p>", tmp_path / "x.pdf")
    assert [item.name for item in tmp_path.iterdir()] == ["mine"]
