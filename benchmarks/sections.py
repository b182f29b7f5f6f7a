"""The sections of the results, each measured while it is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.measure import alone
from benchmarks.page import load, ms, spread, table

CONTENDERS = {
    "question": "roll-up, the public question with intervals",
    "rollup": "roll-up, the same sums only",
    "events_duckdb": "events, DuckDB on zstd Parquet",
    "events_pandas": "events, pandas",
    "floor": "memory floor: bare numpy sums of the needed columns",
}
QUESTIONS = {"kpis": "KPIs by campaign × day", "heat map": "hour-of-week heat map"}


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


def comparison(repeats: int) -> Iterator[str]:
    """Ranking the demo world's campaigns and creatives."""
    began = load()
    rows = []
    for by, adjust in (("campaign", ()), ("campaign", ("region", "device")), ("creative", ())):
        found = alone("ranking:campaigns", by=by, adjust=adjust, repeats=repeats)
        title = f"{found['members']} {by}s" + (f", like with like by {' × '.join(adjust)}" if adjust else "")
        rows.append((title, ms(found["kpis_ms"]), ms(found["ms"])))
    yield from ("", "## Ranking 28 days of the demo world", "", began, "")
    yield from table(("", "key figures alone", "ranking with shrinkage, tests and ranks"), rows)


def attribution(journeys: int, repeats: int) -> Iterator[str]:
    """Markov and Shapley credits by the package and by a notebook; both must find the same shares."""
    made, began = alone("attribution:generate", journeys=journeys), load()
    asked = {
        name: alone(f"attribution:{task}", file=made["file"], **how) for name, task, how in _asked(repeats)
    }
    yield from ("", f"## Attribution of {journeys:,} journeys ({made['touches']:,} touches)", "", began, "")
    ours, theirs = asked["Markov + Shapley"], asked["a notebook: pandas groups, loops over journeys"]
    if worst := _apart(ours.get("shares", {}), theirs.get("shares", {})):
        raise SystemExit(f"The package and the notebook differ by {worst:.1e} in a share.")
    rows = [
        (name, ms(found["ms"]), ms(found["work_ms"]), ms(found["first_ms"]), f"{found['peak_mb']:,.0f} MB")
        if "ms" in found
        else (name, "–", "–", "–", f"not run: {found['failed']}")
        for name, found in asked.items()
    ]
    yield from table(("", "warm", "processor time, warm", "first", "peak memory"), rows)


def _asked(repeats: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What is asked about the journeys: name, task, arguments."""
    both: dict[str, Any] = {"models": ["markov", "shapley"], "draws": 0, "repeats": repeats}
    yield "Markov + Shapley", "package", both
    yield "the same with intervals (400 draws of the days)", "package", {**both, "draws": 400}
    yield "the same by the engine, as longer streams are counted", "package", {**both, "engine": True}
    yield "another window of a stream in memory", "move", both
    yield "floor: the same rows put in order, one step back, counted", "scan", {"repeats": repeats}
    yield "a notebook: pandas groups, loops over journeys", "pandas", {"repeats": 1}


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
