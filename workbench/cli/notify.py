"""`workbench notify`: the services that reports may tell, and a message to try one."""

from __future__ import annotations

from pathlib import Path

import click

from workbench.cli.group import command, lang_option, say, spoken, table, word, workspace_option


@command("notify")
@click.option("--test", "name", metavar="NAME", help="Send a test message to this service.")
@click.option(
    "--out", type=click.Path(file_okay=False), help="Folder of the reports. Default: as for reports."
)
@workspace_option
@lang_option
def notify(name: str | None, out: str | None, workspace: str | None, lang: str | None) -> None:
    """List the services that reports may tell, or send one of them a test message.

    They stand in notify.toml in the reports folder; a secret is only named there, as env:NAME or
    keyring:NAME.

    \b
    Examples:
      workbench notify
      workbench notify --test boss
      workbench notify --test team --lang zh

    Exit codes: 0 listed, or the message was taken; 1 it was not, said in one sentence.
    """
    from workbench.reports import notify as room
    from workbench.reports import publish
    from workbench.reports.runner import workspace_folder

    folder = workspace_folder(workspace)
    root, lang = publish.folder(folder, Path(out) if out else None), spoken(lang, folder)
    if name:
        room.try_out(root, name, lang)
        say("notify_sent", lang, name=name)
        return
    known = room.services(root)
    if known:
        table(
            [(item.name, item.kind) for item in known.values()],
            (word("name", lang), word("notify_kind", lang)),
        )
        click.echo()
    say("notify_how", lang, file=root / "notify.toml")
