"""The server's side: starts the template, orders kernels from it, replaces it when it is dead or old."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from workbench import settings
from workbench.forks import system
from workbench.forks.wire import Wire

PACKAGE = Path(__file__).parents[1]
_WARM_SECONDS, _FORK_SECONDS = 60.0, 20.0
_REST_SECONDS = 30.0
"""How long no template is tried after one could not be made."""
_LOOK_SECONDS = 1.0
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_SPARING = {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""One memory pool for all threads of a kernel instead of one each: 8 MB less a visitor."""
_AT_START = ("PYTHON", "LD_", "MALLOC_", *_ONE_THREAD)
"""Beginnings of variables that count when a program starts, and never again."""


class CannotForkError(Exception):
    """No kernel can be forked now; the text says why."""


class Template:
    """The template process of this process, made when first needed.

    Args:
        modules: What it imports.
        package: Folder of the code whose changes make a template old.
    """

    def __init__(self, modules: Sequence[str], package: Path = PACKAGE) -> None:
        self._modules, self._package = tuple(modules), package
        self._lock, self._owner = threading.Lock(), os.getpid()
        self._process: subprocess.Popen[bytes] | None = None
        self._wire: Wire | None = None
        self._made_of: tuple[int, int] = (0, 0)
        self._code, self._looked = (0, 0), -_LOOK_SECONDS
        self._tired, self._why = -_REST_SECONDS, ""

    @property
    def pid(self) -> int | None:
        """Process id of the running template; None: there is none."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def fork(self, file: str, env: Mapping[str, str], folder: str, quiet: bool) -> int:
        """Fork a kernel.

        Args:
            file: Its connection file.
            env: Its whole environment.
            folder: Its working folder.
            quiet: Whether its output goes nowhere.

        Returns:
            Its process id; it is a child of this process.

        Raises:
            CannotForkError: when an ordinary kernel must do.
        """
        if not system.can_fork():
            raise CannotForkError("This system cannot fork kernels.")
        if _at_start(env) != _at_start(os.environ):
            raise CannotForkError("A variable differs that only counts when Python starts.")
        order = {"parent": os.getpid(), "file": file, "env": dict(env), "folder": folder, "quiet": quiet}
        with self._lock:
            for _ in range(2):  # the second time with a new template, where the first one has died
                wire = self._ready()
                try:
                    wire.say(**order)
                    return _pid(wire.hear())
                except (OSError, EOFError, ValueError):
                    self._end()
        raise CannotForkError("Two templates died when asked for a kernel.")

    def asks(self, workspace: str, state: str, env: Mapping[str, str]) -> bool:
        """Let the first pages of a workspace be asked for the kernels forked later.

        Args:
            workspace: Its folder.
            state: What tells this state of it from others; a new one is asked anew.
            env: The environment of those kernels.

        Returns:
            Whether this state has been asked; False: it is being asked.

        Raises:
            CannotForkError: when there is no template.
        """
        if not system.can_fork():
            raise CannotForkError("This system cannot fork kernels.")
        with self._lock:
            try:
                wire = self._ready()
                wire.say(workspace=workspace, state=state, environ=dict(env))
                return bool(wire.hear().get("known"))
            except (OSError, EOFError, ValueError) as error:
                self._end()
                raise CannotForkError(f"The template has died: {error}") from None

    def close(self) -> None:
        """End the template; kernels made from it go on."""
        with self._lock:
            self._end()

    def _ready(self) -> Wire:
        """The wire to a template that runs and is made of today's code."""
        if self._owner != os.getpid():  # a copy of the process that made it: leave its template alone
            self._process, self._wire, self._owner = None, None, os.getpid()
        if self.pid is None or self._made_of != self._newest():
            self._end()
            if time.monotonic() - self._tired < _REST_SECONDS:
                raise CannotForkError(self._why)
            self._made_of = self._newest()
            try:
                self._wire = self._start()
            except (OSError, EOFError, ValueError) as error:
                self._end()
                self._tired, self._why = time.monotonic(), f"No template could be made: {error}"
                raise CannotForkError(self._why) from None
        assert self._wire is not None
        return self._wire

    def _start(self) -> Wire:
        system.adopt_descendants()
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "workbench.forks.template", str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(
                [*command, *self._modules],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env={**_SPARING, **_without_secrets(), **_ONE_THREAD},
            )
        wire = Wire(ours)
        ours.settimeout(_WARM_SECONDS)
        said = wire.hear()
        if not said.get("ready"):
            raise ValueError(said.get("error", "It did not say that it is ready."))
        ours.settimeout(_FORK_SECONDS)
        return wire

    def _end(self) -> None:
        if self._wire:
            self._wire.end.close()
        if self._process:
            with suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
        self._process = self._wire = None

    def _newest(self) -> tuple[int, int]:
        """Number of files of the package and the time of the newest; looked up once a second."""
        if time.monotonic() - self._looked >= _LOOK_SECONDS:
            self._code, self._looked = _code(self._package), time.monotonic()
        return self._code


def _without_secrets() -> dict[str, str]:
    """This process's environment without what its kernels must not know."""
    return {name: value for name, value in os.environ.items() if name not in settings.SECRET}


def _code(package: Path) -> tuple[int, int]:
    count = newest = 0
    for folder, folders, files in os.walk(package):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in files:
            with suppress(FileNotFoundError):
                newest = max(newest, os.stat(os.path.join(folder, name)).st_mtime_ns)
                count += 1
    return count, newest


def _pid(said: Mapping[str, object]) -> int:
    if "pid" not in said:
        raise CannotForkError(str(said.get("error", "The template gave no process id.")))
    return int(str(said["pid"]))


def _at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_AT_START)}
