"""Browser fixtures for every room: a real Chromium, watched pages, the running app.

A test that drives the browser is marked `@pytest.mark.browser` and asks for `guarded_page` (and
`app_server`). Without a browser such tests are skipped and the last line says that they were not run;
with the variable `WORKBENCH_REQUIRE_BROWSER` they fail.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import browser
import live
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

find = cache(browser.find)
left_out: list[str] = []


PATIENCE = 90_000
"""Milliseconds for what a page is waited for: a cold kernel beside other tests takes its time."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser, one for a test file: its event loop must not outlive the file that needs it."""
    if not find():
        (pytest.fail if os.environ.get("WORKBENCH_REQUIRE_BROWSER") else pytest.skip)(
            f"no browser on this machine. {browser.HOW}"
        )
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE)
    with live.chromium() as launched:
        yield launched


@pytest.fixture
def guarded_page(chromium: Browser) -> Iterator[Callable[..., live.Watched]]:
    """Factory of watched pages: `guarded_page(width=390, theme="dark")` → `live.Watched`.

    No page reaches another host; one that asked for one fails its test at the end.
    """
    pages: list[live.Watched] = []

    def make(**options: Any) -> live.Watched:
        pages.append(live.watched_page(chromium, **options))
        pages[-1].page.set_default_timeout(PATIENCE)
        return pages[-1]

    yield make
    for watched in pages:
        watched.context.close()
    assert not [url for watched in pages for url in watched.foreign]


@pytest.fixture(scope="session")
def app_server(demo_store: Any) -> Iterator[live.App]:
    """The real `workbench app` on the demo workspace: `.url`, `.token`, `.link(path, **query)`."""
    with live.running_app() as app:
        yield app


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count the browser tests that were left out."""
    if report.skipped and "browser" in report.keywords and not find():
        left_out.append(report.nodeid)


def pytest_unconfigure() -> None:
    """Say in the very last line that browser tests were not run."""
    if left_out:
        print(f"browser tests: NOT RUN ({len(left_out)} left out). {browser.HOW}")
