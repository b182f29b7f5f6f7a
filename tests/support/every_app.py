"""What a reader does on any app page, by keyboard: move a control, take a link, go back, save, take away."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psutil
from playwright.sync_api import Locator, Page, TimeoutError, expect

from workbench.reports import notebooks

APPS = sorted(name for name, item in notebooks.packaged().items() if item.is_app)
STATES = {"customer_card": {"customer": "u03044"}}
"""Where an app is opened at something else than its beginning."""

SETTLED = """() => document.body?.classList.contains("wb-shown") &&
  !document.querySelector("[data-await], [data-unheard], .wb-busy") &&
  [...document.querySelectorAll("figure[data-chart]")].every((place) => place.querySelector("svg.marks"))"""
CONTROLS = """() => [...document.querySelectorAll(
    "main select[data-key], main input[data-key], main [aria-pressed], main button[data-act=set]")]
  .filter((one) => !one.closest("details.wb-menu") && !["target", "hold"].includes(one.dataset.act))
  .map((one) => [one.dataset.act, one.dataset.key ?? null, one.dataset.value ?? null, one.ariaPressed,
    one.value, one.checked ?? null])"""
"""Controls of the view; the form of targets and what keeps a page's numbers are no part of any link."""

SAID = """() => Object.fromEntries(
  [...document.querySelectorAll("main [data-region]:not([data-region=notice])")]
  .filter((one) => !one.closest("details"))
  .map((one) => { const copy = one.cloneNode(true);
    for (const part of copy.querySelectorAll("details, svg, .wb-stage, [data-act=undo], [data-act=hold]"))
      part.remove();
    return [one.dataset.region, copy.textContent.replace(/\\s+/g, " ").trim()]; }))"""
MOVES = (
    "main select[data-act=set]:enabled:has(option:nth-of-type(2))",
    "main button[data-act=set][aria-pressed=false]:enabled",
    "main button[data-act=by]:enabled",
    "main input[type=range]:enabled",
    "main button[data-act=kind]",
    "main button[data-act=set][data-key=rows]",
)
"""Where a first suitable control is looked for: a choice, a switch, a slider, a longer list."""

WRITTEN = {"csv": b"", "xlsx": b"PK", "png": b"\x89PNG", "svg": b"<svg", "html": b"<!doctype html>"}
"""How the files of each form begin."""

LONG = 240_000
"""Milliseconds for what a page works out, on a machine that does other things besides."""


def settled(page: Page) -> None:
    """Wait until nothing is asked for, worked out or drawn any more."""
    page.wait_for_function(SETTLED, timeout=LONG)
    page.wait_for_load_state("networkidle")


def holds(page: Page, controls: list[Any]) -> None:
    """Wait until the controls stand so: after Back the address is there before the kernel's answer is."""
    try:
        page.wait_for_function(
            f"wanted => JSON.stringify(({CONTROLS})()) === JSON.stringify(wanted)", arg=controls
        )
    except TimeoutError:
        assert page.evaluate(CONTROLS) == controls
    settled(page)


def moved(page: Page) -> str:
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


def change(control: Locator) -> bool:
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


def menu(page: Page, name: str) -> Locator:
    """A menu of what can be done with the view; nothing where the app has none of that name."""
    return page.locator(f".wb-actions summary:has-text('{name}')")


def copied(page: Page) -> list[str]:
    """The two links as the Share button gives them: these numbers, always the newest."""
    menu(page, "Share").press("Enter")
    for link in page.locator("[data-link]").all():
        expect(link).not_to_have_value("")
    found = [link.input_value() for link in page.locator("[data-link]").all()]
    page.keyboard.press("Escape")
    return found


def pressed(page: Page, act: str, url: str, controls: list[Any] | None) -> None:
    """Press undo or reset, where the app has it; the address and the controls are as they were."""
    button = page.locator(f".wb-actions [data-act={act}]")
    if not button.count():
        return
    button.press("Enter")
    page.wait_for_url(url)
    holds(page, controls) if controls is not None else settled(page)


def kept(page: Page, name: str) -> None:
    """Save the view under a name."""
    menu(page, "Save view").press("Enter")
    page.get_by_label("Name of the view").focus()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Saved as “{name}”")).to_be_visible()
    settled(page)


def reopened(page: Page, name: str) -> None:
    """Open the saved view of a name."""
    menu(page, "Save view").press("Enter")
    page.locator("details[open] [data-act=view]", has_text=name).press("Enter")


def offered(page: Page) -> list[str]:
    """One download of each form that the menu offers: `kpis.csv`, `all.xlsx`, `trend.png`, `report.html`.

    Files for an ad platform are left out: without a campaign of it in the data a sentence stands instead.
    """
    if not menu(page, "Download").count():
        return []
    menu(page, "Download").press("Enter")
    keys = page.locator(".wb-actions details[open] [data-act=download]")
    expect(keys.first).to_be_visible()
    found = keys.evaluate_all("all => all.map((one) => one.dataset.key)")
    page.keyboard.press("Escape")
    forms = {key.rpartition(".")[2]: key for key in reversed(found)}
    return [key for form, key in forms.items() if form in WRITTEN]


def taken(page: Page, key: str) -> bytes:
    """Take a download of the menu away."""
    menu(page, "Download").press("Enter")
    with page.expect_download(timeout=LONG) as download:
        page.locator(f".wb-actions details[open] [data-act=download][data-key='{key}']").press("Enter")
    return download.value.path().read_bytes()


def kill_kernels(app: Any) -> None:
    """End every kernel of a running app, as a lack of memory does."""
    for child in psutil.Process(app.pid).children():
        with suppress(psutil.NoSuchProcess):  # one that has just ended by itself
            if "template" not in child.cmdline():
                child.kill()


def opened_again(page: Page) -> None:
    """Take the way back that a page without a kernel offers."""
    banner = page.locator(".wb-banner")
    expect(banner).to_contain_text("Your filters are kept")
    with page.expect_navigation():
        banner.get_by_role("button", name="Open again").press("Enter")
    settled(page)
