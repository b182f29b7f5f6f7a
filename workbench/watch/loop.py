"""The watch itself: look, wait until files are whole, import them, say so, look again."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError, QuestionError, WorkbenchError
from workbench.i18n import text
from workbench.watch import folder as folders
from workbench.watch import reading as readings
from workbench.watch.folder import Settling, Stamp
from workbench.watch.landed import Landed
from workbench.watch.register import Register

if TYPE_CHECKING:
    from workbench.store.store import Store

LOG = logging.getLogger("workbench.watch")
_LONGEST_PAUSE = 900.0
"""Seconds between two tries while the workspace does not take a file."""


def watch(
    store: Store,
    folder: str | Path,
    *,
    once: bool = False,
    every: float = 10.0,
    settle: float = 2.0,
    poll: bool = False,
    again: bool = False,
    remember: bool = False,
    stop: Event | None = None,
    **reading: Any,
) -> Iterator[Landed]:
    """Import the exports of a folder as they land; what landed meanwhile comes first.

    A file is taken when it has stayed the same for a while and ends as its kind does. Hidden, temporary
    and empty files are left out. Files are imported in the order of their last change, each state of a
    file once; the ledger makes repeats no change. A file that fails is told of and left until it, or what
    it is read with, changes; where the workspace is busy or full, it is tried again by itself.

    Args:
        store: The workspace; it moves on with each import.
        folder: Folder outside of the workspace; folders below it count.
        once: End when everything that is whole has been imported.
        every: Seconds between two looks, also where the file system tells of changes.
        settle: Seconds that a file has to stay the same.
        poll: Never rely on the file system's events, as on network shares.
        again: Try files again that failed before.
        remember: Save `reading` for this folder.
        stop: Ends the watch when it is set.
        reading: How files are read, as in `load`: `source=`, `mapping=`, `table=`, `timezone=`,
            `currency=`, `account=`, `goal=` and the like; over what is saved for the file's folder.

    Returns:
        An iterator that watches while it is asked: one `Landed` for each file that was dealt with. Its
        first step raises a `StoreError` where another process watches the folder.

    Raises:
        InputError: for a folder that is none or lies in the workspace, or arguments that do not fit.
        QuestionError: for seconds that are none.
        StoreError: where the store is pinned to the past.
    """
    if not (every > 0 and settle >= 0):
        raise QuestionError(f"every={every!r}, settle={settle!r} are no seconds.", "Give more than 0.")
    store.check_present()
    found = folders.located(folder, store.path)
    given = readings.check(store.path, reading)
    if remember:
        readings.remember(store.path, found, given)
    register = Register(store.path, found)
    watcher = Watcher(store, found, given, Settling(settle), register, stop or Event())
    return watcher.run(once, every, poll, again)


@dataclass
class Watcher:
    """One watched folder.

    Attributes:
        store: The workspace.
        folder: The folder.
        reading: How files are read.
        settling: Which files have come to rest.
        register: What is known and told.
        stop: Ends the watch when it is set.
    """

    store: Store
    folder: Path
    reading: Mapping[str, Any]
    settling: Settling
    register: Register
    stop: Event
    _later: dict[str, tuple[float, float]] = field(default_factory=dict)
    _told: dict[str, str] = field(default_factory=dict)
    _pending: bool = False

    def run(self, once: bool, every: float, poll: bool, again: bool) -> Iterator[Landed]:
        """Watch until told to stop; however that comes, what was done is kept and said."""
        with self.register.held():
            self.register.begin(every)
            if again:
                self.register.settings = ""
            try:
                turns = self._few() if once else self._turns(every, poll)
                for _ in turns:
                    yield from self._look()
            finally:
                self.register.end()

    def _look(self) -> Iterator[Landed]:
        """Deal with every file that has come to rest."""
        try:
            there = folders.stamps(self.folder, self.store.path)
        except OSError as error:
            yield from self._unreadable(error)
            return
        self._told.pop("", None)
        self.register.retry(readings.state(self.store.path, self.reading))
        new = {name: stamp for name, stamp in there.items() if not self.register.is_done(name, stamp)}
        ripe = self.settling.ripe(self.folder, new, time.monotonic())
        waiting = [name for name in new if name not in ripe]
        self._pending = bool(waiting)
        for name in ripe:
            if self.stop.is_set():
                break
            if time.monotonic() >= self._later.get(name, (0.0, 0.0))[1]:
                yield from self._take(name, new[name])
        self.register.looked(waiting)

    def _take(self, name: str, stamp: Stamp) -> Iterator[Landed]:
        """Import one file."""
        self.register.tell(state="importing", importing=name)
        landed = self._imported(name)
        changed = folders.stamp_of(self.folder / name) != stamp
        self.register.note(landed, None if landed.again or changed else stamp)
        self.register.tell(state="watching", importing="")
        if landed.again:
            pause = min(self._later.get(name, (0.5, 0.0))[0] * 2, _LONGEST_PAUSE)
            self._later[name] = (pause, time.monotonic() + pause)
        else:
            self._later.pop(name, None)
        if (self.folder / name).exists() or landed.status != "FAIL":  # else it went while it was looked at
            yield from self._said(landed)

    def _imported(self, name: str) -> Landed:
        """What comes of one file; whatever is wrong with it, the watch goes on."""
        from workbench.crm import load

        file, lang = self.folder / name, self.store.settings.lang
        try:
            review = load(self.store, file, **{**readings.of(self.store.path, file), **self.reading})
        except InputError as error:
            return Landed(name, "FAIL", None, error.what, error.fix, lang=lang)
        except WorkbenchError as error:  # the workspace's fault, not the file's
            what = f"{error.where}: {error.what}" if error.where else error.what
            return Landed(name, "FAIL", None, what, error.fix, again=True, lang=lang)
        except Exception as error:
            LOG.exception("The file %s could not be imported.", file)
            said = text("watch.unexpected", lang, kind=type(error).__name__, what=str(error)[:200])
            return Landed(name, "FAIL", None, said, text("watch.unexpected_do", lang), lang=lang)
        return Landed(name, review.status, review, lang=lang)

    def _unreadable(self, error: OSError) -> Iterator[Landed]:
        """The folder is away, such as a share that is not mounted: say so once, and go on looking."""
        lang = self.store.settings.lang
        said = text("watch.unreadable", lang, folder=self.folder, why=error.strerror or error)
        landed = Landed("", "FAIL", None, said, text("watch.unreadable_do", lang), again=True, lang=lang)
        self.register.note(landed, None)
        self.register.looked([])
        yield from self._said(landed)

    def _said(self, landed: Landed) -> Iterator[Landed]:
        """Tell of a file; what is tried again is only told of when there is news."""
        line = landed.line()
        if not landed.again or self._told.get(landed.file) != line:
            yield landed
        if landed.again:
            self._told[landed.file] = line
        else:
            self._told.pop(landed.file, None)

    def _few(self) -> Iterator[None]:
        """Turns to catch up: until nothing is left but files that go on growing."""
        for _ in range(round(folders.PATIENCE) + 2):
            yield
            if not self._pending or self.stop.wait(self.settling.seconds or 0.05):
                return

    def _turns(self, every: float, poll: bool) -> Iterator[None]:
        """Turns to look: at once, after each event, while a file settles, and every so many seconds."""
        yield
        if not poll:
            yield from self._events(every)
        while not self.stop.wait(min(every, self.settling.seconds or every) if self._pending else every):
            yield

    def _events(self, every: float) -> Iterator[None]:
        """Turns by the file system's events; ends where it gives none."""
        from watchfiles import watch as events

        pause = max(0.05, min(every, self.settling.seconds or every))
        looked = time.monotonic()
        try:
            for changes in events(
                self.folder,
                watch_filter=None,
                debounce=400,
                stop_event=self.stop,
                rust_timeout=int(pause * 1000),
                yield_on_timeout=True,
                ignore_permission_denied=True,
            ):
                if changes or self._pending or time.monotonic() - looked >= every:
                    looked = time.monotonic()
                    yield
        except (OSError, RuntimeError) as error:  # no events here, or too many watches: look by the clock
            LOG.warning("No events of %s (%s): it is looked at by the clock.", self.folder, error)
