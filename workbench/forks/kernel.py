"""The child of a fork becomes a Jupyter kernel."""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
from typing import Any

from workbench.forks import system

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
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance(parent_handle=order["parent"])
    app.initialize(["-f", order["file"], "--HistoryManager.enabled=False"])  # no page has a history to recall
    for module, register in _COMMS.items():
        if module in sys.modules:
            getattr(sys.modules[module], register)()
    app.start()
