"""PDF: the report's own page with its charts drawn in, printed by the system's Chromium."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.reports.formats import browser, pictures
from workbench.reports.formats import look as looks
from workbench.reports.formats.asked import Asked
from workbench.reports.formats.content import Figure
from workbench.reports.formats.tree import parse
from workbench.tables.html import Html, tag

if TYPE_CHECKING:
    from nbformat import NotebookNode

NAME = "report.pdf"
CSS = Path(__file__).with_name("print.css")
WIDTH = 692
"""Pixels between the margins of A4, at 96 to the inch: the width that charts are drawn for."""
_FIGURE = re.compile(r'<figure\b[^>]*\bdata-chart="([^"]+)"[^>]*>.*?</figure>', re.S)
_SCRIPT = re.compile(r"<script\b.*?</script>", re.S)
_FOLDED = re.compile(r"<details\b(?![^>]*\sopen\b)")
_THEME = re.compile(r'\bdata-theme="\w+"')


def write(asked: Asked) -> tuple[Path, ...]:
    """Print the report.

    Raises:
        ReportError: when Chromium is missing or prints nothing.
    """
    file = asked.folder / NAME
    browser.pdf(page(asked), file, asked.workspace)
    return (file,)


def page(asked: Asked) -> str:
    """The page that is printed: without scripts and controls, every chart a drawing."""
    from workbench.reports import export

    css = CSS.read_text(encoding="utf-8") + looks.style(asked.look) + margins(asked)
    dress: dict[str, Any] = {"moved": asked.moved, "css": css, "top": looks.top(asked.look, asked.lang)}
    drawn = _drawn(asked.notebook, asked.look)
    html = export.page(drawn, asked.title, asked.footer, asked.lang, "light", **dress)
    return _SCRIPT.sub("", html).replace("<body ", '<body class="wb-paper" ', 1)


def margins(asked: Asked) -> str:
    """The words in the margins of each page; the first one has its title below."""
    return (
        f"@page {{ @top-left {{ content: {_css_text(asked.title)}; }}"
        f" @bottom-left {{ content: {_css_text(asked.footer)}; }} }}"
        "@page :first { @top-left { content: none; } }"
    )


def _css_text(words: str) -> str:
    """A text as CSS writes it; nothing in it ends the string or the style sheet."""
    return '"' + re.sub(r'[\\"<>\n\r\f]', lambda found: f"\\{ord(found[0]):x} ", words) + '"'


def _drawn(notebook: NotebookNode, look: looks.Look) -> NotebookNode:
    """A copy of the notebook whose charts are drawings."""
    made = copy.deepcopy(notebook)
    for cell in made.cells:
        for output in cell.get("outputs", ()):
            if "text/html" in output.get("data", {}):
                html = _with_drawings(output.data["text/html"], look)
                output.data["text/html"] = _THEME.sub(
                    'data-theme="light"', _FOLDED.sub("<details open", html)
                )
    return made


def _with_drawings(html: str, look: looks.Look) -> str:
    charts: dict[str, Any] = {}
    for script in parse(html).find("script", "wb-charts"):
        charts |= json.loads(script.raw)

    def drawing(found: re.Match[str]) -> str:
        chart = charts.get(found[1])
        if chart is None:
            return found[0]
        figure = Figure(found[1], str(chart["alt"]), chart)
        drawn = Html(pictures.svg(figure, WIDTH, look))
        return tag("figure", drawn, class_="wb-figure wb-drawn", role="img", aria_label=figure.alt)

    return _FIGURE.sub(drawing, html)
