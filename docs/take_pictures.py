"""Take the guide's pictures of the running apps: `make pictures`, or with a folder, the full matrix.

python docs/take_pictures.py                  the pictures that README and guide show
python docs/take_pictures.py FOLDER           every app in every language, theme and width, to look at
python docs/take_pictures.py FOLDER NAME…     these apps only
"""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import live

PICTURES = Path(__file__).with_name("pictures")
SHOWN = (("en", "light", 1280), ("zh", "light", 1280), ("zh", "dark", 1280), ("en", "light", 390))
MATRIX = tuple(itertools.product(("en", "zh"), ("light", "dark"), (1280, 390)))
GUIDE = {
    "home": SHOWN,
    "attribution": SHOWN,
    "budget": SHOWN,
    "campaigns": SHOWN,
    "compare": SHOWN[:3],
    "contacts": SHOWN,
    "customer_value": SHOWN,
    "customer_card": SHOWN,
    "data": SHOWN,
    "experiment": SHOWN[:1],
    "forecast": SHOWN,
    "monitor": SHOWN,
    "incrementality": SHOWN[:1],
    "segments": SHOWN,
    "interactions": SHOWN,
    "reports": SHOWN,
    "timeslots": SHOWN,
}
"""App → the pictures of it that README and guide show."""
STATES = {
    "forecast": {"metric": "conversions", "by": "channel", "as_of": "2026-10-12"},
    "monitor": {"as_of": "2026-05-20"},
    "timeslots": {
        "forbid": "*:1-4.25-28.49-52.73-76.97-100.121-124.145-148",
        "require": "search:20.44.68.92.116",
    },
    "customer_card": {"customer": "u03044"},
    "incrementality": {"treated": "Sichuan", "start": "2026-10-04", "metric": "cvr"},
}
"""App → the state that its pictures show; others show their defaults."""
PARTS = {
    "customer_value": {"address": ("address", "lift", "proven"), "chosen": ()},
    "segments": {"clusters": ("clusters",)},
}
"""App → name of a picture of its own → regions that it shows (none: the window); of the first kind alone."""
ROOM = 12
"""Pixels around the regions of such a picture."""
DRAWN = """() => document.body?.classList.contains("wb-shown") && !document.querySelector("[data-await]") &&
  [...document.querySelectorAll("figure[data-chart]")].every((place) => place.querySelector("svg.marks"))"""


def take(folder: Path, kinds: Mapping[str, tuple[tuple[str, str, int], ...]]) -> list[Path]:
    """Open each app once a kind and write its picture.

    Args:
        folder: Where the pictures go.
        kinds: App → (language, theme, width) of its pictures.

    Raises:
        AssertionError: when a page was not clean: a failed or foreign request, an error of a script.
    """
    folder.mkdir(parents=True, exist_ok=True)
    saved = _saved_segments("segments" in kinds)
    made = _some_reports("reports" in kinds and folder == PICTURES)
    with saved, made, live.running_app() as app, live.chromium() as launched:
        return [_one(app, launched, folder, name, *kind) for name, each in kinds.items() for kind in each]


def _one(
    app: live.App, launched: live.Browser, folder: Path, name: str, lang: str, theme: str, width: int
) -> Path:
    phone = width < 600
    scale = 2 if phone else 1
    watched = live.watched_page(launched, width, 844 if phone else 1240, theme, device_scale_factor=scale)
    page = watched.page
    page.goto(app.link(name, lang=lang, **STATES.get(name, {})), wait_until="commit")
    page.wait_for_function(DRAWN, timeout=180_000)
    if name in FIRST:
        FIRST[name](page)
    page.wait_for_load_state("networkidle")
    watched.assert_clean()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    file = folder / f"{name}-{lang}-{theme}{'-phone' if phone else ''}.png"
    page.screenshot(path=file, full_page=folder != PICTURES)
    if (lang, theme, width) == SHOWN[0]:
        _parts(page, folder, name, f"{lang}-{theme}")
    watched.context.close()
    return file


def _parts(page: live.Page, folder: Path, name: str, kind: str) -> None:
    """Pictures of single cards of a page."""
    for part, regions in PARTS.get(name, {}).items():
        file = folder / f"{name}-{part}-{kind}.png"
        if part in BEFORE:
            BEFORE[part](page)
        if not regions:
            page.screenshot(path=file)
            continue
        boxes = [
            page.locator(f"[data-region={region}]").evaluate(
                "it => { const b = it.getBoundingClientRect();"
                " return [b.left + scrollX, b.top + scrollY, b.right + scrollX, b.bottom + scrollY]; }"
            )
            for region in regions
        ]
        left, top = (min(box[at] for box in boxes) - ROOM for at in (0, 1))
        right, bottom = (max(box[at] for box in boxes) + ROOM for at in (2, 3))
        clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
        page.screenshot(path=file, full_page=True, clip=clip)


