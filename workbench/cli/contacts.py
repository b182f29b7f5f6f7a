"""`workbench contacts`: what is due with customers, as a list or as reminders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli.group import (
    Commands,
    command,
    debug_option,
    lang_option,
    say,
    spoken,
    table,
    word,
    workspace_option,
)

if TYPE_CHECKING:
    from workbench.contacts import Triggers

KINDS = ("complaint", "mention", "contract", "lapse", "birthday")


@command("due")
@click.option("--days", default=14, show_default=True, help="Days ahead in which something is due.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only these; default: all.")
@click.option("--as-of", metavar="DAY", help="Last day that counts. Default: the last one with data.")
@click.option("--segment", metavar="NAME", help="Only customers of a saved segment, by name or id.")
@click.option("--csv", type=click.Path(path_type=Path), help="List to write (.csv or .xlsx).")
@click.option("--ics", type=click.Path(path_type=Path), help="Reminders to write (.ics).")
@click.option(
    "--reason", default="", help="Why birthdays are opened and lists leave; the audit log keeps it."
)
@workspace_option
@lang_option
def due(
    days: int,
    kinds: tuple[str, ...],
    as_of: str | None,
    segment: str | None,
    csv: Path | None,
    ics: Path | None,
    reason: str,
    workspace: str | None,
    lang: str | None,
) -> None:
    """Say which customers are due for a contact, and write the list or calendar reminders.

    Open complaints, reviews and mentions, contracts that end, customers who fall silent against their own
    rhythm, and birthdays. Birth dates stay closed without --reason. Files name customers by pseudonym alone,
    lie outside the workspace, are readable only by you, and need a --reason; who may not be contacted is
    not in them. A calendar that reads the reminders again moves its entries and doubles none.

    \b
    Examples:
      workbench contacts due
      workbench contacts due --days 7 --kind complaint --kind contract
      workbench contacts due --csv ~/due.csv --ics ~/due.ics --reason "work list of week 45"
    """
    from workbench import contacts, data, segments
    from workbench.reports.runner import workspace_folder

    folder = workspace_folder(workspace)
    store, lang = data.open(folder), spoken(lang, folder)
    found = contacts.triggers(
        store,
        as_of,
        days,
        kinds or KINDS,
        segments.load(store, segment) if segment else None,
        reason=reason,
    )
    _told(found, lang)
    for file in filter(None, (csv, ics)):
        say("due_written", lang, file=contacts.export(store, found, file, reason, lang=lang))


def _told(found: Triggers, lang: str) -> None:
    """The sentences, and how much of each kind is due when."""
    for line in found.sentences(lang):
        click.echo(line)
    rows = [(name, f"{late:,}", f"{ahead:,}") for name, late, ahead in found.urgency(lang)]
    if rows:
        table(rows, tuple(word(name, lang) for name in ("due_what", "due_late", "due_ahead")))


contacts = Commands(
    name="contacts",
    help="""Contacts with customers: what is due, by when and why.""",
    commands=[due],
    params=[debug_option()],
)
