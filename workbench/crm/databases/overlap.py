"""How far a load looks back behind its watermark: rows become visible later than they say.

A transaction that began at 10:00 and is committed at 10:04 shows rows of 10:00 only then, when a load of
10:02 has passed them; growing numbers are taken before they are committed, too. Each load therefore reads
the last stretch before its watermark again; rows of the same key are merged, so nothing counts twice.
"""

from __future__ import annotations

import datetime as dt

LATE = dt.timedelta(minutes=15)
"""How long after its time a row may become visible; what is later comes with `full`."""

LATE_NUMBERS = 1_000
"""The same for growing numbers."""

_AHEAD = dt.timedelta(days=1)
"""A clock that goes further ahead than this (and any time zone) is wrong."""


def begin(value: str) -> str:
    """Where the stretch before a watermark begins; days without a time, and texts, begin at themselves."""
    if value.lstrip("-").isdecimal():
        return str(int(value) - LATE_NUMBERS)
    moment = _moment(value)
    if moment is None:
        return value
    before = (moment - LATE).replace(tzinfo=None).isoformat(" ")
    return before + _zone(value)


def stretch(column: str, value: str) -> str:
    """DuckDB SQL of rows in the stretch before a watermark, itself included.

    Args:
        column: SQL of the watermark's text.
        value: The watermark.
    """
    first, last = (f"'{text.replace(chr(39), chr(39) * 2)}'" for text in (begin(value), value))
    if first == last:
        return f"{column} = {last}"
    kind = "HUGEINT" if value.lstrip("-").isdecimal() else "TIMESTAMPTZ"
    return f"try_cast({column} AS {kind}) BETWEEN CAST({first} AS {kind}) AND CAST({last} AS {kind})"


def is_ahead(value: str | None, now: dt.datetime | None = None) -> bool:
    """Whether a watermark is a moment or a day of the future: then a clock was wrong."""
    moment = _moment(value, days=True) if value else None
    if moment is None:
        return False
    return moment.replace(tzinfo=dt.UTC) > (now or dt.datetime.now(dt.UTC)) + _AHEAD


def latest(now: dt.datetime | None = None) -> str:
    """The last moment that a watermark may have, as a text that databases read with and without a zone."""
    limit = (now or dt.datetime.now(dt.UTC)) + _AHEAD
    return limit.replace(tzinfo=None).isoformat(" ", "seconds")


def _moment(value: str, days: bool = False) -> dt.datetime | None:
    if not days and len(value) <= len("2026-03-01"):
        return None
    try:
        return dt.datetime.fromisoformat(value)
    except ValueError:
        return None


def _zone(value: str) -> str:
    """What a text says after its time: `Z`, `+00` or nothing."""
    return value[len("2026-03-01") :].lstrip("0123456789:. T")
