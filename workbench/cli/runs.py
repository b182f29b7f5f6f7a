"""`workbench report list`, `history`, `show`, `check`, `health` and `schedule`: how the reports are."""

from __future__ import annotations

import datetime as dt
import subprocess
import tempfile
from glob import escape
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.group import command, lang_option, say, spoken, table, terminable, word, workspace_option
from workbench.errors import ReportError

if TYPE_CHECKING:
    from workbench.published import Published
    from workbench.reports.jobs import Job

_out_option = click.option(
    "--out", type=click.Path(file_okay=False), help="Folder of the reports. Default: as for `report run`."
)
_CHECK_SECONDS = 3600.0


def _places(workspace: str | None, out: str | None, lang: str | None) -> tuple[Path, Path, str]:
    """Workspace, folder of the reports, and the language to speak."""
    from workbench.reports import publish
    from workbench.reports.runner import workspace_folder

    folder = workspace_folder(workspace)
    return folder, publish.folder(folder, Path(out) if out else None), spoken(lang, folder)


def overview(folder: Path, root: Path, lang: str) -> None:
    """Print the notebooks that are reports, and the jobs of the schedule."""
    from workbench.reports import notebooks, parameters, schedule

    rows = [
        (name, item.title(lang), ", ".join(parameters.declared(item.node)), _last(root / name, lang))
        for name, item in notebooks.every(folder).items()
    ]
    table(rows, tuple(word(name, lang) for name in ("name", "title", "parameters", "last_run")))
    plan = schedule.load(folder)
    if plan.jobs or plan.bad:
        click.echo()
        jobs = [
            (job.name, job.source, job.when or "–", _next(job), _last(root / job.name, lang))
            for job in plan.jobs.values()
        ]
        jobs += [(name, "–", "–", "–", "–") for name in plan.bad]
        table(
            jobs, tuple(word(name, lang) for name in ("job", "notebook", "due_when", "next_run", "last_run"))
        )
        _say_bad(plan.bad, lang)
    click.echo()
    say("report_how", lang, folder=root)


def _say_bad(bad: Any, lang: str) -> None:
    from workbench.i18n.errors import told

    for error in bad.values():
        click.echo(told(error, lang), err=True)


def _last(job: Path, lang: str) -> str:
    from workbench.reports import publish

    last = next(publish.newest(job), None)
    return f"{last['status']} {last['finished'][:16]}" if last else word("never", lang)


def _next(job: Any) -> str:
    from workbench.reports import when

    if not job.when:
        return "–"
    found = when.after(job.when, dt.datetime.now(dt.UTC), job.zone)
    return f"{found[0].astimezone(job.zone):%Y-%m-%d %H:%M %Z}" if found else "–"


@command("list")
@workspace_option
@_out_option
@lang_option
def list_(workspace: str | None, out: str | None, lang: str | None) -> None:
    """List the notebooks that are reports, and the jobs of reports/schedule.toml.

    \b
    Examples:
      workbench report list -w my-workspace
    """
    overview(*_places(workspace, out, lang))


@command("history")
@click.argument("name", required=False)
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="Newest runs that are shown."
)
@workspace_option
@_out_option
@lang_option
def history(name: str | None, limit: int, workspace: str | None, out: str | None, lang: str | None) -> None:
    """List runs, the newest first: of one job or notebook, or of all.

    \b
    Examples:
      workbench report history
      workbench report history campaigns --limit 5 -w my-workspace
    """
    from workbench import published

    _, root, lang = _places(workspace, out, lang)
    found = list(islice(published.every(root, name or ""), limit))
    if not found:
        say("no_runs", lang, folder=root)
        return
    head = ("run", "job", "member", "status", "finished", "seconds", "reason")
    table([_row(run) for run in found], tuple(word(f"col_{item}", lang) for item in head))


