"""When a job is due: a cron expression or plain words, in the job's own time zone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from itertools import islice
from zoneinfo import ZoneInfo

from workbench.errors import ReportError

_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_ZH_DAYS = "日一二三四五六"
_AT = r"(?: at)? ?(\d{1,2})[:：](\d{2})"
_WORDS = "daily at 07:30; weekdays at 07:30; mondays at 07:30; monthly on day 3 at 07:30; hourly; "
_WORDS += "每天 07:30; 工作日 07:30; 每周一 07:30; 每月3日 07:30; 每小时"
_FORMS: tuple[tuple[str, str], ...] = (
    (rf"(?:daily|every day|每天|每日){_AT}", "{1} {0} * * *"),
    (rf"(?:weekdays|every weekday|工作日|每个工作日){_AT}", "{1} {0} * * 1-5"),
    (rf"(?:monthly|every month)(?: on)?(?: day)? (\d{{1,2}}){_AT}", "{2} {1} {0} * *"),
    (rf"每月 ?(\d{{1,2}}) ?[日号]{_AT}", "{2} {1} {0} * *"),
    (r"(?:hourly|every hour|每小时)", "0 * * * *"),
)


def expression(said: str, where: str = "") -> str:
    """The cron expression that `said` is, or that its words mean; empty for an empty text.

    Args:
        said: Five fields as cron reads them, or words such as `mondays at 07:30` and `每周一 07:30`.
        where: File and line, for the sentence.

    Raises:
        ReportError: for words and expressions that mean no time.
    """
    from cronsim import CronSim, CronSimError

    text = " ".join(said.lower().split())
    found = _in_words(text) or said
    try:
        if text:
            if len(found.split()) != 5:  # a sixth field would be seconds, which neither cron knows
                raise CronSimError
            next(CronSim(found, dt.datetime(2024, 1, 1, tzinfo=dt.UTC)))
    except (CronSimError, StopIteration):
        raise ReportError(
            f"{said!r} names no time.", f"Write five fields of cron, or one of: {_WORDS}.", where
        ) from None
    return found if text else ""


def _in_words(text: str) -> str:
    for form, made in _FORMS:
        if found := re.fullmatch(form, text):
            return made.format(*(int(part) for part in found.groups()))
    for at, day in enumerate(_DAYS):
        if found := re.fullmatch(rf"(?:every )?(?:{day}s?|(?:每周|每星期)[{_days_of(at)}]){_AT}", text):
            return f"{int(found[2])} {int(found[1])} * * {at}"
    return ""


def _days_of(at: int) -> str:
    return _ZH_DAYS[at] + ("天" if at == 0 else "")


def before(cron: str, moment: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
    """The newest due moment at or before `moment` (UTC); None: there has never been one."""
    minute = moment.astimezone(zone).replace(second=0, microsecond=0) + dt.timedelta(minutes=1)
    return next(_due(cron, minute, back=True), None)


def after(cron: str, moment: dt.datetime, zone: ZoneInfo, count: int = 1) -> list[dt.datetime]:
    """The next `count` due moments after `moment` (UTC)."""
    return list(islice(_due(cron, moment.astimezone(zone)), count))


def _due(cron: str, start: dt.datetime, back: bool = False) -> Iterator[dt.datetime]:
    from cronsim import CronSim

    for found in CronSim(cron, start, reverse=back):
        yield found.astimezone(dt.UTC)
