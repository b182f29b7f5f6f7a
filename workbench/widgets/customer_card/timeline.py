"""The timeline of the Customer card panel: filters, rows, pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.customers import Card
from workbench.customers.cards.history import Page
from workbench.customers.cards.words import member
from workbench.i18n import formats, texts
from workbench.tables.blocks import below, head
from workbench.tables.controls import button
from workbench.tables.html import Html, join, tag
from workbench.tables.readings import member as known
from workbench.widgets.scene import Region, Scene

DIMENSIONS = {
    "case": ("interaction_kind", "method", "result"),
    "contact": ("interaction_kind", "method", "reaction"),
    "feedback": ("feedback_kind", "feedback_channel", "feedback_mood"),
    "consent": ("purpose", "method", "consent"),
    "touch": ("touch", "channel", ""),
}
"""Kind of happening → dimensions under which its `what`, `how` and `result` have labels."""

USUAL = ("", "channel", "")


def timeline(scene: Scene) -> Region:
    """Everything that happened, newest first."""
    card: Card = scene.answer("card")
    page = card.page(scene.state.kinds, scene.state.page)
    title = head(scene.say("timeline"))
    if page.rows.empty:
        return Region(
            join(title, _filters(scene, card), tag("p", scene.say("timeline_none"), class_="wb-quiet"))
        )
    items = [_item(scene, row) for row in page.rows.to_dict("records")]
    cut = scene.say("cut") if card.is_cut else ""
    return Region(
        join(
            title,
            _filters(scene, card),
            tag("ol", items, class_="wb-story"),
            _pager(scene, page),
            cut and below(cut),
        )
    )


def _filters(scene: Scene, card: Card) -> Html | None:
    """A button a kind; none pressed shows all."""
    if not scene.live:
        return None
    parts = [
        button(
            (scene.say(f"kind_{kind}"), tag("small", formats.number(count, scene.lang))),
            "kind",
            value=kind,
            aria_pressed=str(kind in scene.state.kinds).lower(),
            class_="wb-btn wb-kind",
        )
        for kind, count in card.counts.items()
    ]
    return tag("div", parts, class_="wb-kinds", role="group", aria_label=scene.say("filter"))


def _item(scene: Scene, row: Mapping[Any, Any]) -> Html:
    kind = row["kind"]
    amount = formats.money(row["amount"], known(row["currency"]) or "", scene.lang)
    said = [
        part
        for part in (_what(scene, row), _how(scene, row), _campaign(scene, row), _who(scene, row))
        if part
    ]
    result = _labelled(scene, row, "result", 2)
    return tag(
        "li",
        tag("time", formats.date(row["day"], scene.lang), datetime=row["day"]),
        tag("b", scene.say(f"kind_{kind}"), class_=f"wb-sort-of wb-is-{kind}"),
        tag("span", " · ".join(said), class_="wb-tale"),
        tag("span", result, class_="wb-quiet") if result else None,
        tag("span", amount, class_="wb-sum") if row["amount"] == row["amount"] else None,
    )


def _what(scene: Scene, row: Mapping[Any, Any]) -> str:
    return _labelled(scene, row, "what", 0)


def _how(scene: Scene, row: Mapping[Any, Any]) -> str:
    return _labelled(scene, row, "how", 1)


def _campaign(scene: Scene, row: Mapping[Any, Any]) -> str:
    name = known(row["campaign_id"])
    return scene.labels.get(("campaign_id", name), name) if name else ""


def _who(scene: Scene, row: Mapping[Any, Any]) -> str:
    name = known(row["who"])
    return scene.labels.get(("marketer", name), name) if name else ""


def _labelled(scene: Scene, row: Mapping[Any, Any], column: str, at: int) -> str:
    """A value by its label, or by a word of the panel, or as it stands."""
    name = known(row[column])
    if name is None:
        return ""
    dimension = DIMENSIONS.get(row["kind"], USUAL)[at]
    if dimension in ("touch", "consent", "purpose"):
        return _own(scene, f"{dimension}_{name}", name)
    return member(dimension, name, scene.lang, scene.labels)


def _own(scene: Scene, key: str, name: str) -> str:
    return scene.say(key) if f"customer_card.{key}" in texts() else name


def _pager(scene: Scene, page: Page) -> Html | None:
    """Newer and older, where there is more than one page."""
    if page.pages == 1 or not scene.live:
        return None
    return tag(
        "nav",
        _step(scene, "newer", page.newer),
        tag("span", scene.say("page", page=page.number, pages=page.pages), class_="wb-quiet"),
        _step(scene, "older", page.older),
        class_="wb-pager",
        aria_label=scene.say("pages"),
    )


def _step(scene: Scene, name: str, target: int | None) -> Html:
    return button(scene.say(name), "set", "page", str(target or ""), disabled=target is None)
