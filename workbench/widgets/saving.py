"""What a page may do with saved things, above all views: save, open, rename, share, trash, restore."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from workbench import saved
from workbench.i18n import text
from workbench.widgets import views
from workbench.widgets.history import LASTING
from workbench.widgets.traits import StateError

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.widgets.panel import Panel


class Saving(ABC):
    """The acts of a menu of saved things; every one writes to their folder and `trash/` and nowhere else.

    Args:
        panel: The panel.
        say: Shows a text of the shell above the panel: key and values.

    Attributes:
        kind: Kind of the saved things.
        prefix: What the acts' names begin with.
    """

    kind: ClassVar[str]
    prefix: ClassVar[str] = ""

    def __init__(self, panel: Panel, say: Callable[..., None]) -> None:
        self.panel, self._say = panel, say

    def acts(self) -> dict[str, Callable[[str, Any], None]]:
        """Act → (key, value); the key is the id of a saved thing."""
        found: dict[str, Callable[[str, Any], None]] = {
            "save": self._save,
            "view": self._open,
            "resave": self._resave,
            "rename": self._rename,
            "share": self._share,
            "trash": self._trash,
            "restore": self._restore,
        }
        return {f"{self.prefix}{act}": do for act, do in found.items()}

    @property
    @abstractmethod
    def opened(self) -> saved.Item | None:
        """The thing that was opened last, as it was read then."""

    @opened.setter
    @abstractmethod
    def opened(self, item: saved.Item | None) -> None:
        """Remember it, or that none is open."""

    @abstractmethod
    def created(self, name: str, shared: bool) -> saved.Item:
        """Save what the panel shows as a new thing."""

    @abstractmethod
    def changed(self, opened: saved.Item) -> saved.Item:
        """Save what the panel shows over the thing that was opened."""

    @abstractmethod
    def show(self, found: saved.Item) -> None:
        """Show a saved thing in the panel."""

    def fits(self, found: saved.Item) -> bool:  # noqa: ARG002 (some kinds belong to one panel)
        """Whether a saved thing belongs here."""
        return True

    @property
    def _root(self) -> Path:
        return self.panel.store.path

    def _save(self, key: str, value: Any) -> None:
        shared = key == "shared"
        kept = self.created(str(value), shared)
        self.opened = kept
        self._say("saved_shared" if shared else "saved", name=kept.name)

    def _open(self, key: str, _value: Any) -> None:
        found = self._read(key)
        self.show(found)
        self.opened = found
        self._say("opened", name=found.name)

    def _resave(self, key: str, _value: Any) -> None:
        """Save the present state over the thing that was opened; it knows what that one was then."""
        opened = self.opened
        if opened is None or opened.id != key:
            raise StateError(text("shell.not_understood", self.panel.state.lang))
        self.opened = self.changed(opened)
        self._say("resaved", name=opened.name)

    def _rename(self, key: str, value: Any) -> None:
        before = self._read(key)
        self._follow(before, saved.rename(self._root, before, str(value)))
        self._say("renamed", name=before.name, now=saved.read(self._root, self.kind, key).name)

    def _share(self, key: str, value: Any) -> None:
        before, shared = self._read(key), value == "shared"
        self._follow(before, saved.share(self._root, before, shared))
        self._say("is_shared" if shared else "is_private", name=before.name)

    def _trash(self, key: str, _value: Any) -> None:
        gone = saved.trash(self._root, self._read(key))
        if self.opened and self.opened.id == key:
            self.opened = None
        self._say(f"{self.prefix}trashed", name=gone.name)

    def _restore(self, key: str, _value: Any) -> None:
        found = saved.read(self._root, self.kind, key, trashed=True)
        self._say("restored", name=saved.restore(self._root, found).name)

    def _read(self, key: str) -> saved.Item:
        found = saved.read(self._root, self.kind, key)
        if not self.fits(found):
            raise StateError(text("shell.not_understood", self.panel.state.lang))
        return found

    def _follow(self, before: saved.Item, now: saved.Item) -> None:
        """Keep an opened thing saveable after its owner renamed or shared it from here."""
        opened = self.opened
        if opened and (opened.id, opened.etag) == (before.id, before.etag):
            self.opened = now


class SavingViews(Saving):
    """The acts of the menu of saved views.

    Attributes:
        named: The name that a visitor has just said, for the page to remember; None: no news.
    """

    kind = views.KIND

    def __init__(self, panel: Panel, say: Callable[..., None]) -> None:
        super().__init__(panel, say)
        self.named: str | None = None

    def acts(self) -> dict[str, Callable[[str, Any], None]]:
        """Those of every saved thing, and saying who one is."""
        return {**super().acts(), "who": self._who}

    @property
    def opened(self) -> saved.Item | None:
        """The view that was opened last, as it was read then."""
        return self.panel.opened

    @opened.setter
    def opened(self, item: saved.Item | None) -> None:
        """Remember it, or that none is open."""
        self.panel.opened = item

    def created(self, name: str, shared: bool) -> saved.Item:
        """Save the panel's state as a new view."""
        return saved.create(self._root, self.kind, name, content(self.panel), shared=shared)

    def changed(self, opened: saved.Item) -> saved.Item:
        """Save the panel's state over the view that was opened."""
        return saved.update(self._root, opened, {**opened.content, **content(self.panel)})

    def show(self, found: saved.Item) -> None:
        """Set the panel's state to that of a view."""
        view, state = views.checked(found.content), self.panel.state
        lasting = {name: getattr(state, name) for name in LASTING}
        state.update(**{**state.defaults(), **lasting, **view["state"]})

    def fits(self, found: saved.Item) -> bool:
        """Whether it is a view of this panel."""
        return bool(found.content.get("panel") == self.panel.id)

    def _who(self, _key: str, value: Any) -> None:
        """Remember what a visitor says to be called, in this visitor's own kernel."""
        if not saved.is_visitor():
            raise StateError(text("shell.not_understood", self.panel.state.lang))
        self.named = os.environ[saved.VISITOR] = saved.person(str(value))
        self._say("hello", name=self.named)


def content(panel: Panel) -> dict[str, Any]:
    """A panel's state as a view; language and colours are the reader's own."""
    view = panel.view()
    kept = {name: value for name, value in view["state"].items() if name not in LASTING}
    return {"panel": view["panel"], "state": saved.plain(kept)}


def is_changed(panel: Panel) -> bool:
    """Whether the panel shows something else than the view that was opened."""
    opened = panel.opened
    return opened is not None and content(panel)["state"] != opened.content.get("state", {})
