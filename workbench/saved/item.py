"""One saved thing, and its file: TOML whose table `[saved]` says whose it is; the rest is its content.

A file without that table, such as one of an earlier workbench or one written by hand, is everybody's. A
file is only written where something changed, and then only what changed: comments and the order of its
lines stay, so a folder under version control shows what a person did and nothing else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from workbench.errors import InputError
from workbench.saved.kinds import KINDS

ABOUT = "saved"
PRIVATE, SHARED = "private", "shared"
_TEXTS = ("owner", "changed_by", "trashed_by")
_TIMES = ("created", "changed", "trashed")


@dataclass(frozen=True)
class Item:
    """A saved thing as it was read.

    Attributes:
        kind: What it is, such as `view`.
        id: Name of its file without the ending; stays when it is renamed.
        name: What people call it.
        content: What it holds.
        owner: Whose it is; empty: everybody's.
        shared: Whether others see it, and may change its content.
        created, changed, trashed: When, UTC; None where that is not known or not so.
        changed_by, trashed_by: Who; empty where that is not known.
        revision: How often it was written; 0 for a file that the workbench has not written.
        advertisers: Whose figures it may hold: those of the link it was saved with; empty: everybody's.
        etag: Digest of the file, which tells whether it is still the same.
    """

    kind: str
    id: str
    name: str
    content: Mapping[str, Any] = field(hash=False)
    owner: str = ""
    shared: bool = True
    created: dt.datetime | None = None
    changed: dt.datetime | None = None
    changed_by: str = ""
    trashed: dt.datetime | None = None
    trashed_by: str = ""
    revision: int = 0
    advertisers: tuple[str, ...] = ()
    etag: str = ""

    @property
    def address(self) -> str:
        """Its place in the workspace, such as `views/search`."""
        return f"{KINDS[self.kind].folder}/{self.id}"

    @property
    def scope(self) -> Any:
        """Inside of what one owner's names differ."""
        return self.content.get(KINDS[self.kind].scope)

    def about(self) -> dict[str, Any]:
        """What the table `[saved]` says."""
        kept = {
            "owner": self.owner,
            "visibility": SHARED if self.shared else PRIVATE,
            "created": self.created,
            "changed": self.changed,
            "changed_by": self.changed_by,
            "revision": self.revision,
            "trashed": self.trashed,
            "trashed_by": self.trashed_by,
            "advertisers": [*self.advertisers],
        }
        return {name: value for name, value in kept.items() if value not in ("", None, [])}


def parse(written: bytes, kind: str, id: str, where: str) -> Item:
    """Read a file's content.

    Raises:
        InputError: where it is no saved thing.
    """
    try:
        content = tomllib.loads(written.decode("utf-8").replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"It is not valid TOML: {error}.", "Correct that line.", where) from None
    about = content.pop(ABOUT, {})
    name = content.pop("name", "") or id
    if not isinstance(about, dict) or not isinstance(name, str):
        raise InputError("'name' is no text or [saved] is no table.", "Correct or remove it.", where)
    known: dict[str, Any] = {
        name: _checked(name, about[name], where) for name in (*_TEXTS, *_TIMES) if name in about
    }
    revision = about.get("revision", 0)
    if about.get("visibility", SHARED) not in (PRIVATE, SHARED) or type(revision) is not int:
        raise InputError(
            "visibility or revision in [saved] is not valid.",
            'Write visibility = "private" or "shared" and a whole number.',
            where,
        )
    theirs = about.get("advertisers", [])
    if not isinstance(theirs, list) or not all(isinstance(entry, str) for entry in theirs):
        raise InputError("advertisers in [saved] is no list of names.", "Correct or remove it.", where)
    known |= {"shared": about.get("visibility", SHARED) == SHARED, "advertisers": tuple(theirs)}
    return Item(kind, id, name, content, revision=revision, etag=digest(written), **known)


def digest(written: bytes) -> str:
    """What tells one state of a file from another."""
    return hashlib.sha256(written).hexdigest()[:16]


def text(item: Item, before: str = "") -> str:
    """The file of a thing.

    Args:
        item: The thing.
        before: What the file holds now; empty for a new one.

    Raises:
        InputError: for content that TOML cannot hold.
    """
    import tomlkit

    document = tomlkit.parse(before)
    wanted = {**plain(item.content), "name": item.name, ABOUT: item.about()}
    if not before:  # a new file is in one order, whoever makes it
        tables = {key: value for key, value in wanted.items() if isinstance(value, dict)}
        wanted = {**{key: value for key, value in wanted.items() if key not in tables}, **tables}
    if not before and "name" in wanted:
        wanted = {"name": item.name, **wanted}
    _merge(document, wanted)
    return tomlkit.dumps(document)


def plain(value: Any) -> Any:
    """A value as TOML can hold it: tuples as lists, what is None left out.

    Raises:
        InputError: for a kind of value that TOML does not know.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, tuple | list):
        return [plain(entry) for entry in value]
    if isinstance(value, str | bool | int | float | dt.date | dt.time):
        return value
    raise InputError(f"{value!r} cannot be saved.", "Save texts, numbers, times, lists and tables of them.")


def _merge(table: MutableMapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Make a table say what is wanted, touching only what differs."""
    for key in [key for key in table if key not in wanted]:
        del table[key]
    for key, value in wanted.items():
        if key in table and isinstance(value, dict) and isinstance(table[key], MutableMapping):
            _merge(table[key], value)
        elif key not in table or table[key] != value:
            table[key] = value


def _checked(name: str, value: Any, where: str) -> Any:
    if name in _TEXTS and isinstance(value, str):
        return value
    if name in _TIMES and isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    raise InputError(f"{name} in [saved] is {value!r}.", "Correct or remove it.", where)
