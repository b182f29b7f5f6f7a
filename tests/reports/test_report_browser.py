"""The page of a real report in a browser, from disk, without a network."""

from __future__ import annotations

import pytest

from workbench.reports import run

pytestmark = pytest.mark.browser
THEMES = "[document.documentElement, document.querySelector('.wb-panel')].map((it) => it.dataset.theme ?? '')"
DRAWN = "[...document.querySelectorAll('[data-chart]')].every((chart) => chart.querySelector('svg'))"


@pytest.fixture(scope="module")
def campaigns(demo_store, tmp_path_factory):
    found = run("campaigns", {"lang": "zh"}, tmp_path_factory.mktemp("reports"), demo_store.path)
    assert found.status == "ok", found.error
    return found


def test_a_report_opens_from_disk_with_its_charts(campaigns, guarded_page):
    for width, theme in ((1280, "light"), (390, "dark")):
        watched = guarded_page(width=width, theme=theme, offline=True)
        watched.page.goto(campaigns.html.as_uri())
        watched.page.wait_for_function(DRAWN)
        assert watched.page.locator("[data-chart] svg").count() >= 4
        assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert watched.page.title() == "广告投放"
        assert len(watched.requests) == 1
        watched.assert_clean()


def test_paper_is_white_and_everything_on_it_is_open(campaigns, guarded_page):
    page = guarded_page(theme="dark", offline=True).page
    page.goto(campaigns.html.as_uri())
    page.evaluate("document.querySelector('.wb-panel').dataset.theme = 'dark'")
    before = page.evaluate(THEMES)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert set(page.evaluate(THEMES)) == {"light"}
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(THEMES) == before


def test_a_report_can_reach_no_other_host(campaigns, guarded_page):
    watched = guarded_page()
    watched.page.goto(campaigns.html.as_uri())
    reached = watched.page.evaluate("fetch('http://127.0.0.1:9/').then(() => true, () => false)")
    assert not reached
    assert all("127.0.0.1:9" not in url for url in watched.requests)


def test_the_checks_of_a_real_report_pass(campaigns):
    assert campaigns.warnings == ()
    assert campaigns.html.stat().st_size < 3e6
    assert campaigns.manifest["data_version"] >= 1
