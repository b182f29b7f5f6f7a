"""Findings as a list: what is so, what shows it, what it is worth, where one acts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from workbench.i18n import text
from workbench.tables.controls import button
from workbench.tables.html import Html, hidden, tag

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


def findings(items: Iterable[Finding], lang: str, live: bool = True) -> Html:
    """A list of findings; each opens the view where one acts when a kernel listens."""
    rows = [_item(item, lang, live) for item in items]
    if not rows:
        return tag("p", text("tables.no_findings", lang), class_="wb-quiet")
    return tag("ol", rows, class_="wb-find")


def _item(item: Finding, lang: str, live: bool) -> Html:
    worth = item.worth(lang)
    action = item.action(lang)
    link = f"{action} →" if live and action else action
    return tag(
        "li",
        tag("span", MARKS[item.status], class_=f"wb-mark wb-{item.status}", aria_hidden="true"),
        tag(
            "div",
            hidden(text(f"tables.status_{item.status}", lang)),
            tag("p", item.sentence(lang), class_="wb-say"),
            tag("p", item.evidence(lang), class_="wb-ev"),
        ),
        tag(
            "div",
            worth and tag("b", worth),
            action and (button(link, "open", item.id, class_="wb-link") if live else tag("span", link)),
            class_="wb-act",
        ),
        data_id=f"finding-{item.id}",
    )
