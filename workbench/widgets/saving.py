"""What a page may do with saved views: save, open, save over, rename, share, trash, restore."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench import saved
from workbench.i18n import text
from workbench.widgets import views
from workbench.widgets.history import LASTING
from workbench.widgets.traits import StateError

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.widgets.panel import Panel


class Saving:
    """The acts of the menu of saved views; every one writes to `views/` and `trash/` and nowhere else.

    Args:
        panel: The panel.
        say: Shows a text of the shell above the panel: key and values.

    Attributes:
        named: The name that a visitor has just said, for the page to remember; None: no news.
    """

    def __init__(self, panel: Panel, say: Callable[..., None]) -> None:
        self.panel, self._say = panel, say
        self.named: str | None = None

    def acts(self) -> dict[str, Callable[[str, Any], None]]:
        """Act → (key, value); the key is the id of a view."""
        return {
            "save": self._save,
            "view": self._open,
            "resave": self._resave,
            "rename": self._rename,
            "share": self._share,
            "trash": self._trash,
            "restore": self._restore,
            "who": self._who,
        }

    @property
    def _root(self) -> Path:
        return self.panel.store.path

    def _save(self, key: str, value: Any) -> None:
        shared = key == "shared"
        kept = saved.create(self._root, views.KIND, str(value), content(self.panel), shared=shared)
        self.panel.opened = kept
        self._say("saved_shared" if shared else "saved", name=kept.name)

    def _open(self, key: str, _value: Any) -> None:
        found = self._read(key)
        view, state = views.checked(found.content), self.panel.state
        lasting = {name: getattr(state, name) for name in LASTING}
        state.update(**{**state.defaults(), **lasting, **view["state"]})
        self.panel.opened = found
        self._say("opened", name=found.name)

    def _resave(self, key: str, _value: Any) -> None:
        """Save the present state over the view that was opened; it knows what that one was then."""
        opened = self.panel.opened
        if opened is None or opened.id != key:
            raise StateError(text("shell.not_understood", self.panel.state.lang))
        self.panel.opened = saved.update(self._root, opened, {**opened.content, **content(self.panel)})
        self._say("resaved", name=opened.name)

    def _rename(self, key: str, value: Any) -> None:
        before = self._read(key)
        self._follow(before, saved.rename(self._root, before, str(value)))
        self._say("renamed", name=before.name, now=saved.read(self._root, views.KIND, key).name)

    def _share(self, key: str, value: Any) -> None:
        before, shared = self._read(key), value == "shared"
        self._follow(before, saved.share(self._root, before, shared))
        self._say("is_shared" if shared else "is_private", name=before.name)

    def _trash(self, key: str, _value: Any) -> None:
        gone = saved.trash(self._root, self._read(key))
        if self.panel.opened and self.panel.opened.id == key:
            self.panel.opened = None
        self._say("trashed", name=gone.name)

    def _restore(self, key: str, _value: Any) -> None:
        found = saved.read(self._root, views.KIND, key, trashed=True)
        self._say("restored", name=saved.restore(self._root, found).name)

    def _who(self, _key: str, value: Any) -> None:
        """Remember what a visitor says to be called, in this visitor's own kernel."""
        if not saved.is_visitor():
            raise StateError(text("shell.not_understood", self.panel.state.lang))
        self.named = os.environ[saved.VISITOR] = saved.person(str(value))
        self._say("hello", name=self.named)

    def _read(self, key: str) -> saved.Item:
        found = saved.read(self._root, views.KIND, key)
        if found.content.get("panel") != self.panel.id:
            raise StateError(text("shell.not_understood", self.panel.state.lang))
        return found

    def _follow(self, before: saved.Item, now: saved.Item) -> None:
        """Keep an opened view saveable after its owner renamed or shared it from here."""
        opened = self.panel.opened
        if opened and (opened.id, opened.etag) == (before.id, before.etag):
            self.panel.opened = now


def content(panel: Panel) -> dict[str, Any]:
    """A panel's state as a view; language and colours are the reader's own."""
    view = panel.view()
    kept = {name: value for name, value in view["state"].items() if name not in LASTING}
    return {"panel": view["panel"], "state": saved.plain(kept)}


def is_changed(panel: Panel) -> bool:
    """Whether the panel shows something else than the view that was opened."""
    opened = panel.opened
    return opened is not None and content(panel)["state"] != opened.content.get("state", {})
