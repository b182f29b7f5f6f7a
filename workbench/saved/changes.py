"""Making and changing saved things: one writer at a time, each file replaced in one step."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench import settings
from workbench.errors import InputError, StoreError
from workbench.saved import item as files
from workbench.saved import people, shelf
from workbench.saved.item import Item
from workbench.saved.kinds import Kind, kind
from workbench.saved.refusals import Conflict, Refused
from workbench.store import pointer, workspace

_WAIT_SECONDS = 20.0
_OWN = {"name", files.ABOUT}
"""Entries of a file that are no content."""


def create(
    root: Path, of: str, name: str, content: Mapping[str, Any], who: str | None = None, shared: bool = False
) -> Item:
    """Save something new.

    Args:
        root: Folder of the workspace.
        of: Kind.
        name: What people call it; one owner's names differ, two owners may use the same.
        content: What it holds: texts, numbers, times, lists and tables of them.
        who: Its owner; None: who acts here. Without an owner it is everybody's, and shared.
        shared: Whether others see it.

    Returns:
        The saved thing.

    Raises:
        Refused: for a name that cannot be shown or that this owner has used already.
        InputError: for content that cannot be saved.
        StoreError: where the workspace cannot be written to.
    """
    one, who = kind(of), people.me() if who is None else who
    if not who and not shared:
        raise Refused("nobody")
    made = Item(of, "", people.title(name), files.plain(_content(content)), who, shared, advertisers=_whose())
    with writing(root):
        free(root, made)
        made = replace(made, id=_free_id(root, one, people.slug(made.name, of)))
        return write(root, made, who, "")


def update(root: Path, base: Item, content: Mapping[str, Any], who: str | None = None) -> Item:
    """Save other content in the place of what was read.

    Args:
        root: Folder of the workspace.
        base: The thing as it was read, on which the change stands.
        content: What it shall hold.
        who: Who changes it; None: who acts here.

    Raises:
        Conflict: where somebody has changed it since; says who and when.
        Refused: where it is gone or is not this person's to change.
    """
    who = people.me() if who is None else who
    with writing(root):
        now = shelf.read(root, base.kind, base.id, who)
        if now.etag != base.etag:
            raise conflict(root, now, base)
        wanted = files.plain(_content(content))
        return now if wanted == now.content else write(root, _holding(now, wanted), who)


def put(root: Path, of: str, id: str, content: Mapping[str, Any], who: str | None = None) -> Item:
    """Save something under an id of its own, in the place of what had it: for what a command is told to save.

    Raises:
        InputError: for an id that no file can have.
    """
    one, who = kind(of), people.me() if who is None else who
    check_id(id)
    wanted = files.plain(_content(content))
    with writing(root):
        now = _there(one.file(root, id), of)
        if now is None:
            return write(root, Item(of, id, id, wanted, who, advertisers=_whose()), who, "")
        if not shelf.within(now):
            raise Refused("taken", name=now.name)
        return now if wanted == now.content else write(root, _holding(now, wanted), who)


def rename(root: Path, entry: Item, name: str, who: str | None = None) -> Item:
    """Call a thing otherwise; its id, and so links to it, stay.

    Raises:
        Refused: for a name that cannot be used, or a thing that is another's.
    """
    name = people.title(name)
    with owned(root, entry, who) as (now, who):
        if name == now.name:
            return now
        free(root, replace(now, name=name))
        return write(root, replace(now, name=name), who)


def share(root: Path, entry: Item, shared: bool = True, who: str | None = None) -> Item:
    """Let others see a thing, or its owner alone.

    Raises:
        Refused: where it is another's, or has no owner who could keep it private.
    """
    with owned(root, entry, who) as (now, who):
        if not now.owner and not shared:
            raise Refused("ownerless", name=now.name)
        return now if now.shared == shared else write(root, replace(now, shared=shared), who)


def give(root: Path, entry: Item, owner: str, who: str | None = None) -> Item:
    """Make a thing another person's.

    Raises:
        Refused: where it is not this person's to give, or the new owner has one of that name.
    """
    owner = people.person(owner)
    with owned(root, entry, who) as (now, who):
        if owner == now.owner:
            return now
        free(root, replace(now, owner=owner))
        return write(root, replace(now, owner=owner), who)


def conflict(root: Path, now: Item, base: Item) -> Conflict:
    """The error for a change that stands on an older state; says who has changed it, and when."""
    if now.revision == base.revision:  # the workbench counts its own changes: this one was made by hand
        written = kind(now.kind).file(root, now.id).stat().st_mtime
        return Conflict("edited", name=now.name, when=_when(dt.datetime.fromtimestamp(written, dt.UTC)))
    who = now.changed_by or "?"
    return Conflict("conflict", name=now.name, who=who, when=_when(now.changed), revision=now.revision)


def check_id(id: str) -> None:
    """Refuse an id that is no plain file name on every system.

    Raises:
        InputError: for any other character than letters, digits, spaces, dots, - and _.
    """
    if not re.fullmatch(r"\w([\w .-]{0,78}[\w-])?", id) or people.slug(id, "x").startswith("x-"):
        raise InputError(f"{id[:100]!r} is no name for a file.", "Use letters, digits, spaces, - and _.")


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Keep other writers of saved things out, and visitors whose link lets them look only.

    Raises:
        Refused: for such a visitor.
        StoreError: where the workspace cannot be written to.
    """
    from filelock import FileLock

    if not settings.saves():
        raise Refused("viewer")
    with workspace.locked(root, FileLock(root / workspace.SAVED_LOCK), _WAIT_SECONDS):
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"It could not be saved: {error.strerror or error}.",
                "Nothing was changed; check that the folder is writable and the disk has room.",
                str(root),
            ) from error


