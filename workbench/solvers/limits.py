"""Limits on sums of per-unit attributes, such as CO₂ per unit of spend or the share that a team books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.solvers.checks import whole
from workbench.solvers.forms import Floats

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("limit", "column", "min", "max")


@dataclass(frozen=True, eq=False)
class Limits:
    """least ≤ per_unit · spend ≤ most, for each of r limits.

    Attributes:
        names: Of the limits.
        per_unit: Amount per unit of spend, shape (r, n); may be below 0.
        least: Shape (r,), −∞ where there is none. most: Shape (r,), +∞ where there is none.
    """

    names: tuple[str, ...]
    per_unit: Floats
    least: Floats
    most: Floats

    def hold(self, spend: Floats, near: float) -> Any:
        """Whether spends (K, n) keep every limit, shape (K,)."""
        total, size = spend @ self.per_unit.T, spend @ np.abs(self.per_unit).T
        slack = near * np.maximum(size, 1e-300)
        kept = (total <= self.most + slack) & (total >= self.least - slack)
        return np.asarray(kept.all(axis=1))

    def arranged(self, order: Any, money: float) -> Limits:
        """The same for cells in another order and money in parts of `money`."""
        return Limits(self.names, self.per_unit[:, order], self.least / money, self.most / money)


def read_limits(table: pd.DataFrame, limits: Any) -> Limits | None:
    """Read `limits`: name → most, (least, most) or {column, min, max}; or a frame with these columns.

    Args:
        table: The checked CurveTable, whose columns hold the amounts per unit of spend.
        limits: As `workbench.optimize.allocate` takes them.
    """
    written = _written(limits)
    if not written:
        return None
    per_unit = np.stack([_column(table, name, column) for name, (column, _, _) in written.items()])
    least = np.array([rule[1] for rule in written.values()])
    most = np.array([rule[2] for rule in written.values()])
    return Limits(tuple(written), per_unit, least, most)


def _written(limits: Any) -> dict[str, tuple[Any, float, float]]:
    if limits is None:
        return {}
    if isinstance(limits, Mapping):
        return {str(name): _rule(str(name), rule) for name, rule in limits.items()}
    frame = whole(limits)
    if "limit" not in frame or frame["limit"].duplicated().any():
        raise QuestionError(
            "The limits need a column 'limit' that names each once.",
            "Give columns limit, column, min and max.",
        )
    rows = frame.to_dict("records")
    return {str(row["limit"]): _rule(str(row["limit"]), row) for row in rows}


def _rule(name: str, rule: Any) -> tuple[Any, float, float]:
    column: Any = name
    least: Any = None
    most: Any = rule
    if isinstance(rule, Mapping):
        column, least, most = rule.get("column"), rule.get("min"), rule.get("max")
        column = name if _blank(column) else column
    elif isinstance(rule, (tuple, list)) and len(rule) == 2:
        least, most = rule
    low, high = _bound(name, "least", least, -np.inf), _bound(name, "most", most, np.inf)
    if low > high:
        raise QuestionError(
            f"Limit {name!r} has a least of {low:g} above its most of {high:g}.", "Swap or correct them."
        )
    if not (np.isfinite(low) or np.isfinite(high)):
        raise QuestionError(f"Limit {name!r} limits nothing.", "Give it a min, a max or both.")
    return column, low, high


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _bound(name: str, side: str, value: Any, none: float) -> float:
    if _blank(value):
        return none
    try:
        return float(value)
    except (TypeError, ValueError):
        raise QuestionError(f"The {side} of limit {name!r} is {value!r}.", "Give a number.") from None


def _column(table: pd.DataFrame, name: str, column: Any) -> Floats:
    import pandas as pd

    if isinstance(column, Mapping):
        values = table["cell"].map({str(cell): amount for cell, amount in column.items()}).fillna(0.0)
    elif column in table:
        values = table[column]
    else:
        raise unknown("column of limit", column, table.columns)
    found = pd.to_numeric(values, errors="coerce").to_numpy(float)
    bad = ~np.isfinite(found)
    if bad.any():
        raise QuestionError(
            f"Limit {name!r} has no amount per unit of spend for cell {table['cell'][bad].iloc[0]!r}.",
            "Give a number for each cell; 0 where the limit does not concern it.",
        )
    return found
