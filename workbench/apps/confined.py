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
_LOG = "audit"


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
        """Make what kernels reach but may not make: folders of saved things and reports, lock, log."""
        with suppress(OSError, WorkbenchError):  # a workspace that can only be read: nothing is written there
            from workbench.privacy import ring

            ring.workspace_id(self.workspace)
            for folder in self._shelves():
                folder.mkdir(parents=True, exist_ok=True)
            (self.workspace / places.SAVED_LOCK).touch()
        for folder in (published.folder(self.workspace), *self._of_home()):
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def environment(self, folder: Path) -> dict[str, str]:
        """Variables of a new kernel: its own places, and its walls where it has any.

        Args:
            folder: The kernel's own folder.
        """
        own = {"TMPDIR": str(folder), "IPYTHONDIR": str(folder / "ipython"), "MPLCONFIGDIR": str(folder)}
        own |= {"XDG_CACHE_HOME": str(folder), "JUPYTER_RUNTIME_DIR": str(folder)}
        return own if self.why_not else own | {walls.VARIABLE: self.walls(folder).order()}

    def walls(self, folder: Path) -> Walls:
        """The walls of a kernel with a folder of its own."""
        return Walls(
            run=walls.existing((*_programs(), *_SYSTEM)),
            read=walls.existing((*_read(), self.workspace, *self._reports(), *self._keys())),
            write=walls.existing((folder, *_DEVICES, *self._written())),
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

    def _written(self) -> Iterable[Path]:
        if self.imports:
            return (self.workspace, *self._of_home())
        return (*self._shelves(), self.workspace / places.SAVED_LOCK, *self._of_home())

    def _shelves(self) -> Iterable[Path]:
        """Folders of what is saved in pages."""
        kinds = {kind.folder.partition("/")[0] for kind in saved.KINDS.values()}
        return [self.workspace / name for name in sorted({*kinds, "trash", _LOG} - {*_CLOSED})]

    def _of_home(self) -> Iterable[Path]:
        kept = settings.home()
        return (kept / _LOG, *((kept / "keys", kept / "erased") if self.imports else ()))


def _programs() -> Iterable[Path | str]:
    """The interpreter, its libraries and this package; of the project that it lies in, nothing else."""
    yield from (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, _PACKAGE)
    yield from (path for path in sys.path if path and Path(path) not in (_PACKAGE.parent, Path.cwd()))


def _read() -> Iterable[str]:
    yield from (os.path.expanduser(path) for path in (*_SETTINGS, *_MACHINE, *_CHANCE, *_ITSELF))
