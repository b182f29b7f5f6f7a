"""Reports: a notebook, run by papermill, published as one self-contained page."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.reports.catalog import scheduled, titles
    from workbench.reports.figures import record
    from workbench.reports.jobs import Job
    from workbench.reports.notebooks import Notebook
    from workbench.reports.runner import Run, run

__all__ = ["Job", "Notebook", "Run", "record", "run", "scheduled", "titles"]

_HOMES = {
    "Job": "workbench.reports.jobs",
    "Notebook": "workbench.reports.notebooks",
    "Run": "workbench.reports.runner",
    "record": "workbench.reports.figures",
    "run": "workbench.reports.runner",
    "scheduled": "workbench.reports.catalog",
    "titles": "workbench.reports.catalog",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'workbench.reports' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
