"""Scripts and styles of the widgets, read once from `static/`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

STATIC = Path(__file__).with_name("static")


@cache
def _read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def vega_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one classic script that sets `window.vegaEmbed`."""
    return _read("vega.js")


def chart_js() -> str:
    """`mountChart` and `loadVega`, without imports or exports, to be put before other script text."""
    return _read("chart.js")


def panel_js() -> str:
    """The panel's script, to be put after `chart_js()`: `workbenchPanel`, and `workbenchBoot` for pages."""
    return _read("regions.js") + _read("panel.js")


def upload_js() -> str:
    """The script that sends files in pieces, to be put before `panel_js()` where a kernel listens."""
    return _read("upload.js")


def paper_js() -> str:
    """The script of a whole page that makes it fit for paper, to be put before `panel_js()`'s boot."""
    return _read("paper.js")


def live_js() -> str:
    """Everything a page with a kernel needs to show panels: `workbenchPanel`, with charts and uploads."""
    return "\n".join((chart_js(), upload_js(), panel_js()))


def tokens_css() -> str:
    """The design tokens as CSS custom properties."""
    return _read("tokens.css")


def chart_css() -> str:
    """Style of what `mountChart` draws."""
    return _read("chart.css")


def css() -> str:
    """Every style sheet of `static/`, the design tokens first."""
    names = sorted(
        (file.name for file in STATIC.glob("*.css")), key=lambda name: (name != "tokens.css", name)
    )
    return "\n".join(_read(name) for name in names)
