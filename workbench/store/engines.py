"""Which engine answers questions: DuckDB, or Spark by its URL."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from workbench.errors import StoreError
from workbench.store import spark_session
from workbench.store.engine import Engine
from workbench.store.limits import Advertisers

if TYPE_CHECKING:
    from workbench.store.store import Store

DUCKDB = "duckdb"

P = ParamSpec("P")
R = TypeVar("R")


def check(url: str) -> None:
    """Check that an engine can be used from here, before anything is made or started.

    Args:
        url: `duckdb`, `local[*]`, `local[N]` or `spark://host:port`.

    Raises:
        StoreError: for another URL, or a Spark that lacks something.
    """
    if url == DUCKDB:
        return
    if not spark_session.is_master(url):
        raise StoreError(
            f"There is no engine {url!r}.",
            "Use 'duckdb', or for Spark 'local[*]' or 'spark://host:port'.",
        )
    spark_session.check(url)


def connect(url: str, root: Path, advertisers: Advertisers = None) -> Engine:
    """The engine with a checked URL over a workspace's folder; it starts at the first question."""
    if url == DUCKDB:
        from workbench.store.duck import DuckDB

        return DuckDB(root, advertisers)
    from workbench.store.spark import Spark

    return Spark(root, url, advertisers)


def on_this_machine(
    function: Callable[Concatenate[Store, P], R],
) -> Callable[Concatenate[Store, P], R]:
    """Let a function that reads and writes a workspace work with DuckDB, whatever engine the store has."""

    @wraps(function)
    def run(store: Store, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if store.engine == DUCKDB or store.is_past:
            return function(store, *args, **kwargs)
        from workbench.store.store import Store

        try:
            return function(Store(store.path, DUCKDB), *args, **kwargs)
        finally:
            store.refresh()

    return run
