"""Memory of a process that makes report after report stays what it was."""

from __future__ import annotations

import ctypes
import gc
import itertools
from functools import cache
from typing import Any

EVERY = 10
"""Runs after which what they left is given back: often enough to stay flat, rare enough to cost nothing."""
HEAPS = 2
"""Heaps of the C library: threads of a batch took one each, up to eight a core, and none gave back."""
_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h
_COUNT = itertools.count(1)


@cache
def share_heaps() -> bool:
    """Let all threads of this process share a few heaps, so that what one run leaves free the next one takes.

    Before any run: heaps that are there already stay.

    Returns:
        Whether the C library knows how.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(_ARENA_MAX, HEAPS))
    except (OSError, AttributeError, TypeError):
        return False


def tidy() -> bool:
    """After every tenth run, give back what the last ones left.

    Notebooks, clients and pages refer to each other in circles. Beside the hundreds of thousands of objects
    of the libraries they are too few for Python to look for them by itself, and the C library keeps
    the pages that they took apart.

    Returns:
        Whether it was this run's turn.
    """
    if next(_COUNT) % EVERY:
        return False
    gc.collect()
    if trim := _trim():
        trim(0)
    return True


@cache
def _trim() -> Any:
    """The C library's `malloc_trim`; None where it has none."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None
