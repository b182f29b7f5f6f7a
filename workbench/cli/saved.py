"""`workbench saved`: list saved things, rename, share, give, trash and restore them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli.group import Commands, command, lang_option, spoken, table, workspace_option

if TYPE_CHECKING:
    from workbench.saved import Item

_COLUMNS = ("address", "name", "owner", "visibility", "changed", "changed_by", "revision")


@command("list")
@click.option("--kind", default="", metavar="KIND", help="Only this kind: view, segment, plan, mapping, …")
@click.option("--trash", "trashed", is_flag=True, help="What is in the trash instead.")
@workspace_option
@lang_option
def list_(kind: str, trashed: bool, workspace: str | None, lang: str | None) -> None:
    """List your own saved things, shared ones and everybody's; files that are damaged are named.

    \b
    Examples:
      workbench saved list -w my-workspace
      workbench saved list --trash -w my-workspace
    """
    from workbench import saved

    root, lang = _opened(workspace, lang)
    found = saved.items(root, kind, trashed=trashed)
    if found:
        table([_row(item, lang) for item in found], tuple(_text(f"col_{name}", lang) for name in _COLUMNS))
    else:
        click.echo(_text("nothing_in_trash" if trashed else "nothing_saved", lang))
    for sentence in saved.damaged(root):
        click.echo(sentence, err=True)


def _act(
    name: str, said: str, *more: str, trashed: bool = False
) -> Callable[[Callable[..., Item]], click.Command]:
    """A command that changes one thing; its function takes the folder, the thing and the further arguments.

    Args:
        name: Of the command.
        said: Key of the sentence that says what was done.
        more: Names of its arguments after THING.
        trashed: Whether the thing lies in the trash.
    """

    def decorate(change: Callable[..., Item]) -> click.Command:
        def run(thing: str, workspace: str | None, lang: str | None, **given: str) -> None:
            _change(workspace, lang, thing, said, lambda root, item: change(root, item, **given), trashed)

        run.__doc__ = change.__doc__
        made = command(name)(workspace_option(lang_option(run)))
        made.params[:0] = [click.Argument([argument]) for argument in ("thing", *more)]
        return made

    return decorate


@_act("rename", "renamed", "name")
def rename(root: Path, item: Item, name: str) -> Item:
    """Give THING the name NAME; its address stays.

    THING is an address, an id or a name of: workbench saved list.

    \b
    Example:
      workbench saved rename views/weekly "Weekly, all channels" -w my-workspace
    """
    from workbench import saved

    return saved.rename(root, item, name)


@_act("share", "is_shared")
def share(root: Path, item: Item) -> Item:
    """Let everybody see THING, open it and change its content.

    \b
    Example:
      workbench saved share views/weekly -w my-workspace
    """
    from workbench import saved

    return saved.share(root, item)


@_act("unshare", "is_private")
def unshare(root: Path, item: Item) -> Item:
    """Keep THING for its owner alone.

    \b
    Example:
      workbench saved unshare views/weekly -w my-workspace
    """
    from workbench import saved

    return saved.share(root, item, shared=False)


@_act("give", "given", "owner")
def give(root: Path, item: Item, owner: str) -> Item:
    """Make THING belong to OWNER: things without an owner, or of a colleague who leaves.

    To act for somebody else, say so: WORKBENCH_USER=mia workbench saved give …

    \b
    Example:
      workbench saved give views/weekly mia -w my-workspace
    """
    from workbench import saved

    return saved.give(root, item, owner)


@_act("trash", "trashed")
def trash(root: Path, item: Item) -> Item:
    """Move THING to the trash.

    \b
    Example:
      workbench saved trash views/weekly -w my-workspace
    """
    from workbench import saved

    return saved.trash(root, item)


@_act("restore", "restored", trashed=True)
def restore(root: Path, item: Item) -> Item:
    """Take THING out of the trash; where its name is in use again it gets a number.

    \b
    Example:
      workbench saved restore views/weekly -w my-workspace
    """
    from workbench import saved

    return saved.restore(root, item)


@command("empty")
@click.option("--days", default=30.0, show_default=True, help="Keep what went to the trash so recently.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@workspace_option
@lang_option
def empty(days: float, dry_run: bool, workspace: str | None, lang: str | None) -> None:
    """Remove for good what has been in the trash for long, whoever's it was; vacuum does so, too.

    \b
    Example:
      workbench saved empty --days 90 -w my-workspace
    """
    from workbench import saved

    root, lang = _opened(workspace, lang)
    gone = saved.empty(root, days, dry_run)
    for address in gone:
        click.echo(f"  {address}")
    click.echo(_text("would_empty" if dry_run else "emptied", lang, count=len(gone), days=f"{days:g}"))


saved = Commands(
    name="saved",
    help="""Views, segments, plans, mappings and what else people save: whose they are, and the trash.

    You are the user of this machine, or who WORKBENCH_USER says. A private thing is listed for its owner
    alone; whoever may read the folder can still read its file.

    \b
    Examples:
      workbench saved list
      workbench saved share views/weekly
      workbench saved trash views/weekly
    """,
    commands=[list_, rename, share, unshare, give, trash, restore, empty],
)


def _change(
    workspace: str | None,
    lang: str | None,
    thing: str,
    said: str,
    change: Callable[[Path, Item], Item],
    trashed: bool = False,
) -> None:
    from workbench import saved

    root, lang = _opened(workspace, lang)
    try:
        now = change(root, saved.find(root, thing, trashed=trashed))
    except saved.Refused as error:
        click.echo(error.told(lang), err=True)
        click.get_current_context().exit(1)
    click.echo(_text(said, lang, name=now.name, address=now.address, owner=now.owner))


def _row(item: Item, lang: str) -> tuple[str, ...]:
    when = item.trashed or item.changed
    return (
        item.address,
        item.name,
        item.owner or "–",
        _text("shared" if item.shared else "private", lang),
        f"{when:%Y-%m-%d %H:%M}" if when else "–",
        item.trashed_by or item.changed_by or "–",
        str(item.revision),
    )


def _opened(workspace: str | None, lang: str | None) -> tuple[Path, str]:
    from workbench import data
    from workbench.reports.runner import workspace_folder

    root = data.open(workspace_folder(workspace)).path
    return root, spoken(lang, root)


def _text(key: str, lang: str, **values: object) -> str:
    from workbench import i18n

    return i18n.text(f"saved.{key}", lang, **values)
