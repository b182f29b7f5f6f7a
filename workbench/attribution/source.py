"""Where journeys come from, as one stream of events that the query begins with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.attribution.journeys import EVENT, START
from workbench.attribution.notes import Note
from workbench.metrics.dimensions import UNKNOWN
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class Source:
    """A stream of events and how to ask it.

    Attributes:
        rows: Builds the Ibis table of the events.
        ask: Expression → its answer.
        sql: Expression → its SQL.
        by: What a member is: `channel`, `campaign`, …
        bare: Whether there are conversions without a touch of their own.
        valued: Whether conversions have a value at all.
        currency: ISO 4217 code of the values; empty where it is not known.
        period: Days that are answered; None: all rows.
        data_version: Version of the store; 0 for a frame.
        unit: What the intervals take as evidence: `days` or `journeys`.
        notes: What is remarkable about the rows.
        from_day: First day of the rows; None: all.
        within: Days of a window → the same source with the rows that this window needs; None: it has all.
    """

    rows: Callable[[], Any]
    ask: Callable[[Any], pa.Table]
    sql: Callable[[Any], str]
    by: str
    bare: bool = True
    valued: bool = True
    currency: str = ""
    period: Period | None = None
    data_version: int = 0
    unit: str = "days"
    notes: tuple[Note, ...] = ()
    from_day: dt.date | None = None
    within: Callable[[float], Source] | None = None

    @cached_property
    def events(self) -> Any:
        """Ibis table with the columns `journeys.EVENT`; built when an engine is asked."""
        return self.rows()

    @property
    def since(self) -> dt.date | None:
        """First day that is answered."""
        return self.period.start if self.period else None


def touch_rows(table: Any, **columns: Any) -> Any:
    """Touches in the columns of a stream; a touch without a name is one of the unknown member.

    Args:
        table: Ibis table.
        columns: `customer`, `time`, `day` (if known), `member`, `conv`, `value`.
    """
    import ibis

    known = columns.pop("member").cast("string").nullif("").fill_null(UNKNOWN)
    return _stream(table, member=known, touch=ibis.literal(1, type="int64"), **columns)


def conversion_rows(table: Any, **columns: Any) -> Any:
    """Conversions in the columns of a stream.

    Args:
        table: Ibis table.
        columns: `customer`, `time`, `day` (if known), `value`.
    """
    import ibis

    one, nowhere = ibis.literal(1, type="int64"), ibis.literal(START, type="string")
    return _stream(table, member=nowhere, touch=one - 1, conv=one, **columns)


def _stream(table: Any, **columns: Any) -> Any:
    return table.select(**{name: columns[name] for name in EVENT if name in columns})
