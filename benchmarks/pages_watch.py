"""A page watched from inside the browser: when its chart was there, and when it had answered the slider.

The same for every framework: a script that runs before the page's own hears of each stroke on a canvas and
each change of the document, in shadow trees, too. The slider is moved by a key, as a reader can move it. A
move is answered when what the chart shows differs from before, on the frame after.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from benchmarks.measure import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

import live

INSIDE = """
(() => {
  const roots = [document], heard = new Set();
  const hear = () => heard.forEach((look) => look());
  const watch = (root) => new MutationObserver(hear)
    .observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ["d"] });
  watch(document);
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (how) {
    const root = attach.call(this, how);
    roots.push(root);
    watch(root);
    return root;
  };
  for (const name of ["clearRect", "fillRect", "fill", "stroke", "fillText", "drawImage"]) {
    const real = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...given) {
      hear();
      return real.apply(this, given);
    };
  }
  const all = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)]);
  const ink = (one) => {
    if (one.tagName !== "CANVAS") return one.querySelector("path") ? one.outerHTML : "";
    const blank = Object.assign(document.createElement("canvas"), { width: one.width, height: one.height });
    const shown = one.toDataURL();
    return shown === blank.toDataURL() ? "" : shown;
  };
  const shown = () => all("canvas, svg.marks")
    .filter((one) => one.getBoundingClientRect().width > 200).map(ink).join("");
  const until = (holds, what) => new Promise((done, failed) => {
    let asked = false;
    setTimeout(() => failed(new Error(`no ${what} within 60 s`)), 60000);
    const look = () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => {
        const now = performance.now();
        asked = false;
        if (!holds()) return;
        heard.delete(look);
        done(now);
      });
    };
    heard.add(look);
    look();
  });
  window.bench = {
    live: (slider) => until(() => all(slider).length > 0 && shown() !== "", "chart"),
    focus: (slider) => all(slider)[0].focus(),
    moves: () => {
      const before = shown();
      let start;
      addEventListener("keydown", () => { start = performance.now(); }, { capture: true, once: true });
      bench.moved = until(() => start !== undefined && shown() !== before, "answer")
        .then((now) => ({ took: now - start, now }));
    },
  };
})();
"""
WIDE = 1100
"""Pixels of the window: wide enough for the chart of each framework."""


@dataclass
class Visit:
    """One visit.

    Attributes:
        watched: The page.
        live: Milliseconds from leaving to the chart and slider being there.
        answered: Milliseconds from leaving to the chart's answer to a first move.
        kb: Kilobytes that came over the wire until then.
    """

    watched: live.Watched
    live: float
    answered: float
    kb: float


def visit(watched: live.Watched, url: str, slider: str) -> Visit:
    """Open a page and move its slider once.

    Args:
        watched: A page of `live.watched_page`.
        url: Address.
        slider: Selector of what takes the keys.
    """
    page, came = watched.page, _Wire(watched)
    page.goto(url, wait_until="commit")
    there = float(page.evaluate("(slider) => bench.live(slider)", slider))
    page.evaluate("(slider) => bench.focus(slider)", slider)
    answered = press(watched)["now"]
    return Visit(watched, there, answered, came.bytes / 1000)


def press(watched: live.Watched, key: str = "ArrowRight") -> dict[str, float]:
    """Move the focused slider by one: `took` milliseconds, and `now`, milliseconds since the page began."""
    watched.page.evaluate("() => bench.moves()")
    watched.page.keyboard.press(key)
    return dict(watched.page.evaluate("() => bench.moved"))


def stranger(browser: Any, cookies: list[Any] | None = None) -> live.Watched:
    """A page in a new context with empty caches; `cookies` are those of a login."""
    watched = live.watched_page(browser, width=WIDE)
    watched.page.set_default_timeout(60_000)
    watched.context.add_cookies(cookies or [])
    watched.context.add_init_script(INSIDE)
    return watched


class _Wire:
    """Counts what comes over the wire: bodies as they are sent, frames of websockets as they are read."""

    def __init__(self, watched: live.Watched) -> None:
        self.bytes = 0
        session = watched.context.new_cdp_session(watched.page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda said: self._add(said["encodedDataLength"]))
        session.on("Network.webSocketFrameReceived", self._frame)

    def _frame(self, said: dict[str, Any]) -> None:
        frame = said["response"]
        text = frame["payloadData"]
        self._add(len(text) * 3 / 4 if frame["opcode"] == 2 else len(text.encode()))

    def _add(self, count: float) -> None:
        self.bytes += count
