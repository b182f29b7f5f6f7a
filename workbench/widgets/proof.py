"""How often findings such as those on a page held in the past: asked for with a button, shown beside each."""

from __future__ import annotations

from typing import Any

from workbench import findings
from workbench.errors import WorkbenchError
from workbench.i18n.errors import told
from workbench.tables.controls import button
from workbench.tables.html import Child, Html, join, tag
from workbench.widgets import shell
from workbench.widgets.answers import Ask
from workbench.widgets.scene import Scene
from workbench.widgets.slow import Pending
from workbench.widgets.state import one_of
from workbench.widgets.traits import Setting

NAME = "hits"
"""Name of the answer; it is slow, for many past pages are asked again."""

SWITCH = ("off", "on")


def setting() -> Setting:
    """Whether past cases are looked at."""
    return Setting("off", one_of("switch", SWITCH), "`on`: say how often such findings held.")


def questions(state: Any) -> dict[str, Ask]:
    """The question, where it is asked for."""
    return {NAME: Ask("findings.hit_rates", {"where": state.where})} if state.proof == "on" else {}


def beside(scene: Scene, item: findings.Finding) -> Child:
    """What past cases say of a finding; nothing where they are not known, or it is a fact."""
    rates = scene.found.get(NAME)
    said = findings.said(item, rates, scene.lang) if isinstance(rates, dict) else ""
    return said and tag("p", said, class_="wb-ev wb-held")


def foot(scene: Scene) -> Html | None:
    """The button that asks, what is awaited, or how to read what came."""
    rates = scene.found.get(NAME)
    if isinstance(rates, Pending):
        return shell.awaited(scene, rates)
    if isinstance(rates, WorkbenchError):
        return tag("p", told(rates, scene.lang), class_="wb-quiet")
    switch = scene.live and button(
        scene.shell("proof_hide" if rates is not None else "proof"),
        "set",
        "proof",
        "on" if rates is None else "off",
        class_="wb-link",
    )
    note = rates is not None and tag("p", scene.shell("proof_note"), class_="wb-quiet")
    return join(note, switch) if note or switch else None
