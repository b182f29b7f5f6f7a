"""`workbench review`: whether the data can be trusted, the ledger of imports and the rows set aside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.group import command, lang_option, say, spoken, table, word, workspace_option
from workbench.errors import InputError

if TYPE_CHECKING:
    from workbench.data import Store

_COLUMNS = ("import_id", "when", "file", "status", "good", "set_aside", "period")


@command("review")
@click.argument("import_id", required=False)
@workspace_option
@click.option("--rows", default=20, show_default=True, help="Rows set aside that are shown.")
@click.option(
    "--csv", type=click.Path(dir_okay=False), help="Write the rows set aside to a CSV file to correct."
)
@lang_option
def review(
    import_id: str | None, workspace: str | None, rows: int, csv: str | None, lang: str | None
) -> None:
    """Say whether the data can be trusted, and list past imports; or show one with the rows set aside.

    PASS: nothing is odd. REVIEW: look at what is listed. FAIL: do not report on it before that is settled.
    Exit code 0 for PASS and REVIEW, 1 for FAIL of the workspace.

    Rows that are corrected in the file of --csv come back with: workbench import FILE --corrects ID

    \b
    Examples:
      workbench review -w my-workspace
      workbench review 3f9a -w my-workspace
      workbench review 3f9a -w my-workspace --csv rejected.csv
    """
    from workbench import data
    from workbench.reports.runner import workspace_folder

    store = data.open(workspace_folder(workspace))
    lang = spoken(lang, store.path)
    ledger = store.query(store.table("imports")).to_pylist()
    ledger.sort(key=lambda entry: entry["imported_at"], reverse=True)
    if not import_id:
        status = _trust(store, lang)
        _list(ledger, store.path, lang)
        click.get_current_context().exit(1 if status == "FAIL" else 0)
    found = [entry for entry in ledger if entry["import_id"].startswith(import_id)]
    if len({entry["import_id"] for entry in found}) != 1:
        raise InputError(
            f"{len(found) or 'No'} imports have an id that begins with {import_id!r}.",
            "List them with: workbench review",
        )
    _show_entry(found[0], lang)
    _quarantine(store, found[0]["import_id"], rows, csv, lang)


def _trust(store: Store, lang: str) -> str:
    """The review of the whole workspace, and its status; an empty one has none."""
    from workbench import quality

    if not store.version:
        return ""
    found = quality.review(store)
    head, *lines = found.lines(lang)
    click.secho(head, bold=True)
    click.echo("\n".join(lines) + "\n")
    return found.status


def _list(ledger: list[dict[str, Any]], folder: Path, lang: str) -> None:
    if not ledger:
        say("no_imports", lang, folder=folder)
        return
    head = tuple(
        word(name, lang) for name in ("import_id", "when", "file", "status", "good", "set_aside", "period")
    )
    table(
        [
            (
                entry["import_id"][:8],
                f"{entry['imported_at']:%Y-%m-%d %H:%M}",
                entry["file"] or "",
                entry["status"] or "",
                f"{entry['rows_ok'] or 0:,}",
                f"{entry['rows_quarantined'] or 0:,}",
                f"{entry['start_date']} – {entry['end_date']}" if entry["start_date"] else "",
            )
            for entry in ledger
        ],
        head,
    )


def _show_entry(entry: dict[str, Any], lang: str) -> None:
    from workbench.sources.ledger import findings

    click.secho(f"{entry['status']} {entry['file']}  ({entry['import_id']})", bold=True)
    names = ("source", "table", "currency", "timezone", "slice")
    table([(word(name, lang), str(entry[name])) for name in names if entry[name]])
    for item in findings(entry["review"], lang):
        click.echo(f"  {item.status:6} {item.sentence} {item.action}".rstrip())


def _quarantine(store: Store, import_id: str, rows: int, csv: str | None, lang: str) -> None:
    from workbench import data

    kept = data.quarantine(store, import_id)
    if kept is None or not len(kept):
        say("nothing_aside", lang)
        return
    if csv:
        data.export_quarantine(store, import_id, csv)
    click.echo()
    say("aside", lang, rows=f"{len(kept):,}")
    shown = kept.slice(0, max(rows, 0)).to_pylist()
    table([(str(row["line"]), str(row["reasons"]), str(row["raw"])[:80]) for row in shown])
