"""`workbench app` and `lab`: pages for marketers, and JupyterLab."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli.group import command, lang_option, say, spoken, workspace_option
from workbench.cli.imports import check_paths, import_folder, load_all
from workbench.errors import InputError

if TYPE_CHECKING:
    from workbench.apps.address import Address

HOME = "home"
"""The app that a day begins with."""


@command("app")
@workspace_option
@click.option("--data", metavar="PATH", help="Import this file or folder first, into a workspace of its own.")
@click.option("--port", type=int, metavar="PORT", help="Port on 127.0.0.1. Default: the setting, 8866.")
@click.option(
    "--public-url",
    metavar="URL",
    help="Address under which others reach the apps (a proxy or tunnel in front); shared links carry it.",
)
@click.option("--browser/--no-browser", default=False, help="Open the app in a browser.")
@click.option("--seats", type=click.IntRange(1), help="Pages open at once. Default: 20.")
@click.option("--new-link", is_flag=True, help="Make a new token: earlier links and logins end.")
@lang_option
def app(
    workspace: str | None,
    data: str | None,
    port: int | None,
    public_url: str | None,
    browser: bool,
    seats: int | None,
    new_link: bool,
    lang: str | None,
) -> None:
    """Serve the apps on this machine and print the link.

    The link carries a token and stays the same after a restart. With --data your own exports are
    imported first, the review is printed, and the apps open on them.

    \b
    Examples:
      workbench app
      workbench app --data exports/
      workbench app -w my-workspace --port 9000
      workbench app --public-url https://ads.example.com
    """
    from workbench import apps

    folder = _workspace(workspace, data, lang)
    spoke = spoken(lang, folder)
    wanted = port or _wanted_port(folder)
    first = _first(folder)

    def started(address: Address) -> None:
        _greet(address, wanted, spoke, first)
        if browser:
            click.launch(address.link(first))

    debug = bool(click.get_current_context().meta.get("workbench.debug"))
    apps.serve(folder, started, port, public_url, seats, new_link, debug)
    say("stopped", spoke)


@command("share")
@workspace_option
@click.option(
    "--role",
    default="viewer",
    show_default=True,
    help="viewer (looks), planner (also saves and plans) or steward (all that the settings allow).",
)
@click.option("--days", type=float, default=30, show_default=True, help="Days until the link ends.")
@click.option("--app", "page", default="", metavar="NAME", help="App that it opens. Default: the list.")
@click.option(
    "--advertisers",
    multiple=True,
    metavar="A,B",
    help="Only the data of these advertisers, and nothing of customers. Default: everybody's.",
)
@click.option("--end", "ending", metavar="LINK", help="End a link made before, now, instead of making one.")
@click.option("--port", type=int, metavar="PORT", help="Port on 127.0.0.1. Default: the setting, 8866.")
@lang_option
def share(
    workspace: str | None,
    role: str,
    days: float,
    page: str,
    advertisers: tuple[str, ...],
    ending: str | None,
    port: int | None,
    lang: str | None,
) -> None:
    """Print a link to the apps that ends by itself and opens less than your own.

    It works while the apps run. With a public address it is for others, else for this machine.
    `--end LINK` ends one link before its time, `workbench app --new-link` all of them; pages that are open
    through it close within seconds.

    \b
    Examples:
      workbench share
      workbench share --role planner --days 7 --app budget
      workbench share --advertisers "Northlight Home,Lumi Beauty"
      workbench share --end http://127.0.0.1:8866/?token=p1-viewer-…
    """
    from workbench import settings
    from workbench.apps import address, passes
    from workbench.reports.runner import workspace_folder

    folder = workspace_folder(workspace)
    if ending:
        passes.end(address.token(), ending)
        say("link_ended", spoken(lang, folder))
        return
    chosen = settings.load(folder)
    public = address.checked_public_url(chosen.public_url)
    theirs = _known_advertisers(folder, advertisers) if advertisers else None
    made = passes.issue(address.token(), role, days, advertisers=theirs)
    click.echo(address.Address(port or chosen.port, made, public).link(page, public=bool(public)))


@command("lab")
@workspace_option
@click.option("--port", type=int, default=8888, show_default=True, help="Port on 127.0.0.1.")
@click.option("--browser/--no-browser", default=False, help="Open JupyterLab in a browser.")
def lab(workspace: str | None, port: int, browser: bool) -> None:
    """Open JupyterLab on the notebooks, with the workspace set.

    In a project folder with notebooks/ it opens there, else in the workspace, whose own notebooks are in
    notebooks/. `wb.open()` in a notebook opens the workspace. The token stays the same after a restart.

    \b
    Examples:
      workbench lab
      workbench lab -w my-workspace
    """
    from workbench import lab as started
    from workbench.apps import address
    from workbench.reports.runner import workspace_folder

    folder = workspace_folder(workspace)
    root = Path.cwd() if (Path.cwd() / "notebooks").is_dir() else folder
    token = address.token()
    environ = {**os.environ, "WORKBENCH_WORKSPACE": str(folder), "JUPYTER_TOKEN": token}
    lang = spoken(None, folder)
    offered = started.prepare(folder, root.resolve(), lang)
    say("lab_opens", lang, root=root, workspace=folder)
    sys.stdout.flush()
    words = _lab_arguments(root, port, browser, offered)
    os.execve(sys.executable, [sys.executable, *words], environ)  # noqa: S606


def _workspace(workspace: str | None, data: str | None, lang: str | None) -> Path:
    from workbench.reports.runner import workspace_folder

    if not data:
        return workspace_folder(workspace)
    path = Path(data).expanduser()
    check_paths((data,))
    folder = import_folder(workspace, path.resolve().stem or "my-data")
    statuses = list(load_all(folder, [data], lang, {}))
    click.echo()
    from workbench import data as rooms

    if "FAIL" in statuses and not rooms.open(folder).tables:
        raise InputError("Nothing could be imported, so there is nothing to show.", "See the review above.")
    return folder


def _known_advertisers(folder: Path, said: tuple[str, ...]) -> tuple[str, ...]:
    """Advertisers as the workspace calls them; a name that holds a comma is given alone.

    Raises:
        QuestionError: for one that has no data, naming the nearest.
    """
    from workbench import data
    from workbench.errors import unknown

    known = data.open(folder).members("advertiser")
    parts = [part.strip() for text in said for part in ([text] if text in known else text.split(","))]
    for name in parts:
        if name not in known:
            raise unknown("advertiser", name, known)
    return tuple(dict.fromkeys(parts))


def _wanted_port(folder: Path) -> int:
    from workbench import settings

    return settings.load(folder).port


def _first(folder: Path) -> str:
    """The page that the printed link opens: Home, or the list of apps where there is no Home."""
    from workbench.reports import notebooks

    return next((app.name for app in notebooks.apps(folder) if app.name == HOME), "")


def _greet(address: Address, wanted: int, lang: str, first: str) -> None:
    from workbench import i18n

    def line(key: str, **values: object) -> None:
        click.echo(i18n.text(f"apps.{key}", lang, **values))

    if address.port != wanted:
        line("port_taken", wanted=wanted, port=address.port)
    line("open_here", link=address.link(first))
    if address.public_url:
        line("open_public", link=address.link(first, public=True))
    else:
        line("local_only")
    line("how_to_stop")
    sys.stdout.flush()


def _lab_arguments(root: Path, port: int, browser: bool, offered: dict[str, object]) -> list[str]:
    from workbench import lab as started

    settings = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.root_dir": root,
        "ServerApp.open_browser": browser,
        "ServerApp.answer_yes": True,
        "ServerApp.allow_root": True,
        **offered,
    }
    return ["-m", "jupyterlab", *started.arguments(settings)]
