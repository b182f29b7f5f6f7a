"""What is due now, and what is overdue: a moment that was missed is made up for once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import i18n, settings
from workbench.errors import WorkbenchError
from workbench.i18n.errors import told
from workbench.reports import engine, publish, runner, schedule, state, when
from workbench.reports.engine import How, Result
from workbench.reports.jobs import Job
from workbench.reports.runner import Run
from workbench.reports.state import RUNNING, SEEN, State

if TYPE_CHECKING:
    from workbench.errors import ReportError

PAUSE = dt.timedelta(minutes=15)
"""Between two looks whether late data have come, or an import was looked at."""
WAITING = ("stale", "held")
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
    plan, how = schedule.load(workspace), how or How()
    for name, error in plan.bad.items():
        yield _cannot(workspace, root, Job(name, notify=plan.notify.get(name, ())), error, how)
    for job in plan.jobs.values():
        moment = now or dt.datetime.now(dt.UTC)
        if job.when and _is_due(job, root, moment):
            with publish.alone(root / job.name, what="due", wait=False) as ours:
                yield from _carried_out(job, workspace, root, how, moment) if ours else ()


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
    try:
        state.write(root, job.name, State(slot, RUNNING, now))
        found = engine.carry_out(job, workspace, root, how)
        state.write(root, job.name, State(slot, found.status, now, found.error))
    except (WorkbenchError, OSError) as error:  # a full disk, most likely: nothing can be kept, others go on
        lang = job.lang or settings.load(workspace).lang
        sentence = told(error, lang) if isinstance(error, WorkbenchError) else f"{root / job.name}: {error}"
        found = Result(job.name, (Run(job.name, root / job.name, "failed", 0.0, sentence, {"lang": lang}),))
        how.heard(found.runs[0])
    yield found


def _slot(job: Job, now: dt.datetime) -> dt.datetime | None:
    return when.before(job.when, now, job.zone)


def _cannot(workspace: Path, root: Path, job: Job, error: ReportError, how: How) -> Result:
    """The failed run of a job that does not fit; in the history, and told, once for each reason."""
    from workbench.reports import jobs

    lang = settings.load(workspace).lang
    sentence = told(error, lang)
    facts: dict[str, Any] = {
        "lang": lang,
        "workspace": str(workspace),
        "data_version": None,
        "parameters": {},
    }
    shown = job.name if jobs.is_name(job.name) else "schedule.toml"
    found = runner.note(root, shown, "failed", sentence, facts, once=True)
    how.heard(found)
    engine.tell(found, job, root)
    return Result(job.name, (found,))


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
