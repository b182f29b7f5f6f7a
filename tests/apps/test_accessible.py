"""Every app page and a report under axe: nothing serious in light and dark, nor in what is folded."""

from __future__ import annotations

import io
import re
import unicodedata

import axe
import pytest
from pypdf import PdfReader

import workbench as wb
from workbench.reports import notebooks, single

pytestmark = pytest.mark.browser
APPS = sorted(name for name, item in notebooks.packaged().items() if item.is_app)
SHOWN = "document.body?.classList.contains('wb-shown')"
DRAWN = f"""{SHOWN} && !document.querySelector("[data-await]") &&
  [...document.querySelectorAll("figure[data-chart]")].every((place) => place.querySelector("svg.marks"))"""
STATES = {"customer_card": {"customer": "u03044"}}


KINDS = [
    pytest.param(SHOWN, 1280, "light", id="open"),
    pytest.param(DRAWN, 1280, "light", id="drawn", marks=pytest.mark.soak),
    pytest.param(DRAWN, 390, "dark", id="phone", marks=pytest.mark.soak),
]


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize(("until", "width", "theme"), KINDS)
def test_a_page_has_no_serious_finding(app_server, guarded_page, app, until, width, theme):
    """As it opens, in light and dark; the soak waits for slow answers, too, and looks at it on a phone."""
    page = guarded_page(width=width, reduced_motion="reduce", theme=theme).page
    page.goto(app_server.link(app, **STATES.get(app, {})))
    page.wait_for_function(until, timeout=180_000)
    assert axe.grave(page) == []


def test_a_report_has_none_either_and_goes_onto_paper(demo_store, guarded_page, tmp_path):
    file = tmp_path / "report.html"
    file.write_bytes(single.page(wb.widgets.Campaigns(demo_store, lang="zh")))
    page = guarded_page(reduced_motion="reduce", offline=True, theme="dark").page
    page.goto(file.as_uri())
    page.wait_for_function("document.querySelectorAll('[data-chart] svg.marks').length >= 4")
    page.evaluate(
        "delete document.querySelector('details').open; document.querySelector('details').open = false"
    )
    paper = PdfReader(io.BytesIO(page.pdf(format="A4")))
    text = "".join(sheet.extract_text() for sheet in paper.pages)
    # a PDF may say a radical in the place of the character that looks like it
    said = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    assert 2 <= len(paper.pages) <= 6
    assert all(
        words in said for words in ("广告投放", "短视频", "每次转化的成本")
    )  # the last from what was folded
    assert axe.grave(page) == []


def test_axe_finds_what_is_wrong(guarded_page):
    """The check can fail: a button without a name, grey on grey, and a folded field without a label."""
    page = guarded_page(offline=True).page
    page.set_content(
        """<html lang="en"><title>x</title><main class="wb"><h1>x</h1><button></button>
        <p style="color: #999; background: #aaa">grey</p><details><summary>x</summary><input></details>"""
    )
    found = " ".join(axe.grave(page))
    assert all(f": {rule} (" in found for rule in ("button-name", "color-contrast", "label"))
