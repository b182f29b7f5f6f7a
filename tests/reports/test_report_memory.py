"""A process that makes report after report keeps nothing of them."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import pytest
import tiny_notebooks

from benchmarks.measure import alone
from workbench.reports import engine, memory
from workbench.reports.jobs import Job


def report(workspace: Path, out: Path) -> None:
    assert engine.carry_out(Job("tiny"), workspace, out, engine.How(force=True)).status == "ok"


def in_threads(workspace: Path, out: Path) -> None:
    """Two reports in two threads of their own, as the pool of a batch makes them."""
    threads = [threading.Thread(target=report, args=(workspace, out / name)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def left() -> tuple[int, int]:
    """Threads, and open files."""
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are only counted on Linux")
def test_threads_of_a_batch_leave_no_loop_behind(tmp_path):
    made = tiny_notebooks.workspace(tmp_path / "ws", tiny=tiny_notebooks.HELLO)
    in_threads(made, tmp_path)
    before = left()
    in_threads(made, tmp_path)
    assert left() <= before


def test_every_tenth_run_gives_back_what_the_last_ones_left():
    class Circle:
        pass

    turns = []
    for _ in range(2 * memory.EVERY):
        circle = Circle()
        circle.own = circle
        turns.append(memory.tidy())
    assert sum(turns) == 2
    assert sum(isinstance(item, Circle) for item in gc.get_objects()) <= memory.EVERY


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="heaps are those of glibc")
def test_threads_share_a_few_heaps():
    assert memory.share_heaps()


@pytest.mark.soak
def test_two_hundred_reports_leave_the_memory_as_it_was(demo_store):
    kept = alone("reports:memory", runs=200)
    assert kept["late"] - kept["early"] < 4, kept
    assert kept["children"] <= 2
