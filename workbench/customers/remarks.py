"""Remarks: what a reader must know to read an answer about customers rightly, as code and values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench import i18n
from workbench.i18n import formats


@dataclass(frozen=True)
class Remark:
    """One remark on an answer.

    Attributes:
        code: Which remark; its sentence is the text `customers.note_<code>`.
        values: What the sentence names: text, whole numbers, shares (float) or days.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, code: str, **values: Any) -> Remark:
        """A remark with its values by name."""
        return cls(code, values)

    def sentence(self, lang: str) -> str:
        """The remark in words."""
        shown = {name: _shown(value, lang) for name, value in self.values.items()}
        return i18n.text(f"customers.note_{self.code}", lang, **shown)


def counts(**found: int) -> tuple[Remark, ...]:
    """A remark for each count that is not 0; its sentence says `{count}`."""
    return tuple(Remark.of(code, count=int(count)) for code, count in found.items() if count)


def _shown(value: Any, lang: str) -> str:
    if isinstance(value, dt.date):
        return formats.date(value, lang)
    if isinstance(value, float):
        return formats.percent(value, lang, 1)
    return formats.number(value, lang) if isinstance(value, int) else str(value)
