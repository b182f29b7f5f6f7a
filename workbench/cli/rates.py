"""`workbench rates`: dated exchange rates in."""

from __future__ import annotations

from typing import Any

import click

from workbench.cli.group import command, lang_option
from workbench.cli.imports import check_paths, import_folder


@command("rates")
@click.argument("file", metavar="FILE")
@click.option(
    "--workspace",
    "--to-workspace",
    "-w",
    metavar="FOLDER",
    help="Workspace folder. Default: $WORKBENCH_WORKSPACE, else 'my-data' of this user.",
)
@click.option("--from", "from_currency", metavar="CODE", help="Currency converted from, if no column says.")
@click.option("--to", "to_currency", metavar="CODE", help="Currency converted to, if no column says.")
@click.option("--per", type=int, default=1, show_default=True, help="Units that a rate is for, such as 100.")
@click.option("--date-order", type=click.Choice(["dmy", "mdy"]), help="Day or month first, if unclear.")
@click.option(
    "--decimal", type=click.Choice([".", ","]), default=".", show_default=True, help="Decimal mark."
)
@lang_option
def rates(file: str, workspace: str | None, lang: str | None, **options: Any) -> None:
    """Load dated exchange rates from CSV, XLSX or Parquet.

    Either columns date, from_currency, to_currency, rate (one unit of from is worth so many of to), or a
    date and one column a currency, with --from or --to for the one that all are quoted in. A day and pair
    that is known already is replaced; one wrong rate, and nothing is loaded.

    \b
    Examples:
      workbench rates rates.csv --workspace my-workspace
      workbench rates eurofxref-hist.csv --from EUR
      workbench rates 中间价.xlsx --to CNY --per 100
    """
    from workbench import data, i18n

    check_paths((file,))
    store = data.open(import_folder(workspace))
    lang = lang or store.settings.lang
    loaded = data.load_rates(store, file, **options)
    click.secho(loaded.headline(lang), bold=True)
    for doubt in loaded.doubts:
        click.echo(f"  REVIEW {doubt.sentence(lang)}")
    click.echo(i18n.text("rates.next", lang, version=loaded.data_version, folder=store.path))
