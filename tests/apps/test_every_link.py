"""Every app, for `make soak`: links in a fresh browser, Back, undo, views, downloads, a dead kernel.

All by keyboard. A link to "these numbers" shows a past version, on which nothing can be written: what
writes (`ONLY_NOW`) is not there, and the figures that it holds are text.
"""

from __future__ import annotations

import re

import every_app as walk
import pytest

from workbench import saved

pytestmark = [pytest.mark.browser, pytest.mark.soak]
NAME = "Every app"
ONLY_NOW = {"data": ("drop",), "home": ("targets",), "reports": ("jobs", "runs")}
"""App → its regions that write: where a file goes, the form of targets, what may be run and run again."""

FIGURES = """region => [...document.querySelectorAll(`[data-region=${region}] td`)]
  .map((cell) => (cell.querySelector("input") ?? {}).value ?? cell.textContent)"""


def begun(watched, app_server, app):
    """The page of an app, when it stands still."""
    watched.page.goto(app_server.link(app, **walk.STATES.get(app, {})))
    walk.settled(watched.page)
    return watched.page


def shown(page, app):
    """The values of all controls, all that the page says, and the figures of what only the newest writes."""
    walk.settled(page)
    said, regions = page.evaluate(walk.SAID), ONLY_NOW.get(app, ())
    cells = [re.sub(r"[^\d.]", "", cell) for region in regions for cell in page.evaluate(FIGURES, region)]
    for region in regions:
        said.pop(region, None)
    return page.evaluate(walk.CONTROLS), said, [cell for cell in cells if cell]


@pytest.mark.parametrize("app", walk.APPS)
def test_a_link_gives_a_fresh_browser_the_same_view(app_server, guarded_page, app):
    watched = guarded_page(height=1000)
    page = begun(watched, app_server, app)
    walk.moved(page)
    here = shown(page, app)
    for link in walk.copied(page):
        fresh = guarded_page(height=1000)
        fresh.page.goto(f"{link}{'&' if '?' in link else '?'}token={app_server.token}")
        for there, meant in zip(shown(fresh.page, app), here, strict=True):
            assert there == meant
        fresh.assert_clean()
        fresh.context.close()
    watched.assert_clean()


@pytest.fixture
def no_such_view(demo_store):
    """Nobody has saved a view of this name, before and after."""

    def clear():
        for item in saved.items(demo_store.path, "view"):
            if item.name == NAME:
                saved.trash(demo_store.path, item)

    clear()
    yield
    clear()


@pytest.mark.usefixtures("no_such_view")
@pytest.mark.parametrize("app", walk.APPS)
def test_back_undo_reset_views_downloads_and_a_dead_kernel(app_server, guarded_page, app):
    watched = guarded_page(height=1000)
    page = begun(watched, app_server, app)
    first, before = page.url, page.evaluate(walk.CONTROLS)
    walk.moved(page)
    second, after = page.url, page.evaluate(walk.CONTROLS)
    assert after != before

    walk.pressed(page, "undo", first, before)
    page.go_back()
    there, meant = (second, after) if page.locator("[data-act=undo]").count() else (first, before)
    page.wait_for_url(there)
    walk.holds(page, meant)
    if meant is after:
        page.go_back()
        page.wait_for_url(first)
        walk.holds(page, before)
    page.go_forward()
    page.wait_for_url(second)
    walk.holds(page, after)

    if walk.menu(page, "Save view").count():
        walk.kept(page, NAME)
        walk.pressed(page, "reset", f"{app_server.url}/{app}", None if app in walk.STATES else before)
        walk.reopened(page, NAME)
        page.wait_for_url(second)
        walk.holds(page, after)
    for key in walk.offered(page):
        content = walk.taken(page, key)
        assert len(content) > 50, key
        assert content.lower().startswith(walk.WRITTEN[key.rpartition(".")[2]].lower()), key
    watched.assert_clean()

    walk.kill_kernels(app_server)
    walk.opened_again(page)
    assert page.url == second
    walk.holds(page, after)
    if walk.menu(page, "Save view").count():
        walk.reopened(page, NAME)
        walk.holds(page, after)
