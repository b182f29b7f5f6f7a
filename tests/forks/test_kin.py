"""What a kernel has left is found and ended: below it, or by the mark that it carries."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
import tiny_notebooks

from workbench.forks import kin, system
from workbench.reports import execute

pytestmark = pytest.mark.skipif(not system.can_fork(), reason="this system shows no processes")
CHILD = (
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(input())'], start_new_session=True)"
)


def until(holds) -> None:
    """Wait for what comes."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_descendants_are_found_whatever_session_they_are_in():
    parent = subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE)
    until(lambda: len(kin.below(parent.pid)) == 1)
    assert parent.pid in kin.below(os.getpid())
    grandchild = kin.below(parent.pid)
    kin.end([*grandchild, parent.pid])
    until(lambda: not set(grandchild) & set(kin._every()) or kin._parent(grandchild[0]) == 0)
    assert parent.pid not in kin.below(os.getpid())


def test_a_mark_is_found_whole_and_only_in_others():
    mark = f"WB_TEST_MARK={os.getpid()}"
    name, _, value = mark.partition("=")
    child = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env={**os.environ, name: value}
    )
    until(lambda: kin.carrying(mark) == [child.pid])
    assert kin.carrying(mark[:-1]) == []
    kin.end([child.pid])
    assert kin.carrying(mark) == []


LEAVES = """
import subprocess, sys
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
quiet = {name: subprocess.DEVNULL for name in ("stdin", "stdout", "stderr")}
apart = dict(start_new_session=True, **quiet)
kept = subprocess.Popen(sleep, **apart).pid
start = f"import subprocess; print(subprocess.Popen({sleep!r}, **{apart}).pid)"
given_up = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True).stdout
print(kept, given_up)
"""


@pytest.mark.parametrize("ending", ["", "import os; os._exit(3)"], ids=["ends", "dies"])
def test_nothing_that_a_notebook_started_outlives_its_report(tmp_path, ending):
    source = tiny_notebooks.write(tmp_path / "n.ipynb", LEAVES, *([ending] if ending else []))
    found = execute.execute(source, tmp_path / "run.ipynb", {}, 60, "en", {})
    assert bool(found.error) == bool(ending), found.error
    pids = [int(word) for word in found.notebook.cells[2].outputs[0].text.split()]
    assert len(pids) == 2
    until(lambda: not any(b"time.sleep(600)" in command(pid) for pid in pids))


def command(pid: int) -> bytes:
    """The command line of a process; nothing where it has ended."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""
