"""Files for the boss: PDF, XLSX, PPTX, CSV and an e-mail, all written from what the page of a report says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import ReportError, unknown
from workbench.reports.formats import look as looks
from workbench.reports.formats.asked import Asked
from workbench.reports.jobs import FORMATS

if TYPE_CHECKING:
    from nbformat import NotebookNode


def write(
    folder: Path,
    notebook: NotebookNode,
    formats: Sequence[str],
    lang: str,
    *,
    title: str = "",
    made: str = "",
    workspace: Path | None = None,
    moved: Sequence[str] = (),
) -> tuple[Path, ...]:
    """Write the files of a report beside its page.

    Args:
        folder: Where they go; it must exist.
        notebook: Executed.
        formats: Of `FORMATS`; none twice.
        lang: `en` or `zh`.
        title: Of the report; empty: the notebook's first heading.
        made: When it was made and from which data version.
        moved: Sentences on figures that an earlier report said otherwise.
        workspace: Folder whose `brand/look.toml` decides how they look; None: the workbench's own look.

    Returns:
        The files, in the order of `formats`.

    Raises:
        ReportError: for an unknown format or look, before anything is written; when Chromium, which prints
            a PDF, is missing or fails.
    """
    chosen = check(formats, workspace)
    house = looks.load(workspace)
    asked = Asked(folder, notebook, lang, title, made, workspace, house, tuple(moved))
    return tuple(file for name in chosen for file in _writer(name)(asked))


def check(formats: Sequence[str], workspace: Path | None = None) -> tuple[str, ...]:
    """The formats, each once, when they can be written.

    Raises:
        ReportError: for an unknown one, or for `pdf` where no Chromium is found.
    """
    for name in formats:
        if name not in FORMATS:
            raise unknown("format", name, FORMATS, ReportError)
    if "pdf" in formats:
        from workbench.reports.formats import browser

        browser.find(workspace)
    return tuple(dict.fromkeys(formats))


def _writer(name: str) -> Callable[[Asked], tuple[Path, ...]]:
    found: Callable[[Asked], tuple[Path, ...]] = import_module(f"workbench.reports.formats.{name}").write
    return found
