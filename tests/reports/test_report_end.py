"""A runner that is ended gives up what it makes: nothing of it is left, and nothing shown."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import report_worlds
import tiny_notebooks

from workbench.reports import ending, publish

HOLDS = "import pathlib, time\npathlib.Path(names[0], f'{x}').touch()\ntime.sleep(120)"
BATCH = 'campaign: str = ""  # one campaign\nx: int = 1\nlang: str = "en"\nnames: list[str] = ["a"]'


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def ended(words: list[str], workspace: Path, out: Path, begun: Path, number: int) -> tuple[int, float]:
    """Exit code of a runner that got a signal once its notebook ran, and the seconds it then took."""
    given = ["-p", f"names={json.dumps([str(begun)])}", "-w", str(workspace), "--out", str(out)]
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", "report", "run", *words, *given],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # a shell gives what it starts in the background a SIGINT that is ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    until = time.monotonic() + 120
    while time.monotonic() < until and not list(begun.iterdir()) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(number)
    clock = time.monotonic()
    try:
        return process.wait(110), time.monotonic() - clock
    finally:
        process.kill()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGTERM, 143, id="terminated"),
        pytest.param(signal.SIGINT, 130, id="interrupted", marks=pytest.mark.soak),
    ],
)
def test_a_batch_that_is_ended_leaves_nothing_of_what_it_made(tmp_path, out, number, code):
    workspace = report_worlds.world(tmp_path / "ws", HOLDS, name="slow", parameters=BATCH)
    (begun := tmp_path / "begun").mkdir()
    words = ["slow", "--batch", "campaign", "--jobs", "2"]
    left, seconds = ended(words, workspace, out, begun, number)
    assert left == code
    assert seconds < 100  # far from the two minutes of the notebooks
    assert publish.runs(out / "slow") == []
    assert not list((out / "slow").glob(".part-*"))


def test_a_single_report_that_is_terminated_leaves_nothing(tmp_path, out):
    workspace = tiny_notebooks.workspace(tmp_path / "ws", slow=HOLDS)
    (begun := tmp_path / "begun").mkdir()
    left, _ = ended(["slow"], workspace, out, begun, signal.SIGTERM)
    assert left == 143
    assert [path.name for path in (out / "slow").iterdir() if not path.name.endswith(".lock")] == []


def test_only_those_who_are_asked_to_end_stop_waiting():
    assert not ending.within(0)
    with ending.everybody():
        assert ending.asked()
        assert ending.within(60)
    assert not ending.asked()
