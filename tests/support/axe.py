"""axe-core on a page: each finding a sentence; the script comes from disk, not from a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axe_playwright_python.base import AXE_SCRIPT

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
GRAVE = ("serious", "critical")
OPEN = "() => { for (const each of document.querySelectorAll('details')) each.open = true; }"
WEAR = """theme => { for (const each of [document.documentElement, ...document.querySelectorAll('.wb')])
  each.dataset.theme = theme; }"""


def grave(page: Page) -> list[str]:
    """Serious and critical findings: everything in light, what is folded, and the contrast in dark.

    Args:
        page: Opened with reduced motion; in the middle of a change of colours every contrast is wrong.
    """
    page.evaluate(AXE_SCRIPT)
    page.evaluate(WEAR, "light")
    found = _found(page, "light", {"type": "tag", "values": [*RULES]})
    page.evaluate(WEAR, "dark")
    found += _found(page, "dark", {"type": "rule", "values": ["color-contrast"]})
    page.evaluate(OPEN)
    return found + _found(page, "unfolded", {"type": "tag", "values": [*RULES]}, "color-contrast")


def _found(page: Page, where: str, only: dict[str, Any], *without: str) -> list[str]:
    options = {"runOnly": only, "resultTypes": ["violations"]}
    options["rules"] = {rule: {"enabled": False} for rule in without}
    answer = page.evaluate("options => axe.run(document, options)", options)
    assert answer["testEngine"]["name"] == "axe-core"
    return [
        f"{where}: {item['id']} ({item['help']}): {node['html'][:200]} {node['failureSummary'][:200]}"
        for item in answer["violations"]
        if item["impact"] in GRAVE
        for node in item["nodes"]
    ]
