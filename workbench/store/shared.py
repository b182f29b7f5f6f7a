"""What a warm process knows of a workspace already, found in memory by the kernels forked from it.

Pages that open at the same time ask the same questions of the same data. A child of the warm process asks
them once (`forks.pages`) and notes here what came; the warm process takes it over, and every kernel forked
from it finds it there. A thing is found only by a store that would work out the same: the same workspace,
data version with the same files, settings, metrics and profiles, and no limit to some advertisers. Every
other store, and every process that was not forked so, works it out itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from workbench.errors import WorkbenchError
from workbench.store import pointer

if TYPE_CHECKING:
    from workbench.store.store import Store

PROFILES = "profiles"
"""Folder of a workspace with what it says of its sources."""
MISSING: Final = object()
"""Stands for what is not known."""

Known = dict[tuple[str, str], Any]
"""Mark of a store and key → thing."""

_known: Known = {}
_noted: Known | None = None
_last: tuple[tuple[Any, ...], str] | None = None
"""What was marked last, which is nearly always what is asked for next, and its mark."""


def find(store: Store, key: str) -> Any:
    """What is known of a store under a key; `MISSING` where it must be worked out."""
    if not _known or store.whole is not store:
        return MISSING
    if store.advertisers is not None:
        _known.clear()  # who may see a part has no use for the whole
        return MISSING
    try:
        return _known.get((mark(store), key), MISSING)
    except WorkbenchError:  # metrics or profiles that cannot be read: whoever needs them says so
        return MISSING


def note(store: Store, key: str, thing: Any) -> None:
    """Write down what was worked out, in a process that asks for others; nothing in any other."""
    if _noted is not None and store.whole is store and store.advertisers is None:
        _noted[mark(store), key] = thing


def held(store: Store, key: str, make: Callable[[], Any]) -> Any:
    """The thing of a store called `key`, made where it is not known."""
    found = find(store, key)
    if found is MISSING:
        found = make()
        note(store, key, found)
    return found


def begin() -> Known:
    """Write down what is worked out from now on.

    Returns:
        What it is written into.
    """
    global _noted
    _noted = {}
    return _noted


def take(known: Known) -> None:
    """Know this, and nothing else, from now on."""
    _known.clear()
    _known.update(known)


def mark(store: Store) -> str:
    """All that the answers of a whole store depend on beside the question, in short.

    Args:
        store: The store, at its present data version.
    """
    folder = store.path / PROFILES
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    profiles = [[file.name, file.read_text("utf-8", "replace")] for file in files]
    return _short([_of(store), profiles] if profiles else _of(store))


def _of(store: Store) -> str:
    """The part of a mark that the store holds: read again only when it holds another one."""
    global _last
    held = (store.path, store.engine, store._version, store.settings, store.metrics)
    if _last is None or any(one is not other for one, other in zip(held, _last[0], strict=True)):
        path, engine, version, *rest = held
        said = [os.path.realpath(path), engine, pointer.history_text(version), *map(repr, rest)]
        _last = (held, _short(said))
    return _last[1]


def _short(said: Any) -> str:
    return blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()
