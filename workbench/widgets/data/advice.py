"""What to do about a finding in the words of this page, where its own advice is the one for code."""

from __future__ import annotations

from workbench.crm.draft import ASKED_BY
from workbench.i18n import text, texts
from workbench.sources.review import Finding, key
from workbench.widgets.data.words import listed
from workbench.widgets.scene import Scene

_ABOUT_COLUMNS = (
    "guessed_mapping", "no_date_column", "no_metrics", "unread_fact", "twice", "shared_header",
    "other_meaning", "odd_ctr", "crm.lacks", "crm.own_kept", "crm.own_contact",
)  # fmt: skip

_OF_THE_WORKSPACE = {
    "goal": ("goal",),
    "timezone": ("quality.no_zone",),
    "currency": ("quality.no_currency",),
    "date_order": ("dates_mixed",),
}
"""Further codes: a goal that is known can be another one, too; what is said of files that are in."""


def advice(scene: Scene, item: Finding, here: bool) -> str:
    """What to do about a finding with the controls of an open file, or without a command.

    Args:
        scene: What is drawn from.
        item: The finding.
        here: Whether that file is open; otherwise it has to be brought again.

    Returns:
        One sentence; empty where the finding's own advice will do.
    """
    again = "" if here else "again_"
    if item.code in _ABOUT_COLUMNS:
        return scene.say(f"{again}do_columns")
    names = [
        name for name, codes in ASKED_BY.items() if item.code in (*codes, *_OF_THE_WORKSPACE.get(name, ()))
    ]
    if not names:
        own = f"{key(item.code)}_page"
        return text(own, scene.lang, **item.values) if own in texts() else ""
    fields = listed((scene.say(f"field_{name}") for name in names), scene)
    return scene.say(f"{again}do_field", fields=fields)
