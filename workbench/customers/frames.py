"""A frame of orders, of whatever library, as the rows that count: local days and whole micros."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from workbench.errors import InputError, QuestionError, unknown

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("customer_id", "order_time", "amount")
MICROS = 1_000_000
MOST = 9e12
"""Largest amount whose micros are a whole 64-bit number."""


def zone_of(name: str | None) -> ZoneInfo | None:
    """The time zone of a name; None for None.

    Raises:
        QuestionError: for a name that is no zone.
    """
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        raise QuestionError(
            f"{name!r} is no time zone.", "Give an IANA name, such as timezone='Asia/Shanghai'."
        ) from None


def counted_frame(
    frame: Any, day: dt.date, currency: str, timezone: str | None
) -> tuple[pa.Table, dict[str, int]]:
    """The rows of a frame up to a day, and how many others there are.

    Args:
        frame: pandas, Polars, Arrow or Ibis table with `customer_id, order_time, amount`.
        day: Last day that counts.
        currency: Code that the rows get.
        timezone: Zone of times that name none, and of the days.

    Returns:
        `customer_id, local_date, kind` (null: a purchase), `currency, amount_micros`; and the counts
        `future, nobody, undated, priceless` of rows after the day, without customer, without time, and
        without amount (those last stay, at 0).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    table = arrow(frame)
    who, when = customer(table["customer_id"]), days(table["order_time"], timezone)
    micros = _micros(table["amount"])
    kept = pc.and_(pc.is_valid(who), pc.less_equal(when, pa.scalar(day, pa.date32())))
    spare = {
        "future": pc.sum(pc.greater(when, pa.scalar(day, pa.date32()))).as_py() or 0,
        "nobody": who.null_count,
        "undated": when.null_count,
        "priceless": micros.null_count,
    }
    refund = pc.less(pc.fill_null(micros, 0), 0)
    kind = pc.if_else(refund, pa.scalar("refund"), pa.scalar(None, pa.string()))
    code = pa.repeat(pa.scalar(currency), len(who))
    names = ["customer_id", "local_date", "kind", "currency", "amount_micros"]
    return pa.table([who, when, kind, code, micros], names=names).filter(kept), spare


def arrow(frame: Any, columns: tuple[str, ...] = COLUMNS, what: str = "orders") -> pa.Table:
    """Some columns of a frame as an Arrow table.

    Args:
        frame: pandas, Polars, Arrow or Ibis table.
        columns: What must be there.
        what: What the rows are, for the error.

    Raises:
        InputError: for what is no table or lacks a column.
    """
    import pyarrow as pa

    if hasattr(frame, "collect") and not hasattr(frame, "__arrow_c_stream__"):
        frame = frame.collect()
    names = getattr(frame, "column_names", None) or getattr(frame, "columns", None)
    if names is None or isinstance(frame, str):
        raise InputError(
            f"{what.capitalize()} are a {type(frame).__name__}, which is no table.",
            "Give a store, or a pandas, Polars, Arrow or Ibis table.",
        )
    for name in columns:
        if name not in list(names):
            raise unknown(f"column of {what}", name, names, InputError, what)
    if hasattr(frame, "to_pyarrow"):
        return frame.select(*columns).to_pyarrow()
    if hasattr(frame, "iloc"):
        return pa.table({name: _column(frame, name, what) for name in columns})
    return pa.table(frame.select(list(columns)))


def _column(frame: Any, name: str, what: str) -> Any:
    """A pandas column as an Arrow array."""
    import pyarrow as pa

    try:
        return pa.Array.from_pandas(frame[name])
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError) as problem:
        raise InputError(
            f"Column {name!r} mixes kinds of values: {problem}.", "Give the column one type.", what
        ) from None


def customer(column: Any) -> Any:
    """Ids as plain text or numbers, however a library stores them."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        return pa.chunked_array([_text(chunk.dictionary).take(chunk.indices) for chunk in chunks])
    return _text(column)


def _text(column: Any) -> Any:
    """Text in Arrow's common form."""
    import pyarrow as pa

    return column.cast(pa.string()) if column.type in (pa.string_view(), pa.large_string()) else column


def days(column: Any, timezone: str | None, name: str = "order_time") -> Any:
    """Local days of times; a plain date is its own day.

    Raises:
        InputError: for what is no time.
        QuestionError: for times without a zone.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_date(kind):
        return column.cast(pa.date32())
    if not pa.types.is_timestamp(kind):
        raise InputError(
            f"Column {name!r} holds {kind}, which is no time.",
            "Convert it to dates or times first, such as with pandas.to_datetime.",
        )
    if kind.tz is None and not timezone:
        raise QuestionError(
            f"Column {name!r} has times without a time zone, and a zone is never guessed.",
            "Say whose clock they show, such as timezone='Asia/Shanghai'.",
        )
    if kind.tz is not None:
        column = pc.local_timestamp(column.cast(pa.timestamp(kind.unit, timezone or kind.tz)))
    return pc.floor_temporal(column, unit="day").cast(pa.date32())


def _micros(column: Any) -> Any:
    """Amounts as whole micros; what is missing stays null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        raise InputError(f"Column 'amount' holds {kind}, which is no number.", "Convert it to numbers first.")
    amount = column.cast(pa.float64())
    amount = pc.if_else(pc.is_nan(amount), pa.scalar(None, pa.float64()), amount)
    if (pc.max(pc.abs(amount)).as_py() or 0) > MOST:
        raise InputError(
            f"Column 'amount' has a value beyond ±{MOST:,.0f}.",
            "Correct it, or give amounts in a larger unit.",
        )
    return pc.round(pc.multiply(amount, float(MICROS))).cast(pa.int64())
