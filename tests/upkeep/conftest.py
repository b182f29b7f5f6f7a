"""A workspace with a few real imports, and processes that import and poll."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from import_process import report

import workbench as wb


@pytest.fixture
def store(tmp_path):
    """A fresh workspace."""
    return wb.data.open(tmp_path / "w")


@pytest.fixture
def load(store, tmp_path):
    """Import one account's report with so many clicks a row; gives the review."""

    def load(account="acct", clicks=10, into=None):
        file = tmp_path / "files" / f"{account}.csv"
        file.parent.mkdir(exist_ok=True)
        file.write_text(report(account, clicks), encoding="utf-8")
        return wb.data.load(into or store, file)

    return load


class Processes:
    """A warm process that forks importers and readers; see import_process.py."""

    def __init__(self, folder):
        self.folder, self.children = folder, []
        for name in ("acks", "begun"):
            (folder.parent / name).mkdir()
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("import_process.py")), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(wb.__file__).parents[1])},
        )

    def start(self, words):
        """Fork a child; gives its process id."""
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()
        self.children.append(int(self.process.stdout.readline()))
        return self.children[-1]

    def acknowledged(self):
        """Importer → number of the last import that it was told is done."""
        files = (self.folder.parent / "acks").iterdir()
        return {
            file.name: int(lines[-1].split()[0]) for file in files if (lines := file.read_text().splitlines())
        }

    def lines(self, name):
        """How many imports an importer was told are done."""
        file = self.folder.parent / "acks" / name
        return len(file.read_text().splitlines()) if file.exists() else 0

    def torn(self):
        """What readers and importers complained of."""
        return [file.read_text() for file in self.folder.parent.glob("torn-*")]

    def polls(self):
        """How often readers have looked."""
        file = self.folder.parent / "polls"
        return file.stat().st_size if file.exists() else 0

    def close(self):
        """Tell the readers to stop, end what still writes, and wait."""
        (self.folder.parent / "stop").touch()
        deadline = time.monotonic() + 60
        while any(map(running, self.children)) and time.monotonic() < deadline:
            time.sleep(0.05)
        for child in filter(running, self.children):
            os.kill(child, signal.SIGKILL)
        self.process.stdin.close()
        self.process.wait(60)


@pytest.fixture
def processes(store):
    started = Processes(store.path)
    yield started
    started.close()


def running(process):
    """Whether a child of the warm process still works (a dead one is a zombie until its parent ends)."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def finished():
    """Wait for a child's end."""

    def finished(process, seconds=120):
        deadline = time.monotonic() + seconds
        while running(process):
            assert time.monotonic() < deadline, "a process hangs"
            time.sleep(0.02)

    return finished
