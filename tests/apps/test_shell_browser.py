"""What every page offers, in the real app: links, undo, Back, views, downloads, by keyboard alone."""

from __future__ import annotations

import datetime as dt
import io

import live
import openpyxl
import pyarrow as pa
import pytest
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


def test_a_link_to_these_numbers_outlives_new_data(guarded_page, private_home, tmp_path):
    store = wb.data.open(tmp_path / "ws")
    store.commit([delivery(30, 1)])
    with live.running_app("-w", str(store.path)) as app:
        store.commit([delivery(50, 11)])
        watched = guarded_page()
        page = watched.page
        page.goto(app.link("/campaigns", metric="ctr", version="1"))
        page.wait_for_function(SHOWN)
        figure = page.locator(".wb-kpi", has_text="CTR").locator(".wb-value")
        expect(figure).to_have_text("3.00%")
        expect(page.get_by_text("The newest is version 2.")).to_be_visible()
        page.locator("select[data-key=compare]").select_option("none")
        page.wait_for_url("**/campaigns?compare=none&metric=ctr&version=1")
        page.locator("summary:has-text('Share')").click()
        address = f"{app.url}/campaigns?compare=none&metric=ctr"
        links = [link.input_value() for link in page.locator("[data-link]").all()]
        assert links == [f"{address}&version=1", address]
        with page.expect_navigation():
            page.get_by_role("link", name="Show version 2").press("Enter")
        expect(figure).to_have_text("4.00%")
        assert page.url == address
        page.go_back()
        expect(figure).to_have_text("3.00%")
        watched.assert_clean()
