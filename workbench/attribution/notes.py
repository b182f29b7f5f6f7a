"""Remarks on an attribution: what a reader must know to read it rightly."""

from __future__ import annotations

from typing import ClassVar

from workbench.i18n import remarks


class Note(remarks.Note):
    """One remark on an attribution."""

    room: ClassVar[str] = "attribution"
