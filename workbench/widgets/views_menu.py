"""The sheet of saved views: save, open, and what an owner does with one; its parts serve any saved thing."""

from __future__ import annotations

from workbench import saved
from workbench.saved import Item
from workbench.tables.controls import button
from workbench.tables.html import Html, hidden, join, tag
from workbench.widgets.scene import Scene
from workbench.widgets.views import Shelf


def sheet(scene: Scene) -> Html:
    """What the menu opens."""
    return join(
        scene.views.visitor and scene.saves and _visitor(scene),
        saver(scene, scene.views),
        listed(scene, scene.views),
    )


def saver(scene: Scene, shelf: Shelf, suggested: str = "") -> Html:
    """The form that saves, under a new name (one may be suggested) or over what is open; or why not."""
    if not scene.saves:
        return scene.only_looks()
    label = scene.shell(f"{shelf.prefix}view_name")
    return join(
        _form(f"{shelf.prefix}save", label, _saves(scene, shelf), value=suggested),
        shelf.opened and shelf.changed and _resave(shelf.opened, scene, shelf),
    )


def listed(scene: Scene, shelf: Shelf) -> Html:
    """What is saved, with what an owner may do, and the trash."""
    nothing = not (shelf.mine or shelf.others)
    return join(
        _listed(scene, "views", shelf, shelf.mine),
        _listed(scene, "views_shared", shelf, shelf.others),
        nothing and tag("p", scene.shell(f"{shelf.prefix}no_views"), class_="wb-quiet"),
        shelf.trash and scene.saves and _trash(scene, shelf),
    )


def _saves(scene: Scene, shelf: Shelf) -> list[Html]:
    """The first button is what Enter does: private, where there is somebody to keep it for."""
    private = tag("button", scene.shell("save"), type="submit", data_key="private", class_="wb-btn wb-main")
    look = "wb-btn" if shelf.who else "wb-btn wb-main"
    shared = tag("button", scene.shell("save_shared"), type="submit", data_key="shared", class_=look)
    return [private, shared] if shelf.who else [shared]


def _resave(opened: Item, scene: Scene, shelf: Shelf) -> Html:
    words = scene.shell("resave", name=opened.name)
    return tag("p", button(words, f"{shelf.prefix}resave", opened.id), class_="wb-resave")


def _visitor(scene: Scene) -> Html:
    """Who a visitor of the app says to be."""
    form = _form("who", scene.shell("your_name"), [_submit(scene.shell("apply"))])
    about = tag("p", scene.shell("who_about"), class_="wb-quiet")
    if not scene.views.who:
        return tag("div", tag("p", scene.shell("who_first")), form, about, class_="wb-who")
    you = tag("summary", scene.shell("you_are", name=scene.views.who), class_="wb-quiet")
    return tag("details", you, form, about, class_="wb-who", data_keep="views-who")


def _listed(scene: Scene, key: str, shelf: Shelf, views: tuple[Item, ...]) -> Html | None:
    if not views:
        return None
    rows = [tag("li", _row(view, scene, shelf), data_id=f"view-{view.id}") for view in views]
    return join(tag("h3", scene.shell(f"{shelf.prefix}{key}")), tag("ul", rows, class_="wb-plain wb-views"))


def _row(view: Item, scene: Scene, shelf: Shelf) -> Html:
    opened = shelf.opened
    here = "true" if opened and opened.id == view.id else None
    name = button(view.name, f"{shelf.prefix}view", view.id, class_="wb-link", aria_current=here)
    return join(name, tag("span", _whose(view, scene, shelf), class_="wb-quiet"), _more(view, scene, shelf))


def _whose(view: Item, scene: Scene, shelf: Shelf) -> str:
    if not view.owner:
        return scene.shell("everybodys")
    if view in shelf.mine:
        return scene.shell("shared") if view.shared else ""
    return view.owner


def _more(view: Item, scene: Scene, shelf: Shelf) -> Html | None:
    """What its owner may do with a view."""
    if not (scene.saves and saved.owns(view, shelf.who)):
        return None
    words = scene.shell("more_with", name=view.name)
    name = scene.shell("new_name")
    rename = _form(f"{shelf.prefix}rename", name, [_submit(scene.shell("rename"))], view.id, view.name)
    other, label = ("private", "make_private") if view.shared else ("shared", "make_shared")
    sharing = view.owner and button(scene.shell(label), f"{shelf.prefix}share", view.id, other)
    trash = button(scene.shell("to_trash"), f"{shelf.prefix}trash", view.id)
    return tag(
        "details",
        tag("summary", "⋯", hidden(words), title=words),
        tag("div", rename, tag("p", sharing, trash, class_="wb-line"), class_="wb-more-of"),
        class_="wb-more",
        data_keep=f"view-more-{view.id}",
    )


def _trash(scene: Scene, shelf: Shelf) -> Html:
    rows = [
        tag(
            "li",
            tag("span", view.name),
            button(scene.shell("restore"), f"{shelf.prefix}restore", view.id, class_="wb-link"),
            data_id=f"trash-{view.id}",
        )
        for view in shelf.trash
    ]
    about = tag("p", scene.shell("trash_about", days=f"{saved.KEEP_DAYS:.0f}"), class_="wb-quiet")
    count = hidden(f" ({len(rows)})")
    return tag(
        "details",
        tag("summary", scene.shell("trash"), count, class_="wb-quiet"),
        tag("ul", rows, class_="wb-plain wb-views"),
        about,
        class_="wb-bin",
        data_keep=f"{shelf.prefix}views-trash",
    )


def _form(act: str, label: str, buttons: list[Html], key: str = "", value: str = "") -> Html:
    box = tag("input", type="text", required=True, maxlength=60, placeholder=label, aria_label=label,
              value=value or None)  # fmt: skip
    return tag("form", box, *buttons, class_="wb-line", data_act=act, data_key=key or None)


def _submit(words: str) -> Html:
    return tag("button", words, type="submit", class_="wb-btn")
