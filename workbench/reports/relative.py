"""What a job leaves open until it runs: days such as `{last_full_week.start}`, and the members of a batch."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import ReportError, WorkbenchError, unknown
from workbench.reports import parameters
from workbench.schema import ROLLUP_DIMENSIONS

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from workbench.data import Store

SEGMENT, MEMBER = "segment", "member"
_GAP = re.compile(r"\{([\w-]+)(?:\.(start|end))?\}")


def fill(given: Mapping[str, Any], store: Store, member: str = "") -> dict[str, Any]:
    """Parameters with every `{period}`, `{period.start}`, `{period.end}` and `{member}` filled in.

    Periods count back from the last day that has data, as in every question.

    Args:
        given: As they are written in the schedule or on the command line.
        store: The workspace, pinned to the data version of the run.
        member: Member of the batch.

    Raises:
        ReportError: for words in braces that name no period.
    """
    from workbench.metrics.query import first_day

    if not _has_gaps(given):
        return dict(given)
    last = store.as_of or dt.datetime.now(store.zone).date()
    return dict(_filled(given, lambda found: _said(found, last, first_day(store) or last, member)))


def check(given: Mapping[str, Any]) -> None:
    """Refuse words in braces, and a `period`, that name no period.

    Raises:
        ReportError: naming the parameter.
    """
    from workbench.metrics import periods

    today = dt.date(2024, 6, 30)
    for name, value in given.items():
        try:
            _filled(value, lambda found: _said(found, today, today, "x"))
            if name == "period" and isinstance(value, str) and not _GAP.search(value):
                periods.resolve(value, today, today)
        except WorkbenchError as error:
            raise ReportError(f"Parameter {name!r}: {error.what}", error.fix) from None


def batch_parameter(node: NotebookNode, batch: str) -> str:
    """The parameter of a notebook that takes a member of a batch: one of that name, else `filters`.

    Raises:
        ReportError: when it has neither.
    """
    known = parameters.declared(node)
    if not batch or batch in known:
        return batch
    if batch != SEGMENT and "filters" in known:
        dimensions = [column.name for column in ROLLUP_DIMENSIONS]
        if batch not in dimensions:
            raise unknown("dimension", batch, dimensions, ReportError)
        return "filters"
    raise ReportError(
        f"The notebook takes no {batch!r}, so it cannot be run for each.",
        f"Give it a parameter {batch!r} or, for a dimension, `filters: dict`.",
    )


def for_member(node: NotebookNode, given: Mapping[str, Any], batch: str, member: str) -> dict[str, Any]:
    """Parameters for one member of a batch; other filters stay."""
    name = batch_parameter(node, batch)
    if name != "filters" or batch in parameters.declared(node):
        return {**given, name: member}
    return {**given, name: {**given.get(name, {}), batch: [member]}}


def members(store: Store, batch: str, root: Path) -> tuple[str, ...]:
    """The members of a batch: values of a dimension, the largest first, or names of saved segments.

    Raises:
        QuestionError: for a name that is no dimension.
    """
    if batch == SEGMENT:
        from workbench import saved

        return tuple(item.name for item in saved.items(root, SEGMENT))
    return store.members(batch) if "performance_hourly" in store.tables else ()


def _has_gaps(value: Any) -> bool:
    if isinstance(value, str):
        return bool(_GAP.search(value))
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(map(_has_gaps, inside))


def _filled(value: Any, say: Callable[[re.Match[str]], str]) -> Any:
    if isinstance(value, str):
        return _GAP.sub(say, value)
    if isinstance(value, Mapping):
        return {key: _filled(item, say) for key, item in value.items()}
    return [_filled(item, say) for item in value] if isinstance(value, list) else value


def _said(found: re.Match[str], last: dt.date, first: dt.date, member: str) -> str:
    from workbench.metrics import periods

    words, end = found.groups()
    if words == MEMBER:
        return member
    period = periods.resolve(words, last, first)
    days = {"start": f"{period.start}", "end": f"{period.end}"}
    return days.get(end, f"{period.start}..{period.end}")
