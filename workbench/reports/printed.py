"""What a notebook may print, held where it prints: a kernel gathers text faster than anybody reads it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

_REST = 0.05
"""Seconds that each print waits once too much was printed, until the kernel is ended."""


@dataclass
class Allowance:
    """Characters that may still be printed, whatever the stream; under 0 once too many were."""

    left: int

    def of(self, text: str) -> str:
        """The part of a text that still goes out: one character too many tells whoever counts."""
        kept = text[: max(0, self.left + 1)]
        self.left -= len(text)
        return kept


def limit(most: int) -> None:
    """Let the cells of this kernel print so many characters and one, and nothing after that.

    Without it the kernel joins all that is printed between two flushes into one message: on a busy machine
    hundreds of megabytes, which take a minute to send and gigabytes to hold.

    Args:
        most: Characters of all cells together, for standard output and error.
    """
    from ipykernel.zmqshell import ZMQInteractiveShell

    allowance = Allowance(most)
    # IPython puts a `write` of its own in place for each cell and takes it away after it
    shell = ZMQInteractiveShell.instance()
    shell.events.register("pre_run_cell", lambda _cell: hold(allowance))


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
