"""Remarks: what a reader must know to read an answer about customers rightly, as code and values."""

from __future__ import annotations

from typing import ClassVar

from workbench.i18n import remarks


class Remark(remarks.Note):
    """One remark on an answer about customers."""

    room: ClassVar[str] = "customers"


def counts(**found: int) -> tuple[Remark, ...]:
    """A remark for each count that is not 0; its sentence says `{count}`."""
    return tuple(Remark.of(code, count=int(count)) for code, count in found.items() if count)
