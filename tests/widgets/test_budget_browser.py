"""The Budget panel in a real browser: a slider redraws in place, the total stays, errors stand in place."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from test_panel_browser import ADDRESS, open_live

import workbench as wb
from workbench.widgets.session import Session

pytestmark = pytest.mark.browser

CHARTS = 4
MARKS = """[...document.querySelectorAll('[data-chart=moves] .mark-symbol path')]
  .map((path) => path.getAttribute('transform')).join()"""


@pytest.fixture
def live(guarded_page, demo_store):
    """Open the panel live."""

    def show(width=1280, query="", **options):
        panel = wb.widgets.Budget(demo_store)
        return open_live(guarded_page, panel, Session(panel), query, width, charts=CHARTS, **options)

    return show


def row(page, channel):
    return page.locator(f"tr[data-id='row-{channel}']")


def planned(page, channel) -> str:
    return row(page, channel).locator("td b").first.inner_text()


def answered(page) -> None:
    """Wait until every message is answered."""
    page.evaluate("turn")
    page.wait_for_function("!document.querySelector('.wb-busy')")


def test_dragging_a_channel_redraws_in_place_and_keeps_the_total(live):
    watched = live()
    page = watched.page
    total, other, before = (
        page.locator(".wb-total b").inner_text(),
        planned(page, "social"),
        page.evaluate(MARKS),
    )
    page.evaluate("window.kept = document.querySelector('[data-chart=moves] .wb-chart')")
    box = row(page, "search").locator("input[type=range]").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(box["x"] + box["width"] / 2 - 6 * step, y)
    page.mouse.up()
    expect(row(page, "search").locator(".wb-lock")).to_have_attribute("aria-pressed", "true")
    answered(page)
    expect(page.locator("[data-region=rules]")).to_contain_text("Search held at")
    assert planned(page, "social") != other
    assert page.locator(".wb-total b").inner_text() == total
    expect(page.locator(".wb-total .wb-chip")).to_have_text("✓ adds up")
    page.wait_for_function(f"before => ({MARKS}) !== before", arg=before)
    assert page.evaluate("kept === document.querySelector('[data-chart=moves] .wb-chart')")
    assert page.url.startswith(f"{ADDRESS}?held=search:")
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "search").locator(".wb-lock")).to_have_attribute("aria-pressed", "false")
    watched.assert_clean()


def test_keys_move_the_total_and_amounts_are_typed(live):
    watched = live()
    page = watched.page
    page.focus(".wb-total input[type=range]")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".wb-total b")).to_have_text("Total ¥163,000 a week")
    page.fill(".wb-total input[type=text]", "150,000")
    page.keyboard.press("Enter")
    expect(page.locator(".wb-total b")).to_have_text("Total ¥150,000 a week")
    expect(page.locator("tr[data-id=sum] td b").first).to_have_text("¥150,000")
    page.get_by_label("Floor of Outdoor").fill("9000")
    page.keyboard.press("Enter")
    expect(row(page, "outdoor").locator("td b").first).to_have_text("¥9,000")
    page.get_by_label("Floor of Outdoor").fill("900000")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_contain_text("below the floors and locks")
    expect(row(page, "outdoor").locator("td b").first).to_have_text("¥9,000")
    watched.assert_clean()


def test_a_region_moves_by_keys_and_a_kept_plan_opens_again(live, demo_store, monkeypatch):
    from workbench import saved

    monkeypatch.setenv("WORKBENCH_WHO", "Mei")
    watched = live(query="level=region")
    page = watched.page
    try:
        page.get_by_text("Search: 8 regions").click()
        region = page.locator("tr[data-id='cell-search · Beijing']")
        region.locator("input[type=range]").focus()
        page.keyboard.press("ArrowRight")
        expect(region.locator(".wb-lock")).to_have_attribute("aria-pressed", "true")
        expect(page.locator("[data-region=rules]")).to_contain_text("Search · Beijing held at")
        expect(page.locator(".wb-total .wb-chip")).to_have_text("✓ adds up")
        page.get_by_label("Name of the plan").fill("Spring")
        page.keyboard.press("Enter")
        expect(page.locator("[data-region=notice]")).to_contain_text("Saved as “Spring”")
        page.get_by_role("button", name="Reset").click()
        expect(page.locator("[data-region=board]")).not_to_contain_text("Search: 8 regions")
        page.locator("[data-region=scenarios] summary", has_text="Saved plans (1)").click()
        page.locator(".wb-views").get_by_role("button", name="Spring", exact=True).click()
        expect(page.locator("[data-region=scenarios]")).to_contain_text("Open: “Spring”")
        expect(region.locator(".wb-lock")).to_have_attribute("aria-pressed", "true")
        watched.assert_clean()
    finally:
        for item in saved.items(demo_store.path, "plan"):
            saved.trash(demo_store.path, item)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_but_tables_scrolls_sideways_on_a_phone(live, lang):
    watched = live(width=390, query=f"lang={lang}&held=search:60000", has_touch=True)
    page = watched.page
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    board = "[...document.querySelectorAll('.wb-stack')].every((one) => one.scrollWidth <= one.clientWidth)"
    assert page.evaluate(board)  # a slider and its rules are all within reach
    expect(row(page, "search").locator("input[type=range]")).to_be_visible()
    watched.assert_clean()
