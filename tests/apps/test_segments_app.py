"""The Segments app in a real browser: chosen by mouse and keyboard, saved; from a file to a saved segment."""

from __future__ import annotations

import shutil

import live
import pytest
from playwright.sync_api import expect

import workbench as wb

pytestmark = pytest.mark.browser
SHOWN = "document.body?.classList.contains('wb-shown')"
CELLS = "figure[data-chart=map] [class*=choose_cell] path"


def opened(watched, app, name, **query):
    """A page once it is shown."""
    watched.page.goto(app.link(f"/{name}", **query))
    watched.page.wait_for_function(SHOWN, timeout=90_000)
    return watched.page


def at(page, cell):
    """Where the middle of a cell of the map is in the window, which is moved to show it."""
    page.locator("figure[data-chart=map]").evaluate("it => it.scrollIntoView({ block: 'center' })")
    found = page.locator(CELLS).evaluate_all(
        """(all, key) => all.filter((one) => one.__data__.datum.key === key).map((one) => {
        const box = one.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2]; })""",
        cell,
    )
    return found[0]


@pytest.fixture(scope="module")
def segments_app(demo_store, tmp_path_factory, private_home):
    """The app on a demo world of its own."""
    folder = tmp_path_factory.mktemp("segments") / "ws"
    shutil.copytree(demo_store.path, folder, ignore=shutil.ignore_patterns("segments", "trash"))
    with live.running_app("-w", str(folder)) as app:
        yield app, folder


def test_chosen_by_drag_click_and_keyboard_and_saved(segments_app, guarded_page):
    app, folder = segments_app
    watched = guarded_page()
    page = opened(watched, app, "segments")
    cells = page.locator(CELLS)
    expect(cells.first).to_be_visible(timeout=60_000)
    data = {row["cell"]: row for row in wb.segments.rfm_map(wb.data.open(folder)).cells.to_dict("records")}
    page.mouse.move(*at(page, "r4f4"))
    page.mouse.down()
    page.mouse.move(*at(page, "r5f5"), steps=6)
    page.mouse.up()
    several = [data[name]["customers"] for name in ("r4f4", "r5f4", "r4f5", "r5f5")]
    count = page.locator("[data-region=count] .wb-value")
    expect(count).to_have_text(f"{sum(several):,}", timeout=30_000)
    page.mouse.click(*at(page, "r5f1"))
    expect(count).to_have_text(f"{sum(several) + data['r5f1']['customers']:,}", timeout=30_000)
    page.locator("figure[data-chart=map] .wb-plot").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("[data-region=cells] .wb-cells input:checked")).to_have_count(6, timeout=30_000)
    page.locator("[data-region=cells] summary").click()
    page.locator("input[data-act=pick][value=r5f1]").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-region=cells] .wb-cells input:checked")).to_have_count(5, timeout=30_000)
    page.locator("[data-act=segment_save] input").fill("From the map")
    page.locator("[data-act=segment_save] button").first.click()
    expect(page.locator("[data-region=saved]")).to_contain_text("From the map", timeout=30_000)
    store = wb.data.open(folder)
    meant = wb.segments.count(store, "From the map")
    expect(count).to_have_text(f"{meant:,}")
    watched.assert_clean()


@pytest.mark.parametrize(("width", "theme", "lang"), [(390, "dark", "zh"), (1280, "light", "en")])
def test_a_rule_by_its_controls_on_every_screen(segments_app, guarded_page, width, theme, lang):
    app, folder = segments_app
    watched = guarded_page(width=width, theme=theme)
    page = opened(watched, app, "segments", lang=lang)
    page.locator("select[data-key='/add']").select_option("orders")
    value = page.locator("input[data-key='0/value']")
    expect(value).to_be_visible(timeout=30_000)
    value.fill("4")
    wanted = wb.segments.rule(wb.segments.ordered(4)).count(wb.data.open(folder))
    expect(page.locator("[data-region=count] .wb-value")).to_have_text(f"{wanted:,}", timeout=30_000)
    value.fill("x")
    value.press("Enter")
    expect(page.locator("[data-id=rule-0] .wb-fault")).to_be_visible(timeout=30_000)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    watched.assert_clean()


@pytest.mark.shared
def test_from_a_public_file_to_saved_segments_by_mouse_alone(
    shared_data, tmp_path, private_home, guarded_page
):
    file = shared_data / "marketing_campaign.csv"
    if not file.is_file():
        pytest.skip(f"{file.name} is not there")
    wb.data.open(tmp_path / "ws")
    with live.running_app("-w", str(tmp_path / "ws")) as app:
        watched = guarded_page()
        page = opened(watched, app, "data")
        imported(page, file, "customers", {})
        imported(page, file, "tags", {"ID": "customer_id", "Education": "tag"})
        page.get_by_role("link", name="Segments").click()
        page.wait_for_function(SHOWN, timeout=90_000)
        expect(page.locator("[data-region=map]")).to_contain_text("No orders yet", timeout=60_000)
        page.locator("select[data-key='/add']").select_option("tag")
        tag = page.locator("select[data-key='0/tag']")
        expect(tag).to_be_visible(timeout=30_000)
        tag.select_option("PhD")
        size = page.locator("[data-region=count] .wb-value")
        expect(size).to_have_text("486", timeout=30_000)
        page.locator("select[data-key='/add']").select_option("field:created_date")
        expect(page.locator("[data-id=rule-1]")).to_be_visible(timeout=30_000)
        page.locator("[data-act=segment_save] input").fill("Doctors")
        page.locator("[data-act=segment_save] button").first.click()
        expect(page.locator("[data-region=saved]")).to_contain_text("Doctors", timeout=30_000)
        watched.assert_clean()
    store = wb.data.open(tmp_path / "ws")
    meant = wb.segments.load(store, "Doctors")
    assert len(meant.tree.parts) == 2


def imported(page, file, table, columns):
    """Drop the file, say what it is and which column is what, import it."""
    page.set_input_files("input[type=file]", file)
    kind = page.locator("select[data-act=say][data-key=table]")
    expect(kind).to_be_visible(timeout=60_000)
    kind.select_option(table)
    for header, column in columns.items():
        page.get_by_label(f"What {header} becomes").select_option(column)
    bring = page.locator("[data-act=import]")
    expect(bring).to_be_visible(timeout=60_000)
    bring.click()
    expect(page.locator(".wb-verdict")).to_contain_text("Imported: 2,240 rows", timeout=60_000)
    page.locator("[data-act=close]").first.click()
    expect(page.locator(".wb-verdict")).to_have_count(0, timeout=30_000)
