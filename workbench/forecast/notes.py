"""Remarks on a forecast: what a reader must know to read it rightly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from workbench.i18n import remarks

if TYPE_CHECKING:
    from workbench.catalogue import Metric


@dataclass(frozen=True)
class Called:
    """A metric as a remark names it."""

    metric: Metric

    def shown(self, lang: str) -> str:
        """Its short name."""
        return self.metric.label(lang, short=True)


class Note(remarks.Note):
    """One remark on a forecast or on anomalies."""

    room: ClassVar[str] = "forecast"
