"""What is due now, and what is overdue: a moment that was missed is made up for once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import i18n, settings
from workbench.errors import ReportError, WorkbenchError
from workbench.i18n.errors import told
from workbench.reports import engine, fallback, publish, runner, schedule, state, when
from workbench.reports.engine import How, Result
from workbench.reports.jobs import Job
from workbench.reports.runner import Run
from workbench.reports.state import RUNNING, SEEN, State

if TYPE_CHECKING:
    from workbench.reports.jobs import Schedule

PAUSE = dt.timedelta(minutes=15)
"""Between two looks whether late data have come, or an import was looked at."""
WAITING = ("stale", "held")
_FILE = "schedule.toml"
"""Name under which the schedule itself stands in the history."""
AHEAD = dt.timedelta(hours=1)
"""How far a clock may be set back before what was written down by it counts for nothing."""


def run(
    workspace: Path, root: Path, how: How | None = None, now: dt.datetime | None = None
) -> Iterator[Result]:
    """Carry out every job that is due, one after another; those that are not give nothing.

    A job that is new begins with its next moment. Of moments that passed while nobody looked, the newest
    is made up for. Two who look at once do the work once.

    Args:
        workspace: Folder of the workspace.
        root: Folder of the reports.
        how: How jobs are carried out.
        now: The moment; None: this one.

    Yields:
        What came of each job, as it ends.

    Raises:
        ReportError: for a schedule that cannot be read.
    """
    how = how or How()
    plan = _plan(workspace, root)
    for name, error in plan.bad.items():
        yield _cannot(workspace, root, Job(name, notify=plan.notify.get(name, ())), error, how)
    for job in plan.jobs.values():
        moment = now or dt.datetime.now(dt.UTC)
        try:
            if job.when and _is_due(job, root, moment):
                with publish.alone(root / job.name, what="due", wait=False) as ours:
                    yield from _carried_out(job, workspace, root, how, moment) if ours else ()
        except (WorkbenchError, OSError) as error:  # a full disk, most likely: others go on
            yield _unkept(job, workspace, root, how, error)


def _plan(workspace: Path, root: Path) -> Schedule:
    """The schedule; that it cannot be read, and that it can again, is told to those whom it named last."""
    try:
        plan = schedule.load(workspace)
    except ReportError as error:
        with suppress(WorkbenchError, OSError):
            found = _noted(workspace, root, _FILE, error, unread=True)
            engine.tell(found, Job(_FILE, notify=fallback.services(root)), root)
        raise
    with suppress(WorkbenchError, OSError):
        if next(publish.newest(root / _FILE), {}).get("unread"):
            facts = {"lang": settings.load(workspace).lang, "workspace": str(workspace)}
            found = runner.note(root, _FILE, "ok", "", facts)
            engine.tell(found, Job(_FILE, notify=fallback.services(root)), root)
    fallback.keep(root, plan)
    return plan


def _is_due(job: Job, root: Path, now: dt.datetime) -> bool:
    """Whether there is something to do, or to say; a job that is new is written down.

    So is one that was looked at by a clock that ran ahead: it would wait for that clock's day to come.
    """
    slot, known = _slot(job, now), state.read(root, job.name)
    if known is None or known.slot > now + AHEAD:
        state.write(root, job.name, State(slot or now, SEEN, now))
        return False
    return slot is not None and (slot > known.slot or known.status in (RUNNING, *WAITING))


def _carried_out(job: Job, workspace: Path, root: Path, how: How, now: dt.datetime) -> Iterator[Result]:
    known = state.read(root, job.name)
    slot = _slot(job, now)
    if not known or not slot or not _is_due(job, root, now):
        return  # somebody else has done it meanwhile
    if slot <= known.slot and known.status in WAITING and abs(now - known.at) < PAUSE:
        yield Result(job.name, waiting=known.status)
        return
    state.write(root, job.name, State(slot, RUNNING, now))
    found = engine.carry_out(job, workspace, root, how)
    state.write(root, job.name, State(slot, found.status, now, found.error))
    fallback.over(root, job.name)
    yield found


def _unkept(job: Job, workspace: Path, root: Path, how: How, error: WorkbenchError | OSError) -> Result:
    """The failed run of a job of which nothing can be kept; told once, as far as that can be remembered."""
    lang = job.lang or settings.load(workspace).lang
    sentence = told(error, lang) if isinstance(error, WorkbenchError) else f"{root / job.name}: {error}"
    facts = {"lang": lang, "workspace": str(workspace)}
    found = Run(job.name, root / job.name / "-", "failed", 0.0, sentence, facts)
    how.heard(found)
    if fallback.first(root, job.name):
        engine.tell(found, job, root)
    return Result(job.name, (found,))


def _slot(job: Job, now: dt.datetime) -> dt.datetime | None:
    return when.before(job.when, now, job.zone)


def _cannot(workspace: Path, root: Path, job: Job, error: ReportError, how: How) -> Result:
    """The failed run of a job that does not fit; in the history, and told, once for each reason."""
    from workbench.reports import jobs

    shown = job.name if jobs.is_name(job.name) else _FILE
    found = _noted(workspace, root, shown, error)
    how.heard(found)
    engine.tell(found, job, root)
    return Result(job.name, (found,))


def _noted(workspace: Path, root: Path, shown: str, error: ReportError, **more: Any) -> Run:
    """Why nothing could begin, in the history once for each reason."""
    lang = settings.load(workspace).lang
    facts = {"lang": lang, "workspace": str(workspace), "data_version": None, "parameters": {}, **more}
    return runner.note(root, shown, "failed", told(error, lang), facts, once=True)


@dataclass(frozen=True)
class Health:
    """How a job is.

    Attributes:
        job: Its name.
        good: Whether nothing is overdue.
        sentence: What is wrong; empty where nothing is.
        last: When it succeeded last; None: never.
        next: When it is due next; None: only when somebody runs it.
    """

    job: str
    good: bool
    sentence: str
    last: dt.datetime | None
    next: dt.datetime | None


def health(workspace: Path, root: Path, now: dt.datetime | None = None, lang: str = "") -> list[Health]:
    """How every job is: overdue is one that has not succeeded in time after it was due.

    Args:
        workspace: Folder of the workspace.
        root: Folder of the reports.
        now: The moment; None: this one.
        lang: Language of the sentences; empty: the workspace's.

    Raises:
        ReportError: for a schedule that cannot be read.
    """
    plan, now = schedule.load(workspace), now or dt.datetime.now(dt.UTC)
    lang = lang or settings.load(workspace).lang
    bad = [Health(name, False, told(error, lang), None, None) for name, error in plan.bad.items()]
    return bad + [_health(job, root, now, lang) for job in plan.jobs.values()]


def _health(job: Job, root: Path, now: dt.datetime, lang: str) -> Health:
    succeeded = (run for run in publish.newest(root / job.name) if run.get("status") == "ok")
    last = next((dt.datetime.fromisoformat(run["finished"]) for run in succeeded), None)
    if not job.when:
        return Health(job.name, True, "", last, None)
    sentence = _overdue(job, state.read(root, job.name), now, lang)
    return Health(job.name, not sentence, sentence, last, _next(job, now))


def _next(job: Job, now: dt.datetime) -> dt.datetime | None:
    return next(iter(when.after(job.when, now, job.zone)), None)


def _overdue(job: Job, known: State | None, now: dt.datetime, lang: str) -> str:
    from babel.dates import format_datetime

    if known is None:
        return i18n.text("reports.never_looked", lang)
    patience = dt.timedelta(minutes=job.late)
    slot = _slot(job, now - patience)
    done = known.status in ("ok", SEEN)
    if slot is None or slot < known.slot or (slot == known.slot and done):
        return ""  # the newest moment is done, or still has its time
    local = slot.astimezone(job.zone)
    shown = format_datetime(local, "medium", locale=i18n.LOCALES[lang])
    tried = slot == known.slot
    why = (tried and known.error) or i18n.text(f"reports.state_{known.status if tried else 'missed'}", lang)
    return i18n.text("reports.overdue", lang, slot=shown, why=why)
