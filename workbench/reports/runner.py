"""Run a notebook as a report: check, execute, export, check again, publish, all or nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import data, i18n, settings
from workbench.errors import WorkbenchError
from workbench.i18n.errors import told
from workbench.reports import ending, faults, figures, memory, publish
from workbench.reports.inputs import Inputs, Order, gather, hashed, workspace_folder

if TYPE_CHECKING:
    from workbench.reports.execute import Outcome
    from workbench.reports.export import Check

__all__ = ["TIMEOUT", "Run", "Tries", "carry_out", "note", "run", "workspace_folder"]

LOG = logging.getLogger("workbench.reports")
TIMEOUT = 900.0
"""Seconds a report may take unless it is given more."""
_BACK = 400
"""Earlier runs that are looked at for figures that moved."""


@dataclass(frozen=True)
class Run:
    """One published run of a report.

    Attributes:
        job: Name of the job: the notebook's, unless another was given.
        folder: `<reports>/<job>/<run>` with `report.html` (if it succeeded), `report.ipynb`, `manifest.json`.
        status: `ok`, `failed`, `stale` (the data are too old) or `held` (an import needs a look).
        seconds: How long it took.
        error: One sentence that says why it is not `ok`; empty otherwise.
        manifest: Content of `manifest.json`.
        reused: Whether an earlier run with the same inputs was returned and nothing ran.
        member: Member of the batch that it is about; empty where there is none.
    """

    job: str
    folder: Path
    status: str
    seconds: float
    error: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict, repr=False)
    reused: bool = False
    member: str = ""

    @property
    def html(self) -> Path | None:
        """The page; None for a run that is not `ok`."""
        file = self.folder / publish.HTML
        return file if self.status == "ok" else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences of the checks that did not pass."""
        return tuple(
            str(check["sentence"]) for check in self.manifest.get("checks", ()) if not check["passed"]
        )

    @property
    def moved(self) -> tuple[str, ...]:
        """Sentences on figures that an earlier report, on other data, said otherwise."""
        return tuple(map(str, self.manifest.get("moved_sentences", ())))


@dataclass(frozen=True)
class Tries:
    """How often, and how long, a run is tried.

    Attributes:
        timeout: Seconds for the whole notebook, each time.
        retries: Further tries after a passing fault.
        wait: Seconds before the first of these.
    """

    timeout: float = TIMEOUT
    retries: int = 0
    wait: float = 5.0


def run(
    notebook: str | Path,
    parameters: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    workspace: str | Path | None = None,
    lang: str | None = None,
    force: bool = False,
    timeout: float = TIMEOUT,
    job: str | None = None,
    as_of: str | int | None = None,
    formats: Sequence[str] = (),
) -> Run:
    """Run a notebook and publish its report in `<reports>/<job>/<run>/`.

    Nothing is visible before the run is finished, and the notebook itself is never changed.

    Args:
        notebook: Name of a notebook (the workspace's own first), or a path to one.
        parameters: Values for its `parameters` cell; `{last_full_week.start}` in a text is a day.
        out: Folder for reports; None: `WORKBENCH_REPORTS`, else `reports/` of the current project, else of
            the workspace.
        workspace: Workspace folder, or `"demo"`; None: `WORKBENCH_WORKSPACE`, else the demo world.
        lang: `en` or `zh`; None: the parameter `lang` if given, else the workspace's language.
        force: Run although a run with the same inputs succeeded before.
        timeout: Seconds for the whole notebook.
        job: Name of the job; None: the notebook's name, for the past with the data version behind it.
        as_of: Data version to report on, or when it was current; None: the newest.
        formats: Files beside the page: `pdf`, `xlsx`, `pptx`, `csv`, `mail`.

    Returns:
        The run. A notebook that failed is published too, with `status` `failed` and without a page.

    Raises:
        ReportError: for an unknown notebook or parameter, a value of another kind, or a folder that
            cannot be written: nothing has run then.
        StoreError: for a data version that is not kept.
    """
    folder = workspace_folder(workspace)
    order = Order(job or "", lang or "", formats=tuple(formats), as_of=as_of)
    inputs = gather(notebook, dict(parameters or {}), folder, order)
    return carry_out(inputs, publish.folder(folder, Path(out) if out else None), force, Tries(timeout))


