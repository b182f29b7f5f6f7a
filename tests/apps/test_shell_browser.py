"""What every page offers, in the real app: links, undo, Back, views, downloads, by keyboard alone."""

from __future__ import annotations

import datetime as dt
import io

import live
import openpyxl
import pyarrow as pa
import pytest
import tiny_notebooks
from playwright.sync_api import expect

import workbench as wb
from workbench import saved
from workbench.data import Change

pytestmark = pytest.mark.browser
SHOWN = "document.body?.classList.contains('wb-shown')"
DRAWN = "document.querySelectorAll('[data-chart] svg.marks').length >= 4"
FOCUS = """() => { const at = document.activeElement, look = getComputedStyle(at);
  const label = at.labels?.[0]?.firstElementChild, name = at.getAttribute("aria-label");
  return [name || (label ?? at).textContent.trim(), look.outlineStyle, look.outlineWidth]; }"""
FARTHEST = 60


def tab_to(page, words):
    """Go on with Tab until what is called `words` has the focus, which must be seen."""
    for _ in range(FARTHEST):
        page.keyboard.press("Tab")
        name, style, width = page.evaluate(FOCUS)
        if name == words:
            assert (style, width) == ("solid", "2px"), f"the focus on {words!r} is not seen"
            return
    raise AssertionError(f"{words!r} cannot be reached with Tab")


def go(page, words, top="main h1"):
    """Tab from the page's heading, or from `top`, to what is called `words`."""
    page.locator(top).evaluate("it => { it.tabIndex = -1; it.focus(); }")
    tab_to(page, words)


def choose(page, first, *words, top="main h1"):
    """Tab to each of these and press Enter."""
    go(page, first, top)
    page.keyboard.press("Enter")
    for each in words:
        tab_to(page, each)
        page.keyboard.press("Enter")


@pytest.fixture
def no_views(demo_store):
    """Nobody has saved a view called Monday, before and after."""

    def clear():
        for item in saved.items(demo_store.path, "view"):
            if item.name == "Monday":
                saved.trash(demo_store.path, item)

    clear()
    yield
    clear()


@pytest.mark.usefixtures("no_views")
def test_a_view_is_undone_saved_and_taken_away_by_keyboard_alone(app_server, guarded_page):
    watched = guarded_page()
    page = watched.page
    page.goto(app_server.link("/campaigns"))
    page.wait_for_function(SHOWN)
    page.wait_for_function(DRAWN)
    slider = page.locator("input[type=range][data-key=days]")
    go(page, "Last days")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/campaigns?period=last_29_days")
    choose(page, "Undo")
    page.wait_for_url("**/campaigns")
    expect(slider).to_have_value("28")
    page.go_back()
    page.wait_for_url("**/campaigns?period=last_29_days")
    expect(slider).to_have_value("29")
    choose(page, "Reset")
    page.wait_for_url("**/campaigns")

    choose(page, "Save view", "Name of the view")
    page.keyboard.type("Monday")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved as “Monday”")).to_be_visible()

    with page.expect_download() as taken:
        choose(page, "Download", "All tables in one workbook as XLSX")
    book = openpyxl.load_workbook(io.BytesIO(taken.value.path().read_bytes()))
    assert book.sheetnames == ["Key figures", "By day", "Breakdown table", "Hours of the week"]
    with page.expect_download() as taken:
        choose(page, "Download", "CPA by channel as PNG")
    assert taken.value.path().read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as taken:
        choose(page, "Download", "Report, to read offline or send as HTML")
    assert taken.value.suggested_filename == "campaigns-v1.html"

    choose(page, "Ads", "Compare", top=".wb-logo")
    page.wait_for_url("**/compare")
    page.go_back()
    page.wait_for_function(SHOWN)
    expect(page.locator("main h1")).to_have_text("Campaigns")
    watched.assert_clean()


def delivery(clicks, since):
    """Ten days of one channel."""
    rows = [
        {"source": "generic", "account": "a", "channel": "search", "campaign": "Spring", "creative": "x"}
        | {"grain": "ad", "currency": "EUR", "impressions": 1000, "clicks": clicks, "cost_micros": 10_000_000}
        | {"local_date": dt.date(2026, 6, since) + dt.timedelta(days=day)}
        for day in range(10)
    ]
    return Change("performance", pa.Table.from_pylist(rows))


SLOW = """
import time
import workbench as wb
from workbench.widgets.answers import Ask
quick, waited = Ask.answer, []

def answer(self, store):
    first = self.question == "findings.advise" and not waited
    if first or "roas" in str(self.arguments.get("metric", "")):
        waited.append(self.question)
        for _ in range(600):
            time.sleep(0.1)
    return quick(self, store)

Ask.answer = answer
wb.widgets.Home(wb.open(), metrics=["cost", "ctr"])
"""


@pytest.fixture(scope="module")
def small_store(tmp_path_factory):
    """Ten days of delivery, and an own page whose advice takes a minute once, and one metric always."""
    store = wb.data.open(tmp_path_factory.mktemp("shell") / "ws")
    store.commit([delivery(30, 1)])
    tiny_notebooks.write(store.path / "notebooks" / "slow.ipynb", SLOW)
    return store


@pytest.fixture(scope="module")
def small_app(small_store, private_home):
    """The app on it."""
    with live.running_app("-w", str(small_store.path)) as app:
        yield app


def test_long_work_is_counted_and_stopped(small_app, guarded_page):
    watched = guarded_page()
    page = watched.page
    page.goto(small_app.link("/slow"))
    page.wait_for_function(SHOWN)
    advice = page.locator("[data-region=advice]")
    advice.get_by_role("button", name="Stop").press("Enter")
    expect(advice).to_contain_text("Stopped.")
    metric = page.locator("[data-region=trend] select[data-key=metric]")
    before = metric.input_value()
    metric.select_option("roas")
    working = page.locator(".wb-long")
    expect(working).to_contain_text("Working on it: ")
    working.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped; the view is as it was before.")).to_be_visible()
    expect(working).to_have_count(0)
    expect(metric).to_have_value(before)
    assert page.url == f"{small_app.url}/slow"
    expect(page.locator("[data-act=undo]")).to_be_disabled()
    advice.get_by_role("button", name="Work it out").click()
    expect(advice).not_to_contain_text("Stopped.")
    expect(advice.locator("[data-await]")).to_have_count(0)
    watched.assert_clean()


def test_a_link_to_these_numbers_outlives_new_data(small_app, small_store, guarded_page):
    small_store.commit([delivery(50, 11)])
    watched = guarded_page()
    page = watched.page
    page.goto(small_app.link("/campaigns", metric="ctr", version="1"))
    page.wait_for_function(SHOWN)
    figure = page.locator(".wb-kpi", has_text="CTR").locator(".wb-value")
    expect(figure).to_have_text("3.00%")
    expect(page.get_by_text("The newest is version 2.")).to_be_visible()
    page.locator("select[data-key=compare]").select_option("none")
    page.wait_for_url("**/campaigns?compare=none&metric=ctr&version=1")
    page.locator("summary:has-text('Share')").click()
    address = f"{small_app.url}/campaigns?compare=none&metric=ctr"
    for link, where in zip(page.locator("[data-link]").all(), (f"{address}&version=1", address), strict=True):
        expect(link).to_have_value(where)  # a browser tells of an opened menu a moment after the click
    with page.expect_navigation():
        page.get_by_role("link", name="Show version 2").press("Enter")
    expect(figure).to_have_text("4.00%")
    assert page.url == address
    page.go_back()
    expect(figure).to_have_text("3.00%")
    watched.assert_clean()
