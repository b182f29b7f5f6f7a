"""Make every report of the set on the demo world and take its picture: `make gallery`.

python docs/take_gallery.py           the pictures that docs/gallery.md shows
python docs/take_gallery.py weekly    this report only
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import begun
import live

PICTURES = Path(__file__).with_name("pictures")
SET: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "weekly": ("en", {}),
    "campaign_review": ("zh", {}),
    "advertiser": ("en", {"advertiser": "Lumi Beauty"}),
    "experiment": ("zh", {}),
    "incrementality": ("en", {"treated": ["Sichuan"], "start": "2026-10-04", "metric": "cvr"}),
    "attribution": ("zh", {}),
    "segments": ("en", {}),
    "customer_value": ("zh", {}),
    "interactions": ("en", {}),
    "budget": ("zh", {}),
    "plan_review": ("en", {}),
    "timeslots": ("zh", {}),
    "contacts": ("en", {}),
    "forecast": ("zh", {"metric": "conversions", "by": "channel", "as_of": "2026-10-12"}),
    "data_quality": ("en", {}),
}
"""Report of the set → the language and parameters of its picture."""
WIDTH, HEIGHT = 1280, 1000
DRAWN = """() => [...document.querySelectorAll("figure[data-chart]")]
  .filter((place) => place.getBoundingClientRect().top < innerHeight)
  .every((place) => place.querySelector("svg.marks"))"""


def take(names: list[str], folder: Path = PICTURES) -> Iterator[Path]:
    """Run each report and write the picture of its first screen, opened from disk.

    Args:
        names: Reports of the set.
        folder: Where the pictures go.

    Raises:
        AssertionError: when a report failed, or its page asked for anything outside of itself.
    """
    import workbench as wb

    store = wb.open("demo")
    with tempfile.TemporaryDirectory() as out, live.chromium() as browser, begun.plan(store):
        for name in names:
            lang, given = SET[name]
            run = wb.reports.run(name, dict(given), out=out, workspace=store.path, lang=lang)
            assert run.html is not None, run.error
            yield _picture(browser, run.html, folder / f"report-{name}-{lang}.png")


def _picture(browser: live.Browser, page_file: Path, file: Path) -> Path:
    asked: list[str] = []
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page_file.as_uri())
    page.wait_for_function(DRAWN, timeout=120_000)
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    page.screenshot(path=file)
    page.close()
    return file


if __name__ == "__main__":
    for picture in take(sys.argv[1:] or list(SET)):
        print(picture)
