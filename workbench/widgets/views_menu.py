"""The sheet of saved views: save, open, and what an owner does with a view."""

from __future__ import annotations

from workbench import saved
from workbench.saved import Item
from workbench.tables.controls import button
from workbench.tables.html import Html, hidden, join, tag
from workbench.widgets.scene import Scene


def sheet(scene: Scene) -> Html:
    """What the menu opens."""
    shelf = scene.views
    return join(
        shelf.visitor and _visitor(scene),
        _form("save", scene.shell("view_name"), _saves(scene)),
        shelf.opened and shelf.changed and _resave(shelf.opened, scene),
        _listed(scene, "views", shelf.mine),
        _listed(scene, "views_shared", shelf.others),
        not (shelf.mine or shelf.others) and tag("p", scene.shell("no_views"), class_="wb-quiet"),
        shelf.trash and _trash(scene),
    )


def _saves(scene: Scene) -> list[Html]:
    """The first button is what Enter does: private, where there is somebody to keep it for."""
    private = tag("button", scene.shell("save"), type="submit", data_key="private", class_="wb-btn wb-main")
    look = "wb-btn" if scene.views.who else "wb-btn wb-main"
    shared = tag("button", scene.shell("save_shared"), type="submit", data_key="shared", class_=look)
    return [private, shared] if scene.views.who else [shared]


def _resave(opened: Item, scene: Scene) -> Html:
    words = scene.shell("resave", name=opened.name)
    return tag("p", button(words, "resave", opened.id), class_="wb-resave")


def _visitor(scene: Scene) -> Html:
    """Who a visitor of the app says to be."""
    form = _form("who", scene.shell("your_name"), [_submit(scene.shell("apply"))])
    about = tag("p", scene.shell("who_about"), class_="wb-quiet")
    if not scene.views.who:
        return tag("div", tag("p", scene.shell("who_first")), form, about, class_="wb-who")
    you = tag("summary", scene.shell("you_are", name=scene.views.who), class_="wb-quiet")
    return tag("details", you, form, about, class_="wb-who", data_keep="views-who")


def _listed(scene: Scene, key: str, views: tuple[Item, ...]) -> Html | None:
    if not views:
        return None
    rows = [tag("li", _row(view, scene), data_id=f"view-{view.id}") for view in views]
    return join(tag("h3", scene.shell(key)), tag("ul", rows, class_="wb-plain wb-views"))


def _row(view: Item, scene: Scene) -> Html:
    opened = scene.views.opened
    here = "true" if opened and opened.id == view.id else None
    name = button(view.name, "view", view.id, class_="wb-link", aria_current=here)
    return join(name, tag("span", _whose(view, scene), class_="wb-quiet"), _more(view, scene))


def _whose(view: Item, scene: Scene) -> str:
    if not view.owner:
        return scene.shell("everybodys")
    if view in scene.views.mine:
        return scene.shell("shared") if view.shared else ""
    return view.owner


def _more(view: Item, scene: Scene) -> Html | None:
    """What its owner may do with a view."""
    if not saved.owns(view, scene.views.who):
        return None
    words = scene.shell("more_with", name=view.name)
    name = scene.shell("new_name")
    rename = _form("rename", name, [_submit(scene.shell("rename"))], view.id, view.name)
    other, label = ("private", "make_private") if view.shared else ("shared", "make_shared")
    sharing = view.owner and button(scene.shell(label), "share", view.id, other)
    trash = button(scene.shell("to_trash"), "trash", view.id)
    return tag(
        "details",
        tag("summary", "⋯", hidden(words), title=words),
        tag("div", rename, tag("p", sharing, trash, class_="wb-line"), class_="wb-more-of"),
        class_="wb-more",
        data_keep=f"view-more-{view.id}",
    )


def _trash(scene: Scene) -> Html:
    rows = [
        tag(
            "li",
            tag("span", view.name),
            button(scene.shell("restore"), "restore", view.id, class_="wb-link"),
            data_id=f"trash-{view.id}",
        )
        for view in scene.views.trash
    ]
    about = tag("p", scene.shell("trash_about", days=f"{saved.KEEP_DAYS:.0f}"), class_="wb-quiet")
    count = hidden(f" ({len(rows)})")
    return tag(
        "details",
        tag("summary", scene.shell("trash"), count, class_="wb-quiet"),
        tag("ul", rows, class_="wb-plain wb-views"),
        about,
        class_="wb-bin",
        data_keep="views-trash",
    )


def _form(act: str, label: str, buttons: list[Html], key: str = "", value: str = "") -> Html:
    box = tag("input", type="text", required=True, maxlength=60, placeholder=label, aria_label=label,
              value=value or None)  # fmt: skip
    return tag("form", box, *buttons, class_="wb-line", data_act=act, data_key=key or None)


def _submit(words: str) -> Html:
    return tag("button", words, type="submit", class_="wb-btn")
