"""`workbench import`: exports, CRM files and databases in, and what came of each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.group import F, command, lang_option, say, spoken
from workbench.errors import InputError

if TYPE_CHECKING:
    from workbench.data import ImportReview, Store

MY_DATA = "my-data"
"""Workspace that imports go to when none is named."""
_OPTIONS = {
    "mapping": "--map COLUMN=HEADER",
    "remember": "--save-mapping",
    "timezone": "--timezone",
    "currency": "--currency",
    "goal": "--goal",
    "date_order": "--date-order",
    "decimal": "--decimal",
    "encoding": "--encoding",
    "source": "--source",
    "grain": "--grain",
    "table": "--table",
    "account": "--account",
    "scope": "--scope",
    "unit": "--unit",
}
"""How the arguments that sentences name are called in a terminal."""


target_option = click.option(
    "--workspace",
    "--to",
    "-w",
    metavar="FOLDER",
    help="Workspace folder, made if it is new. Default: $WORKBENCH_WORKSPACE, else 'my-data' of this user.",
)

_READING = (
    click.option("--table", metavar="NAME", help="CRM table of the rows: customers, transactions, events, …"),
    click.option("--source", metavar="ID", help="Platform, where the headers do not show it: google_ads, …"),
    click.option(
        "--map",
        "pairs",
        multiple=True,
        metavar="COLUMN=HEADER",
        help="Which header is which column, for example cost='Amount spent'; column==value for all rows.",
    ),
    click.option("--timezone", metavar="ZONE", help="The account's time zone, for example Asia/Shanghai."),
    click.option("--currency", metavar="CODE", help="Currency of the amounts, for example CNY."),
    click.option("--goal", metavar="NAME", help="The conversion column that is the goal."),
    click.option("--date-order", type=click.Choice(["dmy", "mdy"]), help="Day or month first, if unclear."),
    click.option("--decimal", type=click.Choice([".", ","]), help="Decimal mark, if unclear."),
    click.option(
        "--unit",
        type=click.Choice(["units", "fen", "li", "micros"]),
        help="Unit of the amounts, if unclear: fen are hundredths (cents), li thousandths.",
    ),
    click.option("--encoding", metavar="CODEC", help="Encoding of the text, if it is an unusual one."),
    click.option("--account", metavar="NAME", help="Account of all rows."),
    click.option("--advertiser", metavar="NAME", help="Advertiser of all rows."),
    click.option("--channel", metavar="NAME", help="Channel of all rows."),
    click.option(
        "--grain", metavar="LEVEL", help="Level of the rows: account, campaign, ad_group, ad, keyword."
    ),
    click.option("--scope", metavar="NAME", help="Name of the filter the export was made with."),
)


def reading_options(function: F) -> F:
    """The options that say how files are read."""
    return reduce(lambda decorated, option: option(decorated), reversed(_READING), function)


@command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH|URL…")
@target_option
@click.option(
    "--watermark", default="", metavar="COLUMN", help="Of a database: read only what is newer there."
)
@click.option("--full", is_flag=True, help="Of a database: read everything again.")
@click.option("--corrects", metavar="ID", help="The file holds corrected rows of this import.")
@reading_options
@click.option("--dry-run", is_flag=True, help="Review only; write nothing.")
@click.option("--save-mapping", is_flag=True, help="Remember --map for files with the same headers.")
@click.option("--strict", is_flag=True, help="Exit with 1 on REVIEW, too.")
@lang_option
def import_(
    paths: tuple[str, ...],
    workspace: str | None,
    pairs: tuple[str, ...],
    dry_run: bool,
    save_mapping: bool,
    corrects: str | None,
    strict: bool,
    lang: str | None,
    **given: Any,
) -> None:
    """Import exports of ad platforms, CRM files, or tables of PostgreSQL and MySQL.

    Files or folders of CSV, Excel or Parquet. Known platforms and CRM tables are recognised; any other
    table is read with --table and --map. Rows that cannot be used are set aside with their reasons;
    nothing is lost and nothing half-imported. The password of a database is best kept in the variable
    WORKBENCH_DATABASE_PASSWORD.

    \b
    Examples:
      workbench import exports/ --to my-workspace
      workbench import report.csv --dry-run
      workbench import partner.csv --map local_date=Tag --map cost="Kosten EUR" --save-mapping
      workbench import hourly.csv --timezone Asia/Shanghai --currency CNY
      workbench import orders.xlsx --table transactions --timezone Asia/Shanghai
      workbench import "postgresql://reader@db/crm?table=orders" --watermark updated_at
      workbench import corrected.csv --corrects 3f9a

    Exit code 0 for PASS and REVIEW, 1 for FAIL (and for REVIEW with --strict).
    """
    mapping = mapping_of(pairs)
    check_paths(paths)
    with _target(workspace, dry_run) as folder:
        settings = {**given, "mapping": mapping or None, "dry_run": dry_run, "remember": save_mapping}
        if corrects:
            settings = {"corrects": corrects, "dry_run": dry_run}
        statuses = list(load_all(folder, paths, lang, settings))
        if not dry_run and set(statuses) != {"FAIL"}:
            say("import_next", spoken(lang, folder), folder=folder)
    if "FAIL" in statuses or (strict and "REVIEW" in statuses):
        click.get_current_context().exit(1)


def load_all(folder: Path, paths: Iterable[str], lang: str | None, settings: dict[str, Any]) -> Iterable[str]:
    """Import several paths and print each review; a path that cannot be read fails alone.

    Yields:
        The status of each.
    """
    from workbench import data

    store = data.open(folder)
    for path in paths:
        try:
            found = _load(store, path, settings)
        except InputError as error:
            click.echo(f"FAIL {_shown(path)}: {in_terminal(str(error))}", err=True)
            yield "FAIL"
        else:
            print_review(found, lang or store.settings.lang)
            yield found.status


def _load(store: Store, path: str, settings: dict[str, Any]) -> ImportReview:
    from workbench import data

    if "corrects" in settings:
        return data.requeue(store, settings["corrects"], path, settings["dry_run"])
    return data.load(store, path, **settings)


def _shown(path: str) -> str:
    """A path; of a database's URL only its kind, for the rest may be secret."""
    return f"{path.split('://')[0]}://…" if "://" in path else path


