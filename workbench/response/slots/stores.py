"""Slots from a store alone: hourly delivery and what came of it, week by week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError
from workbench.metrics.filters import normal
from workbench.metrics.periods import Period
from workbench.response import frames
from workbench.response.notes import Note
from workbench.response.slots import rows
from workbench.response.slots.ask import SlotHow, fitted
from workbench.response.slots.model import DRAWS, SlotModel

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store
    from workbench.metrics.kpis import Measured

MOST = 2
"""Columns of `by`: beside week and hour a question has no more room."""


def slots_from_store(
    store: Store,
    by: str | Sequence[str] = ("channel", "region"),
    period: str | Period = "last_180_days",
    where: Mapping[str, Any] | None = None,
    *,
    outcome: str | None = None,
    half_life: float | None = None,
    holidays: Any = None,
    value: float | None = None,
    currency: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> SlotModel:
    """Learn hours from imported exports: `fit_slots` on the store's hourly rows.

    Args:
        store: The store.
        by: One or two dimensions that name a group, such as channel and region.
        period: Words such as `last_180_days`; its whole weeks count, up to the last one whose conversions
            are final.
        where: Dimension → value or values to keep.
        outcome, half_life, holidays, value, draws, seed: As `fit_slots` takes them.
        currency: ISO 4217 code of amounts, as in `kpis`.

    Returns:
        The model; rows that know only their day are left out, and a note says which share of cost they hold.

    Raises:
        QuestionError: for a store without hourly rows or whole weeks, or parameters that do not fit.
    """
    names = frames.names("by", by)
    if not 1 <= len(names) <= MOST:
        raise QuestionError(
            f"by={by!r} is no group of slots.", "Name one or two dimensions, such as channel."
        )
    table, code, notes = _hourly(store, names, period, where, currency)
    how = SlotHow(outcome, half_life, holidays, 1.0, value)
    panel = rows.read(table, names, outcome, holidays, 1.0)
    model = fitted(replace(panel, notes=(*panel.notes, *notes)), how, draws, seed)
    kept = normal(store, where) if where else {}
    return replace(model, currency=code, data_version=store.version, where=kept)


def _hourly(
    store: Store, names: tuple[str, ...], period: Any, where: Any, currency: str | None
) -> tuple[pd.DataFrame, str, tuple[Note, ...]]:
    """(rows by group, hour and whole week; currency; notes)."""
    from workbench.metrics.kpis import measure
    from workbench.metrics.question import ask

    asked = ask(store, (*names, rows.SLOT), ["cost", "conversions", "clicks"], period, None, where, currency)
    if asked.empty:
        raise QuestionError(
            "There is no delivery in this period.", "Import exports, or choose another period."
        )
    measured = measure(replace(asked, by=(rows.WEEK, *names, rows.SLOT)))
    table = _table(measured)
    known = table[rows.SLOT].notna()
    if not known.any():
        raise QuestionError("No row knows its hour.", "Import hourly exports of the platforms.")
    share = float(table.loc[~known, "cost"].sum() / max(table["cost"].sum(), 1e-300))
    notes = (Note.of("slot_no_hour", share=share),) if share > 0 else ()
    span = asked.span(asked.period)
    kept, more = _whole_weeks(store, table[known], span)
    return kept, measured.currency.code, (*notes, *more)


def _table(measured: Measured) -> pd.DataFrame:
    """Sums by group, hour and week; a conversion that no row of a group knows is none."""
    table = measured.keys.copy()
    table["cost"] = np.nan_to_num(measured.now[True].total({"cost": 1.0}))
    for name in ("conversions", "clicks"):
        table[name] = np.nan_to_num(measured.now[False].total({name: 1.0}))
    for name in measured.question.by[1:-1]:
        table[name] = table[name].fillna("(unknown)")
    return table


def _whole_weeks(
    store: Store, table: pd.DataFrame, span: tuple[dt.date, dt.date]
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """The whole weeks whose conversions are final, else the whole ones, else all hours; and a note."""
    from workbench.sources.maturity import moving, settled

    week = table[rows.WEEK].to_numpy("datetime64[D]")
    end = week + np.timedelta64(6, "D")
    whole = (week >= np.datetime64(span[0])) & (end <= np.datetime64(span[1]))
    if not whole.any():
        hours = len(np.unique(table[rows.SLOT]))
        return table, (Note.of("slot_part_week", hours=hours),)
    final = settled(moving(store)) or dt.date.max
    closed = whole & (end <= np.datetime64(final))
    left = len(np.unique(week[whole])) - len(np.unique(week[closed]))
    if not closed.any():
        return table[whole], (Note.of("open_used", weeks=left),)
    return table[closed], (Note.of("open_weeks", weeks=left),) if left else ()
