"""Pieces that the cards of all panels are made of: heading, remark, key figure, plain table."""

from __future__ import annotations

from workbench.tables.html import Child, Html, tag


def head(words: str, *extra: Child) -> Html:
    """The heading of a card."""
    return tag("div", tag("h2", words), *extra, class_="wb-head")


def below(*words: str) -> Html:
    """Remarks under a figure."""
    return tag("p", [tag("span", part) for part in words], class_="wb-below")


def card(name: str, value: str, about: str) -> Html:
    """A key figure in a card of its own."""
    return tag(
        "section",
        tag("h3", name),
        tag("p", value, class_="wb-value"),
        tag("p", about, class_="wb-quiet"),
        class_="wb-card wb-kpi",
    )


def table(caption: str, heads: list[Html], body: list[Html]) -> Html:
    """A table that scrolls inside its card; the caption is for screen readers."""
    rows = tag(
        "table",
        tag("caption", caption, class_="wb-hidden"),
        tag("thead", tag("tr", heads)),
        tag("tbody", body),
    )
    return tag("div", rows, class_="wb-scroll", tabindex="0", role="region", aria_label=caption)