def carry_out(inputs: Inputs, root: Path, force: bool = False, tries: Tries | None = None) -> Run:
    """Make the report of these inputs, or return the one that is there; of two who ask at once one works.

    Args:
        inputs: From `gather`.
        root: Folder of the reports.
        force: Run although a run with the same inputs succeeded before.
        tries: How long and how often it is tried.

    Raises:
        ReportError: when nothing can be written there.
    """
    jobs, member = root / inputs.job, inputs.order.member
    with publish.alone(jobs, member):
        earlier = None if force else _earlier(jobs, inputs)
        made = earlier or _tried(inputs, jobs, tries or Tries())
    if not earlier:
        memory.tidy()
    return made


def note(
    root: Path, job: str, status: str, sentence: str, facts: Mapping[str, Any], once: bool = False
) -> Run:
    """Publish that a job made no report, and why; that data are late stands in the history once.

    Args:
        root: Folder of the reports.
        job: Name of the job.
        status: `failed`, `stale` or `held`.
        sentence: Why.
        facts: What else the manifest says.
        once: Whether a failure, too, is kept once as long as its reason stays.
    """
    jobs, now = root / job, dt.datetime.now(dt.UTC)
    with publish.alone(jobs):
        last = next(publish.newest(jobs), {})
        if (once or status != "failed") and (last.get("status"), last.get("error")) == (status, sentence):
            return Run(job, Path(last.pop("folder")), status, 0.0, sentence, last, reused=True)
        manifest = {"status": status, "error": sentence, "job": job, **facts}
        manifest |= {"started": now, "finished": now, "seconds": 0.0, "checks": []}
        with publish.part(jobs) as made:
            digest = hashlib.sha256(f"{job} {sentence}".encode()).hexdigest()
            folder = publish.publish(made, jobs, digest, manifest)
    return _published(folder)


def _earlier(jobs: Path, inputs: Inputs) -> Run | None:
    for manifest in publish.newest(jobs, inputs.digest):
        folder = Path(manifest.pop("folder"))
        whole = manifest.get("status") == "ok" and (folder / publish.HTML).is_file()
        if whole and manifest.get("inputs") == inputs.digest:
            return _published(folder, reused=True)
    return None


def _published(folder: Path, reused: bool = False) -> Run:
    manifest = json.loads((folder / publish.MANIFEST).read_text(encoding="utf-8"))
    return Run(
        manifest["job"],
        folder,
        manifest["status"],
        manifest["seconds"],
        manifest["error"],
        manifest,
        reused,
        manifest.get("member", ""),
    )


def _tried(inputs: Inputs, jobs: Path, tries: Tries) -> Run:
    """Run it, again after faults that pass; only the last try is published."""
    started = dt.datetime.now(dt.UTC)
    for attempt in range(1, tries.retries + 2):
        with publish.part(jobs, inputs.order.member) as made:
            outcome, facts = _made(inputs, jobs, made, started, tries.timeout)
            if outcome.error and ending.asked():
                raise ending.GivenUpError
            if not outcome.passing or attempt > tries.retries:
                return _shown(inputs, jobs, made, {**facts, "attempts": attempt})
        if ending.within(faults.pause(attempt, tries.wait)):
            raise ending.GivenUpError
    raise AssertionError("the last try is published")


def _made(
    inputs: Inputs, jobs: Path, made: Path, started: dt.datetime, timeout: float
) -> tuple[Outcome, dict[str, Any]]:
    """Execute and export into the folder `made`; what came of it, and what the manifest says of it."""
    from workbench.reports import execute

    clock = ran = time.perf_counter()
    kept: dict[str, Any] = {"checks": []}
    try:
        outcome = execute.execute(
            inputs.notebook.path,
            made / publish.NOTEBOOK,
            inputs.parameters,
            timeout,
            inputs.lang,
            inputs.environ,
        )
        ran = time.perf_counter()
        if not outcome.error:
            kept = _exported(made, outcome.notebook, inputs, started, jobs)
    except OSError as error:  # the disk is full, or a limit was reached: make room for the manifest
        outcome = execute.Outcome(inputs.notebook.node, _of_disk(error, inputs.lang))
        _clear(made, but="")
    except Exception as error:  # a file beside the page that could not be made
        LOG.exception("The report of %s could not be finished.", inputs.job)
        outcome = execute.Outcome(inputs.notebook.node, _unfinished(error, inputs.lang))
        _clear(made, but=publish.NOTEBOOK)
    ended = time.perf_counter()
    return outcome, {
        "status": "failed" if outcome.error else "ok",
        "error": outcome.error,
        **inputs.facts,
        "started": started,
        "seconds": round(ended - clock, 3),
        "timings": {"execute": round(ran - clock, 3), "export": round(ended - ran, 3)},
        **kept,
    }


