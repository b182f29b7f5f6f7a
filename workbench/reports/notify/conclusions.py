"""The conclusions of an executed report: what its pages say first, in the words they say it in."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

LEADS = ("wb-lead", "wb-verdict")
"""Classes of the sentence that a page begins with."""
SAID = "wb-say"
"""Class of a finding."""
MOST = 5


def conclusions(notebook: NotebookNode) -> tuple[str, tuple[str, ...]]:
    """What a report says: its first sentence, and at most five findings.

    Args:
        notebook: Executed; the panels in it say their conclusions in paragraphs of their own.

    Returns:
        The summary, empty where no panel begins with one, and the findings in page order.
    """
    reader = _Reader()
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            html = output.get("data", {}).get("text/html", "")
            reader.feed(html if isinstance(html, str) else "".join(html))
    leads, said = reader.texts(LEADS), reader.texts((SAID,))
    first, rest = (leads[0], said) if leads else ("", said)
    return first, tuple(line for line in rest if line != first)[:MOST]


def of_run(folder: Path, notebook: str = "report.ipynb") -> tuple[str, tuple[str, ...]]:
    """The conclusions of a published run; nothing where its notebook cannot be read."""
    from workbench.errors import ReportError
    from workbench.reports.notebooks import read

    try:
        return conclusions(read(folder / notebook))
    except ReportError:
        return "", ()


class _Reader(HTMLParser):
    """Collects the text of paragraphs by their class."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._found: list[tuple[frozenset[str], list[str]]] = []
        self._open: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "p":
            return
        classes = frozenset((dict(attrs).get("class") or "").split())
        self._open = []
        self._found.append((classes, self._open))

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self._open = None

    def texts(self, classes: tuple[str, ...]) -> list[str]:
        """Texts of the paragraphs of any of these classes, each once."""
        found = [" ".join("".join(parts).split()) for known, parts in self._found if known & set(classes)]
        return [*dict.fromkeys(text for text in found if text)]
