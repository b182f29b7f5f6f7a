"""The panel in a real browser: still in a report, live against a real session, no network at all."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

import workbench as wb
from workbench.widgets import assets
from workbench.widgets.session import Session

pytestmark = pytest.mark.browser

ADDRESS = "http://127.0.0.1:1/campaigns"
POLICY = "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data:"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}"><title>Campaigns</title>
<link rel="icon" href="data:,">
<style>{css} body {{ margin: 0; background: var(--bg); }}</style>
<body {app}>{body}<script>{vega}</script><script>{scripts}</script></body></html>"""

# Stands in for Jupyter's connection: hands messages over in the order they come, and replies.
CONNECTION = """
const listeners = { "msg:custom": [], "change:page": [] };
window.turn = Promise.resolve();
window.sent = [];
window.lose = false;
const tell = (name, ...what) => { for (const hear of [...listeners[name]]) hear(...what); };
const said = (replies) => {
  for (const reply of JSON.parse(replies)) if (!lose) tell("msg:custom", reply, []);
};
const model = {
  get: () => window.page,
  on: (name, hear) => listeners[name].push(hear),
  off: () => {},
  send: (message) => {
    sent.push(message);
    turn = turn.then(() => ask(JSON.stringify(message))).then(said);
  },
};
window.fetchPage = async () => { window.page = JSON.parse(await first()); };
window.reconnect = async () => { lose = false; await fetchPage(); tell("change:page"); };
fetchPage().then(() => {
  setInterval(() => pushed().then(said), 100);  // what a job beside the messages has found
  workbenchPanel.initialize({ model });
  workbenchPanel.render({ model, el: document.getElementById("here") });
});
"""


def write(body: str, extra: str = "", app: bool = False) -> str:
    """A page that carries everything it needs."""
    return PAGE.format(
        policy=POLICY,
        css=assets.css(),
        app='data-workbench="app"' if app else "",
        body=body,
        vega=assets.vega_bundle(),
        scripts=assets.chart_js() + assets.panel_js() + extra,
    )


def drawn(page, charts: int = 4) -> None:
    """Wait until all charts are there."""
    page.wait_for_function(f"document.querySelectorAll('.wb-figure .wb-stage svg').length === {charts}")


@pytest.fixture
def still(guarded_page, panel, tmp_path):
    """Open a report of the panel."""

    def show(width=1280, theme="light", **settings):
        panel.state.update(**settings)
        file = tmp_path / "report.html"
        file.write_text(write(panel.to_html(), "workbenchBoot();"), encoding="utf-8")
        watched = guarded_page(width=width, theme=theme, offline=True)
        watched.page.goto(file.as_uri())
        drawn(watched.page)
        return watched

    return show


def taken(kept: list) -> list:
    """What was pushed and not yet fetched, in its order."""
    found, kept[:] = [*kept], []
    return found


def answers(kept: list, reply: dict) -> str:
    """A reply behind what was pushed before it, as a connection hands them over."""
    return json.dumps([*taken(kept), reply])


def open_live(guarded_page, panel, session, query="", width=1280, charts=4, **options):
    """Open a panel live: a real page and a real session, with a plain pipe between them."""
    if query:
        panel.open(query)
    watched = guarded_page(width=width, **options)
    page = watched.page
    kept: list = []
    session.push = kept.append
    page.expose_function("first", lambda: (taken(kept), json.dumps(session.page()))[1])
    page.expose_function("pushed", lambda: json.dumps(taken(kept)))
    page.expose_function("ask", lambda said: answers(kept, session.receive(json.loads(said))[0]))
    html = write('<div id="here"></div>', CONNECTION, app=True)
    page.route("http://127.0.0.1:1/**", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(ADDRESS + (f"?{query}" if query else ""))
    drawn(page, charts)
    return watched


@pytest.fixture
def live(guarded_page, panel):
    """Open the panel live."""

    def show(width=1280, query="", **options):
        return open_live(guarded_page, panel, Session(panel), query, width, **options)

    return show


def settled(page) -> None:
    """Wait until every message is answered and drawn."""
    page.evaluate("turn")
    page.wait_for_function("!document.querySelector('.wb-busy')")
    page.wait_for_timeout(80)


def lines(page) -> str:
    """The shape of the trend as it is drawn."""
    paths = "[...document.querySelectorAll('[data-chart=trend] path')]"
    return str(page.evaluate(f"{paths}.map((path) => path.getAttribute('d')).join()"))


def first_row(page) -> str:
    """The first name in the breakdown."""
    return page.locator("tbody th").first.inner_text()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("zh", "dark")])
