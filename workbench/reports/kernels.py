"""Kernels of the running interpreter, reached through sockets in a private folder.

No kernelspec needs to be installed, and runs at the same time cannot take each other's TCP ports.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import Bool

from workbench import forks, settings
from workbench.forks import kin

KERNEL = "python3"
_SOCKET_ROOM = 60
"""Characters a socket's own name may need; paths over ~104 in all are refused by the system."""
_FRONT_END = (
    "JPY_SESSION_NAME",
    "QUERY_STRING",
    "SCRIPT_NAME",
    "SERVER_SOFTWARE",
    "JUPYTER_TOKEN",
    "WORKBENCH_LIVE",
    "WORKBENCH_LEAVE",
    "WORKBENCH_PAGES",
    "WORKBENCH_PUBLIC_URL",
)
"""Variables of a surrounding app or notebook that would make a report look like a live page."""


class OwnKernels(KernelSpecManager):  # type: ignore[misc]
    """The running interpreter under every kernel name a notebook may carry."""

    forked = Bool(True, config=True, help="Fork kernels from a warm process, where that is possible.")
    confined = Bool(False, config=True, help="Let kernels put up the walls that their environment asks for.")

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002
        """The one kernel there is, whatever name is asked for."""
        return _spec(self.forked, self.confined)

    def find_kernel_specs(self) -> dict[str, str]:
        """Its name and (empty) resource folder."""
        return {KERNEL: ""}

    def get_all_specs(self) -> dict[str, Any]:
        """Its full description, as Voila asks for it."""
        return {KERNEL: {"resource_dir": "", "spec": _spec(self.forked, self.confined).to_dict()}}


class PrivateKernel(AsyncKernelManager):  # type: ignore[misc]
    """A kernel whose sockets lie in `folder`, with an environment given whole, that leaves nothing behind."""

    def __init__(self, folder: Path, environ: Mapping[str, str], **kwargs: Any) -> None:
        transport = "tcp" if sys.platform == "win32" else "ipc"
        super().__init__(
            kernel_name=KERNEL,
            kernel_spec_manager=OwnKernels(),
            transport=transport,
            connection_file=str(folder / "kernel.json"),
            **kwargs,
        )
        if transport == "ipc":
            self.ip = str(folder / "k")
        self._environ = dict(environ)

    async def start_kernel(self, **kwargs: Any) -> None:
        """Start it with its own environment; what it writes past the notebook is nobody's to read."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        await super().start_kernel(**{**kwargs, **quiet, "env": dict(self._environ)})

    async def _async_kill_kernel(self, restart: bool = False) -> None:
        """End it with all below it, also what began a session of its own; `shutdown_kernel` calls this."""
        pid = getattr(self.provisioner, "pid", None)
        left = kin.below(pid) if pid and self.has_kernel else []
        await super()._async_kill_kernel(restart)
        kin.end(left)


def environment(**changes: str) -> dict[str, str]:
    """This process's environment without what a surrounding front end set, plus `changes`."""
    kept = {name: value for name, value in os.environ.items() if name not in {*_FRONT_END, *settings.SECRET}}
    return kept | {name: value for name, value in changes.items() if value}


@contextmanager
def socket_folder() -> Iterator[Path]:
    """A private temporary folder whose path is short enough for sockets; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="wb-", dir=short_root(), ignore_cleanup_errors=True) as name:
        yield Path(name)


def short_root() -> str | None:
    """Folder to put socket folders in: None (the system's own) unless its path is too long."""
    usual = tempfile.gettempdir()
    return "/tmp" if len(usual) > 104 - _SOCKET_ROOM and Path("/tmp").is_dir() else None  # noqa: S108


def _spec(forked: bool, confined: bool) -> KernelSpec:
    program = "workbench.forks.walls" if confined else "ipykernel_launcher"
    return KernelSpec(
        argv=[sys.executable, "-m", program, "-f", "{connection_file}"],
        display_name="Python 3 (workbench)",
        language="python",
        resource_dir="",
        metadata=forks.STANZA if forked else {},
    )
