"""Look at every page in every language, theme and width: pictures, sheets of them, and what is amiss.

python scripts/look.py FOLDER           every app of the running server
python scripts/look.py FOLDER NAME…     these apps only

Writes a picture a page, a contact sheet a language, theme and width, and `summary.json`: for each page what
failed, what it asked of other hosts, what scripts said, what scrolls sideways, words of the other language,
and text that is clipped, cut off or written over other text. Ends with an error where a page is not clean.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import live

ROOT = Path(__file__).parents[1]
AMISS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
SHEET, TALL, ROW = 420, 900, 6
"""Pixels of a page on a contact sheet, and how many stand in a row."""
GRAVE = ("foreign", "failed", "console", "errors", "wide", "cut")
"""What no page may have; the rest is to be looked at."""
PICTURES = runpy.run_path(str(ROOT / "docs" / "take_pictures.py"))


def apps(server: live.App, launched: live.Browser) -> list[str]:
    """The pages that the running server's navigation names, in its order."""
    watched = live.watched_page(launched)
    watched.page.goto(server.link("/home"), wait_until="commit")
    watched.page.wait_for_selector("nav a", state="attached", timeout=180_000)
    found = watched.page.locator("nav a").evaluate_all(
        "all => all.map((one) => new URL(one.href || location).pathname.slice(1))"
    )
    watched.context.close()
    return list(dict.fromkeys(found))


def look(
    server: live.App, launched: live.Browser, folder: Path, name: str, kind: tuple[str, str, int]
) -> dict[str, Any]:
    """Open a page, take its picture and measure it.

    Args:
        server: The running app.
        launched: The browser.
        folder: Where the picture goes.
        name: The app.
        kind: Language, theme and width in pixels.

    Returns:
        What was found: each of `GRAVE` and more, as lists of sentences, and the picture's name.
    """
    lang, theme, width = kind
    watched = live.watched_page(launched, width, 844 if width < 600 else 900, theme, reduced_motion="reduce")
    page = watched.page
    try:
        page.goto(server.link(name, lang=lang, **PICTURES["STATES"].get(name, {})), wait_until="commit")
        page.wait_for_function(PICTURES["DRAWN"], timeout=180_000)
        if name in PICTURES["FIRST"]:
            PICTURES["FIRST"][name](page)
        page.wait_for_load_state("networkidle")
        found = page.evaluate(AMISS, lang)
        file = folder / f"{name}-{lang}-{theme}-{width}.png"
        page.screenshot(path=file, full_page=True)
    finally:
        watched.context.close()
    told = {each: getattr(watched, each) for each in ("foreign", "failed", "console", "errors")}
    return {"app": name, "lang": lang, "theme": theme, "width": width, "picture": file.name, **told, **found}


def sheet(folder: Path, kind: tuple[str, str, int], names: list[str]) -> Path:
    """A contact sheet of the tops of all pages of a kind."""
    from PIL import Image

    lang, theme, width = kind
    rows = -(-len(names) // ROW)
    whole = Image.new("RGB", (ROW * SHEET, rows * TALL), "#888888")
    for at, name in enumerate(names):
        with Image.open(folder / f"{name}-{lang}-{theme}-{width}.png") as picture:
            small = picture.convert("RGB").resize(
                (SHEET - 10, (SHEET - 10) * picture.height // picture.width)
            )
        part = small.crop((0, 0, SHEET - 10, min(TALL - 10, small.height)))
        whole.paste(part, (at % ROW * SHEET, at // ROW * TALL))
    file = folder / f"sheet-{lang}-{theme}-{width}.png"
    whole.save(file)
    return file


def main(folder: Path, wanted: list[str]) -> list[dict[str, Any]]:
    """Look at the pages and write all that was found."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[dict[str, Any]] = []
    saved = PICTURES["_saved_segments"](not wanted or "segments" in wanted)
    with saved, live.running_app() as server, live.chromium() as launched:
        names = wanted or apps(server, launched)
        for kind in PICTURES["MATRIX"]:
            for name in names:
                found.append(look(server, launched, folder, name, kind))
                (folder / "summary.json").write_text(json.dumps(found, ensure_ascii=False, indent=1))
            sheet(folder, kind, names)
    return found


def told(found: dict[str, Any]) -> list[str]:
    """What is amiss with a page, a line each."""
    who = f"{found['app']} {found['lang']} {found['theme']} {found['width']}"
    return [
        f"{who}: {kind}: {each}" for kind, all_ in found.items() if isinstance(all_, list) for each in all_
    ]


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Say where the pictures go: python scripts/look.py FOLDER")
    pages = main(Path(sys.argv[1]), sys.argv[2:])
    print("\n".join(line for page in pages for line in told(page)))
    print(f"{len(pages)} pages looked at; pictures and summary.json in {sys.argv[1]}")
    sys.exit(any(page[kind] for page in pages for kind in GRAVE))
