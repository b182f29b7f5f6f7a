"""Real imports, two at once, one of them killed −9, with readers that poll: nothing torn, nothing lost."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest
from import_process import check

import workbench as wb
from workbench.store import history, pointer

READERS = 4
pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="watches processes through /proc")


class Moments:
    """Moments to kill at, spread over the whole of an import: early, in the middle of writing, just after.

    How long an import takes depends on what else the machine does, so the spread follows what happens:
    about one in five is let to its end.
    """

    def __init__(self, seed):
        self.pick, self.span = random.Random(seed), 0.5

    def wait(self, sign):
        """Sleep a random part of an import's time, from when it began."""
        deadline = time.monotonic() + 60
        while not sign.exists():
            assert time.monotonic() < deadline, "an importer does not begin"
            time.sleep(0.005)
        time.sleep(self.pick.random() * self.span)

    def learn(self, was_done):
        self.span *= 0.8 if was_done else 1.05


def unnamed(store):
    """Data files that no version has: what writers left that were killed in the middle of writing."""
    store.refresh()
    named = {
        file.name
        for number in history.numbers(store.path)
        for pinned in pointer.past(store.path, number).tables.values()
        for file in pinned.files
    }
    return {file.name for file in store.path.glob("*/*/*.parquet")} - named


def kill_some(store, processes, finished, rounds, seed):
    """Each round an importer is killed at a random moment while another one works on.

    Returns:
        How many imports the killed ones, and the other, had been told are done.
    """
    moments = Moments(seed)
    for _ in range(READERS):
        processes.start("reader")
    other = processes.start("steady 1000000")
    for number in range(rounds):
        name = f"victim{number % 10}"
        sign = store.path.parent / "begun" / name
        sign.unlink(missing_ok=True)
        before = processes.lines(name)
        victim = processes.start(f"{name} 1000000 {number * 10 + 1}")
        moments.wait(sign)
        os.kill(victim, signal.SIGKILL)
        finished(victim)
        moments.learn(processes.lines(name) > before)
        assert not processes.torn()
        done = processes.acknowledged()
        store.refresh()
        found = check(store)
        assert {name: found.get(name, 0) for name in done if found.get(name, 0) < done[name]} == {}
    deadline = time.monotonic() + 60
    while processes.lines("steady") < 3 and time.monotonic() < deadline:  # a busy machine takes its time
        time.sleep(0.05)
    os.kill(other, signal.SIGKILL)
    finished(other)
    done = {path.name: processes.lines(path.name) for path in (store.path.parent / "acks").iterdir()}
    steady = done.pop("steady", 0)
    print(
        f"{rounds} killed, {sum(done.values())} of their imports and {steady} others acknowledged, ", end=""
    )
    return sum(done.values()), steady


def settled(store, processes):
    """After all kills the workspace takes imports and upkeep as ever."""
    version = store.refresh()
    found = check(store)
    wb.data.vacuum(store, keep_days=0, keep_versions=1, grace_hours=0)
    assert check(store) == found
    named = {file.name for pinned in store._version.tables.values() for file in pinned.files}
    assert {file.name for file in store.path.glob("*/*/*.parquet")} == named
    assert store.refresh() == version
    assert not processes.torn()
    assert processes.polls() >= READERS


def test_killed_imports_lose_nothing_and_tear_nothing(store, processes, finished):
    _, steady = kill_some(store, processes, finished, rounds=20, seed=3)
    assert steady >= 3
    processes.close()
    settled(store, processes)


@pytest.mark.soak
def test_a_thousand_killed_imports(store, processes, finished):
    done, steady = kill_some(store, processes, finished, rounds=1000, seed=5)
    processes.close()
    cut = len(unnamed(store))
    print(f"{cut} data files cut off, {processes.polls()} polls by {READERS} readers")
    assert done >= 50
    assert steady >= 50
    assert cut >= 50  # many died in the middle of writing, not before or after it
    settled(store, processes)


def test_two_importers_of_one_account_take_turns(store, processes, finished):
    """Both restate the same slice at once: one of them is whole at any time, the last one at the end."""
    for _ in range(READERS):
        processes.start("reader")
    both = [processes.start(f"{name} 4") for name in ("left", "right")]
    for one in both:
        finished(one)
    processes.close()
    store.refresh()
    assert not processes.torn()
    assert check(store) == {"left": 4, "right": 4}
    assert sorted(store.versions()["version"]) == list(range(1, 9))


def test_two_importers_into_one_slice_lose_nothing(store, tmp_path):
    """Without the lock both plans would rest on the same version, and both imports would stay active."""
    from concurrent.futures import ThreadPoolExecutor

    from import_process import report

    def bring(number):
        file = tmp_path / f"{number}.csv"
        file.write_text(report("acct", number), encoding="utf-8")
        return wb.data.load(wb.data.open(store.path), file)

    with ThreadPoolExecutor(4) as pool:
        reviews = list(pool.map(bring, range(1, 7)))
    store.refresh()
    assert sorted(review.version for review in reviews) == list(range(1, 7))
    last = max(reviews, key=lambda review: review.version)
    active = store.query("SELECT import_id FROM imports WHERE active")["import_id"].to_pylist()
    assert active == [last.import_id]
    rows = store.query("SELECT count(*) AS n, count(DISTINCT import_id) AS ids FROM performance").to_pylist()
    assert rows == [{"n": 6, "ids": 1}]


def test_the_same_file_twice_at_once_is_one_import(store, load, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    from import_process import report

    file = tmp_path / "one.csv"
    file.write_text(report("acct", 7), encoding="utf-8")
    with ThreadPoolExecutor(4) as pool:
        reviews = list(pool.map(lambda _: wb.data.load(wb.data.open(store.path), file), range(4)))
    assert sorted(review.unchanged for review in reviews) == [False, True, True, True]
    assert store.refresh() == 1
