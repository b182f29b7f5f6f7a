"""What a notebook may print and show, held where it does: a kernel makes more than anybody reads."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

_REST = 0.05
"""Seconds that each print or display waits once there was too much, until the kernel is ended."""
_SHOWN = ("display_data", "update_display_data", "execute_result", "comm_open", "comm_msg")
"""Messages of a kernel that show something; a widget is one that speaks through a comm."""
_MARK = "workbench/too-much"
"""In the metadata of the message that stands for all that is no longer shown."""


@dataclass
class Allowance:
    """Characters that may still be printed, whatever the stream; under 0 once too many were."""

    left: int

    def of(self, text: str) -> str:
        """The part of a text that still goes out: one character too many tells whoever counts."""
        kept = text[: max(0, self.left + 1)]
        self.left -= len(text)
        return kept


def limit(printed: int, shown: int) -> None:
    """Let the cells of this kernel put out so much, and nothing after that but one message that says so.

    Without it the kernel joins all that is printed between two flushes into one message: on a busy machine
    hundreds of megabytes, which take a minute to send and gigabytes to hold. What is shown is kept by
    whoever reads it until the notebook ends.

    Args:
        printed: Characters of all cells together, for standard output and error; one more goes out.
        shown: Characters and bytes of all displays and widgets together.
    """
    from ipykernel.zmqshell import ZMQInteractiveShell

    allowance = Allowance(printed)
    # IPython puts a `write` of its own in place for each cell and takes it away after it
    shell = ZMQInteractiveShell.instance()
    shell.events.register("pre_run_cell", lambda _cell: hold(allowance))
    hold_shown(shell.display_pub, shown)


def hold_shown(display: Any, most: int) -> None:
    """Let a kernel's session send so much of what is shown, then a mark, then nothing.

    Args:
        display: The kernel's display publisher: its `session`, and the cell at work as `parent_header`.
        most: Characters and bytes.
    """
    session, left, send = display.session, most, display.session.send

    def limited(socket: Any, kind: Any, content: Any = None, *rest: Any, **more: Any) -> Any:
        nonlocal left
        name = kind["header"]["msg_type"] if isinstance(kind, Mapping) else kind
        if name not in _SHOWN:
            return send(socket, kind, content, *rest, **more)
        said, before = kind["content"] if isinstance(kind, Mapping) else content, left
        left -= _size(said) + _size(more.get("buffers") or ())
        if left >= 0:
            return send(socket, kind, content, *rest, **more)
        if before >= 0:
            mark = {"data": {}, "metadata": {_MARK: True}, "transient": {}}
            send(socket, "display_data", mark, parent=display.parent_header)
        time.sleep(_REST)
        return None

    session.send = limited


def says_too_much(content: Mapping[str, Any]) -> bool:
    """Whether a message is the mark of a kernel that shows no more."""
    return _MARK in (content.get("metadata") or ())


def _size(content: Any) -> int:
    """Characters and bytes of a message, however deep they are."""
    if isinstance(content, str | bytes | bytearray):
        return len(content)
    if isinstance(content, memoryview):
        return content.nbytes
    inside = content.values() if isinstance(content, Mapping) else content
    return sum(map(_size, inside)) if isinstance(inside, Iterable) else 8


def hold(allowance: Allowance) -> None:
    """Let standard output and error take no more than the allowance."""
    for stream in (sys.stdout, sys.stderr):
        stream.write = _limited(stream, allowance)  # type: ignore[method-assign]


def _limited(stream: TextIO, allowance: Allowance) -> Callable[[Any], int]:
    write = stream.write

    def limited(text: Any) -> int:
        if not isinstance(text, str):
            return write(text)  # its own complaint
        if kept := allowance.of(text):
            write(kept)
        if allowance.left < 0:
            time.sleep(_REST)
        return len(text)

    return limited
