"""Reach is not additive: it is only known where one report row covers exactly the object and days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.metrics.filters import Where
from workbench.metrics.notes import Note
from workbench.metrics.periods import Period
from workbench.metrics.question import NOT_ADDITIVE, Question, additive

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_OBJECTS = {"campaign": ("campaign", "campaign_id"), "account": ("account",)}
"""Grain of a report row → the dimensions that pin one object of it."""

_KNOWN = ("source", "advertiser", "account", "channel", "campaign_id", "campaign")


def people(
    question: Question, keys: pd.DataFrame, period: Period
) -> tuple[dict[str, np.ndarray], tuple[Note, ...]]:
    """Reach and the impressions behind it by group; NaN where no row covers it exactly.

    Returns:
        Fact → values by group (empty when not asked for), and a note when any is missing.
    """
    import numpy as np

    if all(additive(*question.terms(metric)) for metric in question.metrics):
        return {}, ()
    rows = _rows(question, period)
    pinned = [_match(rows, question.by, key) for key in _keys(keys, question.by)]
    facts = {
        fact: np.array([np.nan if row is None else float(row[column]) for row in pinned])
        for fact, column in zip(sorted(NOT_ADDITIVE), ("reach", "impressions"), strict=True)
    }
    missing = any(row is None for row in pinned)
    return facts, (Note.of("reach_unknown"),) if missing else ()


def _grain(by: tuple[str, ...], where: Where) -> str | None:
    """The grain of report rows that answers; None when a group is not exactly one object."""
    if not {*by, *where} <= set(_KNOWN):
        return None
    single = {*by, *(name for name, values in where.items() if len(values) == 1)}
    return next((grain for grain, pins in _OBJECTS.items() if single & set(pins)), None)


def _rows(question: Question, period: Period) -> list[dict[str, Any]]:
    grain = _grain(question.by, question.where)
    if grain is None or "reach" not in question.store.tables:
        return []
    table = question.store.table("reach")
    exact = [table.grain == grain, table.start_date == period.start, table.end_date == period.end]
    named = [table[name].isin(list(values)) for name, values in question.where.items()]
    found: list[dict[str, Any]] = question.store.query(table.filter(*exact, *named)).to_pylist()
    return [row for row in found if row["reach"] is not None]


def _keys(keys: pd.DataFrame, by: tuple[str, ...]) -> list[tuple[object, ...]]:
    return list(keys[list(by)].itertuples(index=False, name=None)) if by else [()]


def _match(rows: list[dict[str, Any]], by: tuple[str, ...], key: tuple[object, ...]) -> dict[str, Any] | None:
    """The one row of a group; None when there is none, or several that no sum joins."""
    fitting = [row for row in rows if all(row[name] == value for name, value in zip(by, key, strict=True))]
    return fitting[0] if len(fitting) == 1 else None