def _row(run: Published) -> tuple[str, ...]:
    return (
        run.run,
        run.job,
        run.member or "–",
        run.status,
        f"{run.finished:%Y-%m-%dT%H:%M}" if run.finished else "–",
        f"{run.seconds:.1f}",
        run.error[:77] + "…" if len(run.error) > 78 else run.error,
    )


@command("show")
@click.argument("name", metavar="RUN|NAME")
@workspace_option
@_out_option
@lang_option
def show(name: str, workspace: str | None, out: str | None, lang: str | None) -> None:
    """Show one run: its id (a beginning will do), or the newest of a job or notebook.

    \b
    Examples:
      workbench report show campaigns
      workbench report show 20261122T014500 -w my-workspace
    """
    _, root, lang = _places(workspace, out, lang)
    run = _meant(name, root)
    facts = {key: run.get(key) for key in ("job", "member", "status", "error", "started", "seconds")}
    facts |= {key: run.get(key) for key in ("parameters", "data_version", "code_version", "attempts")}
    rows = [(word(f"col_{key}", lang), str(value)) for key, value in facts.items() if value not in ("", None)]
    files = sorted(item.name for item in Path(run["folder"]).iterdir())
    table([*rows, (word("col_files", lang), ", ".join(files)), (word("col_folder", lang), run["folder"])])
    checks = [check["sentence"] for check in run["checks"] if not check["passed"]]
    for sentence in (*checks, *run.get("moved_sentences", ())):
        click.echo(f"  {sentence}")


def _meant(name: str, root: Path) -> dict[str, Any]:
    from workbench.reports import publish

    if name and (found := next(publish.newest(root / name), None)):
        return found
    folders = {file.parent.name: file.parent for file in root.glob(f"*/{escape(name)}*/{publish.MANIFEST}")}
    matching = {run: folder for run, folder in folders.items() if run[:1].isdigit()}
    if len(matching) != 1:
        count = len(matching) or "No"
        raise ReportError(
            f"{count} runs have an id that begins with {name!r}.", "See: workbench report history"
        )
    (folder,) = matching.values()
    found = next((item for item in publish.newest(folder.parent) if item["folder"] == str(folder)), None)
    if found is None:
        raise ReportError(
            "The manifest of this run cannot be read.", "Run it again with --force.", str(folder)
        )
    return found


@command("check")
@click.argument("job")
@workspace_option
@_out_option
@lang_option
@terminable()
def check(job: str, workspace: str | None, out: str | None, lang: str | None) -> None:
    """Try a job in the bare environment that cron gives: no profile, no variables, another folder.

    The report is made in a temporary folder and removed; nothing is imported, sent or kept. Of a batch
    one member is tried. The services that the job tells are looked at, too: whether notify.toml has them,
    and whether their secrets are kept where it says.

    \b
    Examples:
      workbench report check weekly -w my-workspace

    Exit codes: 0 it works; 1 somebody could not be told; else what the job ended with.
    """
    from workbench.reports import schedule

    folder, root, lang = _places(workspace, out, lang)
    found = schedule.load(folder).job(job)
    deaf = _deaf(found, root, lang)
    for sentence in deaf:
        click.echo(sentence, err=True)
    tried = _in_cron(found, folder)
    if tried.returncode == 0:
        say("check_works", lang, job=job)
    else:
        last = [line for line in tried.stderr.splitlines() if line.strip()][-1:]
        click.echo("\n".join(last), err=True)
        say("check_fails", lang, job=job, code=tried.returncode)
    click.get_current_context().exit(tried.returncode or (1 if deaf else 0))


def _in_cron(job: Job, folder: Path) -> subprocess.CompletedProcess[str]:
    """One run of a job as cron would start it, kept nowhere."""
    from workbench.reports import timers

    with tempfile.TemporaryDirectory(prefix="wb-check-") as aside:
        words = ["run", job.name, "--workspace", str(folder), "--out", aside, "--force", "--trial"]
        try:
            return timers.in_cron(words, job.timeout * (job.retries + 1) + 60)
        except subprocess.TimeoutExpired:
            raise ReportError("It did not end in time.", "Look at what it waits for.", job.name) from None


