"""`python -m benchmarks [--events N | --budget | --response | …]`: measure, print."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks import (
    budget,
    contacts,
    customers,
    forecast,
    formats,
    offers,
    pages,
    peers,
    readers,
    reports,
    response,
    scale,
    slots,
    truth,
    validation,
)
from benchmarks.page import machine
from benchmarks.sections import app, attribution, comparison, imports, intervals, queries

RESULTS = Path(__file__).with_name("results.md")


def main() -> None:
    """Run what the options ask for; a full run replaces its results file."""
    options = _options()
    if options.peers and options.budget:
        peers.install("peers-pymc.txt", peers.PYMC)
    elif options.peers and options.pages:
        peers.install("peers-pages.txt", pages.PEERS)
    elif options.peers:
        peers.install()
    (file, page), lines = _asked(options), []
    for line in page:
        print(line, flush=True)
        lines.append(line)
    if not options.quick:
        file.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
        if options.truth:
            truth.placed(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--quick", action="store_true", help="smaller data, fewer repeats, no results file")
    parser.add_argument("--events", type=int, help="only the queries, over so many events: 100000000")
    parser.add_argument("--repeats", type=int, help="of each question with --events; 7")
    parser.add_argument("--formats", type=int, help="only so many events in several file formats: 10000000")
    parser.add_argument("--validation", action="store_true", help="only validation, beside other libraries")
    parser.add_argument("--contacts", action="store_true", help="only contact plans, beside an LP solver")
    parser.add_argument("--budget", action="store_true", help="only budget plans, beside other solvers")
    parser.add_argument("--response", action="store_true", help="only media mix fits, beside scipy")
    parser.add_argument("--slots", action="store_true", help="only time slots, beside statsmodels")
    parser.add_argument("--reports", action="store_true", help="only reports, beside bare papermill")
    parser.add_argument("--forecast", action="store_true", help="only forecasts, beside statsmodels")
    parser.add_argument("--truth", action="store_true", help="only curves and plans against known truths")
    parser.add_argument("--attribution", type=int, help="only attribution, of so many journeys: 1000000")
    parser.add_argument("--pages", action="store_true", help="only one chart as a page, beside others")
    parser.add_argument("--csv", action="store_true", help="only the import of a CSV of 1 GB")
    parser.add_argument("--customers", type=int, help="only customer models, RFM of so many: 1000000")
    parser.add_argument("--offers", type=int, help="only the next best offer, to so many: 100000")
    parser.add_argument("--rows", type=int, help="of the CSV; 15000000, which is 1 GB")
    parser.add_argument("--peers", action="store_true", help="install the other libraries first")
    return parser.parse_args()


def _asked(options: argparse.Namespace) -> tuple[Path, Iterable[str]]:
    """The results file and the page that goes into it."""
    quick, few = options.quick, 2 if options.quick else 7
    alone: dict[str, Callable[[], Iterable[str]]] = {
        "formats": lambda: formats.section(options.formats, 7),
        "customers": lambda: customers.section(
            200_000 if quick else 10_000_000, options.customers, 3 if quick else 9
        ),
        "offers": lambda: offers.section(options.offers),
        "validation": lambda: validation.section(200_000 if quick else 10_000_000),
        "budget": lambda: budget.section(few),
        "contacts": lambda: contacts.section(2 if quick else 3),
        "response": lambda: response.section(few),
        "slots": lambda: slots.section(few),
        "forecast": lambda: forecast.section(few),
        "reports": lambda: reports.section(quick),
        "attribution": lambda: attribution(options.attribution, options.repeats or 7),
        "pages": lambda: pages.section(options.repeats or (1 if quick else 3)),
        "csv": lambda: readers.section(options.rows or (200_000 if quick else 15_000_000)),
    }
    if options.events:
        repeats = options.repeats or (3 if quick else 7)
        return scale.results(f"{options.events / 1e6:g}M"), scale.report(options.events, repeats)
    if options.truth:
        return scale.results("truth"), truth.section()
    for name, page in alone.items():
        if getattr(options, name):
            return scale.results(name), scale.alone_page(page())
    return RESULTS, report(quick)


def report(quick: bool) -> Iterator[str]:
    """The results page, section by section as it is measured."""
    yield from ("# Measured", "", machine(), "")
    for rows in (1_000_000,) if quick else (5_000_000, 50_000_000):
        yield from queries(rows, 3 if quick else 7)
    yield from intervals(3 if quick else 9)
    yield from comparison(3 if quick else 9)
    yield from attribution(100_000 if quick else 1_000_000, 3 if quick else 7)
    yield from budget.section(2 if quick else 7)
    yield from contacts.section(2 if quick else 3)
    yield from response.section(2 if quick else 7)
    yield from slots.section(2 if quick else 7)
    yield from forecast.section(2 if quick else 7)
    yield from imports(100_000 if quick else 1_000_000)
    yield from app(2 if quick else 7, 10 if quick else 60)


if __name__ == "__main__":
    main()
