"""Findings as a list: what is so, what shows it, what it is worth, where one acts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from workbench.i18n import text
from workbench.tables.controls import button
from workbench.tables.html import Child, Html, carried, hidden, tag

MARKS = {"good": "▲", "bad": "▼", "warn": "◆", "info": "●"}


class Finding(Protocol):
    """What the list needs of a finding."""

    @property
    def id(self) -> str:
        """Identifier, stable for one question."""

    @property
    def status(self) -> str:
        """`good`, `bad`, `warn` or `info`."""

    def sentence(self, lang: str) -> str:
        """What is so."""

    def evidence(self, lang: str) -> str:
        """What shows it."""

    def action(self, lang: str) -> str:
        """What to do about it."""

    def worth(self, lang: str) -> str:
        """What it is worth, formatted; empty where unknown."""

    def span(self, lang: str) -> str:
        """The interval of what it is worth; empty where unknown."""

    def why(self, lang: str) -> str:
        """Why it is so; empty where the data tell nothing."""


Beside = Callable[[Any], Child]
"""What stands beside a finding."""
Way = Callable[[Any], str]
"""Address of the page where one acts on a finding."""


def findings(
    items: Iterable[Finding],
    lang: str,
    live: bool = True,
    way: Way | None = None,
    beside: Beside | None = None,
    notes: Beside | None = None,
) -> Html:
    """A list of findings; each opens the view where one acts when a kernel listens.

    Args:
        items: The findings.
        lang: Language.
        live: Whether a kernel listens.
        way: Address of the page where one acts; None: this page opens it.
        beside: What stands beside each one, such as what can be decided about it.
        notes: What stands under its evidence, such as how often its kind held.
    """
    rows = [_item(item, lang, live, way, beside, notes) for item in items]
    if not rows:
        return tag("p", text("tables.no_findings", lang), class_="wb-quiet")
    return tag("ol", rows, class_="wb-find")


def _item(
    item: Finding, lang: str, live: bool, way: Way | None, beside: Beside | None, notes: Beside | None
) -> Html:
    worth, span, why = item.worth(lang), item.span(lang), item.why(lang)
    pair = json.dumps(found(lang)) if carried() and (found := getattr(item, "pair", None)) else None
    return tag(
        "li",
        tag("span", MARKS[item.status], class_=f"wb-mark wb-{item.status}", aria_hidden="true"),
        tag(
            "div",
            hidden(text(f"tables.status_{item.status}", lang)),
            tag("p", item.sentence(lang), class_="wb-say"),
            why and tag("p", why, class_="wb-ev"),
            tag("p", item.evidence(lang), class_="wb-ev"),
            notes and notes(item),
        ),
        tag(
            "div",
            worth and tag("b", worth),
            span and tag("span", span, class_="wb-ev"),
            _action(item, lang, live, way),
            beside and beside(item),
            class_="wb-act",
        ),
        data_id=f"finding-{item.id}",
        data_pair=pair,
    )


def _action(item: Finding, lang: str, live: bool, way: Way | None) -> Html | None:
    action = item.action(lang)
    if not action:
        return None
    if not live:
        return tag("span", action)
    if way is None:
        return button(f"{action} →", "open", item.id, class_="wb-link")
    return tag("a", f"{action} →", href=way(item), class_="wb-link")
