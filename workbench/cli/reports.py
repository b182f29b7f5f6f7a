"""`workbench report`: notebooks as reports, now, for each member of a batch, and by the clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.group import Commands, command, lang_option, say, spoken, terminable, workspace_option
from workbench.errors import ReportError, unknown

if TYPE_CHECKING:
    from workbench.reports import Run
    from workbench.reports.engine import How, Result
    from workbench.reports.jobs import Job

out_option = click.option(
    "--out",
    type=click.Path(file_okay=False),
    help="Folder for reports. Default: $WORKBENCH_REPORTS, else reports/ of the current folder if it is "
    "there, else of the workspace.",
)
_LONGEST = 7 * 86400
"""Seconds that nobody means to exceed."""
_jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="Reports of a batch at the same time. Default: as the job says.",
)


class Reports(Commands):
    """A group whose first word may be left out: `workbench report campaigns` runs it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` before what is no command of this group."""
        own = {name for option in self.get_params(ctx) for name in option.opts}
        if not args or args[0] not in {*self.commands, *own}:
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs beside each other give back what they took."""
        from workbench.reports import memory

        memory.share_heaps()
        return super().invoke(ctx)


@command("run")
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="Run every notebook that has a 'parameters' cell.")
@click.option(
    "-p", "--parameter", "pairs", multiple=True, metavar="KEY=VALUE", help="Value of a notebook's parameter."
)
@click.option("--batch", metavar="COLUMN", help="One report for each advertiser, region, segment, …")
@click.option(
    "--member",
    "members",
    multiple=True,
    metavar="NAME",
    help="Only this member of the batch; may be given again. Default: as the job says, else all.",
)
@_jobs_option
@workspace_option
@out_option
@click.option("--job", metavar="NAME", help="Name of the job, a folder under reports/. Default: NAME.")
@click.option(
    "--as-of",
    metavar="VERSION",
    help="Report on an older data version: its number, or when it was current (2026-03-31).",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, _LONGEST, min_open=True),
    help="Seconds a report may take. Default: as the job says, else 900.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT",
    help="File beside the page: pdf, xlsx, pptx, csv or mail; may be given again. Default: as the job says.",
)
@click.option("--force", is_flag=True, help="Run although the same inputs were run before.")
@click.option("--trial", is_flag=True, hidden=True)
@lang_option
@terminable()
def run(
    name: str | None,
    everything: bool,
    pairs: tuple[str, ...],
    batch: str | None,
    members: tuple[str, ...],
    jobs: int | None,
    workspace: str | None,
    out: str | None,
    job: str | None,
    as_of: str | None,
    timeout: float | None,
    formats: tuple[str, ...],
    force: bool,
    trial: bool,
    lang: str | None,
) -> None:
    """Run a job or a notebook as a report; without NAME list what there is.

    NAME is a job of reports/schedule.toml, or a notebook of the workspace or of the workbench, or a path
    to one. The report goes to reports/NAME/RUN/: report.html (one self-contained page), report.ipynb,
    manifest.json; and reports/NAME/latest shows the newest. It is published by one rename, complete or
    not at all. A batch that was killed goes on where it was. The word `run` may be left out.

    \b
    Examples:
      workbench report run campaigns
      workbench report campaigns -p period=last_full_month -p by=channel --lang zh
      workbench report run campaigns --batch advertiser --jobs 2
      workbench report run campaigns --as-of 2026-03-31 --format pdf --format pptx
      workbench report run mine/notebook.ipynb --out /srv/reports --force
      workbench report --all

    Exit codes: 0 published (or nothing to do), 1 failed, 2 wrong option, 3 stale (the data are too old),
    4 held (an import needs a look), 130 interrupted, 143 ended by SIGTERM.
    """
    from workbench.reports import publish
    from workbench.reports.engine import EXIT, STATUSES, How
    from workbench.reports.runner import TIMEOUT, workspace_folder

    folder = workspace_folder(workspace)
    root = publish.folder(folder, Path(out) if out else None)
    if not name and not everything:
        from workbench.cli.runs import overview

        overview(folder, root, spoken(lang, folder))
        return
    changes = {"lang": lang or "", "batch": batch or "", "timeout": timeout, "formats": formats}
    known = {name: _scheduled(name, job, folder, changes, pairs)} if name else {}
    statuses = []
    for item in [name] if name else _runnable(folder):
        found = _with(members, known.get(item) or _batch(item, job, pairs, folder, changes))
        if found:
            how = How(force, as_of, jobs, trial, lambda run: _tell(run, lang), members)
            statuses.append(_carried_out(found, folder, root, how).status)
        else:
            options: dict[str, Any] = {"out": out, "workspace": folder, "lang": lang, "force": force,
                "job": job, "as_of": as_of, "formats": formats, "timeout": timeout or TIMEOUT}  # fmt: skip
            statuses.append(_one(item, pairs, options, lang).status)
    click.get_current_context().exit(EXIT[max(statuses, key=STATUSES.index, default="ok")])


def parameters_of(name: str, pairs: tuple[str, ...], folder: Path) -> dict[str, Any]:
    """KEY=VALUE pairs as values of the kinds that a notebook's parameters have."""
    from workbench.reports import notebooks, parameters, shared

    found = notebooks.find(name, folder)
    known = parameters.declared(found.node)
    given: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (equals and key):
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE.", param_hint="-p")
        if key not in known and key in shared.NAMES:
            given[key] = value
            continue
        if key not in known:
            raise unknown("parameter", key, known, ReportError, found.name)
        given[key] = parameters.from_text(known[key], value, found.name)
    return given


def _scheduled(
    name: str, called: str | None, folder: Path, changes: dict[str, Any], pairs: tuple[str, ...]
) -> Job | None:
    """The job of the schedule that is meant, with what the command line changes; None: a notebook is."""
    from workbench.reports import inputs, schedule

    try:
        plan = schedule.load(folder)
    except ReportError as error:
        _go_on_without(name, folder, error, changes["lang"])
        return None
    if name not in {*plan.jobs, *plan.bad}:
        return None
    job = plan.job(name)
    given = parameters_of(job.source, pairs, folder)
    changed = {key: value for key, value in changes.items() if value}
    if changes["batch"] not in ("", job.batch):
        changed["members"] = ()  # those that the job names are of another batch
    if called and called != name:
        changed |= {"name": inputs.job_name(called), "scheduled": name, "notebook": job.source}
    return replace(job, parameters={**job.parameters, **given}, **changed)


def _go_on_without(name: str, folder: Path, error: ReportError, lang: str) -> None:
    """Say that a schedule cannot be read where NAME is a notebook, which needs none; else that is the end."""
    from workbench import i18n
    from workbench.i18n.errors import told
    from workbench.reports import notebooks

    try:
        notebooks.find(name, folder)
    except ReportError:
        raise error from None
    lang = spoken(lang or None, folder)
    click.echo(i18n.text("cli.schedule_left", lang, error=told(error, lang), name=name), err=True)


def _batch(
    name: str, called: str | None, pairs: tuple[str, ...], folder: Path, changes: dict[str, Any]
) -> Job | None:
    """A notebook for each member, as a job that no schedule has; None where no batch is asked for."""
    from workbench.reports import inputs, notebooks, relative
    from workbench.reports.jobs import Job

    if not changes["batch"]:
        return None
    found = notebooks.find(name, folder)
    relative.batch_parameter(found.node, changes["batch"])
    changed = {key: value for key, value in changes.items() if value}
    given = parameters_of(name, pairs, folder)
    return Job(inputs.job_name(called or found.name), name, given, timezone="UTC", **changed)


def _with(members: tuple[str, ...], job: Job | None) -> Job | None:
    """The job, or none, once it is clear that members that are named are of a batch."""
    if members and not (job and job.batch):
        raise ReportError(
            "There is no batch to take members of.", "Say which one, such as --batch advertiser."
        )
    return job


def _carried_out(job: Job, folder: Path, root: Path, how: How) -> Result:
    from workbench.reports import engine

    return engine.carry_out(job, folder, root, how)


def _one(name: str, pairs: tuple[str, ...], options: dict[str, Any], lang: str | None) -> Run:
    from workbench import reports

    found = reports.run(name, parameters_of(name, pairs, options["workspace"]), **options)
    _tell(found, lang)
    return found


def _tell(found: Run, lang: str | None) -> None:
    """Say what came of a run, in its own language unless another is asked for."""
    lang = lang or str(found.manifest["lang"])
    of = f"{found.member}: " if found.member else ""
    if found.status != "ok":
        click.echo(f"{of}{found.error}", err=True)
        if not found.reused and found.folder.is_dir():
            say("report_kept", lang, folder=found.folder)
        return
    from workbench import i18n

    key = "cli.report_there" if found.reused else "cli.report_made"
    click.echo(of + i18n.text(key, lang, file=found.html, seconds=f"{found.seconds:.1f}"))
    for sentence in () if found.reused else (*found.warnings, *found.moved):
        click.echo(f"  {sentence}")


@command("due")
@_jobs_option
@workspace_option
@out_option
@lang_option
@terminable()
def due(jobs: int | None, workspace: str | None, out: str | None, lang: str | None) -> None:
    """Carry out the jobs of reports/schedule.toml that are due; for a scheduler to call every few minutes.

    A moment that was missed is made up for once. Two that look at once do the work once. Where data are
    late or an import needs a look, the next looks try again. Nothing is said when nothing is due.

    \b
    Examples:
      workbench report due -w my-workspace
      workbench report schedule --print cron -w my-workspace

    Exit codes: 0 done or nothing to do; else the worst of 1 failed, 3 stale (the data are too old), 4 held
    (an import needs a look); 2 wrong option; 130 interrupted; 143 ended by SIGTERM.
    """
    from workbench.reports import due as room
    from workbench.reports import publish
    from workbench.reports.engine import EXIT, STATUSES, How
    from workbench.reports.runner import workspace_folder

    folder = workspace_folder(workspace)
    root = publish.folder(folder, Path(out) if out else None)

    def heard(found: Run) -> None:
        if not found.reused:
            _tell(found, lang)

    results = room.run(folder, root, How(jobs=jobs, heard=heard))
    worst = max((found.status for found in results), key=STATUSES.index, default="ok")
    click.get_current_context().exit(EXIT[worst])


def _runnable(folder: Path) -> list[str]:
    from workbench.reports import notebooks, parameters

    every = notebooks.every(folder)
    found = [name for name, item in every.items() if parameters.is_report(item.node)]
    if not found:
        raise ReportError("There is no notebook with a 'parameters' cell.", "Copy one: workbench new NAME.")
    return found


def _made() -> Reports:
    from workbench.cli import runs

    return Reports(
        name="report",
        help="""Run notebooks as reports: now, for each member of a batch, or by the clock.

        Jobs stand in reports/schedule.toml of the workspace; cron or systemd calls `report due`.

        \b
        Examples:
          workbench report
          workbench report campaigns
          workbench report run weekly --force
          workbench report due
          workbench report COMMAND --help

        Exit codes: 0 published (or nothing to do), 1 failed, 2 wrong option, 3 stale, 4 held.
        """,
        commands=[run, due, *runs.COMMANDS],
    )


report = _made()