def print_review(found: ImportReview, lang: str) -> None:
    """Print one review: headline, totals, findings with what to do, and the files of a folder."""
    click.secho(found.headline(lang), bold=True)
    if found.parts:
        for part in found.parts:
            print_review(part, lang)
        return
    facts = _facts(found, lang)
    if facts:
        click.echo("  " + " · ".join(facts))
    for item in found.findings:
        sentence, action = item.told(lang)
        click.echo(f"  {item.status:6} {sentence} {in_terminal(action)}".rstrip())


def _facts(found: ImportReview, lang: str) -> list[str]:
    from workbench import i18n
    from workbench.i18n import formats

    facts = [f"{found.source} → {found.table}"] if found.table else []
    if found.period:
        first, last = (formats.date(day, lang) for day in found.period)
        facts.append(f"{first} – {last}")
    if found.reconciled is not None:
        facts.append(i18n.text("cli.reconciled" if found.reconciled else "cli.not_reconciled", lang))
    if found.import_id:
        facts.append(i18n.text("cli.id", lang, id=found.import_id[:8]))
    return facts


def in_terminal(sentence: str) -> str:
    """The same advice with the options of this command instead of arguments."""
    named = [option for name, option in _OPTIONS.items() if re.search(rf"\b{name}=", sentence)]
    return f"{sentence} [{', '.join(named)}]" if named else sentence


def check_paths(paths: tuple[str, ...]) -> None:
    """Nothing is made for a path that was mistyped."""
    for path in paths:
        if "://" not in path and not Path(path).expanduser().exists():
            raise InputError(f"There is no file or folder {path!r}.", "Check the path.")


def mapping_of(pairs: tuple[str, ...]) -> dict[str, str]:
    """COLUMN=HEADER pairs as a mapping."""
    made = {}
    for pair in pairs:
        column, equals, header = pair.partition("=")
        if not (equals and column.strip() and header.strip()):
            raise click.BadParameter(f"{pair!r} is not COLUMN=HEADER.", param_hint="--map")
        made[column.strip()] = header
    return made


class _target:
    """The workspace to import into; for a dry run into a new one, a folder that vanishes again."""

    def __init__(self, workspace: str | None, dry_run: bool) -> None:
        self.folder, self._aside = import_folder(workspace), None
        if dry_run and not self.folder.exists():
            import tempfile

            self._aside = tempfile.TemporaryDirectory(prefix="wb-dry-")
            self.folder = Path(self._aside.name)

    def __enter__(self) -> Path:
        return self.folder

    def __exit__(self, *_: object) -> None:
        if self._aside:
            self._aside.cleanup()


def import_folder(workspace: str | None, name: str = MY_DATA) -> Path:
    """Folder that imports go to: the named one, else `$WORKBENCH_WORKSPACE`, else this user's `name`."""
    import os

    from workbench import demo, settings

    chosen = workspace or os.environ.get("WORKBENCH_WORKSPACE")
    if chosen == "demo":
        return demo.workspace()
    return Path(chosen).expanduser().absolute() if chosen else settings.home() / "workspaces" / name
