"""Writers to be killed: a warm process that forks one child a line of its input.

`<name> <commits>` forks a writer that makes so many commits and notes each one that was acknowledged
in `acks/<name>`; the child's process id is printed. Run as `python writer_process.py <workspace>`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import deltalake  # noqa: F401  imported before the fork, so that a child starts writing at once
import duckdb  # noqa: F401
import filelock  # noqa: F401
import pyarrow as pa
import pyarrow.compute
from store_helpers import month

from workbench.data import open
from workbench.store import writer  # noqa: F401

COST = 5_000_000
"""Cost of one commit."""


def write(folder: Path, name: str, commits: int) -> None:
    store = open(folder)
    with (folder.parent / "acks" / name).open("a") as acks:
        for number in range(commits):
            entry = pa.table({"import_id": [f"{name}-{number}"], "rows_in": [5]})
            version = store.commit([month(f"{name}-{number}")], entry)
            acks.write(f"{name}-{number} {version}\n")
            acks.flush()


if __name__ == "__main__":
    for line in sys.stdin:
        name, commits = line.split()
        if not (child := os.fork()):
            write(Path(sys.argv[1]), name, int(commits))
            os._exit(0)
        print(child, flush=True)
