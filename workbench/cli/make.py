"""`workbench report`, `new` and `version`: notebooks as reports, and notebooks of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.group import command, lang_option, say, spoken, table, word, workspace_option
from workbench.errors import ReportError, unknown

if TYPE_CHECKING:
    from workbench.reports import Run


@command("report")
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="Run every notebook that has a 'parameters' cell.")
@click.option(
    "-p", "--parameter", "pairs", multiple=True, metavar="KEY=VALUE", help="Value of a notebook's parameter."
)
@workspace_option
@click.option("--out", type=click.Path(file_okay=False), help="Folder for reports. Default: see below.")
@click.option("--job", metavar="NAME", help="Name of the job, a folder under reports/. Default: NAME.")
@click.option(
    "--as-of",
    metavar="VERSION",
    help="Report on an older data version: its number, or when it was current (2026-03-31).",
)
@click.option("--timeout", type=float, default=900.0, show_default=True, help="Seconds a report may take.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT",
    help="File beside the page: pdf, xlsx, pptx, csv or mail; may be given again.",
)
@click.option("--force", is_flag=True, help="Run although the same inputs were run before.")
@lang_option
def report(
    name: str | None,
    everything: bool,
    pairs: tuple[str, ...],
    workspace: str | None,
    out: str | None,
    job: str | None,
    as_of: str | None,
    timeout: float,
    formats: tuple[str, ...],
    force: bool,
    lang: str | None,
) -> None:
    """Run a notebook as a report, or list the reports.

    NAME is a notebook of the workspace or of the workbench, or a path to one. The report goes to
    reports/NAME/RUN/: report.html (one self-contained page), report.ipynb, manifest.json; and
    reports/NAME/latest shows the newest. It is published by one rename, complete or not at all.
    reports/ is the one in the current folder if there is one, else the workspace's.

    \b
    Examples:
      workbench report
      workbench report campaigns
      workbench report campaigns -p period=last_full_month -p by=channel --lang zh
      workbench report campaigns --as-of 2026-03-31
      workbench report campaigns --format pdf --format pptx
      workbench report mine/notebook.ipynb --out /srv/reports --force
      workbench report --all

    Exit codes: 0 published (or nothing to do), 1 failed, 2 wrong option.
    """
    from workbench.reports.runner import workspace_folder

    folder = workspace_folder(workspace)
    if not name and not everything:
        _list(folder, out, spoken(lang, folder))
        return
    options = {"out": out, "workspace": folder, "lang": lang, "force": force, "timeout": timeout, "job": job}
    options |= {"as_of": as_of, "formats": formats}
    runs = [_run(item, pairs, options, lang) for item in ([name] if name else _runnable(folder))]
    if any(run.status != "ok" for run in runs):
        click.get_current_context().exit(1)


@command("new")
@click.argument("name")
@click.option("--as", "to", metavar="NEW_NAME", help="Name of the copy. Default: NAME.")
@workspace_option
def new(name: str, to: str | None, workspace: str | None) -> None:
    """Copy a notebook into your workspace, to make it your own.

    Your notebooks, metrics, mappings and profiles live in the workspace folder and survive upgrades.
    A copy under the same name takes the original's place in apps and reports. Nothing is overwritten.

    \b
    Examples:
      workbench new campaigns --as weekly -w my-workspace
      workbench lab -w my-workspace
    """
    from workbench.reports import notebooks
    from workbench.reports.runner import workspace_folder

    folder = workspace_folder(workspace)
    file = notebooks.copy(name, folder, to)
    say("new_made", spoken(None, folder), file=file)


@command("version")
def version() -> None:
    """Print the version of the workbench and of Python."""
    import platform

    import workbench

    click.echo(f"workbench {workbench.__version__} · Python {platform.python_version()}")


def _run(name: str, pairs: tuple[str, ...], options: dict[str, Any], lang: str | None) -> Run:
    from workbench import reports

    given = _parameters(name, pairs, options["workspace"])
    found = reports.run(name, given, **options)
    lang = lang or str(found.manifest["lang"])
    if found.status != "ok":
        click.echo(found.error, err=True)
        say("report_kept", lang, folder=found.folder)
        return found
    key = "report_there" if found.reused else "report_made"
    say(key, lang, file=found.html, seconds=f"{found.seconds:.1f}")
    for sentence in found.warnings:
        click.echo(f"  {sentence}")
    return found


def _parameters(name: str, pairs: tuple[str, ...], folder: Path) -> dict[str, Any]:
    from workbench.reports import notebooks, parameters

    found = notebooks.find(name, folder)
    known = parameters.known(found.node)
    given = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (equals and key):
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE.", param_hint="-p")
        if key not in known:
            raise unknown("parameter", key, known, ReportError, found.name)
        given[key] = parameters.from_text(known[key], value, found.name)
    return given


def _runnable(folder: Path) -> list[str]:
    from workbench.reports import notebooks, parameters

    every = notebooks.every(folder)
    found = [name for name, item in every.items() if parameters.is_report(item.node)]
    if not found:
        raise ReportError("There is no notebook with a 'parameters' cell.", "Copy one: workbench new NAME.")
    return found


def _list(folder: Path, out: str | None, lang: str) -> None:
    from workbench.reports import notebooks, parameters, publish

    place = publish.folder(folder, Path(out) if out else None)
    rows = []
    for name, item in notebooks.every(folder).items():
        last = publish.runs(place / name)[-1:]
        when = f"{last[0]['status']} {last[0]['finished'][:16]}" if last else word("never", lang)
        rows.append((name, item.title(lang), ", ".join(parameters.declared(item.node)), when))
    table(rows, tuple(word(name, lang) for name in ("name", "title", "parameters", "last_run")))
    click.echo()
    say("report_how", lang, folder=place)
