"""The first pages of a workspace, asked once by a child of the warm process for all kernels forked later.

The child opens the store, draws the pages as a visitor finds them without any parameter, notes what it worked
out (`store.shared`) and ends. The warm process takes over the answers, small frozen tables, and the SQL that
was compiled: it opens no store itself and gets no thread. Whatever goes wrong in the child, the warm process
knows no answers and each page asks for itself, as it does for everything that is not its first view.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
from collections.abc import Mapping
from typing import Any

from workbench.forks import system

PAGES = ("Home", "Campaigns")
"""Panels that are drawn: where marketers begin, and where the links of Home lead."""
_MOST_SECONDS = 120
"""How long the child may work; a workspace that takes longer is asked by each page for itself."""
_PIECE = 1 << 16


class Asked:
    """What the warm process knows of one workspace, or is just finding out."""

    def __init__(self) -> None:
        self._state, self._pid, self._pipe, self._came = "", 0, -1, bytearray()

    @property
    def pipe(self) -> int | None:
        """Where a child at work is heard; None: none is."""
        return self._pipe if self._pid else None

    def knows(self, state: str) -> bool:
        """Whether the workspace in this state has been asked, whatever came of it."""
        return state == self._state and not self._pid

    def begin(self, workspace: str, state: str, environ: Mapping[str, str]) -> None:
        """Let a child ask, instead of one that is still at work for another state.

        Args:
            workspace: Its folder.
            state: What tells this state of the workspace from others.
            environ: The environment of the kernels that will find the answers.
        """
        if state == self._state:
            return
        self._end()
        self._state, self._came = state, bytearray()
        read, write = os.pipe()
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(read)
            _ask(parent, write, workspace, environ)
        os.close(write)
        self._pipe = read

    def hear(self) -> None:
        """Take a piece of what the child says; with the last one its answers are known."""
        piece = os.read(self._pipe, _PIECE)
        self._came += piece
        if not piece:
            self._end()
            learn(bytes(self._came))
            self._came = bytearray()

    def let_go(self) -> None:
        """In a kernel that was forked: the pipe is the warm process's."""
        if self._pid:
            os.close(self._pipe)

    def _end(self) -> None:
        if self._pid:
            os.close(self._pipe)
            os.kill(self._pid, signal.SIGKILL)  # it has said all, or is not asked any more
            os.waitpid(self._pid, 0)
            self._pid, self._pipe = 0, -1


def learn(said: bytes) -> None:
    """Take over what a child has worked out; nothing where it did not come to an end."""
    from workbench.metrics import query
    from workbench.store import shared

    try:
        known, texts = pickle.loads(said)  # noqa: S301  (of a child of this process, through its own pipe)
    except Exception:  # noqa: BLE001  (each page asks for itself then)
        known, texts = {}, {}
    shared.take(known)
    for (engine, shape, switches), sql in texts.items():
        query.learn(engine, shape, sql, switches)
    gc.freeze()


def work_out(workspace: str) -> bytes:
    """Draw the first pages of a workspace in both languages, and say what was worked out for them.

    Args:
        workspace: Its folder.

    Returns:
        What `learn` takes.
    """
    import workbench as wb
    from workbench.i18n import LANGUAGES
    from workbench.metrics import query
    from workbench.store import shared

    noted = shared.begin()
    store = wb.open(workspace)
    for lang in (store.settings.lang, *LANGUAGES):
        for name in PAGES:
            getattr(wb.widgets, name)(store, lang=lang).draw(live=True)
    return pickle.dumps(({key: thing for key, thing in noted.items() if _travels(thing)}, query.texts()))


def _travels(thing: Any) -> bool:
    try:
        pickle.dumps(thing)
    except Exception:  # noqa: BLE001  (each page makes its own)
        return False
    return True


def _ask(parent: int, write: int, workspace: str, environ: Mapping[str, str]) -> None:
    """Be the child: work behind the visitors, say what came, end; never returns."""
    status = 1
    try:
        system.end_with(parent)
        signal.alarm(_MOST_SECONDS)
        os.nice(5)
        os.environ.clear()
        os.environ.update(environ)
        gc.enable()
        with os.fdopen(write, "wb") as said:
            said.write(work_out(workspace))
        status = 0
    finally:
        os._exit(status)
