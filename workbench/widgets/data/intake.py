"""The way in: uploads, the files that lie open, what is said about them, and their import."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import data
from workbench.errors import InputError, WorkbenchError
from workbench.i18n import text
from workbench.i18n.errors import told
from workbench.sources.staging import Staging
from workbench.widgets.data import desk
from workbench.widgets.data.desk import Desk, Item, Stage
from workbench.widgets.later import later
from workbench.widgets.panel import under_voila
from workbench.widgets.traits import StateError

if TYPE_CHECKING:
    from workbench.widgets.data.panel import Data

LOG = logging.getLogger("workbench.widgets")
UPLOADING = ("upload", "piece", "lost")
"""Messages of the uploading script: a file is announced, a piece of it comes, it cannot be read."""


class Intake:
    """What the Data panel does with files, each step guarded by the panel's right to import.

    Args:
        panel: The panel.

    Attributes:
        desk: The open files.
        staging: Where uploads lie until they are imported or closed.
    """

    def __init__(self, panel: Data) -> None:
        self.panel, self.desk = panel, Desk()
        self.staging = Staging(panel.store.settings.upload_limit, self._too_large)
        self._own = count(-1, -1)

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """What a page may ask for."""
        return {
            "file": lambda key, _value: self._show(key),
            "close": lambda key, _value: self._close(key),
            "path": lambda _key, value: self._open_path(str(value)),
            "map": lambda key, value: self._say(lambda item: item.choices.with_column(key, str(value))),
            "say": lambda key, value: self._say(lambda item: item.choices.with_value(key, str(value))),
            "accept": lambda _key, _value: self._say(lambda item: item.accepted().choices),
            "remember": lambda _key, _value: self._remember(),
            "import": lambda _key, _value: self._import(),
        }

    def hear(self, asked: Mapping[str, Any], files: list[Any]) -> dict[str, Any]:
        """Take an upload: its announcement, then its pieces.

        Args:
            asked: A message of the uploading script.
            files: Its pieces.

        Returns:
            What is told the script: how much has come, or that the file is refused.
        """
        try:
            return self._announced(asked) if asked["act"] == "upload" else self._piece(asked, files)
        except WorkbenchError as error:
            self._give_up(asked.get("key"))
            self.panel.tell("bad", told(error, self.panel.state.lang))
            self.panel.redraw()
            return {"kind": "upload", "id": 0, "refused": True}

    def _give_up(self, number: Any) -> None:
        """Close a file that will not come to its end."""
        item = self.desk.find(number)
        if item and item.stage == "arriving":
            self.put_away(item.number)

    def put_away(self, number: int) -> None:
        """Close a file and delete our copy of it."""
        self.desk = self.desk.without(number)
        self.staging.drop(number)

    def undone(self, import_id: str) -> None:
        """Close the files whose import was taken back."""
        for item in self.desk.items:
            if item.stage == "imported" and item.review and item.review.import_id == import_id:
                self.put_away(item.number)

    def _announced(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self.panel.guard()
        self.panel.notices = ()
        upload = self.staging.begin(*_announcement(asked.get("value")))
        self.desk = self.desk.put(Item(upload.number, upload.name, upload.path, "arriving"))
        if upload.whole:
            self._check(self._item(upload.number))
        self.panel.redraw()
        return {"kind": "upload", "id": upload.number, "got": 0, "size": upload.size}

    def _piece(self, asked: Mapping[str, Any], files: list[Any]) -> dict[str, Any]:
        self.panel.guard()
        number, offset = asked.get("key"), asked.get("value")
        if not isinstance(number, int) or not isinstance(offset, int):
            raise StateError(self._words("shell.not_understood"))
        if asked["act"] == "lost":
            self.put_away(number)
            raise InputError(self._words("data.lost_file"))
        upload = self.staging.add(number, offset, b"".join(bytes(piece) for piece in files))
        if upload.whole:
            self._check(self._item(number))
            self.panel.redraw()
        return {"kind": "upload", "id": number, "got": upload.got, "size": upload.size}

    def _open_path(self, path: str) -> None:
        """Open a file of this machine where the page belongs to an analyst: never in an app."""
        self.panel.guard()
        if under_voila():
            raise StateError(self._words("shell.not_understood"))
        file = Path(path.strip()).expanduser()
        if not file.is_file():
            raise InputError(f"There is no file {path!r}.", "Check the path.")
        self._check(Item(next(self._own), file.name, file.resolve()))

    def _say(self, change: Callable[[Item], Any]) -> None:
        """Change what the user says of the open file, and look at it again."""
        item = self._current()
        if item.stage in ("importing", "imported"):
            raise StateError(self._words(f"data.{item.stage}_now"))
        self._check(replace(item, choices=change(item)))

    def _check(self, item: Item) -> None:
        """Look at a file in the background; choices made meanwhile are looked at next."""
        if item.stage == "checking" and self.desk.find(item.number):
            self.desk = self.desk.put(replace(item, stale=True))
            return
        item = replace(item, stage="checking", stale=False, error="")
        self.desk, folder = self.desk.put(item), self.panel.store.path
        later(lambda: desk.check(data.open(folder), item), lambda found: self._checked(item, found))

    def _checked(self, asked: Item, found: Any) -> None:
        now = self.desk.find(asked.number)
        if now and now.stale:
            self._check(replace(now, stage="checked"))
        elif now:
            self.desk = self.desk.put(self._settled(now, found, "checked"), show=False)
        self.panel.redraw()

    def _import(self) -> None:
        item = self._current()
        if not item.can_import:
            raise StateError(self._words("data.not_ready"))
        item = replace(item, stage="importing")
        self.desk, folder = self.desk.put(item), self.panel.store.path
        later(lambda: desk.bring_in(data.open(folder), item), lambda found: self._imported(item, found))

    def _imported(self, asked: Item, found: Any) -> None:
        item = self._settled(self.desk.find(asked.number) or asked, found, "imported")
        self.panel.store.refresh()
        if item.review and item.review.status == "FAIL":
            item = replace(item, stage="checked")
        if item.stage == "imported":
            self.staging.drop(item.number)
        self.desk = self.desk.put(item, show=False)
        self.panel.redraw()

    def _settled(self, now: Item, found: Any, stage: Stage) -> Item:
        """A file after a job: with what it found, or with the sentence that tells why not."""
        if isinstance(found, Item):
            return replace(now, stage=stage, draft=found.draft, review=found.review, error="")
        return replace(now, stage="checked", review=None, error=self.panel.sentence(found))

    def _remember(self) -> None:
        item = self._current()
        self.desk = self.desk.put(replace(item, remember=not item.remember))

    def _show(self, key: str) -> None:
        self.desk = Desk(self.desk.items, self._known(key).number)

    def _close(self, key: str) -> None:
        item = self._known(key)
        if item.stage == "importing":
            raise StateError(self._words("data.importing_now"))
        self.put_away(item.number)

    def _known(self, key: str) -> Item:
        return self._item(int(key) if key.lstrip("-").isdecimal() else 0)

    def _current(self) -> Item:
        self.panel.guard()
        return self._item(self.desk.shown)

    def _item(self, number: int) -> Item:
        found = self.desk.find(number)
        if found is None:
            raise StateError(self._words("data.gone"))
        return found

    def _words(self, key: str, **values: object) -> str:
        return text(key, self.panel.state.lang, **values)

    def _too_large(self, name: str) -> str:
        return self._words("data.too_large", file=name, limit=self.panel.store.settings.upload_limit)


def _announcement(value: Any) -> tuple[str, int]:
    """Name and size of an upload."""
    try:
        said = json.loads(str(value)[:10_000])
        return str(said["name"]), int(said["size"])
    except (ValueError, TypeError, KeyError, OverflowError):
        raise InputError("The page announced no file.", "Choose the file again.") from None
