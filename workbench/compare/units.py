"""Where the units come from: any frame or Ibis table, as one table that a query can be asked of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from workbench.compare.result import Remark
from workbench.errors import InputError, unknown
from workbench.schema import NO_CURRENCY
from workbench.store.frames import in_memory

if TYPE_CHECKING:
    import pyarrow as pa

ID_COLUMNS = ("customer_id", "user_id", "unit_id", "unit", "visitor_id")
"""Columns that name the unit where the question does not."""


@dataclass(frozen=True, eq=False)
class Units:
    """A table with one row a unit, and how to ask it.

    Attributes:
        table: Ibis table.
        run: Answers an Ibis expression.
        sql: SQL of an Ibis expression.
        data_version: Version of the store; None for a frame.
        as_of: Last day that counts; None where unknown.
        currency: Currency of amounts.
        assigned: Arm → units assigned, where the table holds only some of them.
        remarks: What is already known to say.
        units: Unit of a column where its name does not tell.
    """

    table: Any
    run: Callable[[Any], pa.Table]
    sql: Callable[[Any], str]
    data_version: int | None = None
    as_of: dt.date | None = None
    currency: str = NO_CURRENCY
    assigned: Mapping[str, int] | None = None
    remarks: tuple[Remark, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)

    def with_(self, **changes: Any) -> Units:
        """The same with some attributes replaced."""
        return replace(self, **changes)


def units(data: Any, columns: Sequence[str]) -> Units:
    """The units of a frame.

    Args:
        data: pandas, Polars or Arrow frame, or an Ibis table of any backend.
        columns: Columns that the question needs; others are not touched.

    Raises:
        InputError: for anything else, or an empty frame.
        QuestionError: for a column that is not there.
    """
    import ibis

    if isinstance(data, ibis.expr.types.Table):
        _check(columns, data.columns)
        backend = data.get_backend()
        return Units(data.select(*columns), backend.to_pyarrow, lambda asked: str(backend.compile(asked)))
    table, backend = in_memory(_arrow(data, columns))
    return Units(table, backend.to_pyarrow, lambda asked: str(backend.compile(asked)))


def present(data: Any) -> tuple[str, ...]:
    """Names of a frame's columns."""
    if hasattr(data, "collect_schema"):  # a lazy frame does not like to be asked for its columns
        return tuple(data.collect_schema().names())
    found = getattr(data, "column_names", None) or getattr(data, "columns", None)
    if found is None or callable(found):
        raise _refused(data)
    return tuple(str(name) for name in found)


def _check(columns: Sequence[str], there: Sequence[str]) -> None:
    for name in columns:
        if name not in there:
            raise unknown("column", name, there, where="the frame")


def _arrow(data: Any, columns: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    _check(columns, present(data))
    if type(data).__module__.startswith("polars"):
        lazy = data.select(columns)
        data = lazy.collect() if hasattr(lazy, "collect") else lazy
        return data.to_arrow()
    if isinstance(data, pa.Table):
        return data.select(list(columns))
    if not hasattr(data, "iloc"):
        return _relation(data, columns)
    few = data[list(columns)]
    if few.columns.has_duplicates:
        twice = str(few.columns[few.columns.duplicated()][0])
        raise InputError(f"Column {twice!r} is there twice.", "Keep one of them.", "the frame")
    try:
        return pa.Table.from_pandas(few, preserve_index=False)
    except pa.ArrowException as error:
        raise InputError(
            f"A column holds values of different kinds: {error}.", "Give each column one type."
        ) from None


def _relation(data: Any, columns: Sequence[str]) -> pa.Table:
    """The columns of a DuckDB relation."""
    if not type(data).__module__.startswith(("duckdb", "_duckdb")):
        raise _refused(data)
    quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
    return data.project(quoted).to_arrow_table()


def _refused(data: Any) -> InputError:
    return InputError(
        f"A {type(data).__name__} cannot be compared.",
        "Give a Store, a pandas, Polars or Arrow frame with one row a unit, or an Ibis table.",
    )
