"""`workbench versions` and `undo`: what the workspace was, and an import taken back."""

from __future__ import annotations

import click

from workbench.cli.group import command, lang_option, spoken, table, workspace_option


@command("versions")
@workspace_option
@click.option("--last", default=20, show_default=True, help="Versions that are shown.")
@lang_option
def versions(workspace: str | None, last: int, lang: str | None) -> None:
    """List the data versions that are kept, the newest first: what made each, and when.

    Any of them can be reported on again: workbench report NAME --as-of VERSION.

    \b
    Examples:
      workbench versions -w my-workspace
      workbench report campaigns --as-of 12 -w my-workspace
    """
    from workbench import data, i18n
    from workbench.reports.runner import workspace_folder

    store = data.open(workspace_folder(workspace))
    lang = spoken(lang, store.path)
    kept = store.versions()
    head = [
        i18n.text(f"upkeep.{name}", lang) for name in ("version", "written_at", "act", "imports", "tables")
    ]
    rows = [
        (
            str(row["version"]),
            f"{row['written_at']:%Y-%m-%d %H:%M}",
            i18n.text(f"upkeep.act_{row['act'] or 'unknown'}", lang),
            ", ".join(name[:8] for name in row["imports"].split(", ")),
            row["tables"],
        )
        for row in kept.head(max(last, 0)).to_dict("records")
    ]
    table(rows, tuple(head))
    if len(kept) > len(rows):
        click.echo(i18n.text("upkeep.more", lang, count=len(kept) - len(rows)))


@command("undo")
@click.argument("import_id")
@workspace_option
@lang_option
def undo(import_id: str, workspace: str | None, lang: str | None) -> None:
    """Undo one import: its rows go, and what they had replaced comes back.

    IMPORT_ID is an id, or its beginning, from: workbench review. The import stays in the list, marked as
    undone, and the same file can be imported again. Days that a later import replaced stay as that one
    says; where rows of both are mixed, nothing is changed and the later import is named.

    \b
    Examples:
      workbench review -w my-workspace
      workbench undo 3f9a -w my-workspace
    """
    from workbench import data, i18n
    from workbench.reports.runner import workspace_folder

    store = data.open(workspace_folder(workspace))
    version = data.undo(store, import_id)
    click.echo(i18n.text("upkeep.undone", spoken(lang, store.path), id=import_id, version=version))
