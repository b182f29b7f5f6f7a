"""What a visitor's kernel may reach of this machine: its own folder, the workspace, what it is made of."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbench import published, saved, settings
from workbench.errors import SettingsError, WorkbenchError
from workbench.forks import walls
from workbench.forks.walls import Walls
from workbench.reports import notebooks
from workbench.settings import Settings
from workbench.store import workspace as places

_PACKAGE = Path(__file__).parents[1]
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/nix/store", "/gnu/store")
_SETTINGS = (
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/timezone"),
    *("/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/locale.alias", "/etc/mime.types"),
    *("/etc/os-release", "/etc/fonts", "/var/cache/fontconfig"),
    *("~/.fonts", "~/.fonts.conf", "~/.config/fontconfig", "~/.local/share/fonts"),
)
_MACHINE = (
    *("/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/proc/uptime", "/proc/version", "/proc/filesystems"),
    *("/proc/sys/vm", "/proc/sys/kernel", "/sys/devices/system", "/sys/fs/cgroup", "/sys/kernel/mm"),
)
_ITSELF = tuple(
    f"/proc/self/{name}"
    for name in (
        *("status", "stat", "statm", "maps", "smaps", "smaps_rollup", "cgroup", "mountinfo", "limits"),
        *("io", "cmdline", "comm", "oom_score_adj"),
    )
)
"""Of a process itself. Not its list of sockets, which names everybody's, nor its memory."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full")
_CHANCE = ("/dev/random", "/dev/urandom")
_CLOSED = (
    "tables",
    "rollups",
    "quarantine",
    "imports",
    "mappings",
    "metrics",
    "notebooks",
    "versions",
    "vault",
)
"""Folders of a workspace that no page changes where it may not import."""
LEVELS = settings.ROLES
"""Whose walls a kernel has: a viewer's, a planner's or a steward's."""


def level(role: str, limited: bool) -> str:
    """Whose walls a login gets: its role's; who sees some advertisers alone imports nothing.

    Args:
        role: One of `settings.ROLES`.
        limited: Whether it opens the data of some advertisers only.
    """
    return "planner" if limited and role == "steward" else role


@dataclass(frozen=True)
class Confinement:
    """Walls for the kernels of one server.

    Args:
        workspace: Folder of the workspace.
        rules: Its settings.
        public_url: Address for others; empty: the server is for this machine alone.
    """

    workspace: Path
    rules: Settings
    public_url: str = ""

    @property
    def why_not(self) -> str:
        """Why kernels are not confined; empty: they are."""
        if self.rules.confine == "off":
            return "the setting confine is 'off'"
        if self.rules.engine != "duckdb":
            return "Spark needs connections and folders of its own"
        return "" if walls.level() else "this system has no Landlock (Linux 5.19 or newer)"

    @property
    def imports(self) -> bool:
        """Whether a steward's page may import, so that its kernel writes tables."""
        return self.rules.uploads == "on" or (self.rules.uploads == "auto" and not self.public_url)

    def check(self) -> None:
        """Refuse to serve without walls where they are asked for.

        Raises:
            SettingsError: saying what is in the way.
        """
        if self.rules.confine == "on" and self.why_not:
            raise SettingsError(
                f"Kernels cannot be confined here: {self.why_not}.",
                "Set confine to 'auto' to serve all the same.",
                "confine",
            )

    def prepare(self) -> None:
        """Make what kernels reach but may not make: folders of saved things and reports, and the lock."""
        with suppress(OSError, WorkbenchError):  # a workspace that can only be read: nothing is written there
            from workbench.privacy import ring

            ring.workspace_id(self.workspace)
            for folder in self._shelves():
                folder.mkdir(parents=True, exist_ok=True)
            (self.workspace / places.SAVED_LOCK).touch()
        for folder in (published.folder(self.workspace), *self._of_home("steward")):
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def usual(self) -> str:
        """Whose walls the first kernel has that is made before anybody comes."""
        return "viewer" if self.public_url else "steward"

    def environment(self, folder: Path, whose: str = "steward") -> dict[str, str]:
        """Variables of a new kernel: its own places, and its walls where it has any.

        Args:
            folder: The kernel's own folder.
            whose: One of `LEVELS`.
        """
        own = {"TMPDIR": str(folder), "IPYTHONDIR": str(folder / "ipython"), "MPLCONFIGDIR": str(folder)}
        own |= {"XDG_CACHE_HOME": str(folder), "JUPYTER_RUNTIME_DIR": str(folder)}
        return own if self.why_not else own | {walls.VARIABLE: self.walls(folder, whose).order()}

    def walls(self, folder: Path, whose: str = "steward") -> Walls:
        """The walls of a kernel with a folder of its own, as narrow as what its visitor may do.

        Args:
            folder: The kernel's own folder.
            whose: One of `LEVELS`: a viewer's kernel changes nothing, a planner's what is saved in pages, a
                steward's may open what is personal, and import where that is allowed.
        """
        keys = self._keys() if whose == "steward" else ()
        return Walls(
            run=walls.existing((*_programs(), *_SYSTEM)),
            read=walls.existing((*_read(), self.workspace, *self._reports(), *keys)),
            write=walls.existing((folder, *_DEVICES, *self._written(whose))),
        )

    def _reports(self) -> Iterable[Path]:
        return published.folder(self.workspace), notebooks.packaged_folder(), settings.home() / "erased"

    def _keys(self) -> Iterable[Path]:
        """The key of this workspace, by which pages find customers; of no other one."""
        from workbench.privacy import ring

        if os.environ.get(ring.VARIABLE) or (self.workspace / ring.IDENTITY).is_file():
            with suppress(WorkbenchError, OSError):
                return (ring.key_file(self.workspace),)
        return ()

    def _written(self, whose: str) -> Iterable[Path]:
        if whose == "viewer":
            return ()
        if home := self._of_home(whose):
            return (self.workspace, *home)
        return (*self._shelves(), self.workspace / places.SAVED_LOCK)

    def _shelves(self) -> Iterable[Path]:
        """Folders of what is saved in pages."""
        kinds = {kind.folder.partition("/")[0] for kind in saved.KINDS.values()}
        return [self.workspace / name for name in sorted({*kinds, "trash"} - {*_CLOSED})]

    def _of_home(self, whose: str) -> tuple[Path, ...]:
        """Where an import writes outside the workspace."""
        kept = settings.home()
        return (kept / "keys", kept / "erased") if whose == "steward" and self.imports else ()


def _programs() -> Iterable[Path | str]:
    """The interpreter, its libraries and this package; of the project that it lies in, nothing else."""
    yield from (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, _PACKAGE)
    yield from (path for path in sys.path if path and Path(path) not in (_PACKAGE.parent, Path.cwd()))


def _read() -> Iterable[str]:
    yield from (os.path.expanduser(path) for path in (*_SETTINGS, *_MACHINE, *_CHANCE, *_ITSELF))
