"""Periods by name, and frames with a row a cell and period, as people give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.solvers.checks import spends, whole

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Asked:
    """Arguments of `workbench.optimize.allocate_periods` after the curves and the budget."""

    periods: Any
    season: Any = None
    carryover: Any = None
    history: Any = None
    spent: Any = None
    committed: Any = None
    calendar: Any = None
    period_budget: Any = None
    groups: Any = None
    limits: Any = None
    after: Any = None


def labels_of(periods: Any) -> tuple[Any, ...]:
    """Names of the periods: numbers from 1 on where only their count is given."""
    if isinstance(periods, (int, np.integer)) and not isinstance(periods, bool):
        if not 1 <= periods <= 366:
            raise QuestionError(f"{periods} periods cannot be planned.", "Give 1 to 366.")
        return tuple(range(1, int(periods) + 1))
    if isinstance(periods, str):
        raise QuestionError(f"The periods are {periods!r}.", "Give their number, or their names in order.")
    if isinstance(periods, bool) or not isinstance(periods, Iterable):
        raise QuestionError(f"The periods are {periods!r}.", "Give their number, or their names in order.")
    found = tuple(label_of(value) for value in periods)
    if not found or len(set(found)) < len(found):
        raise QuestionError(
            "The periods are none, or one is there twice.", "Name each period once, in order."
        )
    return found


def label_of(value: Any) -> Any:
    """A period's name; moments become days, so that frames and lists mean the same."""
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    return value.date() if hasattr(value, "date") and callable(value.date) else value


def named(value: Any, labels: Iterable[Any]) -> Any:
    """The period that is meant: a day may be written as text, as files hold it."""
    label = label_of(value)
    written = {str(one): one for one in labels} if isinstance(label, str) else {}
    return written.get(label, label) if isinstance(label, str) else label


def cells_of(
    table: pd.DataFrame, frame: Any, labels: Sequence[Any], what: str, columns: Sequence[str]
) -> list[tuple[int, int, dict[str, Any]]]:
    """(cell, period, row) of a frame with the columns `cell`, `period` and others."""
    rows = whole(frame)
    missing = [name for name in ("cell", "period", *columns) if name not in rows]
    if missing:
        raise QuestionError(
            f"The {what} has no column {missing[0]!r}.", f"Give cell, period, {', '.join(columns)}."
        )
    place = {cell: at for at, cell in enumerate(table["cell"])}
    when = {label: at for at, label in enumerate(labels)}
    found = []
    for row in rows.to_dict("records"):
        cell, period = str(row["cell"]), named(row["period"], labels)
        if cell not in place:
            raise unknown(f"cell of the {what}", cell, place)
        if period not in when:
            raise unknown(f"period of the {what}", period, (str(label) for label in labels))
        found.append((place[cell], when[period], {str(name): value for name, value in row.items()}))
    return found


def by_label(season: Mapping[Any, Any], labels: Sequence[Any]) -> list[Any]:
    """A factor for each period, 1 where none is named."""
    factors = {named(label, labels): factor for label, factor in season.items()}
    for label in factors:
        if label not in labels:
            raise unknown("period of the season", label, (str(one) for one in labels))
    return [factors.get(label, 1.0) for label in labels]


def blank(value: Any) -> bool:
    """Whether a field of a frame is empty."""
    return value is None or (isinstance(value, float) and np.isnan(value))


def amount(value: Any, otherwise: float, what: str) -> float:
    """A field as an amount; something else where it is empty."""
    return otherwise if blank(value) else spends(what, value)
