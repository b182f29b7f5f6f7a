"""What a file is by its first bytes, and which encoding its text has: BOM → UTF-8 → GB18030 → UTF-16."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workbench.sources.problems import Unusable

CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_LONE = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f](?=[A-Za-z])")
_WIDE = re.compile(r"[^\x00-\x7f]+")


@dataclass(frozen=True)
class Encoding:
    """How to read a file's text.

    Attributes:
        name: Python codec.
        skip: Bytes of the byte-order mark.
        cut: Whether the file ends in the middle of a character.
    """

    name: str
    skip: int = 0
    cut: bool = False


def kind(path: Path) -> Literal["text", "workbook", "parquet", "empty"]:
    """What the file is, by its content and not by its name."""
    with path.open("rb") as stream:
        head = stream.read(8)
    if not head:
        return "empty"
    if head.startswith(b"PAR1"):
        return "parquet"
    return "workbook" if head.startswith(_BOOKS) else "text"


def digest(path: Path) -> str:
    """SHA-256 of the content."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def encoding(path: Path, asked: str | None = None) -> Encoding:
    """The encoding in which the whole file can be read.

    Args:
        path: Text file.
        asked: Codec the user names; it is taken where the file fits.

    Raises:
        Unusable: when no encoding fits.
    """
    with path.open("rb") as stream:
        head = stream.read(4)
    for mark, name in _BOMS:
        if head.startswith(mark) and asked is None:
            return _tried(path, name, len(mark)) or _refused(path)
    if asked is not None:
        return _tried(path, asked, 0) or _refused(path)
    for name in ("utf-8", "gb18030"):
        if found := _tried(path, name, 0):
            return found
    for name in ("utf-16-le", "utf-16-be"):
        if (found := _tried(path, name, 0)) and _mostly_plain(path, name):
            return found
    return _refused(path)


def _tried(path: Path, name: str, skip: int) -> Encoding | None:
    """The encoding, if the whole file can be read in it.

    Western text also decodes as GB18030, into single Chinese characters inside of Latin words.
    """
    decoder = codecs.getincrementaldecoder(name)("strict")
    wide = lone = 0
    try:
        for chunk in _chunks(path, skip):
            text = decoder.decode(chunk)
            if "\x00" in text:
                return None
            if name == "gb18030":
                wide, lone = wide + len(_WIDE.findall(text)), lone + len(_LONE.findall(text))
    except UnicodeError:
        return None
    if lone * 2 > wide:
        return None
    return Encoding(name, skip, cut=bool(decoder.getstate()[0]))


def _mostly_plain(path: Path, name: str) -> bool:
    """Whether UTF-16 without a mark is likely: half of a table's characters are digits and commas."""
    with path.open("rb") as stream:
        text = stream.read(4096).decode(name, "ignore")
    return sum(character < "\x80" for character in text) * 2 >= len(text) > 0


def _chunks(path: Path, skip: int) -> Iterator[bytes]:
    with path.open("rb") as stream:
        stream.seek(skip)
        while chunk := stream.read(CHUNK):
            yield chunk


def _refused(path: Path) -> Encoding:
    raise Unusable("encoding", file=path.name)
