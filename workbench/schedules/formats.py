"""Schedules as platforms read them: Google Ads Editor's texts, half-hour strings, daily budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import exports
from workbench.errors import QuestionError
from workbench.schedules.answer import Schedule, Window
from workbench.schedules.cells import DAYS

if TYPE_CHECKING:
    import pandas as pd

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HALVES, QUARTER = 48, 0.25


def google_ads_editor(
    schedule: Schedule,
    campaigns: Mapping[Any, str | Sequence[str]] | None = None,
    path: str | Path | None = None,
) -> bytes:
    """A schedule as Google Ads Editor imports it: *Account > Import > From file*.

    Args:
        schedule: At most six windows a day, multipliers in whole percents: `compress(…, platform="google")`.
        campaigns: The values of `by` (one value, or a tuple) → the campaign's name at Google, or several
            names; None: they are the names. Campaigns that are not named are left out.
        path: File to write as well.

    Returns:
        CSV with `Campaign` and `Ad Schedule`, such as `(Monday@120%[08:00-12:00])`: no ads at other times.

    Raises:
        QuestionError: for a campaign the schedule does not have, or more than Google takes.

    Source: Google Ads Editor help, *Ad scheduling*.
    """
    import pandas as pd

    found = _by_campaign(schedule, campaigns)
    rows = [(name, ";".join(_google(name, item) for item in windows)) for name, windows in found.items()]
    for name, windows in found.items():
        _check_google(name, windows)
    return exports.csv(pd.DataFrame(rows, columns=["Campaign", "Ad Schedule"]), path)


def day_strings(schedule: Schedule) -> dict[tuple[Any, ...], tuple[str, ...]]:
    """Which half hours are on: 48 characters a day, `1` on and `0` off.

    Ocean Engine (`schedule_time`) and Tencent (`time_series`) take the seven days as one text of 336:
    `"".join(strings)`.

    Args:
        schedule: With windows that begin and end on half hours.

    Returns:
        Campaign → seven texts, Monday first.

    Raises:
        QuestionError: for a window that does not fit half hours, or one that is not simply on.
    """
    found: dict[tuple[Any, ...], list[list[str]]] = {
        name: [["0"] * HALVES for _ in range(DAYS)] for name in schedule.names
    }
    for item in schedule.windows:
        start, end = 2 * item.start_hour, 2 * item.end_hour
        if start % 1 or end % 1:
            raise QuestionError(
                f"A window from {_clock(item.start_hour)} to {_clock(item.end_hour)} is no half hour.",
                "These platforms take half hours: compress the plan for one of them.",
            )
        if item.multiplier != 1:
            raise QuestionError(
                f"A window has the multiplier {item.multiplier:g}, and half-hour strings say only on or off.",
                "Compress the plan with platform='oceanengine' or 'tencent'.",
            )
        found[item.campaign][item.weekday][int(start) : int(end)] = "1" * (int(end) - int(start))
    return {name: tuple("".join(day) for day in days) for name, days in found.items()}


def daily_budgets(schedule: Schedule) -> pd.DataFrame:
    """What each campaign spends a weekday: `by`, `weekday`, `budget` (currency units), `hours` on."""
    import pandas as pd

    hours = schedule.hours.reshape(len(schedule.names), DAYS, -1)
    rows = [
        (*name, day, float(hours[at, day].sum()), int((hours[at, day] > 0).sum()))
        for at, name in enumerate(schedule.names)
        for day in range(DAYS)
    ]
    return pd.DataFrame(rows, columns=[*schedule.by, "weekday", "budget", "hours"])


def _by_campaign(
    schedule: Schedule, campaigns: Mapping[Any, str | Sequence[str]] | None
) -> dict[str, list[Window]]:
    names: dict[tuple[Any, ...], tuple[str, ...]]
    names = {name: (" · ".join(map(str, name)),) for name in schedule.names}
    if campaigns is not None:
        asked = {key if isinstance(key, tuple) else (key,): value for key, value in campaigns.items()}
        for key in asked:
            if key not in names:
                raise QuestionError(
                    f"The schedule has no campaign {key!r}.", f"It has {', '.join(map(repr, names))}."
                )
        names = {key: (own,) if isinstance(own, str) else tuple(own) for key, own in asked.items()}
    found: dict[str, list[Window]] = {title: [] for titles in names.values() for title in titles}
    for item in schedule.windows:
        for title in names.get(item.campaign, ()):
            found[title].append(item)
    return found


def _google(name: str, item: Window) -> str:
    percent = item.multiplier * 100
    if abs(percent - round(percent)) > 1e-6 or not 10 <= round(percent) <= 1000:
        raise QuestionError(
            f"{name!r} has the multiplier {item.multiplier:g}; Google takes whole percents, 10% to 1000%.",
            "Compress the plan with platform='google'.",
        )
    at = "" if round(percent) == 100 else f"@{round(percent)}%"
    return f"({WEEKDAYS[item.weekday]}{at}[{_clock(item.start_hour)}-{_clock(item.end_hour)}])"


def _check_google(name: str, windows: list[Window]) -> None:
    for day in range(DAYS):
        count = sum(item.weekday == day for item in windows)
        if count > 6:
            raise QuestionError(
                f"{name!r} has {count} windows on {WEEKDAYS[day]}, and Google takes 6 a day.",
                "Compress the plan with platform='google'.",
            )


def _clock(hour: float) -> str:
    minutes = round(hour * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