def _clear(made: Path, but: str) -> None:
    """Remove what a failed run shows, but its notebook, or everything where there is no room."""
    made.mkdir(parents=True, exist_ok=True)  # a notebook that tidies up may have removed it
    for file in made.iterdir():
        if file.name != but:
            shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)


def _unfinished(error: Exception, lang: str) -> str:
    if isinstance(error, WorkbenchError):
        return told(error, lang)
    first = " ".join(f"{type(error).__name__}: {error}".split())[:300].rstrip(".")
    return i18n.text("reports.unfinished", lang, error=first)


def _shown(inputs: Inputs, jobs: Path, made: Path, facts: Mapping[str, Any]) -> Run:
    files = (file for file in sorted(made.rglob("*")) if file.is_file())
    hashes = {file.relative_to(made).as_posix(): hashed(file) for file in files}
    manifest = {**facts, "finished": dt.datetime.now(dt.UTC), "files": hashes}
    folder = publish.publish(made, jobs, inputs.digest, manifest)
    publish.point_to_latest(jobs, inputs.order.member)
    return _published(folder)


def _of_disk(error: OSError, lang: str) -> str:
    if isinstance(error, FileNotFoundError):
        return i18n.text("reports.removed", lang)
    return i18n.text("reports.disk", lang, reason=error.strerror or type(error).__name__)


def _exported(made: Path, notebook: Any, inputs: Inputs, started: dt.datetime, jobs: Path) -> dict[str, Any]:
    """Write the page and the other files; checks, figures and what moved, for the manifest."""
    from workbench.reports import export, formats
    from workbench.reports.formats import look

    found = figures.collect(notebook)
    moved = [] if inputs.past else figures.moved(found, inputs.data_version, _before(jobs, inputs))
    told_of = figures.sentences(moved, inputs.lang)
    title = " · ".join(filter(None, (inputs.notebook.title(inputs.lang), inputs.order.member)))
    known, house = settings.load(inputs.workspace), look.load(inputs.workspace)
    zone = inputs.order.timezone or known.timezone
    when = export.made(started, inputs.data_version, inputs.code_version, inputs.lang, zone)
    dress = {"css": look.style(house), "top": look.top(house, inputs.lang)}
    html = export.page(notebook, title, when, inputs.lang, known.theme, told_of, **dress)
    (made / publish.HTML).write_text(html, encoding="utf-8")
    about: dict[str, Any] = {"title": title, "made": when, "workspace": inputs.workspace, "moved": told_of}
    formats.write(made, notebook, inputs.order.formats, inputs.lang, **about)
    checks = (*export.checks(html, inputs.lang), _data_check(inputs))
    return {
        "checks": [asdict(check) for check in checks],
        "figures": found,
        "moved": figures.as_dicts(moved),
        "moved_sentences": told_of,
    }


def _before(jobs: Path, inputs: Inputs) -> Any:
    """Manifests of earlier successes of this report, the newest first."""
    return (
        run
        for run in islice(publish.newest(jobs), _BACK)
        if run.get("status") == "ok" and run.get("member", "") == inputs.order.member
    )


def _data_check(inputs: Inputs) -> Check:
    """Whether the data stood still: an import during the run may have moved it between two cells."""
    from workbench.reports.export import Check

    before = inputs.data_version
    now = before if inputs.pinned else data.open(inputs.workspace).version  # a pinned version never moves
    moved = i18n.text("reports.check_data", inputs.lang, before=before, now=now)
    return Check("data", now == before, now, "" if now == before else moved)
