"""`workbench targets`: planned sums by channel in and out."""

from __future__ import annotations

from pathlib import Path

import click

from workbench.cli.group import command, lang_option
from workbench.cli.imports import check_paths, import_folder


@command("targets")
@click.argument("file", metavar="[FILE]", required=False)
@click.option(
    "--workspace",
    "--to-workspace",
    "-w",
    metavar="FOLDER",
    help="Workspace folder. Default: $WORKBENCH_WORKSPACE, else 'my-data' of this user.",
)
@click.option("--currency", metavar="CODE", help="Currency of the amounts, if no column says it.")
@click.option("--to", "out", metavar="FILE", help="Write the targets as they are to a CSV instead.")
@lang_option
def targets(
    file: str | None, workspace: str | None, currency: str | None, out: str | None, lang: str | None
) -> None:
    """Load targets and planned spend by channel from CSV, XLSX or Parquet.

    Columns: channel, month (2026-11) or start_date and end_date, and any of cost, revenue, conversions,
    clicks, impressions. Days of a channel that were planned before are planned anew; one wrong cell, and
    nothing is loaded.

    \b
    Examples:
      workbench targets --to plan.csv
      workbench targets plan.csv
      workbench targets 预算.xlsx --currency CNY
    """
    from workbench import data, i18n
    from workbench.errors import InputError

    store = data.open(import_folder(workspace))
    lang = lang or store.settings.lang
    if bool(file) == bool(out):
        raise InputError("Nothing says whether targets go in or out.", "Give a file to load, or --to FILE.")
    if out:
        known = data.targets(store)
        Path(out).write_bytes(known.to_csv(index=False).encode("utf-8-sig"))
        click.echo(i18n.text("targets.written", lang, count=len(known), file=out))
        return
    check_paths((file or "",))
    loaded = data.load_targets(store, file, currency)
    click.secho(loaded.headline(lang), bold=True)
    for doubt in loaded.doubts(lang):
        click.echo(f"  REVIEW {doubt}")
    click.echo(i18n.text("targets.next", lang, version=loaded.data_version, folder=store.path))
