"""The running app in a real browser: opening a page, and moving a slider until the chart has changed."""

from __future__ import annotations

import sys
import time
from typing import Any

from benchmarks.measure import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

import browser
import live

CHART = "figure[data-chart=trend]"
SLIDER = "input[type=range][data-key=days]"
MOVE = """
([slider, chart, value]) => new Promise((done, failed) => {
  const input = document.querySelector(slider);
  const start = performance.now();
  const watch = new MutationObserver(() => {
    watch.disconnect();
    requestAnimationFrame(() => done(performance.now() - start));
  });
  watch.observe(document.querySelector(chart), {subtree: true, attributeFilter: ["d"]});
  input.value = value;
  input.dispatchEvent(new Event("input", {bubbles: true}));
  setTimeout(() => failed("no chart changed within 20 s"), 20000);
})
"""


def open_and_move(pages: int, moves: int) -> dict[str, Any]:
    """Open the Campaigns page in new browsers, then move its slider in the last one.

    Returns:
        Milliseconds: `opens` (each page, empty caches, to the first live chart) and `moves`.
    """
    if not browser.find():
        return {"skipped": f"no browser: {browser.HOW}"}
    with live.running_app() as app, live.chromium() as launched:
        opens = []
        for number in range(pages):
            watched = live.watched_page(launched)
            start = time.perf_counter()
            watched.page.goto(app.link("campaigns"), wait_until="commit")
            watched.page.wait_for_selector(f"{CHART} svg.marks", timeout=120_000)
            opens.append(1000 * (time.perf_counter() - start))
            if number < pages - 1:
                watched.context.close()
        watched.page.wait_for_load_state("networkidle")
        return {"opens": opens, "moves": [_move(watched.page, number) for number in range(moves)]}


def _move(page: Any, number: int) -> float:
    """One move to another number of days; a pause after it, so that moves do not queue."""
    moved = page.evaluate(MOVE, [SLIDER, CHART, 30 + 7 * (number % 20)])
    page.wait_for_timeout(150)
    return float(moved)
