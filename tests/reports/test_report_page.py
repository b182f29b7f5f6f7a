"""The page of a report: alone in the world, small, in the reader's language."""

from __future__ import annotations

import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from workbench.reports import export


def notebook(*outputs: dict[str, str]):
    cell = new_code_cell("secret_code()")
    cell.outputs = [new_output("display_data", data=data) for data in outputs]
    return new_notebook(cells=[new_markdown_cell("# Title\n\n[a link](https://example.com)"), cell])


def page(*outputs: dict[str, str], lang: str = "en", theme: str = "auto") -> str:
    return export.page(notebook(*outputs), "T & <i>", "made now", lang, theme)


def failed(html: str) -> dict[str, int]:
    return {check.name: check.value for check in export.checks(html, "en") if not check.passed}


PANEL = '<div class="wb wb-panel"><figure data-chart="a"></figure><script class="wb-charts">{}</script></div>'


def test_the_head_says_language_title_theme_and_policy():
    html = page({"text/html": "<p>x</p>"}, lang="zh", theme="dark")
    assert '<html lang="zh-CN" data-theme="dark">' in html
    assert '<meta charset="utf-8">' in html
    assert 'name="viewport"' in html
    assert "<title>T &amp; &lt;i&gt;</title>" in html
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "made now" in html


def test_code_is_left_out_and_the_best_form_of_an_output_is_taken():
    html = page(
        {"text/html": "<b>rich</b>", "text/plain": "plain-form"},
        {"text/plain": "only <plain>"},
        {"text/markdown": "some **bold**"},
        {"image/png": "AAAA\n"},
        {"application/vnd.jupyter.widget-view+json": "{}", "text/plain": "Widget()"},
    )
    assert "secret_code" not in html
    assert "<b>rich</b>" in html
    assert "plain-form" not in html
    assert "only &lt;plain&gt;" in html
    assert "some <strong>bold</strong>" in html
    assert "data:image/png;base64,AAAA" in html
    assert "Widget()" not in html


def test_cells_for_the_lab_alone_are_left_out():
    book = notebook({"text/html": "<b>kept</b>"})
    book.cells[0].metadata["tags"] = ["lab"]
    html = export.page(book, "T", "now", "en")
    assert "kept" in html
    assert "<h1" not in html


def test_charts_bring_their_scripts_once_and_only_when_there_are_charts():
    plain, charts = page({"text/html": "<p>x</p>"}), page({"text/html": PANEL}, {"text/html": PANEL})
    assert "vegaEmbed" not in plain
    assert charts.count("window.vegaEmbed=") == 1
    assert charts.count("window.workbenchBoot = ") == 1
    assert "workbenchBoot" not in plain
    assert len(charts) < 3e6
    assert failed(charts) == {}
    assert charts.count("</script>") == len(re.findall(r"<script[ >]", charts))


@pytest.mark.parametrize(
    "outside",
    [
        '<img src="https://a.example/x.png">',
        '<script src="//cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="http://a.example/x.css">',
        '<iframe src=" HTTPS://a.example"></iframe>',
        "<style>@import 'https://a.example/x.css';</style>",
        "<p style=\"background: url('https://a.example/x.png')\">x</p>",
        '<object data="https://a.example/x"></object>',
        '<form action="https://a.example"></form>',
    ],
)
def test_every_address_that_would_be_loaded_is_found(outside):
    assert failed(page({"text/html": outside})) == {"external": 1}


def test_links_and_inlined_data_are_no_outside_addresses():
    inside = (
        '<a href="https://a.example">go</a><img src="data:image/png;base64,AA"><svg><use href="#a"/></svg>'
    )
    assert failed(page({"text/html": inside})) == {}


def test_what_is_wrong_is_counted_and_said_in_both_languages():
    html = page({"text/html": '<div class="wb-panel"><p class="wb-broken">no</p></div>' + "x" * 3_000_001})
    assert set(failed(html)) == {"size", "charts", "error"}
    for lang in ("en", "zh"):
        assert all(check.sentence for check in export.checks(html, lang) if not check.passed)
