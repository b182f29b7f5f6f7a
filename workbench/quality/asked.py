"""What a review asks: of which store, against which day, with which thresholds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.quality.answer import Item
from workbench.quality.thresholds import Thresholds
from workbench.sources.review import Status, finding

if TYPE_CHECKING:
    from workbench.data import Store


@dataclass(frozen=True)
class Asked:
    """The question of a review.

    Attributes:
        store: The workspace.
        thresholds: When something is worth a sentence.
        today: Day against which freshness is judged.
    """

    store: Store
    thresholds: Thresholds
    today: dt.date

    def recent(self) -> Any:
        """The roll-up's rows that answer, of the days in which gaps and doubles are looked for, in Ibis."""
        rollup = self.store.table("performance_hourly")
        days = dt.timedelta(self.thresholds.window + self.thresholds.ended)
        return rollup.filter(rollup.preferred, rollup.local_date > (self.store.as_of or self.today) - days)

    def item(self, area: str, code: str, where: str = "", status: Status = "REVIEW", **values: Any) -> Item:
        """One of this room's sentences about a file, an account or the workspace."""
        return Item(area, finding(status, f"quality.{code}", self.store.settings.lang, (), **values), where)


def named(source: str, account: str | None) -> str:
    """How an account is called in a sentence."""
    return " · ".join(part for part in (source, account) if part)
