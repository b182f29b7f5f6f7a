"""Carry out a job: import first, look whether the data are fresh, run it for each member, tell, tidy up."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import data, i18n
from workbench.errors import ReportError, WorkbenchError, unknown
from workbench.i18n.errors import told
from workbench.reports import (
    ending,
    faults,
    fresh,
    heartbeat,
    inputs,
    intake,
    publish,
    relative,
    runner,
    state,
    when,
)
from workbench.reports.inputs import Order
from workbench.reports.runner import Run, Tries

if TYPE_CHECKING:
    from workbench.data import Store
    from workbench.reports.jobs import Job

LOG = logging.getLogger("workbench.reports")
STATUSES = ("ok", "held", "stale", "failed")
"""From good to bad."""
EXIT = {"ok": 0, "failed": 1, "stale": 3, "held": 4}
"""Status → exit code of the commands."""


@dataclass(frozen=True)
class How:
    """How a job is carried out.

    Attributes:
        force: Run although a run with the same inputs succeeded before.
        as_of: Older data version to report on: nothing is imported, and nothing can be too old.
        jobs: Reports that run at the same time; None: as the job says.
        trial: Try it: no import, no message, no heartbeat, and of a batch one member only.
        heard: Called with each run as it is made.
        members: Only these members of the batch; empty: as the job says.
    """

    force: bool = False
    as_of: str | int | None = None
    jobs: int | None = None
    trial: bool = False
    heard: Callable[[Run], None] = lambda _run: None
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a job came to.

    Attributes:
        job: Its name.
        runs: Its runs, one for each member of a batch.
        waiting: Status that it still has from before, where nothing was tried again.
    """

    job: str
    runs: tuple[Run, ...] = ()
    waiting: str = ""

    @property
    def status(self) -> str:
        """The worst status of its runs."""
        return max((self.waiting or "ok", *(run.status for run in self.runs)), key=STATUSES.index)

    @property
    def error(self) -> str:
        """Why it is not `ok`: the first sentence that says so."""
        return next((run.error for run in self.runs if run.status == self.status), "")


def carry_out(job: Job, workspace: Path, root: Path, how: How | None = None) -> Result:
    """Carry out a job; of two who do so at once one works and the other finds it done.

    Args:
        job: The job.
        workspace: Folder of the workspace.
        root: Folder of the reports.
        how: What is different from a run by the clock.

    Raises:
        ReportError: when nothing can be written there.
    """
    how = how or How()
    with publish.alone(root / job.name, what="job"):
        result = Result(job.name, tuple(_runs(job, workspace, root, how)))
        if not how.trial:
            _afterwards(job, workspace, root, result, how)
    return result


def _runs(job: Job, workspace: Path, root: Path, how: How) -> Iterator[Run]:
    store = data.open(workspace, version=how.as_of)
    lang = job.lang or store.settings.lang
    refused = partial(_refused, job, workspace, root, store)
    if how.as_of is None and not how.trial:
        taken = _imported(job, store, lang)
        late = fresh.lateness(job, store, lang) if taken.status == "ok" else ""
        if taken.sentence or late:
            found = refused("stale" if late else taken.status, late or taken.sentence)
            how.heard(found)
            yield found
            return
    try:
        members = how.members or _members(job, store, workspace)
    except WorkbenchError as error:
        members, nobody = (), told(error, lang)
    else:
        nobody = "" if members else _nobody(job.batch, lang)
    if not members:
        found = refused("failed", nobody)
        how.heard(found)
        yield found
        return
    yield from _side_by_side(job, members[:1] if how.trial else members, workspace, root, store, how)


def _imported(job: Job, store: Store, lang: str) -> intake.Intake:
    """Import what the job asks for, again after faults that pass."""
    import time

    for attempt in range(1, job.retries + 1):
        found = intake.take(job, store, lang)
        if not found.passing:
            return found
        time.sleep(faults.pause(attempt, job.wait))
    return intake.take(job, store, lang)


def _nobody(batch: str, lang: str) -> str:
    """One sentence that says that a batch has no members."""
    if batch == relative.SEGMENT:
        return i18n.text("reports.no_segments", lang)
    return i18n.text("reports.no_members", lang, batch=i18n.text(f"levels.dim_{batch}", lang))