def _drawn_over_cohorts(page: live.Page) -> None:
    """Draw a rectangle over cells of the retention matrix."""
    cells = page.locator("figure[data-chart=cohorts] [class*=choose_cell] path")
    cells.first.evaluate("it => it.closest('[data-region]').scrollIntoView({ block: 'center' })")
    ends = [
        cells.evaluate_all(
            """(all, key) => { const box = all.find((one) => one.__data__.datum.key === key)
            .getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }""",
            key,
        )
        for key in ("2025-08-01:2", "2025-10-01:4")
    ]
    page.mouse.move(*ends[0])
    page.mouse.down()
    page.mouse.move(*ends[1], steps=5)
    page.mouse.up()
    page.locator("[data-region=chosen] input").wait_for(timeout=60_000)
    page.mouse.move(0, 0)


def _with_clusters(page: live.Page) -> None:
    """Ask for clusters and wait until they are found."""
    page.locator("[data-region=clusters] [data-act=set]").first.click()
    page.locator("[data-region=clusters] .wb-persona").first.wait_for(timeout=300_000)
    page.wait_for_function(DRAWN, timeout=60_000)


def _with_a_file(page: live.Page) -> None:
    """Show the Data app with a partner's export that leaves a few things open."""
    head = "Date,Campaign,Impressions,Clicks,Cost,Conversions\n"
    rows = [
        f"2026-10-{day:02d},Spring sale,{9000 + 37 * day},{120 + day},{140 + day},{6 + day % 3}"
        for day in range(1, 29)
    ]
    rows[4] = rows[4].replace("2026-10-05", "5 Okt")
    content = (head + "\n".join(rows)).encode()
    page.set_input_files(
        "input[type=file]", {"name": "partner.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.wait_for_selector(".wb-verdict", timeout=60_000)


def _with_segments(page: live.Page) -> None:
    """Show the Segments app with a saved segment open and one more condition."""
    page.locator("[data-act=segment_view]").first.click()
    page.locator("[data-region=builder] .wb-keep").wait_for()
    page.locator("[data-region=builder] select[data-key='/add']").select_option("orders")
    page.locator("[data-region=builder] [data-id='rule-1']").wait_for()
    page.mouse.move(0, 0)
    page.wait_for_function(DRAWN, timeout=60_000)


@contextmanager
def _saved_segments(wanted: bool) -> Iterator[None]:
    """Two saved segments in the demo world, as long as pictures are taken."""
    if not wanted:
        yield
        return
    import workbench as wb

    store, picked = wb.open("demo"), wb.segments.picked
    rules = {"Regulars": ("champions", "loyal"), "Spring offer": ("champions", "potential", "new")}
    made = [
        wb.segments.save(store, wb.segments.rule(picked(picks)), name, shared=True)
        for name, picks in rules.items()
    ]
    try:
        yield
    finally:
        for item in made:
            wb.saved.trash(store.path, item)


@contextmanager
def _some_reports(wanted: bool) -> Iterator[None]:
    """A few real reports, one of which failed, that the app shows as long as pictures are taken."""
    if not wanted:
        yield
        return
    import workbench as wb

    store = wb.open("demo")
    asked = {"weekly": {}, "campaign_review": {"period": "last_full_month"}, "data_quality": {}}
    with tempfile.TemporaryDirectory() as out:
        wb.reports.run("weekly", {"advertiser": "Nobody"}, out=out, workspace=store.path, lang="en")
        for name, given in asked.items():
            wb.reports.run(name, given, out=out, workspace=store.path, lang="en")
        os.environ["WORKBENCH_REPORTS"] = out
        try:
            yield
        finally:
            del os.environ["WORKBENCH_REPORTS"]


BEFORE = {"chosen": _drawn_over_cohorts, "clusters": _with_clusters}
"""Picture of its own → what is done before it."""
FIRST = {"data": _with_a_file, "segments": _with_segments}
"""App → what is done on its page before its picture."""


if __name__ == "__main__":
    asked = sys.argv[2:] or list(GUIDE)
    wanted = dict.fromkeys(asked, MATRIX) if len(sys.argv) > 1 else GUIDE
    for picture in take(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES, wanted):
        print(picture)
