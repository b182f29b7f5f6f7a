"""Touches in a frame or in any Ibis table as a stream of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.attribution import frames
from workbench.attribution.notes import Note
from workbench.attribution.source import Source, conversion_rows, touch_rows
from workbench.errors import InputError, unknown

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class _Reading:
    """How the tables of one call are read.

    Attributes:
        by: Column that says where a touch was.
        timezone: Zone of times that name none.
        columns: What a column is called here.
    """

    by: str
    timezone: str | None
    columns: Mapping[str, str] | None


def source(
    touches: Any, conversions: Any, by: str, timezone: str | None, columns: Mapping[str, str] | None
) -> Source:
    """The touches of a frame or Ibis table.

    Args:
        touches: One row a touch: `customer_id`, `time`, the column `by`; without `conversions` also
            `converted` (0 or 1; the row is a touch and a conversion) and, if known, `value`.
        conversions: One row a conversion: `customer_id`, `time`, and, if known, `value`.
        by: Column that says where a touch was.
        timezone: Zone of times that name none.
        columns: What a column is called here, for example `{"converted": "conversion"}`.

    Raises:
        InputError: for missing columns, or times that cannot be read or lack a zone.
    """
    how = _Reading(by, timezone, columns)
    flagged = conversions is None
    wanted = {
        "customer_id": True,
        "time": True,
        by: True,
        **({"converted": True, "value": False} if flagged else {}),
    }
    table, notes = _read(touches, wanted, how, "touches")
    rows, valued = _touches(table, by, flagged), "value" in table.columns
    if conversions is not None:
        wins, _ = _read(conversions, {"customer_id": True, "time": True, "value": False}, how, "conversions")
        rows, valued = _joined(rows, _wins(wins)), "value" in wins.columns
    return Source(lambda: rows, _asked, _written, by, bare=not flagged, valued=valued, notes=notes)


def _asked(expression: Any) -> pa.Table:
    """Ask the engine that the table belongs to."""
    return expression.as_table().to_pyarrow()


def _written(expression: Any) -> str:
    import ibis

    return str(ibis.to_sql(expression))


def _read(table: Any, wanted: Mapping[str, bool], how: _Reading, what: str) -> tuple[Any, tuple[Note, ...]]:
    """The columns that are needed, by role."""
    import ibis

    names = frames.names(how.columns, how.by)
    if type(table).__module__.split(".")[0] == "ibis":
        return _ibis(table, names, wanted, how.timezone, what), ()
    found = frames.plain(frames.arrow(table, what), names, wanted, how.timezone, what)
    notes = () if frames.sorted_already(found) else (Note.of("sorted"),)
    return ibis.memtable(found), notes


def _ibis(
    table: Any, names: Mapping[str, str], wanted: Mapping[str, bool], timezone: str | None, what: str
) -> Any:
    """The columns of an Ibis table; whatever else it holds stays where it is."""
    found = {}
    for role, needed in wanted.items():
        name = frames.called(role, names[role], table.columns)
        if name in table.columns:
            found[role] = table[name]
        elif needed:
            raise unknown("column", name, table.columns, InputError, what)
    _check_time(found["time"], timezone, what)
    if "converted" in found:
        flag = found["converted"].cast("int64").fill_null(0)
        found["converted"] = (flag != 0).ifelse(1, 0).cast("int64")
    if "value" in found:
        found["value"] = found["value"].cast("float64")
    return table.select(**found)


def _check_time(time: Any, timezone: str | None, what: str) -> None:
    """Times of a table stay in their engine, which cannot move them from one zone to another alike."""
    kind = time.type()
    if not kind.is_timestamp():
        raise InputError(
            f"Column 'time' holds {kind}, which is no instant.", "Give a timestamp column.", what
        )
    if kind.timezone is None and frames.checked_zone(timezone, what) != "UTC":
        raise InputError(
            f"Column 'time' of an Ibis table is naive, in {timezone}.",
            "Turn it into UTC in its engine and say timezone='UTC', or give a frame.",
            what,
        )


def _touches(table: Any, by: str, flagged: bool) -> Any:
    import ibis

    return touch_rows(
        table,
        customer=table.customer_id,
        time=table.time,
        member=table[by],
        conv=table.converted if flagged else ibis.literal(0, type="int64"),
        value=table.value if flagged and "value" in table.columns else ibis.null("float64"),
    )


def _wins(table: Any) -> Any:
    import ibis

    value = table.value if "value" in table.columns else ibis.null("float64")
    return conversion_rows(table, customer=table.customer_id, time=table.time, value=value)


def _joined(touches: Any, wins: Any) -> Any:
    """Touches and conversions in one stream, customers and times being of one type."""
    if touches.customer.type() != wins.customer.type():
        touches, wins = (part.mutate(customer=part.customer.cast("string")) for part in (touches, wins))
    return touches.union(wins, distinct=False)
