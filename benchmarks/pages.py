"""One chart with one slider as a page of the workbench, Streamlit, Panel and a bare Voila: who is first.

`python -m benchmarks --pages` (once with `--peers`: it installs the others in an environment of their own).
All servers run, warm, beside one another, and are visited in turn, so that all meet the same machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from time import sleep
from typing import Any

from benchmarks import pages_ours, pages_servers, peers
from benchmarks.crowd import calm, held
from benchmarks.measure import CACHE
from benchmarks.page import load, ms, spread, table
from benchmarks.pages_watch import Visit, press, stranger, visit

PEERS = CACHE / "peers-pages"
VISITORS = 4
"""Pages open at once where memory is measured."""
REST_SECONDS = 8
"""Rest after a visit, for a server that gets ready for the next one."""
BETWEEN_MOVES = 400
"""Milliseconds between moves, so that none queues behind another."""

OPENED = ("", "page → live chart", "→ first move answered", "again: page → live chart", "→ answered")
HELD = ("", "slider → chart p50", "p95", "first visit", "again", "idle", "each visitor", "other hosts asked")


@dataclass
class Contender:
    """One page under test.

    Attributes:
        server: Where it runs.
        first: Visits with empty caches.
        again: Visits of a browser that has been there before.
        moves: Milliseconds of each move.
        idle: MB of the server's processes without visitors.
        held: The same with `VISITORS` pages open.
        foreign: Addresses of other hosts that a page asked for.
    """

    server: pages_servers.Server
    first: list[Visit] = field(default_factory=list)
    again: list[Visit] = field(default_factory=list)
    moves: list[float] = field(default_factory=list)
    idle: float = 0
    held: float = 0
    foreign: set[str] = field(default_factory=set)


def section(rounds: int, moves: int = 10) -> Iterator[str]:
    """The results; a peer that is not installed is told."""
    import browser
    import live

    yield from ("## The same chart and slider as a page", "", load(), "")
    if not browser.find():
        yield f"not run: {browser.HOW}"
        return
    with ExitStack() as running:
        launched = running.enter_context(live.chromium())
        servers = pages_servers.all_of(running, launched, peers.python("BENCH_PAGES", PEERS))
        contenders = [Contender(server) for server in servers]
        for one in contenders:
            _warm(launched, one)
        for _ in range(rounds):
            for one in contenders:
                _visited(launched, one, moves)
        for one in contenders:
            _remembered(launched, one)
        yield from _report(contenders)
    if len(contenders) <= len(pages_ours.PAGES):
        yield from ("", f"The others: {peers.HOW}.")
    yield ""


def _warm(launched: Any, one: Contender) -> None:
    """A visitor before the clock runs: files are read, modules imported."""
    page = _page(launched, one)
    visit(page, one.server.url, one.server.slider)
    one.foreign |= {address.split("?")[0] for address in page.foreign}
    _leave(page)


def _visited(launched: Any, one: Contender, moves: int) -> None:
    """A first visit, some moves on that page, and a second visit of the same browser."""
    sleep(REST_SECONDS if one.server.forks else 1)
    page = _page(launched, one)
    one.first.append(visit(page, one.server.url, one.server.slider))
    for number in range(moves):
        page.page.wait_for_timeout(BETWEEN_MOVES)
        one.moves.append(press(page, "ArrowLeft" if number % 2 else "ArrowRight")["took"])
    page.page.goto("about:blank")
    sleep(REST_SECONDS if one.server.forks else 1)
    one.again.append(visit(page, one.server.url, one.server.slider))
    _leave(page)


def _remembered(launched: Any, one: Contender) -> None:
    """What a visitor costs: the processes' proportional set sizes with and without some."""
    calm(one.server.pid)
    one.idle = sum(held(one.server.pid))
    pages = [_page(launched, one) for _ in range(VISITORS)]
    for page in pages:
        visit(page, one.server.url, one.server.slider)
    calm(one.server.pid)
    one.held = sum(held(one.server.pid))
    for page in pages:
        _leave(page)


def _leave(page: Any) -> None:
    """Go elsewhere, so that the page can say good-bye, and close the window."""
    page.page.goto("about:blank")
    page.context.close()


def _page(launched: Any, one: Contender) -> Any:
    return stranger(launched, one.server.cookies)


def _report(contenders: Sequence[Contender]) -> Iterator[str]:
    rows = ((one.server.title, *_opened(one.first), *_opened(one.again)) for one in contenders)
    yield from table(OPENED, rows)
    yield ""
    yield from table(HELD, ((one.server.title, *_rest(one)) for one in contenders))


def _opened(visits: Sequence[Visit]) -> tuple[str, str]:
    return ms(median(one.live for one in visits)), ms(median(one.answered for one in visits))


def _rest(one: Contender) -> Iterator[str]:
    yield from map(ms, spread(one.moves))
    for visits in (one.first, one.again):
        yield f"{median(each.kb for each in visits):,.0f} kB"
    yield f"{one.idle:,.0f} MB"
    yield f"{(one.held - one.idle) / VISITORS:,.0f} MB"
    yield f"{len(one.foreign) or 'none'}"
