"""Every packaged report, in both languages and all formats, as the one who receives it opens it.

`make walk` runs this. What is written is kept in the folder of the variable `WALK`, to be looked at.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import nullcontext
from functools import cache
from pathlib import Path

import begun
import openpyxl
import pypdf
import pytest

from workbench.reports import notebooks, parameters, run
from workbench.reports.jobs import FORMATS

NAMES = sorted(
    name
    for name, found in notebooks.packaged().items()
    if parameters.is_report(found.node) and name != "reports"
)
DRAWN = "[...document.querySelectorAll('[data-chart]')].every((chart) => chart.querySelector('svg'))"
NOTHING = re.compile(r"\b(NaN|nan|None|inf|Infinity|undefined|NaT|Traceback)\b")
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
ENGLISH = re.compile(r"(?:[A-Za-z]{3,} ){3,}[A-Za-z]{3,}")
"""Four English words in a row: a sentence, not a name."""
FIGURE = re.compile(r"[¥$€]?[−-]?\d[\d,.]*[%KM万亿]?")
LIMIT = 3e6

pytestmark = [
    pytest.mark.soak,
    pytest.mark.parametrize("lang", ["en", "zh"]),
    pytest.mark.parametrize("name", NAMES),
]


@pytest.fixture(scope="module")
def made(demo_store, tmp_path_factory):
    """Each report once, whoever asks first."""
    kept = os.environ.get("WALK")
    root = Path(kept) if kept else tmp_path_factory.mktemp("walk")

    @cache
    def make(name: str, lang: str) -> Path:
        # without a plan the report on one says no more than that
        with begun.plan(demo_store) if name == "plan_review" else nullcontext():
            found = run(name, {"lang": lang}, root, demo_store.path, job=f"{name}-{lang}", formats=FORMATS)
        assert found.status == "ok", found.error
        assert found.warnings == ()
        return found.folder

    return make


def said(text: str, lang: str) -> None:
    """Nothing that only programs say, and no sentence of the other language."""
    assert not NOTHING.findall(text)
    assert not (CHINESE if lang == "en" else ENGLISH).findall(text)


@pytest.mark.browser
def test_its_page_opens_offline(made, guarded_page, name, lang):
    page = made(name, lang) / "report.html"
    assert page.stat().st_size < LIMIT
    watched = guarded_page(offline=True)
    watched.page.goto(page.as_uri())
    watched.page.wait_for_function(DRAWN)
    assert len(watched.requests) == 1
    watched.assert_clean()
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert watched.page.locator("img:not([alt]), svg[role=img]:not([aria-label])").count() == 0
    said(watched.page.inner_text("body"), lang)


def test_its_paper_and_mail_say_what_they_should(made, name, lang):
    folder = made(name, lang)
    pages = pypdf.PdfReader(folder / "report.pdf").pages
    for text in (*(page.extract_text() for page in pages), (folder / "mail.txt").read_text(encoding="utf-8")):
        said(text, lang)
    assert all(len(page.extract_text().split()) > 3 for page in pages)


def test_its_numbers_are_numbers(made, name, lang):
    folder = made(name, lang)
    book = openpyxl.load_workbook(folder / "report.xlsx")
    tables = sorted((folder / "tables").glob("*.csv"))
    assert len(book.sheetnames) >= 1 + len(tables)
    for sheet in book.worksheets[1:]:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str):
                    assert not FIGURE.fullmatch(cell.value), (sheet.title, cell.coordinate, cell.value)
    for file in tables:
        assert not NOTHING.findall(file.read_text(encoding="utf-8-sig"))


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not on this machine")
def test_an_office_program_opens_its_files(made, tmp_path, name, lang):
    from pptx import Presentation

    folder = made(name, lang)
    deck = Presentation(str(folder / "report.pptx"))
    for number, slide in enumerate(deck.slides, 1):
        shown = [shape for shape in slide.shapes if not shape.is_placeholder or shape.has_text_frame]
        assert len(shown) > 2, f"slide {number} has a title and nothing else"
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height
            if shape.shape_type == 13:  # a picture
                assert shape._element.nvPicPr.cNvPr.get("descr")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    files = [folder / "report.pptx", folder / "report.xlsx"]
    for file in files:
        command = [
            "soffice",
            "--headless",
            profile,
            "--convert-to",
            "pdf",
            "--outdir",
            tmp_path / file.suffix,
            file,
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    printed = pypdf.PdfReader(tmp_path / ".pptx" / "report.pdf").pages
    assert len(printed) == len(deck.slides)
    said(" ".join(page.extract_text() for page in printed), lang)
    assert len(pypdf.PdfReader(tmp_path / ".xlsx" / "report.pdf").pages) >= 1
