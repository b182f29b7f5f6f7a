"""What pages are put together from: the frame of a panel, rows of cards, headings, a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from workbench.tables.blocks import head
from workbench.tables.controls import select
from workbench.tables.grid import shown_member
from workbench.tables.html import Html, join, tag
from workbench.widgets.scene import Layout, Scene

if TYPE_CHECKING:
    from workbench.compare import Comparison, Remark


MARKS = {"PASS": ("good", "✓"), "REVIEW": ("warn", "◆"), "FAIL": ("bad", "✕")}
"""Status → look and sign, which never leave it to the colour alone."""


COLOURS = 8
"""Channels with a colour of their own."""


def colour(place: int | None) -> str:
    """The style of a channel's dot; None: it has no colour of its own."""
    shade = [*range(1, COLOURS), COLOURS][place] if place is not None else None
    return f"background:var(--c{shade})" if shade else "background:var(--ink-3)"


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


def side_by_side(*controls: Any) -> Html:
    """Controls at the right of a heading, together."""
    return tag("span", controls)


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


def advertisers(scene: Scene) -> Html | None:
    """For which advertiser, where the workspace has several."""
    known = scene.store.members("advertiser")
    if len(known) < 2:
        return None
    chosen = scene.state.filters.get("advertiser", ())
    names = [(name, shown_member(name, "advertiser", scene.labels, scene.lang)) for name in known]
    options = [("", scene.say("all_advertisers")), *names]
    label = scene.shell("dim_advertiser")
    return select(label, "", chosen[0] if chosen else "", options, act="advertiser")


def named_form(scene: Scene, act: str, label: str, save: str, name: str = "") -> Html:
    """A name, and the buttons that send `act` with it, for oneself or for all; or why there are none."""
    if not scene.saves:
        return scene.only_looks()
    field = tag(
        "input",
        type="text",
        required=True,
        maxlength=80,
        placeholder=label,
        aria_label=label,
        autocomplete="off",
        value=name[:80] or None,
    )
    own = tag("button", save, type="submit", class_="wb-btn wb-main", data_key="own")
    shared = tag("button", scene.shell("save_shared"), type="submit", class_="wb-btn", data_key="shared")
    return tag("form", field, own, shared, class_="wb-line wb-named", data_act=act)


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
