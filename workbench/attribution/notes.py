"""Remarks on an attribution: what a reader must know to read it rightly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.i18n import formats, text


@dataclass(frozen=True)
class Note:
    """One remark.

    Attributes:
        code: Which remark; its sentence is the text `attribution.note_<code>`.
        values: What the sentence names: text, counts, shares (float) or days.
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
        return text(f"attribution.note_{self.code}", lang, **shown)


def _shown(value: Any, lang: str) -> str:
    if isinstance(value, float):
        return formats.percent(value, lang, 1)
    return formats.number(value, lang) if isinstance(value, int) else str(value)
