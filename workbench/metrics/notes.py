"""Notes: what a reader must know to read an answer rightly, as code and values."""

from __future__ import annotations

from typing import ClassVar

from workbench.i18n import remarks
from workbench.i18n.remarks import Words

__all__ = ["Note", "Words"]


class Note(remarks.Note):
    """One remark on a metric."""

    room: ClassVar[str] = "metrics"
