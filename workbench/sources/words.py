"""Headers as words: normal form, the unit or currency they carry, and which ones a file has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

FACTOR = {"units": 1_000_000, "fen": 10_000, "li": 1000, "micros": 1}
"""Money unit of a column → micros in one of it; `fen` are hundredths (cents), `li` thousandths."""

PLUS = " + "
"""Joins the headers of columns that are added up."""

_UNIT_WORDS = {
    "元": "units",
    "人民币": "units",
    "yuan": "units",
    "分": "fen",
    "fen": "fen",
    "cents": "fen",
    "cent": "fen",
    "厘": "li",
    "li": "li",
    "micros": "micros",
    "micro": "micros",
    "微元": "micros",
}
_ENDINGS = {
    " in micro dollar": "micros",
    " in micro dollars": "micros",
    " in micros": "micros",
    " local micro": "micros",
    " micros": "micros",
    " micro": "micros",
    " in fen": "fen",
    " in cents": "fen",
    " fen": "fen",
    " cents": "fen",
}
"""Endings of headers that say the unit; the longer one first."""

_CODED = re.compile(r"^(?P<name>.+?)[\s_/-]+(?P<inner>CNY|USD|EUR|GBP|JPY|HKD|TWD|SGD|AUD|CAD|INR|BRL|CHF)$")
_BRACKETED = re.compile(r"^(?P<name>.+?)\s*[(\[](?P<inner>[^()\[\]]+)[)\]]$")


@dataclass(frozen=True)
class Heading:
    """What one header says: its name, and the money unit and currency in its brackets."""

    name: str
    unit: str = ""
    currency: str = ""


def normal(header: str) -> str:
    """A header in the form that is compared: one case, one width, spaces for underscores."""
    text = unicodedata.normalize("NFKC", header).casefold().replace("_", " ").replace("\ufeff", "")
    return re.sub(r"\s+", " ", text).strip(" \t\"'.:*")


@cache
def heading(header: str) -> Heading:
    """Split `Amount spent (USD)` or `消耗（元）` into its name and what the brackets say."""
    text, written = normal(header), unicodedata.normalize("NFKC", header).strip()
    if found := _BRACKETED.match(written) or _CODED.match(written):
        name, inner = normal(found["name"]), found["inner"].strip()
        if unit := _UNIT_WORDS.get(inner.casefold()):
            return Heading(name, unit, "CNY" if inner in ("元", "人民币", "分", "厘") else "")
        if inner in currencies():  # in capitals: `Clicks (all)` is no Albanian money
            return Heading(name, "", inner)
    for ending, unit in _ENDINGS.items():
        if text.endswith(ending):
            return Heading(text.removesuffix(ending), unit)
    return Heading(text)


def terms(header: str) -> tuple[str, ...]:
    """The headers that `A + B` adds up; a plain header alone."""
    return tuple(term.strip() for term in header.split(PLUS))


def taken_by(headers: Iterable[str]) -> set[str]:
    """Some headers and, of sums, their terms."""
    return {term for header in headers for term in (header, *terms(header))}


class Headers:
    """The headers of one file, found by any spelling.

    Args:
        headers: As the file writes them.
    """

    def __init__(self, headers: Sequence[str]) -> None:
        self.names = tuple(headers)
        self._by_text: dict[str, str] = {}
        for header in reversed(self.names):
            if header.strip():
                self._by_text[heading(header).name] = header
        for header in reversed(self.names):
            if header.strip():
                self._by_text[normal(header)] = header

    def find(self, candidates: Iterable[str]) -> str | None:
        """The first of `candidates` that the file has, as the file writes it; `A + B` where it has all."""
        return next((found for text in candidates if (found := self._one(text))), None)

    def _one(self, text: str) -> str | None:
        found = self._by_text.get(normal(text))
        if found or PLUS not in text:
            return found
        parts = [self._by_text.get(normal(term)) for term in terms(text)]
        return PLUS.join(part for part in parts if part) if all(parts) else None

    def has(self, candidates: Iterable[str]) -> bool:
        """Whether the file has one of `candidates`."""
        return self.find(candidates) is not None


@cache
def currencies() -> frozenset[str]:
    """ISO 4217 codes."""
    from babel.numbers import list_currencies

    return frozenset(list_currencies()) - {"XXX"}
