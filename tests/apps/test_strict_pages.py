"""Pages as people get them: no text is run as code, and every app works all the same."""

from __future__ import annotations

import live
import pytest
from playwright.sync_api import expect

from workbench.apps import security
from workbench.reports import notebooks

pytestmark = pytest.mark.browser
LONG = 120_000
EVALUATED = """() => new Promise((done) => {
  const script = document.createElement("script");
  script.nonce = document.querySelector("script[nonce]").nonce;
  window.say = done;
  script.textContent = "setTimeout(() => { try { say(eval('6 * 7')); } catch (error) { say(error.name); } })";
  document.body.append(script);
})"""
"""A script of the page's own evaluates a text, later: at once it might, for the test's browser lets it."""


@pytest.fixture(scope="module")
def strict(demo_store):
    """The app on the demo world, as `workbench app` serves it to people."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(security.DRIVEN, "")
        with live.running_app("-w", str(demo_store.path)) as app:
            yield app


def opened(watched, app, name):
    """A page whose panel is drawn; waited for without a word that the page would have to evaluate."""
    watched.page.goto(app.link(f"/{name}", lang="en"))
    expect(watched.page.locator("body.wb-shown .wb-panel.wb-ready").first).to_be_visible(timeout=LONG)
    return watched.page


def test_a_page_runs_no_text_as_code_and_draws_its_charts(strict, guarded_page, monkeypatch):
    monkeypatch.delenv(security.DRIVEN, raising=False)
    assert "unsafe-eval" not in security.policy("x")
    watched = guarded_page()
    page = opened(watched, strict, "campaigns")
    expect(page.locator("[data-chart] svg.marks").first).to_be_visible(timeout=LONG)
    watched.assert_clean()
    assert page.evaluate(EVALUATED) == "EvalError"


@pytest.mark.soak
@pytest.mark.parametrize("name", [item.name for item in notebooks.packaged().values() if item.is_app])
def test_every_app_works_without(strict, guarded_page, name):
    watched = guarded_page()
    page = opened(watched, strict, name)
    expect(page.locator("[data-await]")).to_have_count(0, timeout=LONG)
    assert page.locator(".wb-broken, .wb-failed").count() == 0
    watched.assert_clean()
