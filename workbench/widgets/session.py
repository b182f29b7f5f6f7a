"""One panel and its page: messages in, changed regions out. What a browser says is never trusted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.i18n import text
from workbench.i18n.errors import told
from workbench.privacy.acts import exported
from workbench.widgets import assets, downloads, pin
from workbench.widgets.saving import SavingViews
from workbench.widgets.scene import Notice, Region
from workbench.widgets.traits import Setting, StateError

if TYPE_CHECKING:
    from workbench.widgets.panel import Panel

LOG = logging.getLogger("workbench.widgets")

Reply = tuple[dict[str, Any], list[bytes]]
"""What is sent to the page, and the files that go with it."""

LONGEST = 10_000
_BY_ITSELF = ("await", "poll")
"""Acts of a page that nobody asked for: what is said stays."""
_QUIET = ("query", "dismiss", "stop", "resume", *_BY_ITSELF)
"""Acts that make no new entry in the browser's history."""


class Session:
    """The talk between a panel and the pages that show it.

    Args:
        panel: The panel.

    Attributes:
        panel: The panel.
        push: Called with what changed when code, not a page, set the state; the widget sets it.
    """

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.push: Callable[[dict[str, Any]], None] = lambda _changes: None
        self._sent: dict[str, dict[str, Any]] = {"regions": {}, "charts": {}}
        self._hearing = False
        panel.state.observe(self._changed)
        self._saving = SavingViews(panel, self._say)
        panel.redraw = lambda: self.push({**self.changes(), "seq": 0, "push": False})
        panel.say = self._say
        self._acts: dict[str, Callable[[str, Any], None]] = {
            "set": self._set,
            "undo": lambda _key, _value: panel.state.restore(panel.history.back()),
            "reset": self._reset,
            "query": lambda _key, value: panel.open(value),
            "dismiss": lambda _key, _value: None,
            "await": lambda _key, _value: panel.work_out(),
            "stop": lambda key, _value: panel.halt(key),
            "resume": lambda key, _value: panel.resume(key),
            **self._saving.acts(),
            **(self._filtering() if "filters" in panel.state.settings() else {}),
            **panel.acts(),
        }

    def page(self) -> dict[str, Any]:
        """Everything a page needs to show the panel for the first time, or again."""
        content = self._sent = _content(self.panel.draw(live=True))
        return {"frame": self.panel.frame({}, live=True), **content, **self._about()}

    def changes(self, dragging: bool = False) -> dict[str, Any]:
        """The regions and charts that differ from what was sent before."""
        content = _content(self.panel.draw(live=True, dragging=dragging))
        changed = {part: _differing(content[part], self._sent[part]) for part in content}
        moved = {
            name: _moved(chart, self._sent["charts"].get(name)) for name, chart in changed["charts"].items()
        }
        self._sent = {part: {**self._sent[part], **content[part]} for part in content}
        return {"kind": "page", "regions": changed["regions"], "charts": moved, **self._about()}

    def receive(self, message: Any, files: Sequence[Any] = ()) -> Reply:
        """Do what a page asks for, and say what changed.

        Args:
            message: `{act, key, value, live, seq}` as the page sends it; anything else is refused.
            files: Bytes that came with it.

        Returns:
            The reply and its files. An error becomes a notice in the page, and the state stays.
        """
        before, past = self.panel.state.snapshot(), self.panel.history.kept()
        asked = message if isinstance(message, Mapping) else {}
        try:
            if asked.get("act") == "vega":
                return {"kind": "asset", "text": assets.vega_bundle()}, []
            if asked.get("act") == "download":
                return self._file(_word(asked, "key"))
            if (reply := self.panel.hear(asked, list(files))) is not None:
                return reply, []
            self._perform(asked)
        except WorkbenchError as error:
            self._undone(before, self._sentence(error))
        except KeyboardInterrupt:
            self._stopped(before, past)
        except Exception:
            LOG.exception("Panel %s could not do %.40r.", self.panel.id, asked.get("act"))  # not for whom
            self._undone(before, text("shell.unexpected", self.panel.state.lang))
        dragging = bool(asked.get("live"))
        quiet = asked.get("act") in _QUIET or dragging
        seq = asked.get("seq")
        try:
            changed = self.changes(dragging)
        except KeyboardInterrupt:
            self._stopped(before, past)
            changed, quiet = self.changes(), True
        return {**changed, "seq": seq if isinstance(seq, int) else 0, "push": not quiet}, []

    def _stopped(self, before: Mapping[str, Any], past: Any) -> None:
        """Somebody on the page did not want to wait any longer: what was asked for did not happen."""
        self._undone(before, text("shell.stopped", self.panel.state.lang), "info")
        self.panel.history.put_back(past)

    def _perform(self, asked: Mapping[str, Any]) -> None:
        act = _word(asked, "act")
        if act not in self._acts:
            raise StateError(text("shell.not_understood", self.panel.state.lang))
        if act not in _BY_ITSELF:
            self.panel.notices = ()
        self._hearing = True
        try:
            self._acts[act](_word(asked, "key"), _value(asked))
        finally:
            self._hearing = False
        if act != "undo":
            history = self.panel.history
            goes_on = act in _BY_ITSELF and history.dragging  # what nobody asked for ends no drag
            history.note(self.panel.state.snapshot(), dragging=goes_on or bool(asked.get("live")))

    def _undone(self, before: Mapping[str, Any], sentence: str, status: str = "bad") -> None:
        self._hearing = True
        self.panel.state.restore(before)
        self._hearing = False
        self.panel.notices = (Notice(status, sentence),)
        self._sent = {"regions": {}, "charts": {}}  # the page may show what was refused: send all again

    def _changed(self, _change: Any) -> None:
        """Code set the state: remember it for undo, and show it."""
        if not self._hearing:
            self.panel.history.note(self.panel.state.snapshot())
            self.push({**self.changes(), "seq": 0, "push": True})

    def _set(self, key: str, value: Any) -> None:
        setting: Setting | None = self.panel.state.settings().get(key)
        parsed = setting.take(value) if setting else value
        self.panel.state.update(**{key: parsed})

    def _filtering(self) -> dict[str, Callable[[str, Any], None]]:
        """Acts of panels whose state has filters."""
        clear = lambda _key, _value: self.panel.state.update(filters={})  # noqa: E731
        return {"toggle": self._toggle, "drop": self._drop, "clear": clear}

    def _toggle(self, key: str, value: Any) -> None:
        """Add or take away one member of a filter."""
        kept = self.panel.state.filters.get(key, ())
        chosen = tuple(item for item in kept if item != value) if value in kept else (*kept, value)
        self.panel.state.update(filters={**self.panel.state.filters, key: chosen})

    def _drop(self, key: str, value: Any) -> None:
        if value in self.panel.state.filters.get(key, ()):
            self._toggle(key, value)

    def _reset(self, _key: str, _value: Any) -> None:
        state = self.panel.state
        state.restore({**state.defaults(), "lang": state.lang, "theme": state.theme})

    def _sentence(self, error: WorkbenchError) -> str:
        return told(error, self.panel.state.lang)

    def _say(self, key: str, **values: object) -> None:
        self.panel.notices = (Notice("info", text(f"shell.{key}", self.panel.state.lang, **values)),)

    def _file(self, name: str) -> Reply:
        """A file that the panel makes, or one of those that every panel has."""
        made = self.panel.files().get(name)
        file = made() if made else downloads.file(self.panel, name)
        exported(self.panel.store, f"{self.panel.id}-{name}", file.rows)
        return {"kind": "file", "name": downloads.plain_name(file.name), "type": file.type}, [file.content]

    def _about(self) -> dict[str, Any]:
        state = self.panel.state
        lost = text("shell.lost", state.lang)
        store = self.panel.store
        about = {"query": pin.kept(state.query, store), "pin": pin.key(store), "lost": lost}
        about |= {"lang": state.lang, "theme": state.theme, "stop": text("shell.stop", state.lang)}
        about |= {"working": text("shell.working", state.lang, seconds="#")}
        named, self._saving.named = self._saving.named, None
        return about if named is None else {**about, "visitor": named}


def _content(drawn: Mapping[str, Region]) -> dict[str, Any]:
    charts = {name: chart.to_dict() for region in drawn.values() for name, chart in region.charts.items()}
    return {"regions": {name: str(region.html) for name, region in drawn.items()}, "charts": charts}


def _differing(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in now.items() if before.get(name) != item}


def _moved(chart: dict[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """A chart without its spec where the page has that already."""
    if before is None or chart["spec"] != before["spec"]:
        return chart
    return {name: item for name, item in chart.items() if name != "spec"}


def _word(asked: Mapping[str, Any], name: str) -> str:
    found = asked.get(name, "")
    if not isinstance(found, str) or len(found) > LONGEST:
        raise StateError(f"The page sent a bad {name}.")
    return found


def _value(asked: Mapping[str, Any]) -> Any:
    found = asked.get("value", "")
    if not isinstance(found, str | int | float | bool) or len(str(found)) > LONGEST:
        raise StateError("The page sent a bad value.")
    return found
