"""Whether the data reach as far as a report needs them: late data are never reported as whole."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from workbench import i18n
from workbench.errors import QuestionError, ReportError

if TYPE_CHECKING:
    from workbench.data import Store
    from workbench.reports.jobs import Job

_DAY = dt.timedelta(days=1)
LATELY = 14
"""Days before the needed one in which an account must have delivered to be waited for."""
_SHOWN = 3


def needed(fresh: str, zone: ZoneInfo, now: dt.datetime | None = None, where: str = "") -> dt.date | None:
    """The day that the data must reach; None where any will do.

    Args:
        fresh: So many days ago (`2`), or a period by the clock whose end is meant (`last_full_week`).
        zone: Where the days begin.
        now: The moment; None: this one.
        where: File and line, for the sentence.

    Raises:
        ReportError: for words that name no day.
    """
    from workbench.metrics import periods

    if not fresh:
        return None
    yesterday = (now or dt.datetime.now(dt.UTC)).astimezone(zone).date() - _DAY
    if fresh.isdecimal() and len(fresh) < 5:
        return yesterday + _DAY * (1 - int(fresh))
    if fresh == "yesterday":
        return yesterday
    try:
        return periods.resolve(fresh, yesterday, yesterday).end
    except QuestionError:
        raise ReportError(
            f"fresh={fresh!r} names no day.",
            "Write a number of days, yesterday, last_full_week or the like.",
            where,
        ) from None


def lateness(job: Job, store: Store, lang: str, now: dt.datetime | None = None) -> str:
    """One sentence that says how the data are too old for a job; empty where they are fresh enough."""
    day = needed(job.fresh, job.zone, now)
    if day is None:
        return ""
    if store.as_of is None:
        return i18n.text("reports.stale_empty", lang, needed=_date(day, lang))
    if store.as_of < day:
        return i18n.text("reports.stale", lang, last=_date(store.as_of, lang), needed=_date(day, lang))
    late = _late_accounts(store, day) if job.fresh_by else []
    if not late:
        return ""
    shown = ", ".join(late[:_SHOWN]) + (" …" if len(late) > _SHOWN else "")
    return i18n.text("reports.stale_accounts", lang, accounts=shown, needed=_date(day, lang))


def _late_accounts(store: Store, day: dt.date) -> list[str]:
    from workbench import data

    rows = data.freshness(store).to_dicts()
    since = day - _DAY * LATELY
    return [str(row["account"] or row["source"]) for row in rows if since <= row["last_day"] < day]


def _date(day: dt.date, lang: str) -> str:
    from workbench.i18n import formats

    return formats.date(day, lang)
