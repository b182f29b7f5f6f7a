"""What Jupyter calls to start, watch and end a kernel: a forked one where possible, else an ordinary one."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from workbench.forks.client import CannotForkError, Template

LOG = logging.getLogger("workbench.forks")
NAME = "workbench-fork"
STANZA = {"kernel_provisioner": {"provisioner_name": NAME}}
"""Metadata of a kernel specification whose kernels are forked."""
_WARM = (
    *(
        "pandas",
        "pandas.core.methods.to_dict",
        "pyarrow.pandas_compat",
        "pyarrow.vendored.version",
        "deltalake",
        "duckdb",
        "scipy.special",
    ),
    *("ibis", "ibis.backends.duckdb", "ibis.formats.pyarrow", "ibis.expr.types.groupby", "pyarrow_hotfix"),
    *(
        "ipykernel.kernelapp",
        "ipykernel.ipkernel",
        "ipykernel.zmqshell",
        "tornado.platform.asyncio",
        "psutil",
    ),
    *(
        "IPython.core.oinspect",
        "IPython.core.completerlib",
        "IPython.extensions.storemagic",
        "tornado.queues",
    ),
    *("babel.dates", "babel.numbers", "encodings.idna", "pdb"),
    *(
        "workbench.data",
        "workbench.demo",
        "workbench.exports",
        "workbench.explained",
        "workbench.i18n.errors",
    ),
    *(
        "workbench.store.store",
        "workbench.store.delta",
        "workbench.store.duck",
        "workbench.store.writer",
        "workbench.store.kept",
        "workbench.privacy.acts",
        "workbench.sources",
        "workbench.saved",
        "workbench.metrics",
    ),
    *("workbench.metrics.*", "workbench.customers", "workbench.segments", "workbench.compare"),
    *("workbench.findings", "workbench.charts.*", "workbench.tables.*", "workbench.widgets.*"),
    *("workbench.forks.kernel:app_class", "workbench.forks.rehearsal:play"),
)
"""What pages and reports import; none of it may start a thread (the template checks that)."""
TEMPLATE = Template(_WARM)
_said: set[str] = set()


class AdoptedProcess:
    """A child of this process that another process forked for it, as `subprocess.Popen` shows its own.

    Args:
        pid: Its process id.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None: it runs."""
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else has taken its end note
                self.returncode = 0
            else:
                self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: when it still runs after `timeout` seconds.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if until and time.monotonic() > until:
                raise subprocess.TimeoutExpired(f"kernel {self.pid}", timeout or 0)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it now."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class ForkProvisioner(LocalProvisioner):  # type: ignore[misc]
    """Kernels forked from the template; ordinary ones where that is not possible."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel, whose connection file is written already."""
        try:
            pid = await asyncio.to_thread(self._fork, kwargs)
        except CannotForkError as error:
            _say_once(str(error))
            return await super().launch_kernel(cmd, **kwargs)
        self.process = AdoptedProcess(pid)
        self.pid = self.pgid = pid  # it leads a session of its own
        self.cwd = kwargs.get("cwd") or os.getcwd()
        return self.connection_info

    def _fork(self, kwargs: dict[str, Any]) -> int:
        environ = kwargs.get("env")
        return TEMPLATE.fork(
            file=self.parent.connection_file,
            env=os.environ if environ is None else environ,
            folder=str(kwargs.get("cwd") or os.getcwd()),
            quiet=kwargs.get("stdout") == subprocess.DEVNULL,
        )


def close() -> None:
    """End the template; kernels made from it go on."""
    TEMPLATE.close()


def asked(workspace: str, state: str, env: Mapping[str, str]) -> bool:
    """Whether the kernels forked from now on know the first pages of a workspace, or never will.

    Args:
        workspace: Its folder.
        state: What tells this state of it from others; a new one is asked anew, by a child of the template.
        env: The environment of those kernels.
    """
    try:
        return TEMPLATE.asks(workspace, state, env)
    except CannotForkError as error:
        _say_once(str(error))
        return True


def _say_once(why: str) -> None:
    if why not in _said:
        _said.add(why)
        LOG.warning("Ordinary kernels instead of forked ones: %s", why)


atexit.register(close)
KernelProvisionerFactory.provisioners[NAME] = EntryPoint(
    NAME, f"{__name__}:ForkProvisioner", KernelProvisionerFactory.GROUP_NAME
)
