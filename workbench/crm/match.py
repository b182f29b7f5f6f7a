"""Which table a file's headers belong to, and which header is which column; every guess has a confidence."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from workbench.crm.spec import Spec, common, specs
from workbench.errors import InputError, unknown
from workbench.sources.words import Headers, heading, normal

SURE = 0.5
"""Confidence from which a table is taken; what is taken by confidence alone is said in the review."""

MARGIN = 0.05
"""By how much the likeliest table must lead."""

CONSTANT = "="
"""First character of a mapping's right side that is a value for all rows, and no header."""

_OTHER_TABLE = re.compile(r"history|performance|report|stats|analytics|日志|报表|报告")
"""Names of tables that are about something else, whatever word stands beside."""


@dataclass(frozen=True)
class Guess:
    """One table that a file may be: its confidence (0 to 1) and its columns (field name → header)."""

    spec: Spec
    confidence: float
    columns: Mapping[str, str]

    @property
    def lacks(self) -> tuple[str, ...]:
        """Needed fields that no header fits."""
        return self.spec.lacks(self.columns)


def guesses(headers: Sequence[str], name: str = "") -> list[Guess]:
    """All CRM tables by confidence, the likeliest first.

    Args:
        headers: As the file writes them.
        name: Name of the file or of the database table.
    """
    file = Headers(headers)
    found = [_guess(item, file, name) for item in specs().values()]
    return sorted(found, key=lambda guess: -guess.confidence)


def sure(found: Sequence[Guess]) -> Guess | None:
    """The likeliest table, if it is likely enough and clearly ahead."""
    first, second = found[0], found[1]
    clear = first.confidence >= SURE and first.confidence - second.confidence >= MARGIN
    return first if clear and not first.lacks else None


def columns(spec: Spec, headers: Sequence[str], mapping: Mapping[str, str] | None = None) -> dict[str, str]:
    """Field name → header (or `=value`), from a mapping first and from known spellings for the rest.

    Args:
        spec: The table.
        headers: As the file writes them.
        mapping: What the user says.

    Raises:
        InputError: for a column that the table does not have, or a header that the file does not have.
    """
    file = Headers(headers)
    given = {spec.field(name).name: _header(header, file, name) for name, header in (mapping or {}).items()}
    free = Headers([header if header not in given.values() else "" for header in file.names])
    return {**_spelt(spec, free, set(given)), **given}


def canonical(spec: Spec, found: Mapping[str, str]) -> bool:
    """Whether every header is the name of its column, so that nothing was guessed."""
    return all(
        normal(header) in (normal(name), normal(spec.field(name).column)) for name, header in found.items()
    )


def alike(spec: Spec, header: str, taken: Collection[str] = ()) -> list[tuple[str, float]]:
    """Fields whose spellings look like a header, the likeliest first; suggestions, never taken unasked."""
    text = heading(header).name
    scores = {
        item.name: max(_likeness(text, normal(word)) for word in item.headers)
        for item in spec.fields
        if item.name not in taken
    }
    return sorted(
        ((name, score) for name, score in scores.items() if score >= 0.4), key=lambda item: -item[1]
    )


def _guess(spec: Spec, file: Headers, name: str) -> Guess:
    found = _spelt(spec, file, set())
    named = [header for header in file.names if header.strip()]
    telling = {field for field, header in found.items() if normal(header) not in common()}
    covered = (len(telling) + 0.5 * (len(found) - len(telling))) / len(named) if named else 0.0
    signs = {*spec.signs, *(key for key in spec.key if key != "customer_id")}
    shown = len(signs & telling) / min(len(signs), 3)
    called = 0.35 if _called(spec, name) else 0.0
    own = 0.15 if len(found) == len(named) and canonical(spec, found) else 0.0
    confidence = 0.4 * covered + 0.4 * min(shown, 1.0) + called + own
    if missing := spec.lacks(found):
        confidence *= 0.5 * max(0.0, 1 - len(missing) / len(spec.needs))
    return Guess(spec, round(min(confidence, 0.99), 2), found)


def _called(spec: Spec, name: str) -> bool:
    """Whether the name of a file or table says which one it is: `2026-03 Orders (1)`, `crm.orders`."""
    text = re.sub(r"[\d\W_]+", " ", normal(name)).strip()
    words = {text, *text.split()}
    if _OTHER_TABLE.search(text):
        return False
    return any(
        normal(item) in words or (len(item) > 1 and not item.isascii() and item in text)
        for item in spec.names
    )


def _spelt(spec: Spec, file: Headers, given: set[str]) -> dict[str, str]:
    """Field name → header by known spellings; the surest spellings choose first."""
    pairs = sorted(
        (rank, place, item.name, header)
        for place, item in enumerate(spec.fields)
        if item.name not in given
        for rank, word in enumerate(item.headers)
        if (header := file.find([word])) is not None
    )
    found: dict[str, str] = {}
    for _, _, name, header in pairs:
        if name not in found and header not in found.values():
            found[name] = header
    return {item.name: found[item.name] for item in spec.fields if item.name in found}


def header_of(text: str, headers: Sequence[str], column: str) -> str:
    """The header that a mapping means, as the file writes it.

    Raises:
        InputError: for a header that the file does not have.
    """
    return _header(text, Headers(headers), column, False)


def _header(text: str, file: Headers, column: str, constant: bool = True) -> str:
    if (constant and text.startswith(CONSTANT)) or text in file.names:
        return text
    if found := file.find([text]):
        return found
    names = [name for name in file.names if name.strip()]
    raise unknown("header", text, names, InputError, f"mapping of {column!r}")


def _likeness(left: str, right: str) -> float:
    if left == right:
        return 0.95
    if len(right) > (2 if right.isascii() else 1) and (left.endswith(right) or left.startswith(right)):
        return 0.75
    return 0.8 * SequenceMatcher(None, left, right).ratio()
