"""A connected DuckDB that a warm process keeps ready for the kernels forked from it.

Connecting fills a catalogue of 15 MB that is the same for everybody: made before the fork, kernels share it.
DuckDB's threads would not survive a fork, so this one has none; a kernel that takes it starts its own. Stores
only read through it: what it draws by chance, such as names of new files, would be the same in each kernel.
"""

from __future__ import annotations

from typing import Any

_kept: list[Any] = []


def prepare() -> Any:
    """Connect one, without threads; for a process that only forks.

    Returns:
        Its Ibis backend.
    """
    import ibis

    _kept[:] = [ibis.duckdb.connect(threads=1, async_threads=0)]
    return _kept[0]


def take() -> Any:
    """The Ibis backend that was kept, with as many threads as usual; None: there is none, or it was taken."""
    if not _kept:
        return None
    backend = _kept.pop()
    backend.con.execute("RESET threads")
    return backend
