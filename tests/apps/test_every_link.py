"""A link as the Share button gives it shows a fresh browser the same controls and the same words.

Each of `APPS` in `make soak`. Customer card, data, home, monitor, reports and
segments are not in it yet.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import TimeoutError, expect

pytestmark = [pytest.mark.browser, pytest.mark.soak]
SETTLED = """() => document.body?.classList.contains("wb-shown") &&
  !document.querySelector("[data-await], .wb-busy") &&
  [...document.querySelectorAll("figure[data-chart]")].every((place) => place.querySelector("svg.marks"))"""
APPS = (
    *("attribution", "budget", "campaigns", "compare", "contacts", "customer_value"),
    *("experiment", "forecast", "incrementality", "interactions", "timeslots"),
)
CONTROLS = """() => [...document.querySelectorAll(
    "main select[data-key], main input[data-key], main [aria-pressed]")]
  .filter((one) => !one.closest("details.wb-menu"))
  .map((one) => [one.dataset.act, one.dataset.key, one.dataset.value, one.ariaPressed,
    one.value, one.checked])"""
SAID = """() => [...document.querySelectorAll("main [data-region]:not([data-region=notice])")]
  .filter((one) => !one.closest("details"))
  .map((one) => { const copy = one.cloneNode(true);
    for (const part of copy.querySelectorAll("details, svg, .wb-stage, [data-act=undo]")) part.remove();
    return [one.dataset.region ?? "", copy.textContent.replace(/\\s+/g, " ").trim()]; })"""
MOVES = (
    "main select[data-act=set]:enabled:has(option:nth-of-type(2))",
    "main button[data-act=set][aria-pressed=false]:enabled",
    "main button[data-act=by]:enabled",
    "main input[type=range]:enabled",
)
"""Where a first suitable control is looked for: a choice, a switch, a slider."""


def settled(page):
    """Wait until nothing is worked out or drawn any more."""
    page.wait_for_function(SETTLED, timeout=60_000)
    page.wait_for_load_state("networkidle")


def moved(page):
    """Change the first control that the address keeps, by keyboard where the browser lets one; says which."""
    before = page.url
    for found in MOVES:
        for control in page.locator(found).all():
            if not control.is_visible() or not change(control):
                continue
            try:
                page.wait_for_url(lambda url: url != before, timeout=20_000)
            except TimeoutError:
                continue
            settled(page)
            return found
    raise AssertionError("no control of this page changes its address")


def change(control):
    """Choose the last of a select, press a switch, or take a slider one step further."""
    kind = control.evaluate("it => it.type")
    if kind == "range":
        control.press("ArrowRight")
    elif kind == "select-one":
        last = control.evaluate("it => [...it.options].filter(one => !one.disabled).at(-1).value")
        if last == control.input_value():
            return False
        control.select_option(last)
    else:
        control.press("Enter")
    return True


def shown(page):
    """The values of all controls, and all that the page says."""
    settled(page)
    return page.evaluate(CONTROLS), page.evaluate(SAID)


def copied(page):
    """The two links as the Share button gives them: these numbers, always the newest."""
    share = page.locator("summary:has-text('Share')")
    share.press("Enter")
    for link in page.locator("[data-link]").all():
        expect(link).not_to_have_value("")
    found = [link.input_value() for link in page.locator("[data-link]").all()]
    page.keyboard.press("Escape")
    return found


@pytest.mark.parametrize("app", APPS)
def test_a_link_gives_a_fresh_browser_the_same_view(app_server, guarded_page, app):
    watched = guarded_page(height=1000)
    page = watched.page
    page.goto(app_server.link(app))
    settled(page)
    moved(page)
    here = shown(page)
    for link in copied(page):
        fresh = guarded_page(height=1000)
        fresh.page.goto(f"{link}{'&' if '?' in link else '?'}token={app_server.token}")
        controls, said = shown(fresh.page)
        assert controls == here[0]
        assert said == here[1]
        fresh.assert_clean()
        fresh.context.close()
    watched.assert_clean()
