"""Write the three locks with uv: `requirements.lock` (to run), `requirements-dev.lock` (what tests add) and
`requirements-spark.lock` (what a second engine adds; Spark comes as source, so it stands alone).

Universal: one resolution for Linux and macOS and every supported Python, with the hashes of every file
and no index address, so plain pip installs it from any mirror. Local settings of uv and pip are left out,
or a local build could slip into the lock.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILD = "hatchling\neditables\nsetuptools\nwheel\n"
HEADER = "# Made by `make lock` from pyproject.toml; do not edit. Plain pip installs it: --require-hashes.\n"


def main() -> None:
    """Resolve once with the test packages, then split what running needs from what tests add."""
    tests = _resolve("--no-build", "--extra", "dev")
    running = _names(_resolve("--no-build", constraints=tests))
    spark = _resolve("--extra", "dev", "--extra", "spark", constraints=tests)
    _write("requirements.lock", tests, lambda name: name in running)
    _write("requirements-dev.lock", tests, lambda name: name not in running)
    _write("requirements-spark.lock", spark, lambda name: name not in _names(tests))


def _resolve(*options: str, constraints: str = "") -> str:
    with tempfile.TemporaryDirectory() as folder:
        build, pins = Path(folder, "build.in"), Path(folder, "pins.in")
        build.write_text(BUILD)
        pins.write_text(constraints)
        command = [
            *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", str(build)),
            *("--universal", "--python-version", "3.11", "--fork-strategy", "fewest", "--generate-hashes"),
            *("--no-annotate", "--no-header", "--constraints", str(pins), *options),
        ]
        local = ("PIP_", "UV_FIND_LINKS", "UV_EXTRA_INDEX", "UV_INDEX_STRATEGY")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(local)}
        return subprocess.run(
            command, cwd=ROOT, env=environ, check=True, stdout=subprocess.PIPE, text=True
        ).stdout


def _blocks(lock: str) -> list[tuple[str, str]]:
    """(package, its lines) in order."""
    texts = re.split(r"\n(?=\S)", lock.strip())
    return [(re.split(r"[=\s;]", text)[0], text) for text in texts]


def _names(lock: str) -> set[str]:
    return {name for name, _ in _blocks(lock)}


def _write(name: str, lock: str, belongs: Callable[[str], bool]) -> None:
    text = "\n".join(block for package, block in _blocks(lock) if belongs(package))
    (ROOT / name).write_text(f"{HEADER}{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
