"""The mapping of the open file: each header with samples, what it becomes, and how sure that is."""

from __future__ import annotations

from workbench.crm.draft import needs
from workbench.crm.layout import OWN
from workbench.i18n import formats
from workbench.sources.mapping import Suggested
from workbench.tables.blocks import grid, head
from workbench.tables.controls import Choice, button, select
from workbench.tables.html import Html, join, tag
from workbench.widgets.data.desk import Item
from workbench.widgets.data.words import column, listed
from workbench.widgets.scene import NOTHING, Region, Scene

MAYBE = 0.8
"""Confidence under which a suggested column asks to be looked at."""


def mapping(scene: Scene, item: Item | None) -> Region:
    """One row a header of the open file."""
    if item is None or item.draft is None or item.stage == "imported":
        return NOTHING
    names = [scene.say(name) for name in ("header", "samples", "becomes", "sure")]
    chosen = item.columns
    rows = [_row(scene, item, row, chosen.get(row.header, "")) for row in item.rows]
    title = scene.say("mapping")
    missing = needs(item.draft, {name for name in chosen.values() if name})
    lacks = scene.say("mapping_lacks", columns=listed((column(name, scene) for name in missing), scene))
    note = tag("p", lacks, class_="wb-notice wb-warn") if missing else None
    about = tag("p", scene.say("mapping_about"), class_="wb-quiet")
    table = tag("div", grid(title, names, rows, "tttt"), class_="wb-mapping", inert=item.stage == "importing")
    return Region(join(head(title), about, note, table))


def _row(scene: Scene, item: Item, row: Suggested, chosen: str) -> list[Html | str]:
    samples = tag("span", [tag("code", value[:40]) for value in row.samples], class_="wb-samples")
    label = scene.say("becomes_of", header=row.header)
    choice = select(label, row.header, chosen, _choices(scene, item, row.header, chosen), act="map")
    return [row.header, samples, choice, _sure(scene, item, row, chosen)]


def _choices(scene: Scene, item: Item, header: str, chosen: str) -> list[Choice]:
    assert item.draft is not None
    known = [(name, column(name, scene)) for name in item.draft.columns_of(header)]
    ordered = sorted(known, key=lambda pair: (not pair[0].startswith(OWN), pair[1].casefold()))
    free = not chosen or chosen.startswith(OWN) or item.draft.may_leave_out
    return [*([("", scene.say("not_read"))] if free else []), *ordered]


def _sure(scene: Scene, item: Item, row: Suggested, chosen: str) -> Html:
    if row.header in item.choices.columns:
        return tag("span", scene.say("yours"), class_="wb-badge wb-off")
    if chosen:
        look = "good" if row.confidence >= MAYBE else "warn"
        return tag("span", formats.percent(row.confidence, scene.lang, 0), class_=f"wb-badge wb-{look}")
    if row.alternatives:
        words = scene.say("maybe", column=column(row.alternatives[0], scene))
        return button(words, "map", row.header, row.alternatives[0], class_="wb-link")
    return tag("span", formats.MISSING, class_="wb-quiet")
