"""`slot_test`: a schedule is confirmed by a test: which schedule runs in which block, from next Monday on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import exports
from workbench.i18n import text
from workbench.plans.proposal import days_ahead
from workbench.schedules import Switchback, switchback

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

ARMS = ("now", "plan")
DAYS = 7


@dataclass(frozen=True, eq=False)
class SlotTest:
    """The answer of `slot_test`.

    Attributes:
        design: Which schedule runs in which block, as `schedules.switchback` draws it.
        data_version: Version of the store.
    """

    design: Switchback
    data_version: int

    @property
    def table(self) -> pd.DataFrame:
        """One row a block."""
        return self.design.table

    @property
    def weeks(self) -> list[tuple[Any, list[list[dict[Any, Any]]]]]:
        """(Monday, blocks of each of its seven days) of every week: what a calendar shows."""
        days = [part.to_dict("records") for _, part in self.table.groupby("date", sort=True)]
        return [(days[at][0]["date"], days[at : at + DAYS]) for at in range(0, len(days), DAYS)]

    def sentence(self, lang: str = "en") -> str:
        """How many blocks, and from when to when."""
        return self.design.sentence(lang, {arm: text(f"slots.arm_{arm}", lang) for arm in ARMS})

    def to_frame(self) -> pd.DataFrame:
        """The blocks."""
        return self.design.to_frame()

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The calendar as CSV that no spreadsheet runs."""
        return exports.csv(self.table.assign(timezone=self.design.timezone), path)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, the arms, the time zone."""
        rows = self.table.assign(date=self.table["date"].astype(str)).to_dict("records")
        return {"rows": rows, "arms": list(self.design.arms), "timezone": self.design.timezone}


def slot_test(
    store: Store, weeks: int = 4, block_hours: int = 24, washout_hours: float = 0.0, seed: int = 0
) -> SlotTest:
    """Draw the test that shows whether a schedule is better than today's.

    Args:
        store: The workspace; its time zone is the account's.
        weeks: Length, an even number from 4.
        block_hours: Length of a block: 6, 8, 12 or 24.
        washout_hours: First hours of a block to leave out where the schedule changed before it.
        seed: Seed of the lots.

    Raises:
        QuestionError: for lengths that make no design.
    """
    start, _ = days_ahead(store)
    zone = store.settings.timezone or "UTC"
    return SlotTest(switchback(start, weeks, zone, block_hours, ARMS, washout_hours, seed), store.version)
