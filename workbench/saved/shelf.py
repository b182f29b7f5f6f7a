"""What is saved in a workspace, as one person sees it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from workbench import settings
from workbench.errors import InputError
from workbench.saved import item as files
from workbench.saved import people
from workbench.saved.item import Item
from workbench.saved.kinds import ENDING, KINDS, TRASH, Kind, kind
from workbench.saved.refusals import Refused


def items(root: Path, of: str = "", who: str | None = None, trashed: bool = False) -> tuple[Item, ...]:
    """Saved things that a person may see: their own, shared ones and everybody's; by name.

    Args:
        root: Folder of the workspace.
        of: Kind; empty: all.
        who: The person; None: who acts here. Damaged files are left out, see `damaged`.
        trashed: Those in the trash instead; there everybody sees only what they may restore.

    Raises:
        QuestionError: for an unknown kind.
    """
    asked, who = [kind(of)] if of else [*KINDS.values()], people.me() if who is None else who
    found = [entry for one in asked for entry in _all(root, one, trashed) if isinstance(entry, Item)]
    seen = [entry for entry in found if (owns(entry, who) if trashed else sees(entry, who))]
    return tuple(sorted(seen, key=lambda entry: (entry.kind, entry.name.casefold(), entry.id)))


def damaged(root: Path) -> tuple[str, ...]:
    """One sentence for each file that is no saved thing."""
    found = (
        entry for one in KINDS.values() for trashed in (False, True) for entry in _all(root, one, trashed)
    )
    return tuple(str(entry) for entry in found if isinstance(entry, InputError))


def read(root: Path, of: str, id: str, who: str | None = None, trashed: bool = False) -> Item:
    """One saved thing, as its file is now.

    Args:
        root: Folder of the workspace.
        of: Kind.
        id: Its id.
        who: The person; None: who acts here.
        trashed: Look in the trash.

    Raises:
        Refused: where there is none that this person may see.
        InputError: where its file is damaged.
    """
    one, who = kind(of), people.me() if who is None else who
    file = next((file for file in _files(root, one, trashed) if file.stem == id), None)
    try:
        found = files.parse(file.read_bytes(), of, id, str(file)) if file else None
    except FileNotFoundError:  # gone this moment
        found = None
    if found is None or not sees(found, who):
        raise Refused("missing", name=id[:80])
    return found


def find(root: Path, words: str, who: str | None = None, trashed: bool = False) -> Item:
    """The one saved thing that is meant by an address (`views/search`), an id or a name.

    Raises:
        Refused: where none is meant, or several.
    """
    known = items(root, who=who, trashed=trashed)
    found = [entry for entry in known if entry.address == words]
    found = found or [entry for entry in known if entry.id == words or people.same(entry.name, words)]
    if not found:
        raise Refused("missing", name=words[:80])
    if len(found) > 1:
        raise Refused("several", name=words[:80], found=", ".join(entry.address for entry in found))
    return read(root, found[0].kind, found[0].id, who, trashed)


def owns(entry: Item, who: str) -> bool:
    """Whether a person may rename, share and trash a thing: its owner, or everybody where it has none."""
    return within(entry) and (not entry.owner or (bool(who) and people.same(entry.owner, who)))


def sees(entry: Item, who: str) -> bool:
    """Whether a person sees a thing, and may change its content."""
    return within(entry) and (entry.shared or owns(entry, who))


def within(entry: Item) -> bool:
    """Whether a thing holds figures of none but the advertisers of the link it is asked through."""
    limit = settings.advertisers()
    return limit is None or (bool(entry.advertisers) and {*entry.advertisers} <= {*limit})


def taken(root: Path, one: Kind, id: str) -> bool:
    """Whether a thing has this id, the trash included."""
    return one.file(root, id).exists() or one.trashed(root, id).exists()


def _all(root: Path, one: Kind, trashed: bool) -> Iterator[Item | InputError]:
    for file in _files(root, one, trashed):
        try:
            about = file.stat()
            yield _parsed(file, one.id, about.st_ino, about.st_mtime_ns, about.st_size)
        except InputError as error:
            yield error
        except OSError as error:
            yield InputError(f"It cannot be read: {error.strerror or error}.", "Check its rights.", str(file))


def _files(root: Path, one: Kind, trashed: bool) -> list[Path]:
    folder = root / TRASH / one.folder if trashed else root / one.folder
    if not folder.is_dir():
        return []
    return sorted(file for file in folder.glob(f"*{ENDING}") if not file.name.startswith("."))


@lru_cache(maxsize=1024)
def _parsed(file: Path, of: str, _inode: int, _time: int, _size: int) -> Item:
    """A file as it was at one time: a list is drawn anew at every move of a slider."""
    return files.parse(file.read_bytes(), of, file.stem, str(file))
