"""The search of a whole workspace for identifiers: bytes of every file, and values inside Parquet files."""

from __future__ import annotations

import gzip
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from workbench.privacy.needles import Needle
from workbench.privacy.sql import quoted
from workbench.schema import TABLES
from workbench.store import parquet

TEXTS = ("raw", "reasons", "message", "reaction", "result", "lost_reason", "value", "note", "text", "comment")
"""Columns in which people write: a name there may be the customer's."""

_TEXT, _WHOLE = ("VARCHAR",), ("BIGINT", "HUGEINT", "UBIGINT")
_NESTED = ("[", "STRUCT", "MAP", "JSON", "ENUM", "UNION")
_PART, _OVERLAP = 1 << 24, 1 << 12


@dataclass(frozen=True)
class Trace:
    """Where an identifier was found: file (relative), kind, column of a Parquet file, whether it is sure."""

    file: str
    kind: str
    column: str = ""
    is_sure: bool = True


@dataclass(frozen=True)
class Found:
    """What a search found, and how much it searched."""

    traces: tuple[Trace, ...]
    files: int
    bytes: int

    @property
    def sure(self) -> tuple[Trace, ...]:
        """Traces that can only be this customer."""
        return tuple(trace for trace in self.traces if trace.is_sure)


def search(root: Path, wanted: Sequence[Needle]) -> Found:
    """Search every file under a folder.

    Args:
        root: Folder.
        wanted: Identifiers. Those that are not sure (names, short ids) are searched for in values and
            texts that people write, and reported as such.
    """
    traces: dict[Trace, None] = {}
    files = [file for file in sorted(root.rglob("*")) if file.is_file()]
    for file in files:
        traces |= {Trace(_name(root, file), kind): None for kind in _in_bytes(file, wanted)}
    traces |= dict.fromkeys(_in_tables(root, files, wanted))
    size = sum(file.stat().st_size for file in files)
    return Found(tuple(traces), len(files), size)


def columns_with(files: Sequence[Path], wanted: Sequence[Needle]) -> list[str]:
    """Text columns of Parquet files in which one of some identifiers stands."""
    with parquet.connect() as connection:
        source = _source(files)
        names = [name for name, type_ in _columns(connection, source) if type_ in _TEXT]
        return [name for name in names if any(_hits(connection, source, name, wanted))]


def _name(root: Path, file: Path) -> str:
    return file.relative_to(root).as_posix()


def _in_bytes(file: Path, wanted: Sequence[Needle]) -> set[str]:
    left = {needle for needle in wanted if needle.is_sure}
    kinds: set[str] = set()
    for content in _contents(file):
        for spelled in _spelled(content) if file.suffix != ".parquet" else [content]:
            lowered = spelled.lower()
            found = {needle for needle in left if needle.is_in(spelled, lowered)}
            kinds |= {needle.kind for needle in found}
            left -= found
    return kinds


def _spelled(content: bytes) -> Iterator[bytes]:
    """Bytes as they are, and as they would be without what UTF-16 or a URL puts between letters."""
    yield content
    if b"\0" in content:
        yield content.replace(b"\0", b"")
    if re.search(rb"%[0-9A-Fa-f]{2}", content):
        yield unquote_to_bytes(content.replace(b"+", b" "))


def _contents(file: Path) -> Iterator[bytes]:
    """The bytes of a file in overlapping parts, and those packed inside it."""
    with file.open("rb") as stream:
        yield from _parts(stream)
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            for name in packed.namelist():
                with packed.open(name) as member:
                    yield from _parts(member)
    elif file.suffix == ".gz":
        with gzip.open(file) as unpacked:
            yield from _parts(unpacked)


def _parts(stream: Any) -> Iterator[bytes]:
    before = b""
    while part := stream.read(_PART):
        yield before + part
        before = part[-_OVERLAP:]


def _in_tables(root: Path, files: Iterable[Path], wanted: Sequence[Needle]) -> Iterator[Trace]:
    folders: dict[Path, list[Path]] = {}
    for file in files:
        if file.suffix == ".parquet":
            folders.setdefault(file.parent, []).append(file)
    for found in folders.values():
        yield from _in_columns(root, found, wanted)


def _in_columns(root: Path, files: Sequence[Path], wanted: Sequence[Needle]) -> Iterator[Trace]:
    """Traces in the columns of files of one folder; each different value is looked at once.

    Whole numbers are looked at only in tables of a user's own, and a find there is never sure.
    """
    with parquet.connect() as connection:
        source, is_own = _source(files), files[0].parent.name not in TABLES
        for name, type_ in _columns(connection, source):
            is_text = type_ in _TEXT or any(part in type_ for part in _NESTED)
            if not (is_text or (is_own and type_ in _WHOLE)):
                continue
            told = [needle for needle in wanted if needle.is_sure or name in TEXTS]
            for needle, hit in zip(told, _hits(connection, source, name, told), strict=True):
                if hit:
                    yield Trace(_name(root, files[0].parent), needle.kind, name, needle.is_sure and is_text)


def _source(files: Sequence[Path]) -> str:
    paths = ", ".join(parquet.text(str(file)) for file in files)
    return f"read_parquet([{paths}], union_by_name = true)"


def _columns(connection: Any, source: str) -> list[tuple[str, str]]:
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return [(name, type_) for name, type_, *_ in described]


def _hits(connection: Any, source: str, name: str, wanted: Sequence[Needle]) -> Sequence[bool]:
    """Of each identifier whether a column has it."""
    if not wanted:
        return ()
    tests = [f"bool_or(regexp_matches(value, {parquet.text(needle.pattern)}))" for needle in wanted]
    values = f"SELECT DISTINCT {quoted(name)}::VARCHAR AS value FROM {source}"
    found: Sequence[bool] = connection.execute(f"SELECT {', '.join(tests)} FROM ({values})").fetchall()[0]
    return found
