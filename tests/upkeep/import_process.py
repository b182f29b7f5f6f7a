"""Importers to be killed: a warm process that forks one child a line of its input.

`<name> <count> [<first>]` forks an importer that writes and imports so many reports, each restating the days
of the one before; it notes the one that it begins in `begun/<name>` and each one that was acknowledged in
`acks/<name>`; the child's process id is printed.
`reader` forks a process that polls the workspace until it is told to stop by the file `stop`, and writes
what was torn to `torn`. Run as `python import_process.py <workspace>`.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path

import deltalake  # noqa: F401  imported before the fork, so that a child starts writing at once
import duckdb  # noqa: F401
import filelock  # noqa: F401
import pyarrow.parquet  # noqa: F401

from workbench import data
from workbench.sources import engine  # noqa: F401
from workbench.store import writer  # noqa: F401

HEAD = "Day,Customer ID,Campaign,Campaign ID,Currency code,Impr.,Clicks,Cost,Conversions,Conv. value\n"
DAYS = 6
"""Days of a report."""


def report(account: str, clicks: int) -> str:
    """A Google Ads report; each of its rows has the same clicks."""
    rows = (
        f"2026-01-{day:02},{account},Brand,1,USD,100000,{clicks},{clicks}.00,1,5.00\n"
        for day in range(1, DAYS + 1)
    )
    return HEAD + "".join(rows)


def write(folder: Path, name: str, count: int, first: int = 1) -> None:
    """Restate one account's report again and again, each time with one click a day more."""
    store = data.open(folder)
    file = folder.parent / "exports" / f"{name}.csv"
    file.parent.mkdir(exist_ok=True)
    with (folder.parent / "acks" / name).open("a") as acks:
        for number in range(first, first + count):
            file.write_text(report(name, number), encoding="utf-8")
            (folder.parent / "begun" / name).write_text(str(number))
            review = data.load(store, file)
            assert review.version, review
            acks.write(f"{number} {review.version}\n")
            acks.flush()


def check(store: data.Store) -> dict[str, int]:
    """Clicks a day of each account, once facts, roll-up and ledger are seen to agree."""
    if not store.version:
        return {}
    told = [
        store.query(f"SELECT account, local_date, sum(clicks) AS n FROM {table} GROUP BY 1, 2 ORDER BY 1, 2")
        for table in ("performance", "performance_hourly")
    ]
    assert told[0].equals(told[1]), "facts and roll-up differ"
    found: dict[str, set[int]] = {}
    for row in told[0].to_pylist():
        found.setdefault(row["account"], set()).add(row["n"])
    assert all(len(values) == 1 for values in found.values()), f"a torn report: {found}"
    assert len(told[0]) == DAYS * len(found), "days are missing"
    entries = store.query("SELECT file, count(*) AS n FROM imports WHERE active GROUP BY 1").to_pylist()
    assert {row["file"]: row["n"] for row in entries} == dict.fromkeys((f"{name}.csv" for name in found), 1)
    return {name: values.pop() for name, values in found.items()}


def read(folder: Path) -> None:
    """Poll until told to stop; what was known is never taken back."""
    store, known = data.open(folder), {}
    while not (folder.parent / "stop").exists():
        store.refresh()
        found = check(store)
        lost = {name: value for name, value in known.items() if found.get(name, 0) < value}
        assert not lost, f"acknowledged and gone: {lost}"
        known = found
        with (folder.parent / "polls").open("a") as polls:
            polls.write(".")
        time.sleep(0.2)


def child(folder: Path, words: list[str]) -> None:
    try:
        if words == ["reader"]:
            read(folder)
        else:
            write(folder, words[0], *map(int, words[1:]))
    except BaseException:  # noqa: BLE001  whatever it is, the test has to see it
        (folder.parent / f"torn-{os.getpid()}").write_text(traceback.format_exc())
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    for line in sys.stdin:
        if not (number := os.fork()):
            child(Path(sys.argv[1]), line.split())
        print(number, flush=True)
