"""The Segments app in a real browser: chosen by mouse and keyboard, saved; from a file to a saved segment."""

from __future__ import annotations

import re
import shutil

import live
import pandas as pd
import pytest
from every_app import kill_kernels, opened_again
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


def at(page, cell, chart="map", marks="choose_cell"):
    """Where the middle of a mark of a chart is in the window, which is moved to show it."""
    page.locator(f"figure[data-chart={chart}]").evaluate("it => it.scrollIntoView({ block: 'center' })")
    found = page.locator(f"figure[data-chart={chart}] [class*={marks}] path").evaluate_all(
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


def test_a_square_and_a_bar_become_rules_by_a_click(segments_app, guarded_page):
    app, folder = segments_app
    store = wb.data.open(folder)
    for name, tree in (
        ("two orders", wb.segments.ordered(2)),
        ("women", wb.segments.field("gender") == "female"),
    ):
        wb.segments.save(store, wb.segments.rule(tree), name, shared=True)
    names = [rule.name for rule in wb.segments.listed(store)][:6]
    watched = guarded_page()
    page = opened(watched, app, "segments")
    count = page.locator("[data-region=count] .wb-value")
    for name in ("overlap", "flow"):
        expect(page.locator(f"figure[data-chart={name}] [class*=choose_] path").first).to_be_visible(
            timeout=90_000
        )
    one, other = names.index("two orders"), names.index("women")
    page.mouse.click(*at(page, f"{one}:{other}", "overlap", "choose_pair"))
    both = wb.segments.rule(wb.segments.in_segment("two orders") & wb.segments.in_segment("women"))
    expect(count).to_have_text(f"{both.count(store):,}", timeout=30_000)
    expect(page.locator("[data-act=segment_save] input")).to_have_value(re.compile("in segment"))
    page.mouse.click(*at(page, "champions", "flow", "choose_node"))
    drift = wb.segments.rfm_drift(store, 90).table
    later = drift.loc[drift["after"] == "champions", "customers"].sum()
    expect(count).to_have_text(f"{later:,}", timeout=30_000)
    page.locator("[data-act=segment_save] button").first.click()
    expect(page.locator("[data-region=saved]")).to_contain_text("RFM", timeout=30_000)
    moved = drift.set_index(["before", "after"]).loc[("new", "attention"), "customers"]
    bar = page.locator("[data-region=chosen]")
    page.locator("figure[data-chart=flow] [class*=choose_link] path").evaluate_all(
        "all => all.find((one) => one.__data__.datum.key === 'new>attention').setAttribute('id', 'ribbon')"
    )
    page.locator("#ribbon").dispatch_event("click")
    expect(bar).to_contain_text(f"{moved:,} customers: New → Needs attention", timeout=30_000)
    bar.locator("button").first.click()
    expect(bar).to_contain_text("Saved as segment “New → Needs", timeout=30_000)
    page = opened(watched, app, "interactions")
    rows = page.locator("figure[data-chart=reactions] [class*=choose_] path")
    expect(rows.first).to_be_visible(timeout=60_000)
    page.mouse.click(*at(page, "email", "reactions", "choose_"))
    bar = page.locator("[data-region=chosen]")
    expect(bar).to_contain_text("customers: Reacted well: E-mail", timeout=30_000)
    bar.locator("button").first.click()
    expect(bar).to_contain_text("Saved as segment “Reacted well: E-mail”", timeout=30_000)
    kept = wb.segments.load(wb.data.open(folder), "Reacted well: E-mail")
    assert kept.count(wb.data.open(folder)) > 0
    watched.assert_clean()


def test_customer_value_cells_by_drag_and_by_keyboard_become_segments(segments_app, guarded_page):
    app, folder = segments_app
    watched = guarded_page()
    page = opened(watched, app, "customer_value")
    bar = page.locator("[data-region=chosen]")
    cells = page.locator("figure[data-chart=cohorts] [class*=choose_cell] path")
    expect(cells.first).to_be_visible(timeout=90_000)
    one, other = "2025-06-01:2", "2025-07-01:3"
    page.mouse.move(*at(page, one, "cohorts"))
    page.mouse.down()
    page.mouse.move(*at(page, other, "cohorts"), steps=4)
    page.mouse.up()
    store = wb.data.open(folder)
    meant = wb.segments.pointed(store, wb.segments.cohorts(store, store.as_of), f"{one}..{other}")
    expect(bar).to_contain_text(meant.sentence("en"), timeout=30_000)
    page.locator("figure[data-chart=pareto] .wb-plot").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(bar.locator("input")).to_be_focused(timeout=30_000)
    expect(bar.locator("input")).to_have_value("The best 50% by value in 365 days")
    page.keyboard.type("Top half")
    page.keyboard.press("Enter")
    expect(bar).to_contain_text("Saved as segment “Top half”", timeout=30_000)
    assert wb.segments.count(wb.data.open(folder), "Top half") == 10_000
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


def test_a_half_written_rule_outlives_its_kernel_and_what_is_half_typed_is_told(segments_app, guarded_page):
    app, _folder = segments_app
    page = opened(guarded_page(), app, "segments")
    page.locator("select[data-key='/add']").select_option("orders")
    value = page.locator("input[data-key='0/value']")
    expect(value).to_be_visible(timeout=60_000)
    rule, written = value.input_value(), page.locator(".wb-rule-said").inner_text()
    value.fill("17")
    expect(page.locator(".wb-rule-said")).not_to_have_text(written, timeout=60_000)
    kill_kernels(app)
    banner = page.locator(".wb-banner")
    expect(banner).to_contain_text("Your filters are kept", timeout=60_000)
    expect(banner).to_contain_text("half-typed value")
    expect(value).to_have_value("17")
    opened_again(page)
    expect(value).to_have_value(rule, timeout=60_000)
    expect(page.locator(".wb-rule-said")).to_have_text(written)


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
        dropped(page, file)
        chosen(page, "[data-act=say][data-key=table]", "customers")
        income = page.get_by_label("What Income becomes")
        expect(income).to_have_value("own:Income", timeout=60_000)
        left_out = page.get_by_label("What MntFruits becomes")
        left_out.select_option("")
        expect(left_out).to_have_value("", timeout=30_000)
        verdict = page.locator(".wb-verdict")
        expect(verdict).to_contain_text("All is well: 2,240 rows", timeout=60_000)
        page.locator("[data-act=import]").click()
        expect(verdict).to_contain_text("Imported: 2,240 rows", timeout=60_000)
        page.locator("nav summary", has_text="Customers").click()
        page.get_by_role("link", name="Segments").click()
        page.wait_for_function(SHOWN, timeout=90_000)
        expect(page.locator("[data-region=map]")).to_contain_text("No orders yet", timeout=60_000)
        two = nested(page)
        saved = page.locator("[data-region=overlap]")
        expect(saved.locator("tbody tr")).to_have_count(2, timeout=60_000)
        for name, size in two.items():
            row = saved.locator("tbody tr", has_text=name)
            expect(row).to_contain_text(f"{size:,}", timeout=30_000)
        watched.assert_clean()
    store = wb.data.open(tmp_path / "ws")
    table = pd.read_csv(file, sep=";")
    wealthy = table["Income"] >= 68_500
    told = [rule.suggested_name("en") for rule in wb.segments.listed(store)]
    assert sorted(told) == sorted(two)
    assert sorted(two.values()) == sorted(
        [int((wealthy & ((table["Response"] == 1) | table["Education"].isin(["PhD", "Master"]))).sum()),
         int((table["Kidhome"] == 2).sum())]
    )  # fmt: skip
    with pytest.raises(wb.errors.QuestionError, match="MntFruits"):
        wb.segments.rule(wb.segments.field("MntFruits") > 3).count(store)


def nested(page):
    """Write and save a rule with a group in it, and another one, by mouse; name → size as the page says."""
    size = page.locator("[data-region=count] .wb-value")
    chosen(page, "[data-key='/add']", "field:Income")
    chosen(page, "[aria-label='Suggestions: Value']", "68500")
    page.locator("[data-key='/add'][data-value='group:any']").click()
    chosen(page, "[data-key='1.0/what']", "field:Response")
    chosen(page, "[data-key='1.0/value']", "1")
    chosen(page, "[data-key='1/add']", "field:Education")
    chosen(page, "[data-key='1.1/op']", "in")
    page.locator("[data-keep='values-1.1'] summary").click()
    for value, on in (("Master", True), ("PhD", True), ("Graduation", False)):
        box = page.locator(f"[data-keep='values-1.1'] input[value='{value}']")
        if box.is_checked() != on:
            box.click()
            expect(box).to_be_checked(checked=on, timeout=30_000)
    expect(page.locator(".wb-rule-said")).to_contain_text("Income” is at least 68,500 and (", timeout=30_000)
    found = {kept(page): number(size)}
    page.locator("[data-act=new]").click()
    chosen(page, "[data-key='/add']", "field:Kidhome")
    chosen(page, "[data-key='0/value']", "2")
    expect(size).to_have_text("48", timeout=30_000)
    return found | {kept(page): number(size)}


def kept(page):
    """Save under the suggested name."""
    name = page.locator("[data-act=segment_save] input").input_value()
    page.locator("[data-act=segment_save] button").first.click()
    expect(page.locator("[data-region=saved]")).to_contain_text(name, timeout=30_000)
    return name


def number(place):
    return int(place.inner_text().replace(",", ""))


def chosen(page, selector, value):
    """Choose in a list, once it is there, and wait until the page shows it."""
    box = page.locator(f"select{selector}").first
    expect(box).to_be_visible(timeout=60_000)
    box.select_option(value)
    if not selector.endswith("/add']"):
        expect(box).to_have_value(value, timeout=30_000)


def dropped(page, file):
    """Drag a file from outside of the browser onto the page and let it go there."""
    box = page.locator("[data-upload]").bounding_box()
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "data": data}
    for step in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": step, **place})
