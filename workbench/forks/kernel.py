"""The child of a fork becomes a Jupyter kernel."""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
from functools import cache
from types import SimpleNamespace
from typing import Any

from workbench.forks import system, walls

_COMMS = {"ipywidgets": "register_comm_target"}
"""Libraries that look for a kernel when they are imported → what does it for a kernel that comes later."""


def become(order: dict[str, Any]) -> None:
    """Run as the kernel that was ordered, until it is told to end.

    Args:
        order: `parent` (process id), `file` (connection file), `env`, `folder`, `quiet` (no output).
    """
    system.end_with(order["parent"])
    _own_signals()
    _own_place(order)
    walls.enter()
    _own_luck()
    gc.enable()
    _serve(order)


def _own_signals() -> None:
    """The defaults, as in a program that has just been started."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _own_place(order: dict[str, Any]) -> None:
    """Environment, folder, and where output goes."""
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["folder"])
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2) if order["quiet"] else (0,):
        os.dup2(nothing, number)
    os.close(nothing)
    sys.argv = ["ipykernel_launcher", "-f", order["file"]]


def _own_luck() -> None:
    """Random numbers that no other child of the same template draws."""
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()


def _serve(order: dict[str, Any]) -> None:
    app = app_class().instance(parent_handle=order["parent"], connection_file=order["file"])
    app.initialize([])
    for module, register in _COMMS.items():
        if module in sys.modules:
            getattr(sys.modules[module], register)()
    app.start()


@cache
def app_class() -> Any:
    """Jupyter's kernel, without two walks at its start that would touch all that is shared, 15 MB of it."""
    from ipykernel import ipkernel
    from ipykernel.kernelapp import IPKernelApp
    from traitlets import Type
    from traitlets.config import Config

    room: Any = ipkernel

    class Kernel(ipkernel.IPythonKernel):
        """Lists no files of modules: they are for a debugger, which pages have not."""

        def __init__(self, **kwargs: Any) -> None:
            whole, room.sys = room.sys, SimpleNamespace(modules={})
            try:
                super().__init__(**kwargs)  # type: ignore[no-untyped-call]
            finally:
                room.sys = whole

    class App(IPKernelApp):
        """Is told its few settings instead of reading a command line with every option there is."""

        kernel_class = Type(Kernel, klass="ipykernel.kernelbase.Kernel")

        def parse_command_line(self, argv: list[str] | None = None) -> None:  # noqa: ARG002
            """No page has a history to recall."""
            self.update_config(Config({"HistoryManager": {"enabled": False}}))

    return App
