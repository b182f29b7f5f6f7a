"""Reports: one on a warm kernel, a batch beside bare papermill, and what two hundred leave in memory."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import alone
from benchmarks.page import load, table

NOTEBOOK, PERIOD, MEMBERS, RUNS = "campaigns", "last_full_month", 20, 200


def _members(count: int) -> tuple[str, ...]:
    from workbench import data, demo

    return data.open(demo.workspace()).members("campaign")[:count]


def _job(count: int, name: str = "bench") -> Any:
    from workbench.reports.jobs import Job

    given = {"period": PERIOD}
    return Job(name, NOTEBOOK, given, batch="campaign", members=_members(count), jobs=os.cpu_count() or 2)


def one(repeats: int) -> dict[str, Any]:
    """Seconds of one report from order to published page: the first of a process, and the median of more."""
    from workbench import demo, reports

    with tempfile.TemporaryDirectory() as out:
        order = {"out": out, "workspace": demo.workspace(), "force": True}
        times, made = [], None
        for _ in range(repeats + 1):
            clock = time.perf_counter()
            made = reports.run(NOTEBOOK, {"period": PERIOD}, **order)
            times.append(time.perf_counter() - clock)
        assert made is not None
        assert made.html is not None
        page = made.html.stat().st_size / 1e6
        timings = made.manifest["timings"]
    return {"first": times[0], "median": statistics.median(times[1:]), "page": page, **timings}


def batch(count: int) -> dict[str, Any]:
    """Seconds of a batch, its template started by the first report."""
    from workbench import demo
    from workbench.reports import engine

    with tempfile.TemporaryDirectory() as out:
        job = _job(count)
        clock = time.perf_counter()
        found = engine.carry_out(job, demo.workspace(), Path(out))
        seconds = time.perf_counter() - clock
    return {"seconds": seconds, "status": found.status, "runs": len(found.runs)}


def papermill(count: int) -> dict[str, Any]:
    """Seconds of the same notebooks by papermill alone, one after another, without pages or manifests."""
    from papermill import execute_notebook

    from workbench import demo
    from workbench.reports import notebooks

    source, workspace = notebooks.packaged()[NOTEBOOK].path, str(demo.workspace())
    for name in ("JPY_SESSION_NAME", "SERVER_SOFTWARE"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as out:
        members = _members(count)
        clock = time.perf_counter()
        for at, member in enumerate(members):
            given = {"workspace": workspace, "period": PERIOD, "filters": {"campaign": [member]}}
            execute_notebook(str(source), f"{out}/{at}.ipynb", given, progress_bar=False)
        seconds = time.perf_counter() - clock
    return {"seconds": seconds, "runs": count}


def memory(runs: int) -> dict[str, Any]:
    """MB of this process after a tenth and after all of so many reports, and seconds of one at each end."""
    import psutil

    from workbench.reports import memory

    memory.share_heaps()  # as `workbench report` does
    from workbench import demo
    from workbench.reports import engine

    job, how = _job(10), engine.How(force=True)
    grown, times = [], []
    with tempfile.TemporaryDirectory() as out:
        for _ in range(runs // 10):
            clock = time.perf_counter()
            found = engine.carry_out(job, demo.workspace(), Path(out), how)
            times.append((time.perf_counter() - clock) / len(found.runs))
            grown.append(psutil.Process().memory_info().rss / 1e6)
    left = len(psutil.Process().children(recursive=True))
    early = max(1, len(grown) // 10)
    return {
        "early": grown[early - 1],
        "late": grown[-1],
        "children": left,
        "seconds": (times[early - 1], times[-1]),
    }


def section(few: bool) -> Iterator[str]:
    """The page of reports."""
    count, runs = (4, 20) if few else (MEMBERS, RUNS)
    yield from (f"## Reports: `{NOTEBOOK}` on the demo world, self-contained pages", "", load(), "")
    single = alone("reports:one", repeats=2 if few else 9)
    ours, peer = alone("reports:batch", count=count), alone("reports:papermill", count=count)
    rows = [
        ("one report, end to end, the first of a process", _seconds(single["first"])),
        ("one report, end to end, warm", _seconds(single["median"])),
        (f"{count} reports in a batch, with their pages", _seconds(ours["seconds"])),
        (f"{count} notebooks by papermill one after another, without pages", _seconds(peer["seconds"])),
    ]
    yield from table(("", "time"), rows)
    yield ""
    faster = peer["seconds"] / ours["seconds"]
    yield f"The batch is {faster:.1f} times as fast. A page is {single['page']:.2f} MB."
    kept = alone("reports:memory", runs=runs)
    yield ""
    yield (
        f"Over {runs} reports in one process its memory went from {kept['early']:.0f} MB after "
        f"{max(runs // 10, 10)} to {kept['late']:.0f} MB, and a report from {kept['seconds'][0]:.2f} s to "
        f"{kept['seconds'][1]:.2f} s. Child processes left: {kept['children']} (kernels come from it)."
    )
    yield ""


def _seconds(value: float) -> str:
    return f"{value:.2f} s"


def main() -> None:
    """`python -m benchmarks.reports [--quick]`: measure, print, and keep unless it was quick."""
    import sys

    from benchmarks import scale

    few, lines = "--quick" in sys.argv, []
    for line in scale.alone_page(section(few)):
        print(line, flush=True)
        lines.append(line)
    if not few:
        scale.results("reports").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
