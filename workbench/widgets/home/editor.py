"""What a planner does with the form of targets: fields, lines, saving; files in and out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from workbench import data, settings
from workbench.errors import InputError, WorkbenchError
from workbench.i18n import text
from workbench.i18n.errors import told
from workbench.sources import monthplan
from workbench.sources.monthplan import Line
from workbench.sources.planned import FACTS
from workbench.sources.staging import Staging
from workbench.widgets.scene import File, Notice
from workbench.widgets.traits import StateError

if TYPE_CHECKING:
    from workbench.sources.targets import LoadedTargets
    from workbench.widgets.home.panel import Home

UPLOADING = ("upload", "piece", "lost")
"""Messages of the uploading script: a file is announced, a piece of it comes, it cannot be read."""

MEGABYTES = 1
"""Largest file of targets that is taken."""

MOST = 200
"""Lines of a month."""


@dataclass(frozen=True)
class Draft:
    """The form of one month.

    Attributes:
        before: Its targets when the form was opened.
        rows: Its lines now.
        faults: What is wrong with a field: (line, column) → why.
    """

    before: tuple[Line, ...]
    rows: tuple[Line, ...]
    faults: Mapping[tuple[int, str], InputError] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether saving would change anything."""
        return monthplan.said(self.rows) != self.before


class Editor:
    """The form of targets of one page.

    Args:
        panel: The panel.
    """

    def __init__(self, panel: Home) -> None:
        self.panel = panel
        self._drafts: dict[str, Draft] = {}
        self._seen = panel.store.version
        self.staging = Staging(MEGABYTES, self._too_large)

    @property
    def may_write(self) -> bool:
        """Whether who looks may change targets."""
        store = self.panel.store
        return settings.saves() and not store.is_past and store.advertisers is None

    @property
    def draft(self) -> Draft:
        """The form of the month that is shown; a form without changes shows what the store has now."""
        store, month = self.panel.store, self.panel.state.month
        if store.version != self._seen:
            self._drafts = {key: kept for key, kept in self._drafts.items() if kept.changed}
            self._seen = store.version
        if month not in self._drafts:
            found = monthplan.lines(store, month)
            self._drafts[month] = Draft(found, found)
        return self._drafts[month]

    @property
    def unsaved(self) -> bool:
        """Whether the form of some month holds what is not saved; no link keeps that."""
        return any(kept.changed for kept in self._drafts.values())

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """What a page may ask for."""
        return {
            "target": self._field,
            "target_add": lambda _key, _value: self._add(),
            "target_drop": lambda key, _value: self._drop(key),
            "target_save": lambda _key, _value: self._save(),
            "target_discard": lambda _key, _value: self._discard(),
        }

    def file(self) -> File:
        """Every target as CSV: to change and to load again."""
        from workbench import exports

        table = data.targets(self.panel.store)
        return File("targets.csv", "text/csv;charset=utf-8", exports.csv(table), len(table))

    def hear(self, asked: Mapping[str, Any], files: list[Any]) -> dict[str, Any] | None:
        """Take an upload: its announcement, then its pieces; None for any other message."""
        if asked.get("act") not in UPLOADING:
            return None
        try:
            return self._announced(asked) if asked["act"] == "upload" else self._piece(asked, files)
        except WorkbenchError as error:
            self.staging.close()
            self._tell("bad", told(error, self.panel.state.lang))
            self.panel.redraw()
            return {"kind": "upload", "id": 0, "refused": True}

    def _announced(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._guard()
        upload = self.staging.begin(*_announcement(asked.get("value")))
        return {"kind": "upload", "id": upload.number, "got": 0, "size": upload.size}

    def _piece(self, asked: Mapping[str, Any], files: list[Any]) -> dict[str, Any]:
        self._guard()
        number, offset = asked.get("key"), asked.get("value")
        if asked["act"] == "lost" or not isinstance(number, int) or not isinstance(offset, int):
            raise StateError(text("shell.not_understood", self.panel.state.lang))
        upload = self.staging.add(number, offset, b"".join(bytes(piece) for piece in files))
        if upload.whole:
            try:
                self._loaded(data.load_targets(self.panel.store, upload.path))
            finally:
                self.staging.drop(number)
            self.panel.redraw()
        return {"kind": "upload", "id": number, "got": upload.got, "size": upload.size}

    def _field(self, key: str, value: Any) -> None:
        """Write one field, and say at once what is wrong with it."""
        number, column = self._place(key)
        rows = [dict(row) for row in self.draft.rows]
        rows[number][column] = str(value).strip()
        self._put(rows)

    def _add(self) -> None:
        self._guard()
        if len(self.draft.rows) >= MOST:
            raise StateError(f"A month has {MOST} targets at most.", "Save these first.")
        self._put([*self.draft.rows, monthplan.blank(self.panel.state.month)])

    def _drop(self, key: str) -> None:
        number, _ = self._place(f"{key}:channel")
        self._put([row for place, row in enumerate(self.draft.rows) if place != number])

    def _discard(self) -> None:
        self._drafts.pop(self.panel.state.month, None)

    def _save(self) -> None:
        self._guard()
        draft, month = self.draft, self.panel.state.month
        wrong = monthplan.faults(self.panel.store, draft.rows)
        if wrong:
            self._drafts[month] = replace(draft, faults=wrong)
            words = text("home.targets_wrong", self.panel.state.lang, count=len(wrong))
            self._tell("bad", words)
        elif draft.changed:
            loaded = monthplan.save(self.panel.store, month, draft.rows, draft.before)
            self._discard()
            self._loaded(loaded)

    def _loaded(self, loaded: LoadedTargets) -> None:
        lang = self.panel.state.lang
        words = text("home.targets_saved", lang, version=loaded.data_version)
        self._tell("info", " ".join([words, loaded.headline(lang), *loaded.doubts(lang)]))

    def _put(self, rows: list[Any]) -> None:
        draft = self.draft
        found = monthplan.faults(self.panel.store, rows)
        known = {place: error for place, error in found.items() if rows[place[0]][place[1]].strip()}
        self._drafts[self.panel.state.month] = Draft(draft.before, tuple(rows), known)

    def _place(self, key: str) -> tuple[int, str]:
        """Line and column of a field that the form has."""
        self._guard()
        number, _, column = key.partition(":")
        fine = number.isdecimal() and len(number) < 4 and int(number) < len(self.draft.rows)
        if not fine or column not in ("channel", *FACTS):
            raise StateError(text("shell.not_understood", self.panel.state.lang))
        return int(number), column

    def _guard(self) -> None:
        self.panel.store.check_present()

    def _tell(self, status: str, sentence: str) -> None:
        self.panel.notices = (Notice(status, sentence),)

    def _too_large(self, name: str) -> str:
        return text("home.targets_large", self.panel.state.lang, name=name, limit=MEGABYTES)


def _announcement(value: Any) -> tuple[str, int]:
    """Name and size of a file that is announced."""
    try:
        said = json.loads(value)
        return str(said["name"]), int(said["size"])
    except (TypeError, ValueError, KeyError):
        raise StateError("The page announced no file.", "Choose the file again.") from None
