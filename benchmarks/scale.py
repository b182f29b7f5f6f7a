"""What a large workspace costs: the roll-up built from many events, and the questions of moving panels."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import engines
from benchmarks.measure import SEED, alone
from benchmarks.page import load, machine, ms, spread, table
from benchmarks.sections import queries

MOVES = 100
PERIODS = ("last_7_days", "last_28_days", "last_60_days", "all")
SHOWN = ("cost", "conversions", "cpa", "roas", "ctr", "cvr")


def results(part: str) -> Path:
    """File that a run of a part writes."""
    return Path(__file__).with_name(f"results-{part}.md")


def moves(workspace: str, count: int = MOVES) -> dict[str, Any]:
    """Answer what a Campaigns panel asks at each of many random moves.

    Args:
        workspace: Folder of the workspace.
        count: Number of moves.

    Returns:
        Milliseconds by question, and those of processor time of all threads together, which other work on
        the machine hardly changes; the first move of each is kept apart, for it compiles the query.
    """
    import workbench as wb

    store, pick = wb.open(workspace), random.Random(SEED)
    first: dict[str, float] = {}
    times, work = ({name: [] for name in _questions(wb, store, "all", {}, "device")} for _ in range(2))
    for number in range(count + 1):
        where = pick.choice([{}, {"channel": pick.choice(store.members("channel"))}])
        level = pick.choice(["channel", "campaign", "device"])
        for name, ask in _questions(wb, store, pick.choice(PERIODS), where, level).items():
            start, began = time.perf_counter(), time.process_time()
            ask()
            spent, worked = 1000 * (time.perf_counter() - start), 1000 * (time.process_time() - began)
            if number:
                times[name].append(spent)
                work[name].append(worked)
            else:
                first[name] = spent
    return {"times": times, "work": work, "first": first}


def _questions(wb: Any, store: Any, period: str, where: dict[str, str], level: str) -> dict[str, Any]:
    kept = {"period": period, "where": where}
    compared = {**kept, "compare": "previous_period"}
    return {
        "totals, compared": lambda: wb.metrics.kpis(store, None, SHOWN, **compared),
        "trend, compared": lambda: wb.metrics.trend(store, SHOWN[:2], **compared),
        "breakdown, compared": lambda: wb.metrics.kpis(store, level, SHOWN, **compared),
        "hour map": lambda: wb.metrics.slots(store, "cvr", [], **kept),
    }


def panel(workspace: str) -> Iterator[str]:
    """The section about moves."""
    found = alone("scale:moves", workspace=workspace)
    yield from ("", f"### What a moving panel asks ({MOVES} random moves: period, filter, level)", "")
    if problem := found.get("failed"):
        yield f"Not run: {problem}"
        return
    every = [[spent for times in found[clock].values() for spent in times] for clock in ("times", "work")]
    rows = [
        (name, ms(found["first"][name]), *map(ms, spread(times)), *map(ms, spread(found["work"][name])))
        for name, times in found["times"].items()
    ]
    rows.append(("all questions", "", *map(ms, spread(every[0])), *map(ms, spread(every[1]))))
    yield from table(("", "first", "p50", "p95", "processor time p50", "processor time p95"), rows)
    yield from ("", f"Peak memory {found['peak_mb']:,.0f} MB.")


def report(events: int, repeats: int) -> Iterator[str]:
    """The page of one size."""
    made = alone("events:generate", rows=events)
    yield from ("# Measured at scale", "", machine(), "", load(), "")
    if "failed" in made:
        yield f"The events could not be made: {made['failed']}"
        return
    yield from (f"Making the events: peak {made['peak_mb']:,.0f} MB, streamed in chunks.", "")
    yield from queries(events, repeats)
    folder = str(Path(made["file"]).with_name(f"workspace-{events}"))
    yield from panel(folder)
    yield from engines.section(folder, repeats)
    yield from ("", load("at the end"))


def alone_page(section: Iterable[str]) -> Iterator[str]:
    """A page of one section."""
    yield from ("# Measured on large files", "", machine(), "")
    yield from section
    yield load("at the end")
