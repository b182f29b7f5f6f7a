"""What every page does first and alike, done once in the warm process: its results are shared by all kernels.

It touches no workspace and starts no thread; the template checks the latter.
"""

from __future__ import annotations

import datetime as dt
from typing import Any


def play() -> None:
    """Connect a DuckDB without threads, compile a question, read texts, catalogue and calendars."""
    from workbench.store import spare

    _read()
    _compiled(spare.prepare())
    _formatted()


def _read() -> None:
    """The files of this package that every page reads whole."""
    from workbench import catalogue, i18n, schema
    from workbench.i18n import errors

    i18n.texts()
    errors.sentences()
    catalogue.builtin()
    for table in schema.TABLES.values():
        table.arrow()


def _compiled(backend: Any) -> None:
    """A question of the front page as SQL: Ibis, its compiler and DuckDB's parser fill their tables."""
    import ibis

    from workbench import schema
    from workbench.metrics import query

    rollup = ibis.table(ibis.Schema.from_pyarrow(schema.TABLES[query.ROLLUP].arrow()), name="rollup")
    facts = ("impressions", "clicks", "cost_micros", "conversions", "revenue_micros")
    where = (("channel", ("a",)), ("campaign", ("a", "b")))
    asked = query.expression(rollup, query.Shape(("channel", "campaign"), facts, where, 2, ("clicks",)))
    backend.compile(asked.limit(1))
    backend.con.sql("SELECT 1 AS one").to_arrow_table()


def _formatted() -> None:
    """A day and numbers in both languages: their calendars are files that take long to read."""
    from workbench.i18n import LANGUAGES, formats

    for lang in LANGUAGES:
        formats.date(dt.date(2026, 1, 1), lang)
        formats.number(1234.5, lang)
