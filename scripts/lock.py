"""Write the two locks with uv: `requirements.lock` (to run) and `requirements-dev.lock` (what tests add).

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
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILD = "hatchling\neditables\n"
HEADER = "# Made by `make lock` from pyproject.toml; do not edit. Plain pip installs it: --require-hashes.\n"


def main() -> None:
    """Resolve once with the test packages, then split what running needs from what tests add."""
    everything = _resolve("--extra", "dev")
    names = {name for name, _ in _blocks(_resolve(constraints=everything))}
    blocks = _blocks(everything)
    _write("requirements.lock", [text for name, text in blocks if name in names])
    _write("requirements-dev.lock", [text for name, text in blocks if name not in names])


def _resolve(*options: str, constraints: str = "") -> str:
    with tempfile.TemporaryDirectory() as folder:
        build, pins = Path(folder, "build.in"), Path(folder, "pins.in")
        build.write_text(BUILD)
        pins.write_text(constraints)
        command = [
            *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", str(build)),
            *("--universal", "--python-version", "3.11", "--fork-strategy", "fewest", "--generate-hashes"),
            *("--no-annotate", "--no-header", "--no-build", "--constraints", str(pins), *options),
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


def _write(name: str, blocks: list[str]) -> None:
    (ROOT / name).write_text(HEADER + "\n".join(blocks) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
