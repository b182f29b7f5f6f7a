"""How far an answer's days are from final, as a note and a stamp."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from workbench import i18n
from workbench.i18n import formats
from workbench.metrics.notes import Note

if TYPE_CHECKING:
    from workbench.metrics.question import Question


def remark(question: Question) -> Note | None:
    """The note that some of the answered days may still change; None where all are final."""
    from workbench.sources.maturity import moving

    chosen = question.where.get("source")
    period = question.period
    found = [
        source
        for source in moving(question.store)
        if (not chosen or source.source in chosen)
        and source.days
        and source.first_open <= period.end
        and source.last_day >= period.start
    ]
    if not found:
        return None
    first = max(min(source.first_open for source in found), period.start)
    return Note.of("moving", first=first, until=max(source.until(period.end) for source in found))


def stamp(as_of: dt.date | None, version: int, moving_until: dt.date | None, lang: str) -> str:
    """`Data to 31 Mar 2026 (version 12), still moving until 30 Apr 2026`."""
    if as_of is None:
        return i18n.text("metrics.stamp_empty", lang)
    day = formats.date(as_of, lang)
    if moving_until is None:
        return i18n.text("metrics.stamp_final", lang, day=day, version=version)
    return i18n.text(
        "metrics.stamp_moving", lang, day=day, version=version, until=formats.date(moving_until, lang)
    )
