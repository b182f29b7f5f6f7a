"""A value compared with another in the engine; money as whole micros, so that no engine rounds."""

from __future__ import annotations

from typing import Any

from workbench.segments.rules.operands import PRESENCE

MICROS = 1_000_000


def holds(column: Any, op: str, value: Any) -> Any:
    """Ibis condition: a text or number compared; null where the column is."""
    if op in PRESENCE:
        return column.notnull() if op == "known" else column.isnull()
    return {
        "==": lambda: column == value,
        "!=": lambda: column != value,
        "<": lambda: column < value,
        "<=": lambda: column <= value,
        ">": lambda: column > value,
        ">=": lambda: column >= value,
        "between": lambda: (column >= value[0]) & (column <= value[1]),
        "in": lambda: column.isin(list(value)),
        "not_in": lambda: ~column.isin(list(value)),
        "contains": lambda: column.contains(value),
        "starts_with": lambda: column.startswith(value),
    }[op]()


def micros(value: Any) -> Any:
    """An amount, or several, in whole micros."""
    if isinstance(value, tuple):
        return tuple(map(micros, value))
    return value if value is None else round(value * MICROS)
