"""Plain arrays to canonical Arrow tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench import schema
from workbench.demo.streams import Floats, Ints
from workbench.demo.world import World

DAY_MICROS = 86_400_000_000
_EPOCH = date(1970, 1, 1)


def table(name: str, columns: Mapping[str, Any]) -> pa.Table:
    """Return the canonical table called `name`; columns that are not given are null."""
    want = schema.table(name).arrow()
    size = len(next(iter(columns.values())))
    unknown = set(columns) - set(want.names)
    assert not unknown, f"{name} has no columns {unknown}"
    arrays = [
        _column(columns[field.name], field.type) if field.name in columns else pa.nulls(size, field.type)
        for field in want
    ]
    return pa.table(arrays, schema=want)


def names(values: Sequence[str | None], at: Ints) -> pa.Array:
    """Return `values[at]` as strings; −1 is null."""
    codes = pa.array(at, pa.int32(), mask=at < 0)
    return pa.DictionaryArray.from_arrays(codes, pa.array(values, pa.string())).cast(pa.string())


def every(value: str, size: int) -> pa.Array:
    """Return a column of one repeated text."""
    return names([value], np.zeros(size, np.int64))


def joined(*parts: Any, sep: str = "") -> pa.Array:
    """Return texts put together row by row."""
    return pc.binary_join_element_wise(*parts, sep)


def ids(prefix: str, numbers: Ints, width: int) -> pa.Array:
    """Return identifiers such as `u00042`."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return joined(pa.scalar(prefix), digits)


def known(values: Ints) -> pa.Array:
    """Return whole numbers in which −1 means null."""
    return pa.array(values, pa.int64(), mask=values < 0)


def dates(world: World, days: Ints) -> pa.Array:
    """Return local dates of day numbers."""
    return pa.array((days + (world.first - _EPOCH).days).astype(np.int32)).cast(pa.date32())


def instants(world: World, at: Floats) -> pa.Array:
    """Return UTC instants of local times in days since the world's first midnight; NaN is null.

    The world's time zone has kept one offset for its whole span.
    """
    start = datetime.combine(world.first, datetime.min.time(), ZoneInfo(world.timezone)).astimezone(UTC)
    origin = (start - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    missing = np.isnan(at)
    seconds = np.rint(np.where(missing, 0.0, at) * 86_400).astype(np.int64)
    micros = pa.array(origin + seconds * 1_000_000, pa.int64(), mask=missing)
    return micros.cast(pa.timestamp("us", tz="UTC"))


def hour_of_week(world: World, at: Floats) -> Ints:
    """Return 0 (Monday 0 h) … 167 of local times in days since the first midnight."""
    hours = np.rint(at * 86_400).astype(np.int64) // 3_600
    return (hours + world.first.weekday() * 24) % 168


def _column(values: Any, type: pa.DataType) -> Any:
    return values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, type)
