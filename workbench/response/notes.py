"""Notes: what a reader must know beside a fit or an import, as code and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.i18n import text


@dataclass(frozen=True)
class Note:
    """One note.

    Attributes:
        code: Its sentence is the text `response.note_<code>`.
        values: What the sentence names; one called `why` is a code of its own, `response.why_<why>`.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, code: str, **values: Any) -> Note:
        """A note with its values by name."""
        return cls(code, values)

    def sentence(self, lang: str = "en") -> str:
        """The note in words."""
        shown = dict(self.values)
        if "why" in shown:
            shown["why"] = text(f"response.why_{shown['why']}", lang, **shown)
        return text(f"response.note_{self.code}", lang, **shown)
