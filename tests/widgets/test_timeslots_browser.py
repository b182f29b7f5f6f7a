"""The Time slots panel in a real browser: hours are painted by drag, click, keys and from a list."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from test_panel_browser import open_live

import workbench as wb
from workbench.widgets.session import Session

pytestmark = pytest.mark.browser

CHARTS = 5
CELLS = "[data-chart=plan] .choose_cell_marks path, [data-chart=plan] [class*='choose_cell'] > path"


@pytest.fixture
def live(guarded_page, demo_store):
    """Open the panel live; also what it is."""

    def show(width=1280, query="", **options):
        panel = wb.widgets.TimeSlots(demo_store)
        return panel, open_live(guarded_page, panel, Session(panel), query, width, charts=CHARTS, **options)

    return show


def middle(page, hour):
    """Where an hour of the map lies."""
    box = page.locator(CELLS).nth(hour).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def answered(page):
    """Wait until every message is answered."""
    page.evaluate("turn")
    page.wait_for_function("!document.querySelector('.wb-busy')")


def test_hours_are_painted_by_drag_click_and_keys(live):
    panel, watched = live()
    page = watched.page
    expect(page.locator(CELLS)).to_have_count(168)
    page.locator("figure[data-chart=plan]").scroll_into_view_if_needed()
    page.mouse.move(*middle(page, 18))
    page.mouse.down()
    page.mouse.move(*middle(page, 30), steps=3)
    page.mouse.move(*middle(page, 44), steps=3)
    expect(page.locator("[data-chart=plan] .wb-brush")).to_be_visible()
    page.mouse.up()
    expect(page.locator("[data-region=rules]")).to_contain_text("Forbidden hours of Search (6 hours a week)")
    assert panel.state.forbid == {"search": (18, 19, 20, 42, 43, 44)}
    page.mouse.click(*middle(page, 19))
    expect(page.locator("[data-region=rules]")).to_contain_text("(5 hours a week)")
    page.get_by_role("button", name="Require").click()
    answered(page)
    page.focus("[data-chart=plan] .wb-plot")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowDown", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    answered(page)
    expect(page.locator("[data-region=rules]")).to_contain_text("Required hours of Search (4 hours a week)")
    assert panel.state.require == {"search": (25, 26, 49, 50)}
    assert "require=search:25-26.49-50" in page.url
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-region=rules]")).not_to_contain_text("Required hours")
    watched.assert_clean()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_on_a_phone_hours_come_from_a_list_and_nothing_scrolls_sideways(live, lang):
    panel, watched = live(width=390, query=f"lang={lang}&group=*", has_touch=True)
    page = watched.page
    page.locator("[data-region=plan] summary").first.click()
    page.locator(".wb-spans button").click()
    expect(page.locator("[data-region=rules]")).to_contain_text(
        ["(42 hours a week)", "每周 42 小时"][lang == "zh"]
    )
    assert len(panel.state.forbid["*"]) == 42
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    watched.assert_clean()


def test_the_budget_moves_by_key_and_a_map_keeps_its_place(live):
    _, watched = live()
    page = watched.page
    page.evaluate("window.kept = document.querySelector('[data-chart=plan] .wb-chart')")
    page.focus(".wb-total input[type=range]")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".wb-total b")).not_to_have_text("Budget ¥154,050 a week")
    page.fill(".wb-total input[type=text] >> nth=0", "120,000")
    page.keyboard.press("Enter")
    expect(page.locator(".wb-total b")).to_have_text("Budget ¥120,000 a week")
    page.get_by_label("Most a day").fill("90")
    page.keyboard.press("Enter")
    answered(page)
    assert page.evaluate("kept === document.querySelector('[data-chart=plan] .wb-chart')")
    watched.assert_clean()
