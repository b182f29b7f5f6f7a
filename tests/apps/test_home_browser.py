"""The Home app in a real browser: deciding about a finding by mouse, and taking it back by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_finding_is_decided_by_mouse_and_shown_again_by_keyboard(app_server, guarded_page):
    watched = guarded_page()
    page = watched.page
    page.goto(app_server.link("/home", lang="en"))
    findings = page.locator('[data-region="findings"] li')
    expect(findings.first).to_be_visible(timeout=60_000)
    sentence = findings.first.locator(".wb-say").inner_text()
    findings.first.locator("summary").click()
    findings.first.get_by_role("button", name="Not useful").click()
    decided = page.locator('[data-region="decided"] li', has_text=sentence)
    expect(decided).to_be_visible()
    expect(page.locator('[data-region="findings"] li', has_text=sentence)).to_have_count(0)
    again = decided.get_by_role("button", name="Show again")
    again.focus()
    page.keyboard.press("Enter")
    expect(page.locator('[data-region="findings"] li', has_text=sentence)).to_be_visible()
    watched.assert_clean()
