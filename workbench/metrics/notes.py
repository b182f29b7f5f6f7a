"""Notes: what a reader must know to read an answer rightly, as code and values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from workbench import i18n
from workbench.i18n import formats


@runtime_checkable
class Words(Protocol):
    """A value that says itself in each language."""

    def shown(self, lang: str) -> str:
        """The value in words."""


@dataclass(frozen=True)
class Note:
    """One remark on an answer.

    Attributes:
        code: Which remark; its sentence is the text `metrics.note_<code>`.
        values: What the sentence names: text, numbers, shares (float), days, or lists of names or of
            (metric, share).
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, code: str, **values: Any) -> Note:
        """A note with its values by name."""
        return cls(code, values)

    def sentence(self, lang: str) -> str:
        """The remark in words."""
        shown = {name: _shown(value, lang) for name, value in self.values.items()}
        return i18n.text(f"metrics.note_{self.code}", lang, **shown)


def _shown(value: Any, lang: str) -> str:
    if isinstance(value, Words):
        return value.shown(lang)
    if isinstance(value, dt.date):
        return formats.date(value, lang)
    if isinstance(value, list | tuple):
        return ("、" if lang == "zh" else ", ").join(_item(item, lang) for item in value)
    if isinstance(value, float):
        return formats.percent(value, lang, 1)
    return str(value)


def _item(item: Any, lang: str) -> str:
    """A name, or a metric and its share."""
    if isinstance(item, tuple):
        metric, share = item
        return f"{metric.label(lang, short=True)} {formats.percent(share, lang, 1)}"
    return _shown(item, lang)
