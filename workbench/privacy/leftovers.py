"""What lies beside the tables: rows set aside, and the small files that people and imports write."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from workbench.privacy.needles import Needle
from workbench.store import workspace

RAW = "raw"
ERASED = "[erased]"
_FOLDERS = (
    *("quarantine", "imports", "segments", "plans", "views", "mappings"),
    *workspace.LATER,
)
_TEXTS = (".json", ".jsonl", ".toml", ".csv", ".txt", ".md", ".tsv")


def erase(root: Path, wanted: Sequence[Needle], instead: Mapping[str, str]) -> int:
    """Take identifiers out of rows set aside and small text files.

    A row set aside loses its whole text, which may hold more of the person than the identifiers.

    Args:
        root: Folder of the workspace.
        wanted: Identifiers.
        instead: Pseudonym → the one that takes its place.

    Returns:
        How many files were made anew.
    """

    def clean(text: str) -> str:
        for needle in wanted:
            text = needle.erased_from(text) if needle.is_sure else text
        for name, other in instead.items():
            text = Needle("pseudonym", name).erased_from(text, other)
        return text

    rewritten = [_rows(file, wanted, clean) for file in sorted((root / "quarantine").rglob("*.parquet"))]
    return sum(rewritten) + each_text(root, clean)


def each_text(root: Path, clean: Callable[[str], str]) -> int:
    """Change the text of every small file that people and imports write; returns how many changed."""
    changed = 0
    for folder in _FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in _TEXTS and file.is_file() and "_delta_log" not in file.parts:
                changed += _text(file, clean)
    return changed


def each_row(file: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> bool:
    """Change the rows of a Parquet file; True where one changed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(file)
    rows = table.to_pylist()
    changed = [change(row) for row in rows]
    if changed == rows:
        return False
    part = file.with_name(f".{file.name}.{uuid4().hex}")
    pq.write_table(pa.Table.from_pylist(changed, table.schema), part)
    os.replace(part, file)
    return True


def _rows(file: Path, wanted: Sequence[Needle], clean: Callable[[str], str]) -> bool:
    def changed(row: dict[str, Any]) -> dict[str, Any]:
        texts = {name: value for name, value in row.items() if isinstance(value, str)}
        if not any(needle.found_in(value) for needle in wanted for value in texts.values()):
            return row
        told = {name: ERASED if name == RAW else _told(value, wanted, clean) for name, value in texts.items()}
        return {**row, **told}

    return each_row(file, changed)


def _told(text: str, wanted: Sequence[Needle], clean: Callable[[str], str]) -> str:
    """A reason without the names in it too: its row is this customer's."""
    for needle in wanted:
        text = text if needle.is_sure else needle.erased_from(text)
    return clean(text)


def _text(file: Path, clean: Callable[[str], str]) -> bool:
    content = file.read_bytes()
    codec = _codec(content)
    if codec is None:
        return False
    text = content.decode(codec)
    if (cleaned := clean(text)) == text:
        return False
    part = file.with_name(f".{file.name}.{uuid4().hex}")
    part.write_bytes(cleaned.encode(codec))
    os.replace(part, file)
    return True


def _codec(content: bytes) -> str | None:
    """In what a text file is written; None where nobody can tell."""
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for codec in ("utf-16",) if marked else ("utf-8", "gb18030"):
        try:
            if content.decode(codec).encode(codec) == content:
                return codec
        except UnicodeDecodeError:
            continue
    return None
