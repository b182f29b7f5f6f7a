"""The apps in a real browser that can reach this machine only."""

from __future__ import annotations

import time

import psutil
import pytest
from playwright.sync_api import expect

from workbench.apps import passes

pytestmark = pytest.mark.browser
SHOWN = "document.body?.classList.contains('wb-shown')"
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"


@pytest.mark.parametrize(("width", "theme", "lang"), [(1280, "light", "en"), (390, "dark", "zh")])
def test_the_campaigns_app_opens_with_its_charts(app_server, guarded_page, width, theme, lang):
    watched = guarded_page(width=width, theme=theme)
    page = watched.page
    page.goto(app_server.link("/campaigns", lang=lang))
    page.wait_for_function(SHOWN, timeout=60_000)
    page.wait_for_function("document.querySelectorAll('[data-chart] svg').length >= 4", timeout=30_000)
    assert "token" not in page.url
    assert not page.evaluate(SIDEWAYS)
    assert page.title() == {"en": "Campaigns", "zh": "广告投放"}[lang]
    assert page.locator(".wb-skeleton").is_hidden()
    assert not [url for url in watched.requests if "/voila/" in url], (
        "a page of panels needs no other front end"
    )
    watched.assert_clean()


def test_a_panel_is_shown_although_its_opening_was_missed(app_server, guarded_page):
    """The line was slow: what the kernel said when it opened the panel never arrived."""
    watched = guarded_page()
    page, missed = watched.page, []

    def line(socket):
        server = socket.connect_to_server()
        socket.on_message(server.send)

        def told(message):
            lost = isinstance(message, str) and '"comm_open"' in message
            (missed.append if lost else socket.send)(message)

        server.on_message(told)

    page.route_web_socket("**/channels*", line)
    page.goto(app_server.link("/campaigns"))
    page.wait_for_function("document.querySelectorAll('[data-chart] svg').length >= 4", timeout=60_000)
    page.locator("input[type=range][data-key=days]").press("ArrowRight")
    page.wait_for_url("**/campaigns?*period=last_29_days*", timeout=20_000)
    watched.assert_clean()


def test_leaving_a_page_ends_its_kernel(tiny_app, guarded_page):
    page = guarded_page().page
    page.goto(tiny_app.link("/plain"))
    page.wait_for_function(SHOWN, timeout=60_000)
    asked = f"{tiny_app.url}/api/kernels/{page.evaluate('document.body.dataset.kernelId')}"
    assert page.request.get(asked).status == 200  # by the browser that holds it: nobody else is told of it
    page.goto("about:blank")
    until = time.monotonic() + 20  # less than what a page that only lost its connection is given
    while (status := page.request.get(asked).status) == 200 and time.monotonic() < until:
        time.sleep(0.1)
    assert status == 404


def test_widgets_of_an_own_notebook_work(tiny_app, guarded_page):
    watched = guarded_page()
    watched.page.goto(tiny_app.link("/tiny"))
    watched.page.wait_for_function(SHOWN, timeout=60_000)
    watched.page.locator(".noUi-handle").press("ArrowRight")
    watched.page.get_by_text("moved to 1").wait_for(timeout=20_000)
    assert [url for url in watched.requests if url.endswith("/voila/voila.js")]
    watched.assert_clean()


def test_a_failed_page_shows_its_card_and_no_skeleton(tiny_app, guarded_page):
    page = guarded_page(width=390).page
    page.goto(tiny_app.link("/fails", lang="zh"))
    page.get_by_role("alert").get_by_text("No data yet. Import some.").wait_for()
    assert page.locator(".wb-skeleton").is_hidden()
    assert not page.evaluate(SIDEWAYS)


def test_the_login_page_opens_the_app(tiny_app, guarded_page):
    page = guarded_page().page
    page.goto(f"{tiny_app.url}/plain")
    page.get_by_label("Link or token").fill(tiny_app.token)
    page.get_by_role("button").click()
    page.get_by_text("plain 42").wait_for(timeout=60_000)


def test_a_page_whose_kernel_ended_says_how_to_go_on(tiny_app, guarded_page):
    page = guarded_page().page
    page.goto(tiny_app.link("/plain", x="1"))
    page.wait_for_function(SHOWN, timeout=60_000)
    page.evaluate(
        """() => fetch(`/voila/api/shutdown/${document.body.dataset.kernelId}`, {method: "POST", headers:
        {"X-XSRFToken": document.cookie.match(/_xsrf=([^;]+)/)[1]}})"""
    )
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.locator(".wb-banner").get_by_role("button").click()
    page.get_by_text("plain 42").wait_for(timeout=60_000)
    assert page.url.endswith("/plain?x=1")


def test_a_page_whose_kernel_was_killed_goes_on_where_it_was(app_server, guarded_page):
    page = guarded_page().page
    page.goto(app_server.link("/campaigns"))
    page.wait_for_function(SHOWN, timeout=60_000)
    page.locator("input[type=range][data-key=days]").press("ArrowRight")
    page.wait_for_url("**/campaigns?*period=last_29_days*", timeout=20_000)
    heading = page.locator("[data-region=title]").inner_text()
    kernels = [
        child for child in psutil.Process(app_server.pid).children() if "template" not in child.cmdline()
    ]
    for child in kernels:
        child.kill()
    banner = page.locator(".wb-banner")
    expect(banner).to_contain_text("Your filters are kept", timeout=30_000)
    expect(banner).not_to_contain_text("not saved")  # for all of it stands in the address
    with page.expect_navigation():
        banner.get_by_role("button").press("Enter")
    page.wait_for_function(SHOWN, timeout=60_000)
    assert "period=last_29_days" in page.url
    assert page.locator("[data-region=title]").inner_text() == heading
    expect(page.locator(".wb-banner")).to_have_count(0)


def test_the_frame_wears_the_theme_the_reader_chose(tiny_app, guarded_page):
    watched = guarded_page(theme="light")
    watched.page.add_init_script("localStorage.setItem('workbench-theme', 'dark')")
    watched.page.goto(tiny_app.link("/plain"))
    watched.page.wait_for_function(SHOWN, timeout=60_000)
    assert watched.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 19, 24)"


def test_an_open_page_says_that_its_link_has_ended(tiny_app, guarded_page):
    given = passes.issue(tiny_app.token, "viewer", days=1)
    page = guarded_page(width=390).page
    page.goto(f"{tiny_app.url}/plain?lang=zh&token={given}")
    page.wait_for_function(SHOWN, timeout=60_000)
    kernel = page.evaluate("document.body.dataset.kernelId")
    passes.end(tiny_app.token, given)
    banner = page.locator(".wb-banner")
    expect(banner).to_contain_text("您的登录已失效", timeout=15_000)
    assert not page.evaluate(SIDEWAYS)
    banner.locator("button").click()
    expect(page.locator("input[name=password]")).to_be_visible(timeout=15_000)
    assert "lang" in page.url, "what was looked at is kept for the next link"
    assert kernel not in page.content()
