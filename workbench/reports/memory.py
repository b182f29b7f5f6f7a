"""Memory of a process that makes report after report stays what it was."""

from __future__ import annotations

import ctypes
import gc
import itertools
from functools import cache
from typing import Any

EVERY = 10
"""Runs after which what they left is given back: often enough to stay flat, rare enough to cost nothing."""
_COUNT = itertools.count(1)


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
