"""Executed notebooks without a kernel: a panel's report page, or markup of a test's own."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import nbformat

MADE = {"en": "Made today from data version 1", "zh": "生成于今天 · 数据版本 1"}


def notebook(*pages: str) -> Any:
    """A notebook whose cells left these pages."""
    outputs = [nbformat.v4.new_output("display_data", {"text/html": html}) for html in pages]
    cells = [nbformat.v4.new_code_cell("", outputs=[output]) for output in outputs]
    return nbformat.v4.new_notebook(cells=cells)


@cache
def panel(kind: str, lang: str) -> Any:
    """A panel of the demo world."""
    import workbench as wb

    return getattr(wb.widgets, kind)(wb.open("demo"), lang=lang)


@cache
def report(kind: str, lang: str) -> Any:
    """The notebook that a report of this panel leaves."""
    return notebook(panel(kind, lang).to_html())


def asked(node: Any, lang: str, folder: Path, title: str = "Report", **look: Any) -> Any:
    """What a writer of files is given."""
    from workbench.reports.formats.asked import Asked
    from workbench.reports.formats.look import Look

    return Asked(folder, node, lang, title, MADE[lang], None, Look(**look))


def table(*rows: tuple[str, ...]) -> str:
    """A table as a notebook's own output has it."""
    head, *body = rows
    cells = "".join(f"<th>{name}</th>" for name in head)
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in body)
    return f"<h2>Own table</h2><table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>"
