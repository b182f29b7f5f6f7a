"""Targets: planned sums by channel, spread evenly over their days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.catalogue import FACTS, MONEY_FACTS
from workbench.errors import QuestionError
from workbench.metrics.dimensions import UNKNOWN
from workbench.metrics.notes import Note
from workbench.metrics.question import NOT_ADDITIVE, Question
from workbench.metrics.rates import rates_of
from workbench.metrics.sums import MICROS, Sums
from workbench.schema import NO_CURRENCY, TABLES

if TYPE_CHECKING:
    import pandas as pd


def keys(question: Question, known: pd.DataFrame) -> pd.DataFrame:
    """The groups of a question, with the channels that have only a target.

    Raises:
        QuestionError: for a breakdown or filter that targets do not know.
    """
    import pandas as pd

    if question.compare != "target":
        return known
    _check(question)
    if not question.by:
        return known
    planned = [row["channel"] for row in _rows(question)]
    more = sorted({channel for channel in planned if channel} - set(known["channel"]))
    return pd.concat([known, pd.DataFrame({"channel": more}, dtype=object)], ignore_index=True)


def planned(question: Question, groups: pd.DataFrame, currency: str) -> tuple[Sums, tuple[Note, ...]]:
    """Planned sums of a question's days by group, as totals without day clusters.

    Args:
        question: The question.
        groups: One row a group.
        currency: Code of the answer; plans in another currency are converted at the rates of their days;
            those without are left out, and a note says so.
    """
    import numpy as np

    rows = _rows(question)
    kept = [row for row in (_in_currency(question, row, currency) for row in rows) if row]
    of = {channel: number for number, channel in enumerate(groups["channel"])} if question.by else {}
    totals = {fact: np.full(len(groups), np.nan) for fact in (*FACTS, *NOT_ADDITIVE)}
    for row in kept:
        for fact, column in FACTS.items():
            if (amount := row.get(column)) is not None and fact not in NOT_ADDITIVE:
                _add(totals[fact], of.get(row["channel"], 0), amount * row["part"], fact)
    notes = [Note.of("no_targets")] if not rows else []
    if len(kept) < len(rows):
        notes.append(Note.of("target_currencies", currency=currency))
    return Sums(len(groups), *(np.zeros(0, "int64"),) * 2, {}, totals), tuple(notes)


def _in_currency(question: Question, row: dict[str, Any], currency: str) -> dict[str, Any] | None:
    """A plan with its amounts in another currency; None where a day of it has no rate."""
    code = row["currency"] or NO_CURRENCY
    if code in (currency, NO_CURRENCY):
        return row
    first, last = max(row["start_date"], question.period.start), min(row["end_date"], question.period.end)
    rate = rates_of(question.store).over(code, currency, first, last)
    amounts = [FACTS[fact] for fact in MONEY_FACTS if row.get(FACTS[fact]) is not None]
    return None if rate is None else row | {column: row[column] * rate for column in amounts}


def _add(total: Any, group: int, amount: float, fact: str) -> None:
    units = amount / MICROS if fact in MONEY_FACTS else amount
    total[group] = units if total[group] != total[group] else total[group] + units


def _rows(question: Question) -> list[dict[str, Any]]:
    """Target rows that meet the period, each with the `part` of its days inside."""
    store, period = question.store, question.period
    if "targets" not in store.tables:
        return []
    table = store.table("targets").select(*TABLES["targets"].names)
    rows = store.query(table.filter(table.start_date <= period.end, table.end_date >= period.start))
    channels = question.where.get("channel")
    return [
        {**row, "part": _overlap(row, period.start, period.end)}
        for row in rows.to_pylist()
        if channels is None or (row["channel"] or UNKNOWN) in channels
    ]


def _overlap(row: dict[str, Any], start: Any, end: Any) -> float:
    inside = (min(row["end_date"], end) - max(row["start_date"], start)).days + 1
    return float(inside / ((row["end_date"] - row["start_date"]).days + 1))


def _check(question: Question) -> None:
    others = [name for name in (*question.by, *question.where) if name != "channel"]
    if others:
        raise QuestionError(
            f"Targets are planned by channel, not by {', '.join(others)}.",
            "Compare with the target by channel or in total, and filter on channels only.",
        )
