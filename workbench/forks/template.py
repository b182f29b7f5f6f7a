"""The warm process that kernels are forked from: `python -P -m workbench.forks.template SOCKET MODULE…`.

It says `ready`, then answers each order with the process id of a new kernel. It ends when the socket closes.
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
import select
import signal
import socket
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from workbench.forks import kernel, system
from workbench.forks.pages import Asked
from workbench.forks.wire import Wire


def main(arguments: Sequence[str]) -> None:
    """Warm up, then fork on order.

    Args:
        arguments: Number of the open socket, then the modules to import, some with a function to call.
    """
    wire = Wire(socket.socket(fileno=int(arguments[0])))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _warm(arguments[1:])
    except Exception as error:
        wire.say(error=f"{type(error).__name__}: {error}")
        raise SystemExit(1) from error
    with suppress(BrokenPipeError):  # the server ended meanwhile: nobody is left to serve
        wire.say(ready=True)
        _serve(wire)


def _serve(wire: Wire) -> None:
    """Do what is ordered until the server is gone."""
    asked = Asked()
    while order := _next(wire, asked):
        if "workspace" in order:
            asked.begin(**order)
            wire.say(known=asked.knows(order["state"]))
        else:
            wire.say(**_fork(order, wire, asked))


def _warm(modules: Sequence[str]) -> None:
    """Import, call what is named as `module:function`, then keep the garbage collector off what is shared.

    Raises:
        ImportError: for a module that cannot be imported.
        RuntimeError: when a module started a thread that a fork would lose.
    """
    gc.disable()
    _without_debugger()
    for name in modules:
        module, _, function = name.partition(":")
        for each in _meant(module):
            importlib.import_module(each)
        if function:
            getattr(sys.modules[module], function)()
    if lost := system.foreign_threads():
        raise RuntimeError(f"A module has started threads: {', '.join(lost)}.")
    gc.collect()
    gc.freeze()


def _without_debugger() -> None:
    """Let ipykernel find no debugger: nobody steps through a page, and it costs each kernel 15 MB."""
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    importlib.import_module("ipykernel.debugger")
    del sys.modules["debugpy"]


def _meant(name: str) -> Iterator[str]:
    """The module itself; for `package.*` the package and each module in it."""
    package, star, _ = name.partition(".*")
    yield package
    if star:
        path = importlib.import_module(package).__path__
        yield from (found.name for found in pkgutil.walk_packages(path, f"{package}."))


def _next(wire: Wire, asked: Asked) -> dict[str, Any]:
    """The next order; what a child of ours says is taken in until it comes."""
    while (pipe := asked.pipe) is not None and pipe in _ready(wire.end, pipe):
        asked.hear()
    try:
        return wire.hear()
    except (EOFError, OSError):
        return {}


def _ready(*ends: Any) -> list[Any]:
    """The ends at which something has come; waits for the first."""
    return select.select(ends, [], [])[0]


def _fork(order: dict[str, Any], wire: Wire, asked: Asked) -> dict[str, Any]:
    """Make a kernel whose parent is the server: by a middle process that ends at once."""
    read, write = os.pipe()
    try:
        middle = os.fork()
    except OSError as error:
        os.close(read)
        os.close(write)
        return {"error": str(error)}
    if middle == 0:
        os.close(read)
        asked.let_go()
        _middle(order, wire, write)
    os.close(write)
    with os.fdopen(read) as answer:
        pid = answer.read()
    os.waitpid(middle, 0)
    return {"pid": int(pid)} if pid else {"error": "The system refused a second fork."}


def _middle(order: dict[str, Any], wire: Wire, write: int) -> None:
    """Fork the kernel, say its process id, end; never returns."""
    status = 1
    try:
        wire.end.close()
        if pid := os.fork():
            os.write(write, str(pid).encode())
            status = 0
        else:
            os.close(write)
            os.setsid()
            kernel.become(order)
            status = 0
    except Exception:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1:])