def _deaf(job: Job, root: Path, lang: str) -> list[str]:
    """Why somebody could not be told; where all can, what the scheduler must be given for that is said."""
    from workbench.i18n.errors import told
    from workbench.reports import heartbeat
    from workbench.reports.notify import telling

    unset = heartbeat.unset(job.heartbeat, lang)
    found = [*(told(error, lang) for error in telling.amiss(root, job.notify)), *([unset] if unset else [])]
    if found:
        return found
    named = {*telling.variables(root, job.notify), *heartbeat.variables(job.heartbeat)}
    if named:
        say("check_variables", lang, names=", ".join(sorted(named)))
    return []


@command("health")
@workspace_option
@_out_option
@lang_option
def health(workspace: str | None, out: str | None, lang: str | None) -> None:
    """Say whether a job is overdue (due, and not done in its time) and whether those to tell can be told.

    \b
    Examples:
      workbench report health -w my-workspace

    Exit codes: 0 all is well; 1 a job is overdue, or a service did not take its newest message.
    """
    from workbench.reports import due
    from workbench.reports import schedule as plans
    from workbench.reports.notify import telling

    folder, root, lang = _places(workspace, out, lang)
    found = due.health(folder, root, lang=lang)
    if not found:
        say("no_jobs", lang, file=folder / "reports" / "schedule.toml")
    for item in found:
        click.echo(f"{item.job}: {item.sentence or word('healthy', lang)}", err=not item.good)
    plan = plans.load(folder)
    named = {*(name for job in plan.jobs.values() for name in job.notify), *sum(plan.notify.values(), ())}
    unheard = telling.unheard(root, named)
    for name, sentence in unheard.items():
        click.echo(f"{name}: {sentence}", err=True)
    if unheard or not all(item.good for item in found):
        click.get_current_context().exit(1)


@command("schedule")
@click.option(
    "--print", "kind", type=click.Choice(["cron", "systemd"]), help="What the system's scheduler needs."
)
@click.option(
    "--every", type=click.IntRange(1, 59), default=5, show_default=True, help="Minutes between two looks."
)
@workspace_option
@_out_option
@lang_option
def schedule(kind: str | None, every: int, workspace: str | None, out: str | None, lang: str | None) -> None:
    """Print the line of a crontab, or the units of systemd, that carry out what is due.

    Without --print: the next moments of each job, in its own time zone.

    \b
    Examples:
      workbench report schedule -w my-workspace
      (crontab -l; workbench report schedule --print cron -w my-workspace) | crontab -
      workbench report schedule --print systemd -w my-workspace
    """
    from workbench.reports import timers

    folder, root, lang = _places(workspace, out, lang)
    if kind == "cron":
        click.echo(timers.cron(folder, root, every))
    elif kind == "systemd":
        for name, content in timers.systemd(folder, root, every).items():
            click.echo(f"# ~/.config/systemd/user/{name}\n{content}")
        click.echo(f"# systemctl --user daemon-reload && systemctl --user enable --now {timers.UNIT}.timer")
    else:
        _moments(folder, lang)


def _moments(folder: Path, lang: str) -> None:
    from workbench.reports import schedule, when

    plan, now, rows = schedule.load(folder), dt.datetime.now(dt.UTC), []
    for job in plan.jobs.values():
        found = when.after(job.when, now, job.zone, 3) if job.when else []
        shown = ", ".join(f"{moment.astimezone(job.zone):%a %Y-%m-%d %H:%M}" for moment in found)
        rows.append((job.name, job.when or "–", job.timezone, shown or "–"))
    if rows:
        table(rows, tuple(word(name, lang) for name in ("job", "due_when", "timezone", "next_run")))
    elif not plan.bad:
        say("no_jobs", lang, file=plan.file)
    _say_bad(plan.bad, lang)


COMMANDS = (list_, history, show, check, health, schedule)
