"""Your own conversions as the rows of a slot fit: each at the hour of the spend that brought it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import InputError, QuestionError, unknown
from workbench.response import frames
from workbench.response.slots.rows import SLOT, TIMED, WEEK, whole

if TYPE_CHECKING:
    import pandas as pd

CLICK, TIME = "click_time", "time"


def slot_frame(
    spend: Any,
    conversions: Any,
    by: str | Sequence[str] = ("channel", "region"),
    timezone: str | None = None,
) -> pd.DataFrame:
    """Rows for `fit_slots` from spend by the hour and conversions one by one.

    A click at 02:00 may convert at 09:00: a conversion counts at the hour of its click where `click_time` is
    known, else at its own `time`, and `timed_by` says so. Conversions later than the last hour of spend are
    counted at their click all the same.

    Args:
        spend: One row a group and hour: the `by` columns, `time` (start of the hour), `cost`; optional
            `clicks`, `capacity`.
        conversions: One row a conversion: the `by` columns, `time`; optional `click_time`.
        by: Columns that name a group.
        timezone: Time zone of the account, such as `Asia/Shanghai`: slots are its hours, and times without a
            zone are in it.

    Returns:
        `by`, `hour_of_week`, `week` (its Monday), `cost`, `conversions`, optional `clicks`, `capacity`,
        `timed_by`. An hour that clocks skip in spring has no row; one that comes twice adds up.

    Raises:
        InputError: for missing columns or times. QuestionError: for a zone that is unknown or needed.
    """
    names = frames.names("by", by)
    told, brought = whole(spend), whole(conversions)
    _columns(told, (*names, TIME, "cost"))
    _columns(brought, (*names, TIME))
    keys = [*names, WEEK, SLOT]
    found = _delivery(_slotted(told, told[TIME], timezone), keys)
    counted = _counted(brought, keys, timezone)
    rows = found.join(counted, how="outer")
    summed = [name for name in ("cost", "clicks", "conversions") if name in rows]
    rows = rows.fillna(dict.fromkeys(summed, 0.0)).fillna({TIMED: "click"})
    return rows.reset_index()


def _delivery(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sums of spend and clicks, and the mean capacity, by group, week and hour."""
    grouped = table.groupby(keys, sort=True)
    found: pd.DataFrame = grouped[[name for name in ("cost", "clicks") if name in table]].sum()
    return found.assign(capacity=grouped["capacity"].mean()) if "capacity" in table else found


def _counted(brought: pd.DataFrame, keys: list[str], timezone: str | None) -> pd.DataFrame:
    """Conversions by group, week and hour of their click, else of their own, and which it is."""
    times, late = brought[TIME], np.ones(len(brought), bool)
    if CLICK in brought:
        late = brought[CLICK].isna().to_numpy()
        times = brought[CLICK].where(~late, brought[TIME])
    hits = _slotted(brought, times, timezone).assign(late=late)
    found = hits.groupby(keys)["late"].agg(["size", "sum"])
    timed = np.where(found["sum"] > 0, "conversion", "click")
    return found[["size"]].rename(columns={"size": "conversions"}).assign(**{TIMED: timed})


def _columns(table: pd.DataFrame, names: Sequence[str]) -> None:
    for name in names:
        if name not in table.columns:
            raise unknown("column", name, map(str, table.columns), InputError)


def _slotted(table: pd.DataFrame, times: Any, timezone: str | None) -> pd.DataFrame:
    """The table with the hour of the week and the Monday of its times on the account's clock."""
    local = _local(times, timezone)
    day = local.dt.normalize()
    monday = day - _days(local.dt.weekday)
    hour = local.dt.weekday * 24 + local.dt.hour
    return table.assign(**{SLOT: hour.astype(int), WEEK: monday})


def _days(count: Any) -> Any:
    import pandas as pd

    return pd.to_timedelta(count, unit="D")


def _local(times: Any, timezone: str | None) -> Any:
    """Times on the account's clock, without their zone."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(times):
        found = times
    else:
        written = times.astype(str)
        zoned = bool(written.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$").any())
        found = pd.to_datetime(written, errors="coerce", utc=zoned, format="ISO8601")
    if found.isna().any():
        bad = times[found.isna()].iloc[0]
        raise InputError(
            f"Column 'time' holds {bad!r}, which is no time.", "Write times as 2026-03-02 14:00."
        )
    if timezone is None:
        if getattr(found.dt, "tz", None) is not None:
            raise QuestionError(
                "Times with a zone need the zone of the account.",
                "Write timezone='Asia/Shanghai', or your own.",
            )
        return found
    if getattr(found.dt, "tz", None) is None:
        return found
    try:
        return found.dt.tz_convert(timezone).dt.tz_localize(None)
    except Exception as error:  # the zone database raises kinds of its own
        raise QuestionError(f"{timezone!r} is no time zone.", "Write one such as 'Asia/Shanghai'.") from error