def test_a_report_is_complete_without_a_network(still, width, lang, theme):
    watched = still(width=width, lang=lang, theme=theme)
    watched.assert_clean()
    page = watched.page
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("h1").inner_text() == {"en": "Campaigns", "zh": "广告投放"}[lang]
    columns = page.evaluate(
        "getComputedStyle(document.querySelector('.wb-two')).gridTemplateColumns.split(' ').length"
    )
    assert columns == (2 if width == 1280 else 1)


def test_a_report_changes_its_theme_by_itself(still):
    watched = still()
    page = watched.page
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("[data-act=theme]")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    watched.assert_clean()


def test_a_definition_shows_on_hover_and_on_focus(still):
    page = still(width=390).page
    hint = page.locator("#wb-tip-cpa")
    assert hint.is_hidden()
    page.focus("[aria-describedby=wb-tip-cpa]")
    hint.wait_for(state="visible")
    box = hint.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    hint.wait_for(state="hidden")


def test_the_slider_redraws_in_place_and_keeps_the_drag(live):
    watched = live()
    page = watched.page
    page.evaluate("window.kept = document.querySelector('[data-chart=trend] .wb-chart')")
    before, slider = lines(page), page.locator("input[type=range]").bounding_box()
    y = slider["y"] + slider["height"] / 2
    page.mouse.move(slider["x"] + 20, y)
    page.mouse.down()
    for step in range(12):
        page.mouse.move(slider["x"] + 20 + 6 * step, y)
        page.wait_for_timeout(20)
    page.mouse.up()
    settled(page)
    days = page.locator("input[type=range]").input_value()
    assert int(days) > 60
    assert page.locator(".wb-slider output").inner_text() == f"{days} days"
    assert lines(page) != before
    assert page.evaluate("kept === document.querySelector('[data-chart=trend] .wb-chart')")
    assert page.url == f"{ADDRESS}?period=last_{days}_days"
    assert page.evaluate("sent.filter((message) => message.live).length") <= 12
    page.go_back()
    settled(page)
    assert page.locator("input[type=range]").input_value() == "28"
    assert lines(page) == before
    watched.assert_clean()


def test_a_filter_is_added_in_an_open_menu_and_removed_by_its_chip(live):
    watched = live()
    page = watched.page
    before = page.locator(".wb-value").first.inner_text()
    page.click(".wb-filters summary")
    page.click(".wb-checks label:has-text('Search')")
    settled(page)
    assert page.locator(".wb-menu[open]").count() == 1
    assert page.locator(".wb-filter").inner_text().split() == ["Channel:", "Search", "×"]
    assert page.locator(".wb-value").first.inner_text() != before
    assert page.url.endswith("?channel=search")
    page.keyboard.press("Escape")
    assert page.locator(".wb-menu[open]").count() == 0
    page.click(".wb-filter .wb-x")
    settled(page)
    assert page.locator(".wb-value").first.inner_text() == before
    assert page.url == ADDRESS
    watched.assert_clean()


def test_keys_drill_down_and_escape_goes_up(live):
    watched = live()
    page = watched.page
    top = first_row(page)
    page.focus("tbody tr:first-child .wb-open")
    page.keyboard.press("Enter")
    settled(page)
    assert page.locator(".wb-path").inner_text().split("\n")[-1] == top
    assert first_row(page) != top
    page.locator("tbody tr").nth(1).locator("td").nth(2).click()
    settled(page)
    assert page.locator(".wb-path li").count() == 3
    assert page.locator("tbody .wb-open").count() == 0
    page.locator("h1").click()
    page.keyboard.press("Escape")
    settled(page)
    page.keyboard.press("Escape")
    settled(page)
    assert page.locator(".wb-path").count() == 0
    assert first_row(page) == top
    watched.assert_clean()


def test_a_click_in_a_chart_drills_down_too(live):
    watched = live()
    page = watched.page
    page.locator("[data-chart=share] .mark-arc path").first.click()
    settled(page)
    assert page.locator(".wb-path").count() == 1
    watched.assert_clean()


def test_language_and_theme(live):
    watched = live(theme="light")
    page = watched.page
    page.click("[data-key=lang]")
    settled(page)
    assert page.locator("h1").inner_text() == "广告投放"
    assert page.locator(".wb").get_attribute("lang") == "zh"
    count = page.evaluate("sent.length")
    page.click("[data-act=theme]")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    settled(page)
    assert page.evaluate("sent.length") == count + 1
    assert page.url == f"{ADDRESS}?lang=zh&theme=dark"
    watched.assert_clean()


