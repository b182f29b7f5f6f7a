"""`workbench audience`: the file of a segment's members who may be addressed, through the gate."""

from __future__ import annotations

from pathlib import Path

import click

from workbench.cli.group import command, lang_option, spoken, workspace_option

FORMATS = ("google_ads", "meta_ads", "tiktok_ads", "work_list")


@command("audience")
@click.argument("segment")
@click.option("--purpose", required=True, help="What for, as consents name it, for example marketing.")
@click.option("--channel", required=True, help="How, as consents name it, for example email.")
@click.option("--format", "form", required=True, type=click.Choice(FORMATS), help="Format of the file.")
@click.option("--out", "file", type=click.Path(path_type=Path), help="File to write, outside the workspace.")
@click.option("--reason", default="", help="Why, in words; it is kept in the audit log.")
@click.option("--country", default="", help="Calling code of national phone numbers, for example 49.")
@workspace_option
@lang_option
def audience(
    segment: str,
    purpose: str,
    channel: str,
    form: str,
    file: Path | None,
    reason: str,
    country: str,
    workspace: str | None,
    lang: str | None,
) -> None:
    """Write the list of a saved segment's members who may be addressed, and say who is held back and why.

    SEGMENT is a saved segment by name or id. Consent, do-not-contact, contacts over all channels,
    identifiers and least sizes are asked anew; the file is readable only by you, and what left stands in
    the audit log. Without --out nothing is opened and nothing leaves: only the counts are shown.

    \b
    Examples:
      workbench audience "Quiet regulars" --purpose marketing --channel email --format google_ads
      workbench audience "Quiet regulars" --purpose marketing --channel email --format google_ads \\
        --out ~/regulars.csv --reason "win-back of November"

    Exit code 1 if nobody may be addressed.
    """
    from workbench import audiences, data
    from workbench.reports.runner import workspace_folder

    folder = workspace_folder(workspace)
    store, lang = data.open(folder), spoken(lang, folder)
    if file is None:
        found = audiences.of_segment(store, segment, purpose, channel, form)
    else:
        found = audiences.export_segment(
            store, segment, purpose, channel, form, file, reason, country=country
        ).audience
    _told(found, lang, file)


def _told(found: object, lang: str, file: Path | None) -> None:
    """The counts, and where the file is."""
    from workbench.audiences import Audience
    from workbench.cli.group import say

    assert isinstance(found, Audience)
    click.echo(found.sentence(lang))
    for held in found.held(lang):
        click.echo(held.sentence)
    if not found.is_released:
        click.get_current_context().exit(1)
    if file is not None:
        say("audience_written", lang, file=file)
