"""Is one schedule better than another? Both run in turns, drawn by lot, and blocks of time are compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.i18n import formats, text
from workbench.schedules.cells import DAY, DAYS
from workbench.schedules.clock import monday_of, zone_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench.compare.trials import Experiment

FEWEST_WEEKS = 4
LENGTHS = (6, 8, 12, 24)


@dataclass(frozen=True, eq=False)
class Switchback:
    """Which schedule runs when: the answer of `switchback`.

    Attributes:
        table: One row a block: `block`, `place` (weekday and part of the day), `date`, `start_hour`,
            `end_hour`, `arm`.
        arms: The two schedules, the one of today first.
        timezone: IANA name of the account's time zone.
        washout_hours: First hours of a block that are not counted where the other schedule ran before.
        seed: What drew the lots.
    """

    table: pd.DataFrame
    arms: tuple[str, str]
    timezone: str
    washout_hours: float
    seed: int

    def to_frame(self) -> pd.DataFrame:
        """The blocks."""
        return self.table.copy()

    def sentence(self, lang: str = "en", names: Mapping[str, str] | None = None) -> str:
        """How many blocks, and from when to when.

        Args:
            lang: `en` or `zh`.
            names: Arm → how it is called in the sentence; None: as it is.
        """
        now, new = ((names or {}).get(arm, arm) for arm in self.arms)
        days = self.table["date"]
        return text(
            "schedules.switchback", lang, blocks=len(self.table), first=formats.date(days.min(), lang),
            last=formats.date(days.max(), lang), now=now, new=new,
        )  # fmt: skip


def switchback(
    start: Any,
    weeks: int = 4,
    timezone: str = "",
    block_hours: int = 24,
    arms: Sequence[str] = ("now", "plan"),
    washout_hours: float = 0.0,
    seed: int = 0,
) -> Switchback:
    """Draw which of two schedules runs in which block of time.

    Each weekday and part of the day gets both schedules in every two weeks, in an order drawn by lot:
    weekdays and slow changes over the weeks cannot favour one of them.

    Args:
        start: First day; blocks begin on the Monday on or after it.
        weeks: Length, an even number from 4.
        timezone: IANA name of the account's time zone.
        block_hours: Length of a block: 6, 8, 12 or 24.
        arms: Names of the two schedules, the one of today first.
        washout_hours: First hours of a block to leave out where the schedule changed before it, because
            conversions of the other one still arrive.
        seed: Seed of the lots.

    Returns:
        The design.

    Raises:
        QuestionError: for lengths, names or a time zone that make no design.

    Source: I. Bojinov, D. Simchi-Levi, J. Zhao, *Design and analysis of switchback experiments*, 2023.
    """
    import pandas as pd

    zone_of(timezone)
    names = _names(arms)
    _check(weeks, block_hours, washout_hours)
    first = monday_of(start, later=True)
    rng, parts = np.random.default_rng(seed), DAY // block_hours
    lots = rng.integers(0, 2, size=(weeks // 2, DAYS, parts))
    rows = []
    for week in range(weeks):
        for day in range(DAYS):
            for part in range(parts):
                arm = names[int(lots[week // 2, day, part] ^ (week % 2))]
                date, hour = first + dt.timedelta(days=7 * week + day), part * block_hours
                rows.append((f"{day}-{part}", date, hour, hour + block_hours, arm))
    table = pd.DataFrame(rows, columns=["place", "date", "start_hour", "end_hour", "arm"])
    table.insert(0, "block", range(len(table)))
    return Switchback(table, names, timezone, float(washout_hours), seed)


def switchback_result(
    design: Switchback, outcomes: Any, metrics: Any, time: str = "time", **more: Any
) -> Experiment:
    """Compare the two schedules by the blocks in which they ran.

    Args:
        design: As `switchback` made it.
        outcomes: One row an event or hour: the moment in `time` and the columns of the metrics, which are
            added up over each block. A moment without an offset is on the account's clock.
        metrics: Columns (per block), or pairs (numerator, denominator) such as `("conversions", "cost")`.
        time: Column of the moment.
        more: Further arguments of `compare.experiment`.

    Returns:
        The comparison of `compare.experiment`; its units are blocks, its strata weekdays and parts of a day.

    Raises:
        QuestionError, InputError: as `compare.experiment`; for moments that are none, or outcomes outside
            the design's weeks only.
    """
    from workbench.compare.trials import experiment

    chosen = [metrics] if isinstance(metrics, str) else list(metrics)
    columns = list(
        dict.fromkeys(name for item in chosen for name in ([item] if isinstance(item, str) else item))
    )
    blocks = block_sums(design, outcomes, columns, time)
    return experiment(
        blocks, chosen, variant="arm", control=design.arms[0], unit="block", strata="place", **more
    )


def block_sums(design: Switchback, outcomes: Any, columns: Sequence[str], time: str = "time") -> pd.DataFrame:
    """Sums of outcomes over the blocks that have passed: `block`, `place`, `date`, `arm` and the columns.

    Args:
        design: The design.
        outcomes: As `switchback_result` takes them.
        columns: What to add up.
        time: Column of the moment.

    Raises:
        QuestionError: for columns that are missing, moments that are none, or none within the design.
    """
    import pandas as pd

    frame = pd.DataFrame(outcomes)
    for name in (time, *columns):
        if name not in frame:
            raise unknown("column", name, list(frame.columns))
    wall = _wall(frame[time], zone_of(design.timezone))
    table = design.table
    length = int(table["end_hour"].iloc[0] - table["start_hour"].iloc[0])
    first = pd.Timestamp(table["date"].iloc[0])
    age = (wall - first) / pd.Timedelta(hours=1)
    block = np.floor(age / length)
    within = block.between(0, len(table) - 1) & ~_washed(design, block, age - block * length)
    if not within.any():
        raise QuestionError(
            "No outcome lies in the weeks of the design.", f"They begin on {table['date'].iloc[0]}."
        )
    sums = frame.loc[within, list(columns)].groupby(block[within].astype(int)).sum()
    passed = table[table["block"] <= int(block[within].max())]
    return (
        passed[["block", "place", "date", "arm"]].join(sums, on="block").fillna(dict.fromkeys(columns, 0.0))
    )


def _washed(design: Switchback, block: Any, age: Any) -> Any:
    """Rows in the first hours of a block before which the other schedule ran."""
    arm = design.table["arm"].to_numpy()
    changed = np.append(False, arm[1:] != arm[:-1])
    at = np.clip(np.nan_to_num(block, nan=0.0), 0, len(arm) - 1).astype(int)
    return changed[at] & (age < design.washout_hours)


def _wall(moments: Any, zone: ZoneInfo) -> Any:
    """Moments on the account's clock."""
    import pandas as pd

    try:
        found = pd.to_datetime(moments, utc=False)
    except (ValueError, TypeError):
        raise QuestionError("The times of the outcomes are no moments.", "Give dates with hours.") from None
    if getattr(found.dt, "tz", None) is not None:
        found = found.dt.tz_convert(zone).dt.tz_localize(None)
    return found


def _names(arms: Sequence[str]) -> tuple[str, str]:
    names = tuple(arms) if not isinstance(arms, str) else (arms,)
    if len(names) != 2 or len(set(names)) != 2 or not all(isinstance(name, str) and name for name in names):
        raise QuestionError(f"The schedules are called {arms!r}.", "Give two different names.")
    return names[0], names[1]


def _check(weeks: Any, block_hours: Any, washout_hours: Any) -> None:
    if isinstance(weeks, bool) or not isinstance(weeks, int) or weeks < FEWEST_WEEKS or weeks % 2:
        raise QuestionError(f"The test has {weeks!r} weeks.", "Give an even number from 4.")
    if block_hours not in LENGTHS:
        raise QuestionError(f"A block has {block_hours!r} hours.", "Give 6, 8, 12 or 24.")
    if not 0 <= washout_hours < block_hours:
        raise QuestionError(
            f"Of each block, {washout_hours!r} hours are left out.",
            "Give 0 or more, and less than a block has.",
        )
