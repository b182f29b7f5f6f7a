"""What an unfinished erasure searches for: sealed beside the keys until a search finds nothing any longer.

The vault's rows go early, and with them what names the customer; a command that was killed, or that found
files of people to be cleaned by hand, has to look for the same identifiers when it is run again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.privacy import keytable
from workbench.privacy.needles import Needle
from workbench.privacy.ring import Ring
from workbench.store import pointer

FILE = Path("vault") / "erasing"


@dataclass(frozen=True)
class Pending:
    """Customers of an erasure that is not proven yet, and their identifiers."""

    pseudonyms: tuple[str, ...] = ()
    needles: tuple[Needle, ...] = ()


def read(root: Path, ring: Ring) -> Pending:
    """What an earlier erasure left to be proven.

    Raises:
        PrivacyError: for a list that was changed, or that another key sealed.
    """
    file = root / FILE
    if not file.is_file():
        return Pending()
    found = json.loads(keytable.opened_name(ring, file.read_bytes(), 0))
    return Pending(tuple(found["pseudonyms"]), tuple(Needle(kind, text) for kind, text in found["needles"]))


def write(root: Path, ring: Ring, pseudonyms: Sequence[str], needles: Sequence[Needle]) -> None:
    """Keep a list, on the disk before this returns; sealed under the first key, which outlasts rotations."""
    content = {"pseudonyms": list(pseudonyms), "needles": [[needle.kind, needle.text] for needle in needles]}
    file = root / FILE
    part = file.with_name(f"{file.name}.part")
    with part.open("wb") as stream:
        stream.write(keytable.sealed_name(ring, json.dumps(content), 0))
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, file)
    pointer.sync(file.parent)


def drop(root: Path) -> None:
    """Overwrite and remove the list: the search found nothing."""
    file = root / FILE
    if file.is_file():
        with file.open("r+b") as stream:
            stream.write(bytes(file.stat().st_size))
            stream.flush()
            os.fsync(stream.fileno())
        file.unlink()
        pointer.sync(file.parent)
