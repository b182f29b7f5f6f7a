"""Sheets that stand on one page do not style the same thing twice."""

from __future__ import annotations

import re

import source

STATIC = source.ROOT / "workbench" / "widgets" / "static"
FRAME = source.ROOT / "workbench" / "apps" / "pages" / "frame.css"
SHARED = {"wb-card", "wb-plain"}
"""Classes that the frame of a page may style too: under the body of its plain pages only."""


def selectors(sheet):
    """The selectors of a sheet's rules outside of media queries."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    flat = re.sub(r"@\w[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", text)
    return [words.strip() for words in re.findall(r"([^{}]+)\{", flat)]


def test_the_frame_of_a_page_styles_no_class_of_the_panels():
    frame, panels = (
        {name for words in map("\n".join, each) for name in re.findall(r"\.(wb-[\w-]+)", words)}
        for each in (
            [selectors(FRAME)],
            [selectors(STATIC / "panel.css"), selectors(STATIC / "data.css"), selectors(STATIC / "card.css")],
        )
    )
    assert len(frame) > 10
    assert frame & panels <= SHARED


def test_no_selector_stands_in_two_sheets_of_the_panels():
    panel, data, card = (selectors(STATIC / f"{name}.css") for name in ("panel", "data", "card"))
    assert ".wb .wb-verdict" not in data
    assert not set(panel) & set(data)
    assert not set(card) & {*panel, *data}
