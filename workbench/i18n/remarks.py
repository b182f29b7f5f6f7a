"""Remarks: what a reader must know to read an answer rightly, as a code and the values its sentence names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from workbench.i18n import formats, text


@runtime_checkable
class Words(Protocol):
    """A value that says itself in each language."""

    def shown(self, lang: str) -> str:
        """The value in words."""


@dataclass(frozen=True)
class Note:
    """One remark on an answer; every room that makes some has a subclass of its own.

    Attributes:
        code: Which remark; its sentence is the text `<room>.note_<code>`.
        values: What the sentence names: text, whole numbers, shares (float), days, or lists of names or of
            (metric, share).
    """

    room: ClassVar[str]

    code: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, code: str, **values: Any) -> Self:
        """A note with its values by name."""
        return cls(code, values)

    def sentence(self, lang: str) -> str:
        """The remark in words."""
        words = {name: shown(value, lang) for name, value in self.values.items()}
        return text(f"{self.room}.note_{self.code}", lang, **words)


def shown(value: Any, lang: str) -> str:
    """A value of a remark in words."""
    if isinstance(value, Words):
        return value.shown(lang)
    if isinstance(value, dt.date):
        return formats.date(value, lang)
    if isinstance(value, list | tuple):
        return ("、" if lang == "zh" else ", ").join(_item(item, lang) for item in value)
    if isinstance(value, float):
        return formats.percent(value, lang, 1)
    return formats.number(value, lang) if isinstance(value, int) else str(value)


def _item(item: Any, lang: str) -> str:
    """A name, or a metric and its share."""
    if isinstance(item, tuple):
        metric, share = item
        return f"{metric.label(lang, short=True)} {formats.percent(share, lang, 1)}"
    return shown(item, lang)
