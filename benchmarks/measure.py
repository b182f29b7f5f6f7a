"""Run one contender alone in a fresh process and measure it: medians and peak memory."""

from __future__ import annotations

import importlib
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".workbench" / "bench"
SEED = 7


def alone(task: str, python: str = sys.executable, **arguments: Any) -> dict[str, Any]:
    """Call `benchmarks.<room>:<function>` in a process of its own.

    Args:
        task: `room:function`; the function returns a dict of JSON values.
        python: Program that runs it, where it needs another environment.
        arguments: Its arguments, JSON values.

    Returns:
        What it returned, with `peak_mb`; or `{"failed": last line of the error}`.
    """
    command = [python, "-m", "benchmarks.measure", task, json.dumps(arguments)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        lines = run.stderr.strip().splitlines() or [f"ended with code {run.returncode}"]
        return {"failed": lines[-1]}
    return dict(json.loads(run.stdout.splitlines()[-1]))


def timed(function: Callable[[], Any], repeats: int) -> tuple[Any, float, float]:
    """(result, milliseconds of the first call, median milliseconds of `repeats` more)."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        result = function()
        times.append(1000 * (time.perf_counter() - start))
    return result, times[0], statistics.median(times[1:])


def peak_mb() -> float:
    """Largest memory this process has held, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    room, function = sys.argv[1].split(":")
    answer = getattr(importlib.import_module(f"benchmarks.{room}"), function)(**json.loads(sys.argv[2]))
    print(json.dumps({**answer, "peak_mb": peak_mb()}))