def test_focus_stays_where_it_is_when_the_page_changes(live):
    page = live().page
    page.focus("[data-act=set][data-key=metric][data-value=roas]")
    page.keyboard.press("Enter")
    settled(page)
    assert page.evaluate("document.activeElement.dataset.value") == "roas"
    assert page.locator(".wb-head h2").nth(1).inner_text() == "ROAS over time"


def test_a_refused_wish_is_said_in_place_and_the_control_goes_back(live):
    watched = live()
    page = watched.page
    page.evaluate(
        "document.querySelector('select[data-key=period]').insertAdjacentHTML("
        "'beforeend', '<option value=evil>evil</option>')"
    )
    page.select_option("select[data-key=period]", "evil")
    settled(page)
    assert "names no period" in page.locator("[role=alert]").inner_text()
    assert page.locator("select[data-key=period]").input_value() == "last_28_days"
    page.click("[data-act=dismiss]")
    settled(page)
    assert page.locator("[role=alert]").count() == 0
    watched.assert_clean()


def test_a_page_whose_connection_was_lost_shows_the_state_of_the_kernel(live):
    watched = live()
    page = watched.page
    before = lines(page)
    page.evaluate("lose = true")
    page.click("[data-act=set][data-key=metric][data-value=roas]")
    page.evaluate("turn")
    assert lines(page) == before
    page.evaluate("reconnect()")
    settled(page)
    assert page.locator(".wb-head h2").nth(1).inner_text() == "ROAS over time"
    assert lines(page) != before
    page.locator("input[type=range]").fill("60")
    settled(page)
    assert page.locator(".wb-slider output").inner_text() == "60 days"
    assert page.url == f"{ADDRESS}?period=last_60_days&metric=roas"
    watched.assert_clean()


def test_the_link_in_the_share_sheet_opens_this_view(live):
    page = live(query="metric=roas&channel=search").page
    page.click("summary:has-text('Share')")
    # a browser tells of an opened menu a moment after the click
    newest, pinned = (
        page.get_by_role("textbox", name=name) for name in ("Always the newest", "These numbers")
    )
    expect(newest).to_have_value(f"{ADDRESS}?channel=search&metric=roas")
    expect(pinned).to_have_value(re.compile(r"\?channel=search&metric=roas&version=\d+$"))
    expect(page.locator("[data-local]")).to_be_visible()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_but_tables_and_navigation_scrolls_sideways_on_a_phone(live, lang):
    watched = live(width=390, query=f"lang={lang}&channel=search", has_touch=True)
    page = watched.page
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for number in range(page.locator(".wb-menu > summary").count()):
        summary = page.locator(".wb-menu > summary").nth(number)
        summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        box = page.locator(".wb-menu[open] > .wb-pop").bounding_box()
        assert (round(box["x"]), round(box["width"])) == (0, 390)
        page.keyboard.press("Escape")
    watched.assert_clean()


def test_names_from_data_stay_text_in_the_browser(guarded_page, hostile, tmp_path):
    file = tmp_path / "hostile.html"
    hostile.state.update(by=["campaign"])
    file.write_text(write(hostile.to_html(), "workbenchBoot();"), encoding="utf-8")
    watched = guarded_page(offline=True)
    watched.page.goto(file.as_uri())
    drawn(watched.page)
    assert watched.page.locator(".wb img").count() == 0
    watched.assert_clean()


def test_the_page_of_a_workspace_without_data(guarded_page, tmp_path):
    file = tmp_path / "empty.html"
    panel = wb.widgets.Campaigns(wb.data.open(tmp_path / "empty"))
    file.write_text(write(panel.to_html(), "workbenchBoot();"), encoding="utf-8")
    watched = guarded_page()
    watched.page.goto(file.as_uri())
    assert "no delivery data yet" in watched.page.locator("main").inner_text()
    watched.assert_clean()


def test_a_chart_that_went_comes_back_with_undo(guarded_page, demo_store):
    panel = wb.widgets.Forecast(demo_store)
    watched = open_live(guarded_page, panel, Session(panel), charts=2)
    page = watched.page
    page.select_option("[data-act=set][data-key=metric]", "cac")
    expect(page.locator("figure[data-chart=month]")).to_have_count(0)
    page.click("[data-act=undo]")
    expect(page.locator("figure[data-chart=month] svg.marks")).to_be_visible()
    watched.assert_clean()