def _members(job: Job, store: Store, workspace: Path) -> tuple[str, ...]:
    if not job.batch:
        return ("",)
    return job.members or relative.members(store, job.batch, workspace)


def _side_by_side(
    job: Job, members: Sequence[str], workspace: Path, root: Path, store: Store, how: How
) -> Iterator[Run]:
    """The runs of all members, in their order; all of a batch stay at one data version."""
    name = f"{job.name}-v{store.version}" if how.as_of is not None else job.name
    order = Order(
        name, job.lang, job.currency, job.timezone, job.formats, job.batch,
        version=store.version if job.batch else None, as_of=how.as_of,
    )  # fmt: skip

    def one(member: str) -> Run:
        try:
            if member and (job.members or how.members):
                _check_member(job, store, workspace, member)
            wanted = inputs.gather(job.source, job.parameters, workspace, replace(order, member=member))
            tries = Tries(job.timeout, job.retries, job.wait)
            found = runner.carry_out(wanted, root, how.force, tries)
        except WorkbenchError as error:
            lang = job.lang or store.settings.lang
            found = _refused(job, workspace, root, store, "failed", told(error, lang), member)
        how.heard(found)
        return found

    most = max(1, min(how.jobs or job.jobs, len(members)))
    if most == 1:
        yield from map(one, members)
        return
    pool = ThreadPoolExecutor(most, "report")
    try:
        yield from pool.map(one, members)
    except KeyboardInterrupt:
        with ending.everybody():
            pool.shutdown(wait=True, cancel_futures=True)
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _check_member(job: Job, store: Store, workspace: Path, member: str) -> None:
    """A member that the schedule names is one that there is."""
    known = relative.members(store, job.batch, workspace)
    if member not in known:
        raise unknown("member", member, known, ReportError)


def _refused(
    job: Job, workspace: Path, root: Path, store: Store, status: str, sentence: str, member: str = ""
) -> Run:
    """The run of a job that could not be made, with what a reader needs to know of it."""
    facts: Mapping[str, Any] = {
        "batch": job.batch,
        "member": member,
        "notebook": f"{job.source}.ipynb",
        "parameters": dict(job.parameters),
        "lang": job.lang or store.settings.lang,
        "workspace": str(workspace),
        "data_version": store.version,
    }
    return runner.note(root, job.name, status, sentence, facts)


def _afterwards(job: Job, workspace: Path, root: Path, result: Result, how: How) -> None:
    """Tell, beat, keep the state and tidy up; none of these changes what came of the job."""
    lang = job.lang or data.open(workspace).settings.lang
    for run in result.runs:
        tell(run, job, root)
    if how.as_of is not None:
        return
    publish.prune(root / job.name, job.keep)
    now = dt.datetime.now(dt.UTC)
    slot = when.before(job.when, now, job.zone) if job.when else None
    done = result.status == "ok"
    if how.members and not (done and _mended(job, workspace, root, slot)):
        return  # a part of a batch says nothing about the job
    if job.heartbeat and (failed := heartbeat.beat(job.heartbeat, done, lang)):
        LOG.warning("%s: %s", job.name, failed)
    if done and slot:
        state.write(root, job.name, state.State(slot, "ok", now))


def _mended(job: Job, workspace: Path, root: Path, slot: dt.datetime | None) -> bool:
    """Whether a batch that failed at its due moment has no member left whose newest run failed."""
    known, newest = state.read(root, job.name), dict[str, str]()
    if known is None or known.slot != slot or known.status != "failed":
        return False
    for run in publish.newest(root / job.name):
        newest.setdefault(str(run.get("member", "")), str(run.get("status")))
    return all(newest.get(name) == "ok" for name in _members(job, data.open(workspace), workspace))


def tell(run: Run, job: Job, root: Path) -> None:
    """Tell those whom a job names of a run; what goes wrong there is written down and spoils nothing."""
    if run.reused or not job.notify or not find_spec("workbench.reports.notify"):
        return
    try:
        import_module("workbench.reports.notify").tell(run, job, root)
    except Exception:
        LOG.exception("Nobody could be told about %s.", run.folder)
