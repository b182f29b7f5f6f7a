"""The guide's pages and their snippets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import source

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.M | re.S)
DOCS = source.ROOT / "docs"
READMES = (source.ROOT / "README.md", source.ROOT / "README.zh.md")
GUIDE = tuple(sorted((*DOCS.glob("*.md"), *DOCS.glob("decisions/*.md"))))


@dataclass(frozen=True)
class Snippet:
    """A fenced block: its language, text and first line."""

    language: str
    text: str
    line: int


def snippets(page: Path, *languages: str) -> list[Snippet]:
    """The blocks of a page in some languages, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Snippet(match[1], match[2], text.count("\n", 0, match.start(2)))
        for match in FENCE.finditer(text)
        if match[1] in languages
    ]
