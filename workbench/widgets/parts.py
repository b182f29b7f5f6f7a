"""What pages are put together from: the frame of a panel, rows of cards, headings, a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from workbench.tables.blocks import head
from workbench.tables.html import Html, join, tag
from workbench.widgets.scene import Layout, Scene

if TYPE_CHECKING:
    from workbench.compare import Comparison, Remark


MARKS = {"PASS": ("good", "✓"), "REVIEW": ("warn", "◆"), "FAIL": ("bad", "✕")}
"""Status → look and sign, which never leave it to the colour alone."""


def page(place: Layout, *inside: Any) -> Html:
    """A whole page: bar and title, and under them what it holds."""
    return join(
        place("bar", "header", class_="wb-bar"), tag("main", place("title", class_="wb-title"), *inside)
    )


def tools(place: Layout, filters: bool = False) -> Html:
    """The row of controls, with the chosen filters where a panel has some."""
    chosen = filters and place("filters", class_="wb-filters")
    return tag("div", place("controls", class_="wb-controls"), chosen, class_="wb-tools-row")


def notice(place: Layout) -> Html:
    """Where errors and remarks are read out."""
    return place("notice", class_="wb-notices", aria_live="polite")


def card(place: Layout, region: str) -> Html:
    """A region as a card."""
    return place(region, "section", class_="wb-card")


def pair(place: Layout, one: str, other: str, look: str = "") -> Html:
    """Two cards side by side; `look` says which is wider."""
    return tag("div", card(place, one), card(place, other), class_=f"wb-two {look}".strip())


def foot(place: Layout, region: str = "definitions") -> Html:
    """The last card: how to read the others."""
    return place(region, "section", class_="wb-card wb-foot")


def heading(title: str, *extra: Any) -> Html:
    """Heading of a card, with what stands beside it."""
    return head(title, *extra)


def below(*words: str) -> Html:
    """Remarks under a figure."""
    return tag("p", [tag("span", part) for part in words], class_="wb-below")


def kpi(name: str, value: str, about: str) -> Html:
    """A key figure in a card of its own."""
    return tag(
        "section",
        tag("h3", name),
        tag("p", value, class_="wb-value"),
        tag("p", about, class_="wb-quiet"),
        class_="wb-card wb-kpi",
    )


def table(caption: str, heads: list[Html], body: list[Html], look: str = "") -> Html:
    """A table that scrolls inside its card; the caption is for screen readers.

    With the look `wb-stack` a row is a small card on a phone, its cells named by their `data_label`.
    """
    rows = tag(
        "table",
        tag("caption", caption, class_="wb-hidden"),
        tag("thead", tag("tr", heads)),
        tag("tbody", body),
    )
    looks = f"wb-scroll {look}".strip()
    return tag("div", rows, class_=looks, tabindex="0", role="region", aria_label=caption)


def named_form(scene: Scene, act: str, label: str, save: str) -> Html:
    """A name, and the buttons that send `act` with it: for oneself, or for all."""
    name = tag(
        "input",
        type="text",
        required=True,
        maxlength=80,
        placeholder=label,
        aria_label=label,
        autocomplete="off",
    )
    own = tag("button", save, type="submit", class_="wb-btn wb-main", data_key="own")
    shared = tag("button", scene.shell("save_shared"), type="submit", class_="wb-btn", data_key="shared")
    return tag("form", name, own, shared, class_="wb-line wb-named", data_act=act)


def verdict(scene: Scene, answer: Comparison, remarks: Iterable[Remark]) -> Html:
    """The conclusion, and what must be known to believe it."""
    lines = [tag("li", item.sentence(scene.lang)) for item in remarks]
    return join(
        tag("h2", scene.say("verdict"), class_="wb-hidden"),
        tag("p", answer.sentence(scene.lang), class_="wb-verdict"),
        tag("ul", lines, class_="wb-notes") if lines else None,
    )


def checked(status: str, sentence: str, action: str = "") -> Html:
    """One check of a list `wb-find`: its sign, what is so, and what to do."""
    look, mark = MARKS[status]
    return tag(
        "li",
        tag("span", mark, class_=f"wb-mark wb-{look}", title=status),
        tag(
            "div",
            tag("p", sentence, class_="wb-say" if status != "PASS" else None),
            bool(action) and tag("p", action, class_="wb-ev"),
        ),
    )
