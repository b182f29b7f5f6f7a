"""The environment of the other libraries, beside the project's own."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.measure import CACHE

FOLDER = CACHE / "peers"
HOW = "not installed: python -m benchmarks --peers"


def install() -> None:
    """Make the environment, or bring it up to date; needs a package index."""
    venv.create(FOLDER, with_pip=True)
    listed = Path(__file__).with_name("peers.txt")
    subprocess.run([_program(), "-m", "pip", "install", "-q", "-r", str(listed)], check=True)


def python() -> str | None:
    """The Python of the environment (or of the one that `BENCH_PEERS` names); None where there is none."""
    program = _program()
    return program if os.path.exists(program) else None


def _program() -> str:
    folder = Path(os.environ.get("BENCH_PEERS", FOLDER))
    return str(folder / ("Scripts" if sys.platform == "win32" else "bin") / "python")
