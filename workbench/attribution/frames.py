"""Touches in memory (pandas, Polars, Arrow) as plain columns: instants as microseconds, flags as 0 and 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from workbench.errors import InputError, unknown

if TYPE_CHECKING:
    import pyarrow as pa

ROLES = ("customer_id", "time", "converted", "value")
"""What the columns of touches say, beside where the touch was."""


ALSO = {"converted": "conversion", "value": "conversion_value"}
"""What a role's column is often called, where neither its own name nor the question's is there."""


def names(columns: Mapping[str, str] | None, by: str) -> dict[str, str]:
    """What each role's column is called.

    Raises:
        QuestionError: for a role that does not exist.
    """
    given = dict(columns or {})
    for role in given:
        if role not in (*ROLES, by):
            raise unknown("column", role, (*ROLES, by), where="columns")
    return {role: given.get(role, role) for role in (*ROLES, by)}


def called(role: str, name: str, there: Sequence[str]) -> str:
    """The column of a role: as the question calls it, or as it is often called."""
    other = ALSO.get(role, name)
    return other if name == role and name not in there and other in there else name


def arrow(frame: Any, what: str) -> pa.Table:
    """A frame as Arrow.

    Raises:
        InputError: for what is no table.
    """
    import pyarrow as pa

    home = type(frame).__module__.split(".")[0]
    if isinstance(frame, pa.Table):
        return frame
    if home == "polars":
        whole = frame.collect() if hasattr(frame, "collect") else frame
        return pa.table(whole.to_arrow())
    if home == "pandas" and hasattr(frame, "columns"):
        return pa.Table.from_pandas(frame, preserve_index=False)
    raise InputError(
        f"The {what} are a {type(frame).__name__}, which is no table.",
        "Give a Store, a pandas, Polars or Arrow table, or an Ibis table.",
    )


def plain(
    table: pa.Table, roles: Mapping[str, str], wanted: Mapping[str, bool], timezone: str | None, what: str
) -> pa.Table:
    """Only what is needed, under the names of the roles.

    Args:
        table: The frame.
        roles: Role → its column here.
        wanted: Role → whether it must be there.
        timezone: Zone of times that name none.
        what: `touches` or `conversions`, for sentences.

    Returns:
        Arrow with `customer_id`, `time` (int64, microseconds since 1970 UTC), and of the other roles those
        that are there: `converted` (0 or 1), `value` (float64), and where the touch was (text).

    Raises:
        InputError: for missing columns, or values that cannot be read.
    """
    import pyarrow as pa

    read = {"time": lambda column: _instants(column, timezone, what), "converted": _flags, "value": _amounts}
    found = {}
    for role, needed in wanted.items():
        name = called(role, roles[role], table.column_names)
        if name in table.column_names:
            column = table[name].combine_chunks()
            found[role] = read.get(role, _words if role != "customer_id" else _keys)(column)
        elif needed:
            raise unknown("column", name, table.column_names, InputError, what)
    return pa.table(found)


def sorted_already(table: pa.Table) -> bool:
    """Whether the rows stand in order of time within each customer, or altogether."""
    times = table["time"].to_numpy(zero_copy_only=False)
    back = np.flatnonzero(np.diff(times) < 0)
    if not len(back):
        return True
    customers = table["customer_id"].combine_chunks()
    here, after = customers.take(_taken(back)), customers.take(_taken(back + 1))
    return not any(one == two for one, two in zip(here.to_pylist(), after.to_pylist(), strict=True))


def _taken(places: Any) -> Any:
    import pyarrow as pa

    return pa.array(places)


def _keys(column: Any) -> Any:
    """Customers as they are; text without letters is no customer."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_integer(column.type):
        return column
    words = _text(column)
    return pc.if_else(pc.equal(words, ""), pa.scalar(None, words.type), words)


def _words(column: Any) -> Any:
    return _text(column)


def _text(column: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.string())


def _flags(column: Any) -> Any:
    """Conversions: 0 or 1, unknown is 0."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        numbers = (
            column.cast(pa.float64()) if not pa.types.is_boolean(column.type) else column.cast(pa.int64())
        )
    except pa.ArrowInvalid:
        numbers = None
    known = None if numbers is None else pc.fill_null(numbers.cast(pa.float64()), 0.0)
    if known is None or not pc.all(pc.is_in(known, pa.array([0.0, 1.0])), min_count=0).as_py():
        raise InputError(
            "Column 'converted' has other values than 0 and 1.", "Write 1 where a touch converted."
        )
    return known.cast(pa.int64())


def _amounts(column: Any) -> Any:
    """Values as numbers; what is no number is unknown."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        numbers = column.cast(pa.float64())
    except pa.ArrowInvalid:
        raise InputError("Column 'value' holds what is no number.", "Give amounts such as 129.5.") from None
    return pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, pa.float64()))


def _instants(column: Any, timezone: str | None, what: str) -> Any:
    """Times as microseconds since 1970 UTC."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if any(
        is_text(kind) for is_text in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    ):
        column = _read(column.cast(pa.string()), what)
    elif pa.types.is_date(kind):
        column = column.cast(pa.timestamp("us"))
    elif not pa.types.is_timestamp(kind):
        raise InputError(
            f"Column 'time' holds {kind}, which is no time.", "Give times or ISO 8601 text.", what
        )
    if column.type.tz is None:
        column = _placed(column.cast(pa.timestamp("us")), timezone, what)
    return pc.cast(column, pa.timestamp("us", tz="UTC"), safe=False).cast(pa.int64())


def _read(column: Any, what: str) -> Any:
    """Times in text: ISO 8601, with or without a zone."""
    import pyarrow as pa

    for kind in (pa.timestamp("us", tz="UTC"), pa.timestamp("us")):
        try:
            return column.cast(kind)
        except pa.ArrowInvalid:
            continue
    raise InputError(
        "Column 'time' holds text that is no time.",
        "Write ISO 8601, such as 2026-03-01T09:30:00+08:00.",
        what,
    )


def _placed(column: Any, timezone: str | None, what: str) -> Any:
    """Naive times put into their zone; in a repeated hour the earlier one is meant."""
    import pyarrow.compute as pc

    zone = checked_zone(timezone, what)
    return pc.assume_timezone(column, zone, ambiguous="earliest", nonexistent="latest")


def checked_zone(timezone: str | None, what: str) -> str:
    """The zone of naive times.

    Raises:
        InputError: where none is given, or one that does not exist.
    """
    if not timezone:
        raise InputError(
            "Column 'time' names no time zone.",
            "Say which with timezone=, such as 'Asia/Shanghai' or 'UTC'.",
            what,
        )
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise InputError(
            f"There is no time zone {timezone!r}.", "Use a name such as 'Asia/Shanghai'."
        ) from None
    return timezone
