"""Several writing processes, some of them killed: nothing acknowledged is lost, nothing is ever torn."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import filelock
import pyarrow as pa
import pytest
from store_helpers import month

from workbench.data import Change, open
from workbench.errors import StoreError
from workbench.store import delta, writer
from workbench.store import workspace as workspaces

COST = 5_000_000
ROUNDS = 15


class Writers:
    """A warm process that forks writers; see writer_process.py."""

    def __init__(self, folder):
        self.acks = folder.parent / "acks"
        self.acks.mkdir()
        script = Path(__file__).with_name("writer_process.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, name, commits):
        self.process.stdin.write(f"{name} {commits}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def acknowledged(self):
        return {line.split()[0] for file in self.acks.iterdir() for line in file.read_text().splitlines()}

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)


@pytest.fixture
def writers(workspace):
    open(workspace)
    writers = Writers(workspace)
    yield writers
    writers.close()


def running(process):
    """Whether a child of the warm process still works (a dead one is a zombie until its parent ends)."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def finished(process, seconds=60):
    deadline = time.monotonic() + seconds
    while running(process):
        assert time.monotonic() < deadline, "the writer hangs"
        time.sleep(0.02)


def consistent(store):
    """The imports of a version, after checking that facts, roll-up and ledger tell the same."""
    if not store.version:
        return set()
    facts, rolled = (
        store.query(f"SELECT account, sum(cost_micros) AS cost FROM {name} GROUP BY 1 ORDER BY 1").to_pylist()
        for name in ("performance", "performance_hourly")
    )
    imports = store.query("SELECT import_id, rows_in FROM imports ORDER BY 1").to_pylist()
    assert facts == rolled == [{"account": row["import_id"], "cost": COST} for row in imports]
    assert len(imports) == store.version
    for name, pinned in store._version.tables.items():  # other Delta readers see the same
        told = delta.read(workspaces.table_folder(store.path, name), pinned.version)
        assert sorted(told.files, key=str) == sorted(pinned.files, key=str)
    return {row["import_id"] for row in imports}


linux = pytest.mark.skipif(not Path("/proc").is_dir(), reason="watches processes through /proc")


@linux
def test_killed_writers_lose_nothing_and_leave_nothing(workspace, writers):
    """Each round two writers write at once; one is killed −9 at a random moment, the other ends."""
    pick = random.Random(11)
    reader = open(workspace)
    for number in range(ROUNDS):
        victim = writers.start(f"victim{number}", 100)
        other = writers.start(f"other{number}", 1)
        time.sleep(pick.uniform(0.02, 0.6))
        reader.refresh()
        consistent(reader)
        os.kill(victim, signal.SIGKILL)
        finished(victim)
        finished(other)
        store = open(workspace)
        found = consistent(store)
        assert writers.acknowledged() <= found
        assert f"other{number}-0" in found
        unacknowledged = found - writers.acknowledged()  # the last one may have been current before its note
        assert all(name.startswith("victim") for name in unacknowledged)
        assert len(unacknowledged) <= number + 1
    assert open(workspace).commit([]) == store.version


@linux
def test_two_writers_at_once_lose_nothing(workspace, writers):
    both = [writers.start(name, 6) for name in ("left", "right")]
    while any(map(running, both)):
        consistent(open(workspace))
    assert consistent(open(workspace)) == {f"{name}-{i}" for name in ("left", "right") for i in range(6)}
    versions = [
        int(line.split()[1]) for file in writers.acks.iterdir() for line in file.read_text().splitlines()
    ]
    assert sorted(versions) == list(range(1, 13))


def test_threads_of_one_store_may_write(workspace):
    store = open(workspace)
    threads = [threading.Thread(target=store.commit, args=([month(f"a{i}")],)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.version == 4
    assert store.query("SELECT count(DISTINCT account) AS n FROM performance_hourly")["n"].to_pylist() == [4]


def test_what_is_read_while_writing_stays_true_until_the_commit(workspace):
    """Counting up by reading the last number: without the lock two writers would give one number twice."""
    open(workspace).commit([Change("counter", pa.table({"n": [0]}))])

    def count_up(store):
        for _ in range(3):
            with store.writing():
                last = store.query("SELECT max(n) AS n FROM counter")["n"][0].as_py()
                store.commit([Change("counter", pa.table({"n": [last + 1]}))])

    shared = open(workspace)
    stores = [shared, shared, open(workspace), open(workspace)]
    threads = [threading.Thread(target=count_up, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = open(workspace).query("SELECT n FROM counter ORDER BY n")["n"].to_pylist()
    assert numbers == list(range(13))


def test_a_reader_keeps_its_files_while_another_writes(workspace):
    store, reader = open(workspace), open(workspace)
    store.commit([month()])
    reader.refresh()
    first = reader.query("SELECT * FROM performance_hourly ORDER BY ALL")
    for cost in range(1, 4):
        store.commit([month(cost_micros=cost)])
    assert reader.query("SELECT * FROM performance_hourly ORDER BY ALL").equals(first)


def test_waiting_for_another_writer_ends_in_a_sentence(workspace):
    store = open(workspace)
    with filelock.FileLock(workspace / workspaces.LOCK):
        failures = []

        def attempt():
            with pytest.raises(StoreError, match="Another program has been writing") as caught:
                writer.commit(workspace, [month()], None, workspaces.write_lock(workspace), wait=0.2)
            failures.append(caught.value)

        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        assert len(failures) == 1
    assert store.refresh() == 0
    assert store.commit([month()]) == 1
