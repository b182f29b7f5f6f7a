"""What can be run: the notebooks that are reports, and the jobs of the schedule."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from workbench import i18n
from workbench.errors import WorkbenchError
from workbench.reports import notebooks, parameters
from workbench.reports.notebooks import Notebook

SCHEDULE = "workbench.reports.schedule"


def titles(workspace: Path) -> dict[str, dict[str, str]]:
    """Name of everything that can be run → its title by language; jobs first, apps last."""
    named = {name: dict.fromkeys(i18n.LANGUAGES, name) for name in scheduled(workspace)}
    found = [item for item in notebooks.every(workspace).values() if _is_report(item)]
    for item in sorted(found, key=lambda one: (not one.own, one.is_app, one.order, one.name)):
        named.setdefault(item.name, {lang: item.title(lang) for lang in i18n.LANGUAGES})
    return named


def scheduled(workspace: Path) -> tuple[str, ...]:
    """Names of the jobs of the schedule; none where there is no schedule, or one that is wrong."""
    if find_spec(SCHEDULE) is None:
        return ()
    try:
        return tuple(import_module(SCHEDULE).load(workspace).jobs)
    except WorkbenchError:
        return ()


def _is_report(item: Notebook) -> bool:
    """Whether it can be run, and is not only the page that lists the others."""
    try:
        return item.name != "reports" and parameters.is_report(item.node)
    except WorkbenchError:
        return False