@contextmanager
def owned(root: Path, entry: Item, who: str | None, trashed: bool = False) -> Iterator[tuple[Item, str]]:
    """The thing as it is now and who acts, where it is theirs to rename, share, trash or restore."""
    who = people.me() if who is None else who
    with writing(root):
        now = shelf.read(root, entry.kind, entry.id, who, trashed)
        if not shelf.owns(now, who):
            raise Refused("others", name=now.name, owner=now.owner)
        yield now, who


def free(root: Path, entry: Item) -> None:
    """Refuse a name that its owner uses for another thing.

    Raises:
        Refused: naming it.
    """
    for other in shelf.items(root, entry.kind, entry.owner):
        mine = people.same(other.owner, entry.owner) and other.scope == entry.scope
        if mine and other.id != entry.id and people.same(other.name, entry.name):
            raise Refused("taken", name=other.name)


def write(root: Path, entry: Item, who: str, before: str | None = None, file: Path | None = None) -> Item:
    """Write a thing as its next revision, in one step.

    Args:
        root: Folder of the workspace.
        entry: The thing.
        who: Who changes it.
        before: What its file holds now; None: read it.
        file: Its file, where it is not the usual one.
    """
    file = file or kind(entry.kind).file(root, entry.id)
    before = file.read_text("utf-8") if before is None else before
    now = max(
        dt.datetime.now(dt.UTC).replace(microsecond=0),
        entry.changed or dt.datetime.min.replace(tzinfo=dt.UTC),
    )
    revision = entry.revision + 1
    made = replace(entry, created=entry.created or now, changed=now, changed_by=who, revision=revision)
    written = files.text(made, before).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.write_bytes(written)
        pointer.sync(part)
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)
    return replace(made, etag=files.digest(written))


def _whose() -> tuple[str, ...]:
    """Whose figures what is saved now may hold: those that its author sees."""
    return settings.advertisers() or ()


def _holding(entry: Item, content: Mapping[str, Any]) -> Item:
    """A thing with other content, and so with the figures that its new author sees."""
    return replace(entry, content=content, advertisers=_whose())


def _there(file: Path, of: str) -> Item | None:
    """What a file holds; None where there is none, or a damaged one."""
    try:
        return files.parse(file.read_bytes(), of, file.stem, str(file))
    except (FileNotFoundError, InputError):
        return None


def _free_id(root: Path, one: Kind, wanted: str) -> str:
    ids = itertools.chain([wanted], (f"{wanted}-{number}" for number in itertools.count(2)))
    return next(id for id in ids if not shelf.taken(root, one, id))


def _content(content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key not in _OWN}


def _when(moment: dt.datetime | None) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC" if moment else "?"
