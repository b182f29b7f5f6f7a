"""What every page does first and alike, done once in the warm process: its results are shared by all kernels.

It touches no workspace and starts no thread; the template checks the latter.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.metrics.query import Shape

_FACTS = ("clicks", "conversions", "cost_micros", "impressions", "revenue_micros")
_ASKED: tuple[tuple[tuple[str, ...], int, tuple[str, ...]], ...] = (
    ((), 2, ("clicks",)),
    ((), 1, ("clicks",)),
    ((), 1, ()),
    (("channel",), 2, ("clicks",)),
    (("channel",), 1, ()),
    (("account",), 1, ()),
    (("channel", "campaign"), 2, ()),
    (("campaign", "creative"), 1, ()),
    (("channel", "region"), 1, ()),
    (("channel", "local_hour"), 1, ()),
    (("channel", "region", "device"), 1, ()),
)
"""By what, over how many periods, and which facts' unknown rows are kept apart."""


def play() -> None:
    """Connect a DuckDB without threads, compile the usual questions, read texts, catalogue and calendars."""
    from workbench.store import spare

    _read()
    _compiled(spare.prepare())
    _formatted()


def _read() -> None:
    """The files of this package that every page reads whole."""
    from workbench import catalogue, i18n, schema
    from workbench.i18n import errors
    from workbench.metrics import answer
    from workbench.sources import profile

    i18n.texts()
    errors.sentences()
    catalogue.builtin()
    profile.profiles()
    answer.code_version()
    for table in schema.TABLES.values():
        table.arrow()


def _compiled(backend: Any) -> None:
    """The usual questions as SQL, which all kernels share; Ibis and DuckDB fill their tables, too."""
    import ibis

    from workbench import schema
    from workbench.metrics import query

    rollup = ibis.table(ibis.Schema.from_pyarrow(schema.TABLES[query.ROLLUP].arrow()), name=query.ROLLUP)
    for shape in usual():
        query.learn("duckdb", shape, str(backend.compile(query.expression(rollup, shape))))
    backend.con.sql("SELECT 1 AS one").to_arrow_table()


def usual() -> tuple[Shape, ...]:
    """Shapes of what Home and Campaigns ask when they open, without what they filter by."""
    from workbench.metrics.query import Shape

    shapes = (Shape(by, _FACTS, (), windows, flags) for by, windows, flags in _ASKED)
    return (*shapes, Shape(("hour_of_week",), ("conversions", "cost_micros"), (), 1))


def _formatted() -> None:
    """A day and numbers in both languages: their calendars are files that take long to read."""
    from workbench.i18n import LANGUAGES, formats

    for lang in LANGUAGES:
        formats.date(dt.date(2026, 1, 1), lang)
        formats.number(1234.5, lang)
