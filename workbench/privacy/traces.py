"""The search of a whole workspace for identifiers: bytes of every file, and values inside Parquet files."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.privacy.needles import Needle
from workbench.store import parquet

_OWN = ("versions", "_delta_log", "keys.sqlite", ".lock")
"""Files of the store's own numbers, in which a short id means nothing."""


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


def columns_with(root: Path, files: Sequence[Path], wanted: Sequence[Needle]) -> list[str]:
    """Text columns of Parquet files in which one of some identifiers stands."""
    return sorted({trace.column for trace in _in_columns(root, files, wanted)})


def _name(root: Path, file: Path) -> str:
    return file.relative_to(root).as_posix()


def _in_bytes(file: Path, wanted: Sequence[Needle]) -> set[str]:
    left = {needle for needle in wanted if needle.is_sure}
    kinds: set[str] = set()
    for content in _contents(file):
        lowered = content.lower()
        found = {needle for needle in left if needle.is_in(content, lowered)}
        kinds |= {needle.kind for needle in found}
        left -= found
    return kinds


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
        if file.suffix == ".parquet" and not any(part in _OWN for part in file.parts):
            folders.setdefault(file.parent, []).append(file)
    for found in folders.values():
        yield from _in_columns(root, found, wanted)


def _in_columns(root: Path, files: Sequence[Path], wanted: Sequence[Needle]) -> Iterator[Trace]:
    """Traces in the text columns of files of one table; each different value is looked at once."""
    with parquet.connect() as connection:
        paths = ", ".join(parquet.text(str(file)) for file in files)
        source = f"read_parquet([{paths}], union_by_name = true)"
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        names = [name for name, type_, *_ in described if type_ == "VARCHAR"]
        for name in names:
            told = [needle for needle in wanted if needle.is_sure or name in ("raw", "reasons")]
            counts = [
                f"bool_or(regexp_matches(value, {parquet.text(needle.pattern)}))" for needle in told
            ] or ["false"]
            column = '"' + name.replace('"', '""') + '"'
            values = f"SELECT DISTINCT {column} AS value FROM {source}"
            hits = connection.execute(f"SELECT {', '.join(counts)} FROM ({values})").fetchall()[0]
            for needle, hit in zip(told, hits, strict=False):
                if hit:
                    yield Trace(_name(root, files[0].parent), needle.kind, name, needle.is_sure)
