"""A day as a setting: the menu that chooses it."""

from __future__ import annotations

from workbench.tables.controls import menu
from workbench.tables.html import Html, tag
from workbench.widgets.scene import Scene


def day_menu(key: str, shown: str, label: str, scene: Scene) -> Html:
    """A disclosure with a date field that sets `key`.

    Args:
        key: Name of the setting, whose value is a day as `YYYY-MM-DD`.
        shown: What the closed menu says.
        label: Name of the field.
        scene: What is drawn.
    """
    form = tag(
        "form",
        tag("label", label, tag("input", type="date", value=getattr(scene.state, key), required=True)),
        tag("button", scene.shell("apply"), type="submit", class_="wb-btn wb-main"),
        class_="wb-line",
        data_act="set",
        data_key=key,
        # the page clears a form that joins nothing
        data_join="..",
    )
    return menu(shown, form, name=key)
