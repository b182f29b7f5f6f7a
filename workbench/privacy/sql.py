"""Small helpers for SQL: literals, names, and Python functions over texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from workbench.store import parquet


def listed(values: Iterable[str]) -> str:
    """Texts as a list of literals; never empty, because SQL has no empty list."""
    return ", ".join(parquet.text(value) for value in sorted(values)) or "NULL"


def quoted(name: str) -> str:
    """A column's name."""
    return '"' + name.replace('"', '""') + '"'


def functions(connection: Any, **named: Callable[[str], str]) -> None:
    """Make functions of one text callable in a connection's SQL; null stays null."""
    for name, function in named.items():
        connection.create_function(
            name, _vectorised(function), ["VARCHAR"], "VARCHAR", type="arrow", null_handling="special"
        )


def _vectorised(function: Callable[[str], str]) -> Callable[[Any], Any]:
    def apply(values: Any) -> Any:  # DuckDB evaluates annotations
        import pyarrow as pa

        texts = values.to_pylist()
        return pa.array([None if text is None else function(text) for text in texts], pa.string())

    return apply
