"""Remarks on a forecast: what a reader must know to read it rightly."""

from __future__ import annotations

from typing import ClassVar

from workbench.i18n import remarks


class Note(remarks.Note):
    """One remark on a forecast or on anomalies."""

    room: ClassVar[str] = "forecast"
