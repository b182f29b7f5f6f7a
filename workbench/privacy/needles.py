"""What to search for: the identifiers of a customer, in every spelling that a file may hold."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, quote_plus

from workbench.privacy.normal import normal

_LETTER, _DIGIT = "0-9A-Za-z_", "0-9"
_GAP = r"[\s().\-]*"
_LEAST_LENGTH = {"text": 12, "name": 2}
_LEAST_ID, _LEAST_NUMBER = 6, 9
_LEAST_NATIONAL = 7
_AROUND = 40
_LEAST_PACKED = 8


@dataclass(frozen=True)
class Needle:
    """One identifier.

    Attributes:
        kind: `id`, `pseudonym`, `email`, `phone`, `name` or `text`.
        text: As it was written.
    """

    kind: str
    text: str

    @property
    def is_sure(self) -> bool:
        """Whether a find can only be this customer: names have namesakes, short numbers are everywhere."""
        if self.kind == "id":
            least = _LEAST_NUMBER if self.text.isdecimal() else _LEAST_ID
            return len(self.text) >= least
        return self.kind != "name"

    @cached_property
    def pattern(self) -> str:
        """A regular expression that RE2 and Python read; groups 1 and 2 are what stands around it."""
        if self.kind == "phone":
            return f"(^|[^{_DIGIT}])(?:{_phone(self.text)})($|[^{_DIGIT}])"
        body = "|".join(map(re.escape, dict.fromkeys([self.text, *self._escaped])))
        if self.kind == "email":
            return f"(^|[^{_LETTER}.%+-])(?i:{body})($|[^{_LETTER}-])"
        if self.kind in ("id", "pseudonym") or self.text.isascii():
            return f"(^|[^{_LETTER}])(?:{body})($|[^{_LETTER}])"
        return f"()(?:{body})()"

    def found_in(self, text: str) -> bool:
        """Whether a text holds it."""
        return re.search(self.pattern, text) is not None

    def erased_from(self, text: str, instead: str = "[erased]") -> str:
        """A text without it."""
        return re.sub(self.pattern, lambda found: f"{found[1]}{instead}{found[2]}", text)

    def is_in(self, content: bytes, lowered: bytes) -> bool:
        """Whether bytes hold it, in UTF-8, GB18030 or UTF-16, escaped as in JSON or a URL, or in Base64.

        Args:
            content: Bytes.
            lowered: The same in small letters.
        """
        if self.kind == "phone":
            return self._is_dialled(content) or any(spelling in content for spelling in self._packed)
        where = lowered if self.kind == "email" else content
        at = where.find(self._plain)
        while at >= 0:
            if self._is_whole(content, at, at + len(self._plain)):
                return True
            at = where.find(self._plain, at + 1)
        spelled = any(spelling in where for spelling in self._spellings)
        return spelled or any(spelling in content for spelling in self._packed)

    def _is_dialled(self, content: bytes) -> bool:
        found = re.finditer(_spread(_national(self.text)).encode(), content)
        return any(self._is_whole(content, one.start(), one.end()) for one in found)

    def _is_whole(self, content: bytes, start: int, end: int) -> bool:
        """Whether what stands around a find does not make it part of something longer."""
        around = content[max(0, start - _AROUND) : end + _AROUND]
        return re.search(self.pattern.encode(), around) is not None

    @cached_property
    def _plain(self) -> bytes:
        return self._text.encode()

    @property
    def _text(self) -> str:
        return self.text.lower() if self.kind == "email" else self.text

    @cached_property
    def _escaped(self) -> tuple[str, ...]:
        """As JSON and URLs write it."""
        return json.dumps(self.text)[1:-1], quote(self.text, safe=""), quote_plus(self.text, safe="")

    @cached_property
    def _spellings(self) -> tuple[bytes, ...]:
        """Other ways to write it, in small letters where case means nothing."""
        codecs = ("gb18030", "utf-16-le", "utf-16-be")
        written = {self._text.encode(codec) for codec in codecs}
        escaped = {text.lower() if self.kind == "email" else text for text in self._escaped}
        return tuple((written | {text.encode() for text in escaped}) - {self._plain})

    @cached_property
    def _packed(self) -> tuple[bytes, ...]:
        """What stays of it in Base64, wherever it begins; too short a rest would be in anything."""
        written = {self.text, self._text}
        if self.kind == "phone":
            whole = _digits(self.text)
            written |= {whole[size:] for size in range(4) if len(whole) - size >= _LEAST_NATIONAL + 2}
        found = {_base64(text.encode(), before) for text in written for before in range(3)}
        return tuple(rest for rest in found if len(rest) >= _LEAST_PACKED)


def _base64(text: bytes, before: int) -> bytes:
    """Base64 of a text with so many unknown bytes before it, without the letters that these decide."""
    coded = base64.b64encode(bytes(before) + text).rstrip(b"=")
    first, last = (0, 2, 3)[before], len(coded) - ((before + len(text)) % 3 > 0)
    return coded[first:last]


def needles(values: Iterable[Mapping[str, Any]], ids: Iterable[str]) -> tuple[Needle, ...]:
    """The identifiers in personal values and the given ids, each once.

    Args:
        values: Personal values by column name, as the vault and old tables hold them.
        ids: Identifiers and pseudonyms that a person gave.
    """
    found = {Needle("id", text.strip()): None for text in ids if text.strip()}
    for row in values:
        for name, value in row.items():
            kind = _kind(name)
            least = _LEAST_LENGTH.get(kind, 1)
            if isinstance(value, str) and len(value.strip()) >= least:
                found |= {Needle(kind, text): None for text in _spellings(kind, value)}
    return tuple(found)


def _kind(name: str) -> str:
    if name in ("source_id", "customer_id"):
        return "id"
    return next((kind for kind in ("email", "phone", "name") if kind in name), "text")


def _spellings(kind: str, value: str) -> set[str]:
    import pyarrow as pa

    if kind == "phone":
        return {value} if sum(letter.isdigit() for letter in value) >= _LEAST_NATIONAL else set()
    if kind == "email":
        return {value.strip(), normal(pa.array([value]), "email")[0].as_py() or value.strip()}
    return {value.strip()}


def _phone(text: str) -> str:
    """A number with or without its country, its trunk 0 and whatever stands between the digits."""
    whole = _digits(text)
    found = [_spread(whole)]
    for size in (1, 2, 3):
        country, national = whole[:size], whole[size:]
        if len(national) >= _LEAST_NATIONAL and not whole.startswith("0"):
            found.append(rf"(?:(?:\+|00)?{_spread(country)}{_GAP})?(?:\(?0\)?{_GAP})?{_spread(national)}")
    return "|".join(found)


def _national(text: str) -> str:
    """The digits that a number has in every spelling: without a country of up to three digits."""
    whole = _digits(text)
    return whole[-max(_LEAST_NATIONAL, len(whole) - 3) :]


def _digits(text: str) -> str:
    import pyarrow as pa

    return (normal(pa.array([text]), "phone")[0].as_py() or "").lstrip("+")


def _spread(digits: str) -> str:
    return _GAP.join(digits)
