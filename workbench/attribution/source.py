"""Where journeys come from, as one stream of events that the query begins with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.attribution.notes import Note
from workbench.metrics.dimensions import UNKNOWN
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class Source:
    """A stream of events and how to ask it.

    Attributes:
        events: Ibis table with the columns `journeys.EVENT`.
        ask: Expression → its answer.
        sql: Expression → its SQL.
        by: What a member is: `channel`, `campaign`, …
        valued: Whether conversions have a value at all.
        currency: ISO 4217 code of the values; empty where it is not known.
        period: Days that are answered; None: all rows.
        data_version: Version of the store; 0 for a frame.
        unit: What the intervals take as evidence: `days` or `journeys`.
        notes: What is remarkable about the rows.
    """

    events: Any
    ask: Callable[[Any], pa.Table]
    sql: Callable[[Any], str]
    by: str
    valued: bool = True
    currency: str = ""
    period: Period | None = None
    data_version: int = 0
    unit: str = "days"
    notes: tuple[Note, ...] = ()

    @property
    def since(self) -> dt.date | None:
        """First day that is answered."""
        return self.period.start if self.period else None


def touch_rows(
    table: Any, customer: Any, time: Any, sec: Any, day: Any, member: Any, conv: Any, value: Any
) -> Any:
    """Touches in the columns of a stream; a touch without a name is one of the unknown member."""
    import ibis

    known = member.cast("string").nullif("").fill_null(UNKNOWN)
    return table.select(
        customer=customer,
        time=time,
        sec=sec,
        day=day,
        member=known,
        touch=ibis.literal(1, type="int64"),
        conv=conv,
        value=value,
    )


def conversion_rows(table: Any, customer: Any, time: Any, sec: Any, day: Any, value: Any) -> Any:
    """Conversions in the columns of a stream."""
    import ibis

    return table.select(
        customer=customer,
        time=time,
        sec=sec,
        day=day,
        member=ibis.literal("", type="string"),
        touch=ibis.literal(0, type="int64"),
        conv=ibis.literal(1, type="int64"),
        value=value,
    )
