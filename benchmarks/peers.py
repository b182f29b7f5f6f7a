"""The environment of the other libraries, beside the project's own."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.measure import CACHE

FOLDER, PYMC = CACHE / "peers", CACHE / "peers-pymc"
HOW = "not installed: python -m benchmarks --peers"


def install(listed: str = "peers.txt", folder: Path = FOLDER) -> None:
    """Make the environment, or bring it up to date; needs a package index."""
    venv.create(folder, with_pip=True)
    file = Path(__file__).with_name(listed)
    subprocess.run([_program(folder), "-m", "pip", "install", "-q", "-r", str(file)], check=True)


def python(named: str = "BENCH_PEERS", folder: Path = FOLDER) -> str | None:
    """The Python of the environment (or of the one that a variable names); None where there is none."""
    program = _program(Path(os.environ.get(named, folder)))
    return program if os.path.exists(program) else None


def _program(folder: Path) -> str:
    return str(folder / ("Scripts" if sys.platform == "win32" else "bin") / "python")
