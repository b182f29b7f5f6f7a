"""`reports/schedule.toml` is read and checked: what does not fit is said with its line and a way out."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from workbench import settings
from workbench.errors import ReportError, WorkbenchError, unknown
from workbench.reports import fresh, heartbeat, jobs, notebooks, parameters, relative, shared, toml, when
from workbench.reports.jobs import Job, Schedule

_TABLES = ("jobs", "defaults")
_NOT_SHARED = ("notebook", "parameters")
"""Keys that each job has of its own."""
_MOST = {
    "jobs": 64,
    "retries": 100,
    "timeout": 7 * 86400,
    "wait": 86400,
    "late": 366 * 24 * 60,
    "keep": 10**6,
}
"""Key → what nobody means to exceed: beyond it is a slip of the hand."""
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "text": ((str,), "a text"),
    "texts": ((list,), "a list of texts"),
    "whole": ((int,), "a whole number, 0 or more"),
    "number": ((int, float), "a number, 0 or more"),
    "table": ((dict,), "a table"),
}


def load(workspace: Path) -> Schedule:
    """The jobs of a workspace; none where it has no schedule. A job that does not fit stands apart.

    Raises:
        ReportError: for a file that is no TOML, or defaults that do not fit.
    """
    file = workspace / jobs.SCHEDULE
    if not file.is_file():
        return Schedule(file, {})
    source = _Source(file, *toml.read(file))
    for name in source.content:
        if name not in _TABLES:
            raise unknown("table", name, _TABLES, ReportError, source.at(name))
    common = _checked(source, "defaults", _table(source, "defaults", source.content.get("defaults", {})))
    for name in _NOT_SHARED:
        if name in common:
            raise ReportError(
                f"{name!r} is a matter of each job.", "Move it there.", source.at("defaults", name)
            )
    good: dict[str, Job] = {}
    bad: dict[str, ReportError] = {}
    every = _table(source, "jobs", source.content.get("jobs", {}))
    for name, entry in every.items():
        try:
            good[name] = _job(source, name, entry, common, workspace)
        except ReportError as error:
            bad[name] = error
    return Schedule(file, good, bad, {name: _services(every[name], common) for name in bad})


@dataclass(frozen=True)
class _Source:
    """A schedule's file, its text and its content."""

    file: Path
    text: str
    content: Mapping[str, Any]

    def at(self, table: str, key: str = "") -> str:
        """File and line of a table, or of a key in it; the table's line where the key cannot be found."""
        top = (table,) if table in self.content else ("jobs", table)
        places = ((*top, key), (*top, "parameters", key), top) if key else (top,)
        return f"{self.file}:{next((self.lines[place] for place in places if place in self.lines), 1)}"

    @cached_property
    def lines(self) -> Mapping[tuple[str, ...], int]:
        """Where each table and key stands."""
        return toml.lines(self.text)


def _table(source: _Source, name: str, entry: Any) -> Mapping[str, Any]:
    if not isinstance(entry, Mapping):
        raise ReportError(f"{name!r} is no table.", f"Write [{name}] above its keys.", source.at(name))
    return entry


def _services(entry: Any, common: Mapping[str, Any]) -> tuple[str, ...]:
    """Services that a job names that does not fit: somebody has to hear of it."""
    named = entry.get("notify", common.get("notify", ())) if isinstance(entry, Mapping) else ()
    return tuple(item for item in named if isinstance(item, str)) if isinstance(named, list | tuple) else ()


def _job(source: _Source, name: str, entry: Any, common: Mapping[str, Any], workspace: Path) -> Job:
    if not jobs.is_name(name):
        raise ReportError(
            f"A job cannot be called {name!r}.", "Use a plain name, like the notebook's.", source.at(name)
        )
    given = {**common, **_checked(source, name, _table(source, name, entry))}
    job = Job(name=name, **given)
    zone = job.timezone or settings.load(workspace).timezone or "UTC"
    cron = when.expression(job.when, source.at(name, "when"))
    job = replace(job, when=cron, timezone=zone)
    _choices(source, job)
    _fits_notebook(source, job, workspace)
    return job


def _checked(source: _Source, table: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a table as a job takes them: known ones, with values of their kind."""
    known, found = jobs.keys(), {}
    for key, value in entry.items():
        if key not in known:
            raise unknown("key", key, known, ReportError, source.at(table, key))
        found[key] = _value(known[key][0], key, value, source.at(table, key))
    return found


def _value(kind: str, key: str, value: Any, where: str) -> Any:
    if key == "fresh" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    types, words = _KINDS[kind]
    fits = isinstance(value, types) and not isinstance(value, bool)
    if kind in ("whole", "number"):
        fits = fits and 0 <= value < math.inf
    if kind == "texts":
        fits = fits and all(isinstance(item, str) for item in value)
    if not fits:
        raise ReportError(f"{key} takes {words}, not {value!r}.", "Correct that line.", where)
    if key in _MOST and value > _MOST[key]:
        raise ReportError(f"{key} takes at most {_MOST[key]}, not {value!r}.", "Correct that line.", where)
    if kind == "table":
        return {name: _as_text(item) for name, item in value.items()}
    return tuple(value) if kind == "texts" else value


def _as_text(value: Any) -> Any:
    """A day of TOML's own kind as the text that notebooks take."""
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def _choices(source: _Source, job: Job) -> None:
    """What may only be one of a few."""
    for key, allowed in (("lang", jobs.LANGUAGES), ("reviews", jobs.REVIEWS), ("fresh_by", ("", "account"))):
        if getattr(job, key) not in allowed:
            raise unknown(
                key, getattr(job, key), filter(None, allowed), ReportError, source.at(job.name, key)
            )
    for name in job.formats:
        if name not in jobs.FORMATS:
            raise unknown("format", name, jobs.FORMATS, ReportError, source.at(job.name, "formats"))
    shared.check({"timezone": job.timezone}, source.at(job.name, "timezone"))
    if job.timeout <= 0 or job.jobs == 0:
        key = "jobs" if job.jobs == 0 else "timeout"
        raise ReportError(f"{key} must be more than 0.", "Correct that line.", source.at(job.name, key))
    _means_something(source, job)
    fresh.needed(job.fresh, ZoneInfo(job.timezone), where=source.at(job.name, "fresh"))


def _means_something(source: _Source, job: Job) -> None:
    """What else shows at night only: a currency, a heartbeat, members of nothing."""
    shared.check({"currency": job.currency}, source.at(job.name, "currency"))
    if job.heartbeat and not heartbeat.is_address(job.heartbeat):
        raise ReportError(
            "A heartbeat needs an address that begins with http:// or https://.",
            "Correct that line.",
            source.at(job.name, "heartbeat"),
        )
    if job.members and not job.batch:
        raise ReportError(
            "The job names members of no batch.",
            'Add a line that says of which, such as batch = "advertiser".',
            source.at(job.name, "members"),
        )


def _fits_notebook(source: _Source, job: Job, workspace: Path) -> None:
    """The notebook is there, and takes the parameters and the batch."""
    key = "notebook" if job.notebook else ""
    try:
        node = notebooks.find(job.source, workspace).node
        key = "parameters"
        relative.check(job.parameters)
        parameters.check(node, job.parameters)
        key = "batch"
        relative.batch_parameter(node, job.batch)
    except WorkbenchError as error:
        near = next((name for name in job.parameters if f"'{name}'" in error.what), "") or key
        at = source.at(job.name, near)
        raise ReportError(
            error.what, error.fix, at if at != source.at(job.name) else source.at(job.name, key)
        ) from None
