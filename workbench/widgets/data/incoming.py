"""Where files come in: the drop zone, and the files that lie open."""

from __future__ import annotations

from workbench.tables.controls import button
from workbench.tables.html import Html, hidden, join, tag
from workbench.widgets.data.desk import Desk, Item
from workbench.widgets.scene import Region, Scene

ACCEPTED = ".csv,.tsv,.txt,.tab,.xlsx,.xls,.xlsm,.xlsb,.ods,.parquet"


def drop(scene: Scene, desk: Desk, may_import: bool, in_app: bool) -> Region:
    """The drop zone and the open files; without the right to import, a sentence that says so."""
    if not may_import:
        key = "past_only" if scene.store.is_past else "read_only"
        return Region(tag("p", scene.say(key), class_="wb-notice wb-info", role="status"))
    return Region(join(_zone(scene, bool(desk.items)), not in_app and _path(scene), _files(scene, desk)))


def _zone(scene: Scene, small: bool) -> Html:
    chosen = tag(
        "input", type="file", multiple=True, accept=ACCEPTED, class_="wb-hidden", data_keep="chooser"
    )
    choose = tag("label", tag("span", scene.say("choose")), chosen, class_="wb-btn wb-main")
    limit = scene.store.settings.upload_limit
    return tag(
        "div",
        tag("span", "⤓", class_="wb-drop-mark", aria_hidden="true"),
        tag(
            "div",
            tag("p", tag("b", scene.say("drop")), class_="wb-drop-say"),
            tag("p", scene.say("drop_about", limit=limit), class_="wb-quiet"),
        ),
        choose,
        tag("div", tag("i"), class_="wb-progress", role="presentation"),
        class_=f"wb-drop{' wb-small' if small else ''}",
        data_upload=True,
        data_keep="zone",
    )


def _path(scene: Scene) -> Html:
    """The way in for a file that lies on the machine of JupyterLab."""
    label = tag("span", scene.say("path"), class_="wb-quiet")
    hint = {"placeholder": scene.say("path_hint"), "aria_label": scene.say("path")}
    field = tag("input", type="text", required=True, **hint)
    look = tag("button", scene.say("path_open"), type="submit", class_="wb-btn")
    return tag("form", label, field, look, class_="wb-line wb-path-in", data_act="path")


def _unsaved(desk: Desk) -> bool:
    """Whether a file lies open that is not imported: it goes with the page's kernel."""
    return any(item.stage != "imported" for item in desk.items)


def _files(scene: Scene, desk: Desk) -> Html | None:
    if not desk.items:
        return None
    files = [
        tag("li", _file(scene, item, item is desk.item), data_id=f"file-{item.number}") for item in desk.items
    ]
    return tag(
        "ul", files, class_="wb-files", aria_label=scene.say("open_files"), data_unsaved=_unsaved(desk)
    )


def _file(scene: Scene, item: Item, shown: bool) -> Html:
    status = item.review.status if item.review and item.rests else ("FAIL" if item.error else "")
    mark = {"PASS": "good", "REVIEW": "warn", "FAIL": "bad"}.get(status, "busy")
    name = button(
        (tag("i", class_=f"wb-light wb-{mark}", aria_hidden="true"), tag("span", item.name),
         hidden(f" {scene.say(f'stage_{item.stage}')}")),
        "file", str(item.number), class_="wb-file-name", aria_pressed=str(shown).lower(),
    )  # fmt: skip
    label = scene.say("close", file=item.name)
    close = button("×", "close", str(item.number), class_="wb-x", aria_label=label, title=label)
    return tag("span", name, close, class_=f"wb-file{' wb-on' if shown else ''}")
