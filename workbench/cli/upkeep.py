"""`workbench backup`, `restore`, `compact`, `vacuum` and `upgrade`: what keeps a workspace well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbench.cli.group import command, lang_option, spoken, workspace_option

if TYPE_CHECKING:
    from workbench.data import Store


@command("backup")
@click.argument("target")
@click.option("--newest-only", is_flag=True, help="Leave older data versions out.")
@workspace_option
@lang_option
def backup(target: str, newest_only: bool, workspace: str | None, lang: str | None) -> None:
    """Write a backup of a workspace to TARGET, while imports may go on.

    TARGET ends with .tar.zst, .tar.gz or .tar, or is a new folder. All kept data versions are in it, at
    one consistent moment, each file with its checksum; an unfinished backup is never left behind.

    \b
    Examples:
      workbench backup /backups/mine-2026-04-01.tar.zst -w my-workspace
      workbench backup /backups/mine --newest-only -w my-workspace
    """
    from workbench import data

    store = _store(workspace)
    made = data.backup(store, target, newest_only)
    _say(
        "backed_up",
        store,
        lang,
        file=made.path,
        version=made.version,
        files=made.files,
        size=_size(made.bytes),
    )


@command("restore")
@click.argument("source")
@click.argument("folder")
@lang_option
def restore(source: str, folder: str, lang: str | None) -> None:
    """Make a workspace from the backup SOURCE in FOLDER, which has to be new or empty.

    Every file is checked first; a damaged or unfinished backup is refused and nothing is left behind.

    \b
    Example:
      workbench restore /backups/mine-2026-04-01.tar.zst my-workspace
    """
    from workbench import data

    store = data.open(data.restore(source, folder))
    _say("restored", store, lang, folder=store.path, version=store.version)


@command("compact")
@workspace_option
@lang_option
def compact(workspace: str | None, lang: str | None) -> None:
    """Join small data files, which many small imports leave; no number changes.

    \b
    Example:
      workbench compact -w my-workspace
    """
    from workbench import data

    store = _store(workspace)
    done = data.compact(store)
    before, after = done.files
    _say("compacted" if done.joined else "compact_already", store, lang, before=before, after=after)


@command("vacuum")
@click.option("--keep-days", default=100.0, show_default=True, help="Keep every version of so many days.")
@click.option("--keep-versions", default=10, show_default=True, help="Keep the newest so many in any case.")
@click.option("--keep", multiple=True, type=int, metavar="VERSION", help="Keep this version, too.")
@click.option(
    "--grace-hours", default=1.0, show_default=True, help="Leave what was in use in the last so many hours."
)
@click.option(
    "--trash-days", default=30.0, show_default=True, help="Empty the trash of what is there for longer."
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@workspace_option
@lang_option
def vacuum(
    keep_days: float,
    keep_versions: int,
    keep: tuple[int, ...],
    grace_hours: float,
    trash_days: float,
    dry_run: bool,
    workspace: str | None,
    lang: str | None,
) -> None:
    """Remove old data versions, the files that only they need, what killed imports left, old trash.

    Reports of a version that is gone cannot be run again; list the versions with: workbench versions.

    \b
    Examples:
      workbench vacuum --dry-run -w my-workspace
      workbench vacuum --keep-days 400 --keep 12 -w my-workspace
    """
    from workbench import data, saved

    store = _store(workspace)
    done = data.vacuum(store, keep_days, keep_versions, keep, grace_hours, dry_run)
    key = "would_vacuum" if dry_run else "vacuumed"
    gone, kept = len(done.removed), len(done.kept)
    _say(key, store, lang, versions=gone, files=done.files, size=_size(done.bytes), kept=kept)
    if trash := saved.empty(store.path, trash_days, dry_run):
        _say("would_empty" if dry_run else "emptied", store, lang, count=len(trash), days=f"{trash_days:g}")


@command("upgrade")
@click.option(
    "--backup", "target", metavar="TARGET", help="Where the backup goes. Default: in the workspace."
)
@workspace_option
@lang_option
def upgrade(target: str | None, workspace: str | None, lang: str | None) -> None:
    """Bring a workspace of an earlier workbench to this one's layout, after a backup.

    It refuses to start while anybody writes to the workspace.

    \b
    Example:
      workbench upgrade -w my-workspace
    """
    from workbench import data, i18n
    from workbench.reports.runner import workspace_folder

    folder = workspace_folder(workspace)
    done = data.upgrade(folder, target)
    lang = spoken(lang, folder)
    if not done.done:
        click.echo(i18n.text("upkeep.current", lang, layout=done.after))
        return
    click.echo(i18n.text("upkeep.upgraded", lang, before=done.before, after=done.after, backup=done.backup))
    for what in done.done:
        click.echo(f"  {what}")


def _store(workspace: str | None) -> Store:
    from workbench import data
    from workbench.reports.runner import workspace_folder

    return data.open(workspace_folder(workspace))


def _say(key: str, store: Store, lang: str | None, **values: object) -> None:
    from workbench import i18n

    room = "saved" if key in ("emptied", "would_empty") else "upkeep"
    click.echo(i18n.text(f"{room}.{key}", spoken(lang, store.path), **values))


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            break
        count /= 1000
    return f"{count:.0f} {unit}" if count >= 100 or unit == "B" else f"{count:.1f} {unit}"
