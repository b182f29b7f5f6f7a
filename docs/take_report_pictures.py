"""Take the pictures of files made of a report, from the real thing: LibreOffice and poppler draw them.

python docs/take_report_pictures.py           the pictures that the guide shows
python docs/take_report_pictures.py FOLDER    every page of every file of one report, in both languages
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

import workbench as wb

PICTURES = Path(__file__).with_name("pictures")
REPORT, FILES = "campaigns", ("pdf", "xlsx", "pptx")
SLIDES = (1, 2, 3, 4, 6, 9)
ACROSS, GAP, GREY = 3, 12, "#d5dae1"


def main(folder: Path | None) -> None:
    """Take the pictures of the guide, or all pages into a folder."""
    with tempfile.TemporaryDirectory() as name:
        for lang in ("en", "zh") if folder else ("en",):
            made = wb.reports.run(REPORT, workspace="demo", out=name, lang=lang, formats=FILES).folder
            for kind in FILES:
                pages = drawn(made / f"report.{kind}", Path(name, lang, kind), 100 if kind == "pdf" else 60)
                keep(pages, kind, lang, folder)


def drawn(file: Path, folder: Path, dots: int) -> list[Path]:
    """The pages of a file as pictures."""
    folder.mkdir(parents=True)
    if file.suffix != ".pdf":
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        subprocess.run(
            ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", folder, file], check=True
        )
        file = folder / "report.pdf"
    subprocess.run(["pdftoppm", "-r", str(dots), "-png", file, folder / "page"], check=True)
    return sorted(folder.glob("page*.png"))


def keep(pages: list[Path], kind: str, lang: str, folder: Path | None) -> None:
    """Keep what is shown: the first page of a PDF, the first slides of a deck on one sheet."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(pages, 1):
            shutil.copy(page, folder / f"{kind}-{lang}-{number:02}.png")
    elif kind == "pdf":
        shutil.copy(pages[0], PICTURES / f"report-pdf-{lang}.png")
    elif kind == "pptx":
        sheet([pages[number - 1] for number in SLIDES]).save(
            PICTURES / f"report-deck-{lang}.png", optimize=True
        )


def sheet(pages: list[Path]) -> Image.Image:
    """Several pages on one picture."""
    shown = [Image.open(page).convert("RGB") for page in pages]
    width, height = shown[0].width + GAP, shown[0].height + GAP
    whole = Image.new("RGB", (ACROSS * width + GAP, -(-len(shown) // ACROSS) * height + GAP), GREY)
    for number, picture in enumerate(shown):
        whole.paste(picture, (GAP + number % ACROSS * width, GAP + number // ACROSS * height))
    return whole


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
