"""The trash of saved things: `trash/` beside their folders; what lies there long enough goes."""

from __future__ import annotations

import datetime as dt
import itertools
import os
from dataclasses import replace
from pathlib import Path

from workbench.errors import QuestionError
from workbench.saved import changes
from workbench.saved.item import Item
from workbench.saved.kinds import ENDING, KINDS, TRASH, kind
from workbench.saved.refusals import Refused

KEEP_DAYS = 30.0
"""Days for which the trash keeps a thing."""


def trash(root: Path, entry: Item, who: str | None = None) -> Item:
    """Move a thing to the trash.

    Raises:
        Refused: where it is gone or another's.
    """
    with changes.owned(root, entry, who) as (now, who):
        one = kind(now.kind)
        file, aside = one.file(root, now.id), one.trashed(root, now.id)
        aside.parent.mkdir(parents=True, exist_ok=True)
        os.replace(file, aside)  # first it is there, then it says since when: a crash between loses nothing
        moment = dt.datetime.now(dt.UTC).replace(microsecond=0)
        return changes.write(root, replace(now, trashed=moment, trashed_by=who), who, file=aside)


def restore(root: Path, entry: Item, who: str | None = None) -> Item:
    """Take a thing out of the trash; where its name is in use again it gets a number.

    Raises:
        Refused: where it is gone or another's.
    """
    with changes.owned(root, entry, who, trashed=True) as (now, who):
        one = kind(now.kind)
        file, aside = one.file(root, now.id), one.trashed(root, now.id)
        if file.exists():  # a file that was put there by hand
            raise Refused("taken", name=now.id)
        back = changes.write(root, _named(root, replace(now, trashed=None, trashed_by="")), who, file=aside)
        file.parent.mkdir(parents=True, exist_ok=True)
        os.replace(aside, file)
        return back


def empty(root: Path, days: float = KEEP_DAYS, dry_run: bool = False) -> tuple[str, ...]:
    """Remove for good what has been in the trash for so many days, whoever's it was.

    Args:
        root: Folder of the workspace.
        days: Days that things stay, 0 or more.
        dry_run: Only say what would go.

    Returns:
        Addresses of what went, such as `views/search`.

    Raises:
        QuestionError: for days below 0.
    """
    if not days >= 0:
        raise QuestionError(f"{days!r} is no number of days.", "Give 0 or more.")
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    with changes.writing(root):
        old = [file for one in KINDS.values() for file in _files(root, one.folder) if _since(file) <= since]
        for file in old:
            if not dry_run:
                file.unlink(missing_ok=True)
    return tuple(file.relative_to(root / TRASH).with_suffix("").as_posix() for file in old)


def _files(root: Path, folder: str) -> list[Path]:
    return sorted((root / TRASH / folder).glob(f"*{ENDING}"))


def _since(file: Path) -> dt.datetime:
    """When a file came to the trash: as it says, else as the disk says."""
    from workbench.errors import InputError
    from workbench.saved.item import parse

    try:
        said = parse(file.read_bytes(), next(iter(KINDS)), file.stem, str(file)).trashed
    except InputError:
        said = None
    return said or dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC)


def _named(root: Path, entry: Item) -> Item:
    """The thing under a name that its owner does not use."""
    names = itertools.chain([entry.name], (f"{entry.name[:54]} ({number})" for number in itertools.count(2)))
    for name in names:
        try:
            changes.free(root, replace(entry, name=name))
        except Refused:
            continue
        return replace(entry, name=name)
    raise AssertionError("names never end")
