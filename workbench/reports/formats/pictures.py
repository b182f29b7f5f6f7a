"""Charts as pictures for files that run no script: on paper's white, at the width of their place."""

from __future__ import annotations

import json
from typing import Any

from workbench.charts import Chart
from workbench.reports.formats.content import Figure
from workbench.reports.formats.look import Look

_SIGNATURE = 8


def svg(figure: Figure, width: int, look: Look) -> str:
    """A chart as SVG in the house's colours, `width` pixels wide."""
    return _chart(figure, look).to_svg("light", width)


def png(figure: Figure, width: int, look: Look, scale: float = 2) -> bytes:
    """A chart as PNG in the house's colours, `width` pixels wide times `scale`.

    It carries no resolution that programs scale by.
    """
    return _plain(_chart(figure, look).to_png(theme="light", width=width, scale=scale))


def size(picture: bytes) -> tuple[int, int]:
    """Width and height of a PNG in pixels."""
    return int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")


def _plain(picture: bytes) -> bytes:
    """The PNG without its chunk `pHYs`."""
    kept, at = [picture[:_SIGNATURE]], _SIGNATURE
    while at < len(picture):
        after = at + 12 + int.from_bytes(picture[at : at + 4], "big")
        if picture[at + 4 : at + 8] != b"pHYs":
            kept.append(picture[at:after])
        at = after
    return b"".join(kept)


def _chart(figure: Figure, look: Look) -> Chart:
    given: dict[str, Any] = figure.chart
    return Chart(_dressed(given["spec"], look), given["data"], given["alt"], given["height"])


def _dressed(spec: dict[str, Any], look: Look) -> dict[str, Any]:
    """A spec with the house's colours in place of the theme's own."""
    text = json.dumps(spec, ensure_ascii=False)
    for name in ("accent", "ink"):
        text = text.replace(f'"${name}"', json.dumps(getattr(look, name)))
    dressed: dict[str, Any] = json.loads(text)
    return dressed
