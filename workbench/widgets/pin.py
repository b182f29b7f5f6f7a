"""Which data version a page shows: its link with and without the version, and the banner of an older one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.i18n import formats
from workbench.store import pinned
from workbench.tables.html import Html, tag

if TYPE_CHECKING:
    from workbench.data import Store
    from workbench.widgets.scene import Scene


_LONGEST = 20
"""Characters of a version's name that are said again."""


def key(store: Store) -> str:
    """The data version that the page's own link pins; empty where it follows the newest."""
    return str(store.version) if store.is_past and pinned.asked() else ""


def these(query: str, store: Store) -> str:
    """The query of a link that shows the numbers of this data version for good."""
    return "&".join(part for part in (query, f"{pinned.KEY}={store.version}") if part)


def kept(query: str, store: Store) -> str:
    """A query that stays at the data version of the page, where its link pins one."""
    return these(query, store) if key(store) else query


def banner(scene: Scene) -> Html | None:
    """What a live page of an older version says: which one it is, and the way to the newest."""
    if not scene.live:
        return None
    store, newest = scene.store, pinned.newest(scene.store)
    if asked := pinned.gone(store):
        return _line(scene, "bad", scene.shell("pin_gone", asked=asked[:_LONGEST], version=store.version))
    if not store.is_past:
        return None
    words = {"version": store.version, "day": written(scene), "newest": newest}
    if newest == store.version:
        return _line(scene, "info", scene.shell("pin_same", **words))
    return _line(scene, "warn", scene.shell("pin_old", **words), " ", key(store) and _switch(scene, newest))


def written(scene: Scene) -> str:
    """The day on which the version was written, in the workspace's zone."""
    moment = scene.store.written_at
    return formats.date(moment.astimezone(scene.store.zone).date(), scene.lang) if moment else ""


def _switch(scene: Scene, newest: int) -> Html:
    return tag("a", scene.shell("pin_switch", newest=newest), href=f"?{scene.state.query}", class_="wb-btn")


def _line(scene: Scene, look: str, *words: object) -> Html:
    status = "alert" if look == "bad" else "status"
    return tag("div", tag("span", *words), class_=f"wb-notice wb-{look} wb-pin", role=status, lang=scene.lang)
