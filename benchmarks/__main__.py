"""`python -m benchmarks [--quick | --events N]`: measure, print it, write `benchmarks/results*.md`."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import scale
from benchmarks.measure import alone

RESULTS = Path(__file__).with_name("results.md")
CONTENDERS = {
    "question": "roll-up, the public question with intervals",
    "rollup": "roll-up, the same sums only",
    "events_duckdb": "events, DuckDB on zstd Parquet",
    "events_pandas": "events, pandas",
    "floor": "memory floor: bare numpy sums of the needed columns",
}
QUESTIONS = {"kpis": "KPIs by campaign × day", "heat map": "hour-of-week heat map"}


def main() -> None:
    """Run what the options ask for; a full run replaces the results file."""
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--quick", action="store_true", help="smaller data, fewer repeats, no results file")
    parser.add_argument("--events", type=int, help="only the queries, over so many events: 100000000")
    options = parser.parse_args()
    quick, events = options.quick, options.events
    file = scale.results(events) if events else RESULTS
    lines = []
    for line in scale.report(events, 3 if quick else 7) if events else report(quick):
        print(line, flush=True)
        lines.append(line)
    if not quick:
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def report(quick: bool) -> Iterator[str]:
    """The results page, section by section as it is measured."""
    yield from ("# Measured", "", machine(), "")
    for rows in (1_000_000,) if quick else (5_000_000, 50_000_000):
        yield from queries(rows, 3 if quick else 7)
    yield from intervals(3 if quick else 9)
    yield from attribution(100_000 if quick else 1_000_000, 3 if quick else 7)
    yield from imports(100_000 if quick else 1_000_000)
    yield from app(2 if quick else 7, 10 if quick else 60)


def load() -> str:
    """How busy the machine was when a section began: other work makes everything slower."""
    return f"Load of the machine when this began: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."


def machine() -> str:
    """Where and when this was measured."""
    import psutil

    day, memory = dt.datetime.now(dt.UTC).date(), psutil.virtual_memory().total / 1e9
    return (
        f"Made by `make bench` on {day}: {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}. Medians of warm runs, a fresh process each; "
        "trust the ratios more than the milliseconds."
    )


def queries(rows: int, repeats: int) -> Iterator[str]:
    """Both questions by every contender over `rows` events."""
    events = alone("events:generate", rows=rows)
    made = alone("events:workspace", rows=rows)
    yield from (f"## {rows / 1e6:.0f}M events ({events['mb']:,.0f} MB of Parquet)", "")
    yield from (load(), "")
    yield (
        f"Roll-up built from the events: sums {made['sum_ms'] / 1000:.2f} s, commit of {made['cells']:,} "
        f"hourly rows {made['commit_ms'] / 1000:.2f} s, peak {made['peak_mb']:,.0f} MB."
    )
    for name, title in QUESTIONS.items():
        given = {
            "name": name,
            "rows": rows,
            "repeats": repeats,
            "events": events["file"],
            "workspace": made["folder"],
        }
        answers = {task: alone(f"queries:{task}", **given) for task in CONTENDERS}
        yield from ("", f"### {title}", "", *table(HEAD, compared(answers)))
    yield ""


HEAD = ("", "warm", "first", "× floor", "peak memory", "note")


def compared(answers: dict[str, dict[str, Any]]) -> Iterator[Sequence[str]]:
    """Rows of a comparison; every contender must have found the same totals."""
    floor = answers["floor"]
    for task, title in CONTENDERS.items():
        answer = answers[task]
        if problem := answer.get("failed") or answer.get("skipped"):
            yield title, "–", "–", "–", "–", f"not run: {problem}"
            continue
        if answer["totals"] and answer["totals"] != floor["totals"]:
            raise SystemExit(f"{title} found {answer['totals']}, not {floor['totals']}.")
        yield (
            title,
            ms(answer["ms"]),
            ms(answer["first_ms"]),
            f"{answer['ms'] / floor['ms']:.2g}",
            f"{answer['peak_mb']:,.0f} MB",
            f"+ {answer['load_ms'] / 1000:.1f} s to load" if "load_ms" in answer else "",
        )


def intervals(repeats: int) -> Iterator[str]:
    """The cost of intervals."""
    rows = []
    for groups in (40, 1000):
        found = alone("intervals:compare", groups=groups, days=90, repeats=repeats)
        rows.append(
            (
                f"{groups} groups × 90 days",
                ms(found["closed_ms"]),
                ms(found["bootstrap_ms"]),
                f"{found['difference']:.1%}",
            )
        )
    yield from ("## Intervals of a ratio, days as clusters", "")
    yield from table(("", "closed form", "bootstrap, 1,000 draws", "difference of the widths"), rows)


def attribution(journeys: int, repeats: int) -> Iterator[str]:
    """Markov and Shapley credits by the package and by a notebook; both must find the same shares."""
    made, began = alone("attribution:generate", journeys=journeys), load()
    file, data_driven = made["file"], ["markov", "shapley"]
    asked = {
        "Markov + Shapley": alone(
            "attribution:package", file=file, models=data_driven, draws=0, repeats=repeats
        ),
        "the same with intervals (400 draws of the days)": alone(
            "attribution:package", file=file, models=data_driven, draws=400, repeats=repeats
        ),
        "floor: the same rows put in order, one step back, counted": alone(
            "attribution:scan", file=file, repeats=repeats
        ),
        "a notebook: pandas groups, loops over journeys": alone("attribution:pandas", file=file, repeats=1),
    }
    yield from ("", f"## Attribution of {journeys:,} journeys ({made['touches']:,} touches)", "", began, "")
    ours, theirs = asked["Markov + Shapley"], asked["a notebook: pandas groups, loops over journeys"]
    if worst := _apart(ours.get("shares", {}), theirs.get("shares", {})):
        raise SystemExit(f"The package and the notebook differ by {worst:.1e} in a share.")
    rows = [
        (name, ms(found["ms"]), ms(found["first_ms"]), f"{found['peak_mb']:,.0f} MB")
        if "ms" in found
        else (name, "–", "–", f"not run: {found['failed']}")
        for name, found in asked.items()
    ]
    yield from table(("", "warm", "first", "peak memory"), rows)


def _apart(ours: dict[str, dict[str, float]], theirs: dict[str, dict[str, float]]) -> float:
    """The largest difference of two tables of shares; 0 within rounding."""
    both = [(ours[model][name], share) for model in theirs for name, share in theirs[model].items()]
    worst = max((abs(one - other) for one, other in both), default=0.0)
    return worst if worst > 1e-9 else 0.0


def imports(rows: int) -> Iterator[str]:
    """The import of one large file."""
    file, began = alone("imports:write", rows=rows), load()
    found = alone("imports:load", file=file["file"])
    yield from ("", f"## Import of a CSV with {rows:,} rows ({file['mb']:.0f} MB)", "", began, "")
    if "failed" in found:
        yield from (f"Not run: {found['failed']}", "")
        return
    yield from (
        f"Checked, committed and rolled up: {found['first_ms'] / 1000:.1f} s ({found['rows']:,} rows, "
        f"{found['status']}), the same file again {found['again_ms'] / 1000:.1f} s, "
        f"peak {found['peak_mb']:,.0f} MB.",
        "",
    )


def app(pages: int, moves: int) -> Iterator[str]:
    """The app on the demo workspace."""
    began = load()
    found = alone("app:open_and_move", pages=pages, moves=moves)
    yield from ("## The Campaigns app in headless Chromium", "", began, "")
    if problem := found.get("failed") or found.get("skipped"):
        yield f"Not run: {problem}"
        return
    opens, changes = found["opens"], found["moves"]
    rows = [
        (
            f"page, empty cache → live chart ({pages} pages)",
            ms(opens[0]),
            *(ms(value) for value in spread(opens)),
        ),
        (f"slider → chart ({moves} moves)", ms(changes[0]), *(ms(value) for value in spread(changes))),
    ]
    yield from table(("", "first", "p50", "p95"), rows)


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return statistics.median(values), statistics.quantiles(values, n=20, method="inclusive")[-1]


def ms(value: float) -> str:
    """Milliseconds with about three digits; seconds where they are many."""
    return (
        f"{value / 1000:.2f} s"
        if value >= 10_000
        else f"{value:,.3g} ms"
        if value < 100
        else f"{value:,.0f} ms"
    )


def table(head: Sequence[str], rows: Any) -> Iterator[str]:
    """A Markdown table."""
    for line in (head, ["---"] * len(head), *rows):
        yield "| " + " | ".join(line) + " |"


if __name__ == "__main__":
    main()
