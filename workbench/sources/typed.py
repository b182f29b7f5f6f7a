"""Dataclasses from TOML tables, with errors that name the file and the key."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from workbench.errors import SettingsError, WorkbenchError, unknown


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Made = TypeVar("Made", bound=_Dataclass)

_KINDS: dict[str, tuple[type, str, str]] = {
    "str": (str, "text", "Put it in quotes."),
    "bool": (bool, "yes or no", "Write true or false."),
    "int": (int, "number of days", "Write 30."),
    "Mapping": (dict, "table", "Write { … = … }."),
}
"""Beginning of an annotation → the type, what it is called, how to correct it."""


def made(kind: type[Made], values: Mapping[str, Any], file: Path, hidden: Container[str] = ()) -> Made:
    """A dataclass from a TOML table: no unknown key, none missing, lists of texts as tuples.

    Args:
        kind: The dataclass; its annotations decide what a value may be.
        values: The table.
        file: Where it stands, for errors.
        hidden: Keys that a file cannot set, left out of suggestions.

    Raises:
        SettingsError: for a key that is unknown or missing, or a value of another type.
    """
    known: dict[str, Field[Any]] = {item.name: item for item in fields(kind)}
    for name in values:
        if name not in known:
            raise unknown("key", name, [key for key in known if key not in hidden], SettingsError, str(file))
    for name, item in known.items():
        if name not in values and item.default is MISSING and item.default_factory is MISSING:
            raise SettingsError(f"The key {name!r} is missing.", "Add it.", str(file))
    return kind(**{name: _value(name, value, str(known[name].type), file) for name, value in values.items()})


def _value(name: str, value: Any, kind: str, file: Path) -> Any:
    if kind == "Headers":
        return texts(name, value, file)
    for start, (allowed, called, fix) in _KINDS.items():
        fits = isinstance(value, allowed) and (start != "int" or (type(value) is int and value >= 0))
        if kind.startswith(start) and not fits:
            raise SettingsError(f"{name!r} is {value!r}, which is no {called}.", fix, str(file))
    return value


def texts(name: str, value: Any, file: Path) -> tuple[str, ...]:
    """A list of texts.

    Raises:
        SettingsError: for anything else.
    """
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise SettingsError(f"{name!r} is {value!r}, which is no list of texts.", 'Write ["…"].', str(file))
    return tuple(value)


def tables(entry: Mapping[str, Any], key: str, file: Path) -> list[Mapping[str, Any]]:
    """A list of tables, empty where the key is missing.

    Raises:
        SettingsError: for anything else.
    """
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise SettingsError(f"{key!r} is no list of tables.", f"Write [[{key}]].", str(file))
    return value


def allowed(kind: str, value: str, values: Any, file: Path) -> None:
    """Refuse a value that is none of some.

    Raises:
        SettingsError: naming the nearest one.
    """
    if value not in values:
        error: WorkbenchError = unknown(kind, value, values, SettingsError, str(file))
        raise error
