"""`workbench new` and `version`: notebooks of one's own, and which workbench this is."""

from __future__ import annotations

import click

from workbench.cli.group import command, say, spoken, workspace_option


@command("new")
@click.argument("name")
@click.option("--as", "to", metavar="NEW_NAME", help="Name of the copy. Default: NAME.")
@workspace_option
def new(name: str, to: str | None, workspace: str | None) -> None:
    """Copy a notebook into your workspace, to make it your own.

    Your notebooks, metrics, mappings and profiles live in the workspace folder and survive upgrades.
    A copy under the same name takes the original's place in apps and reports. Nothing is overwritten.

    \b
    Examples:
      workbench new campaigns --as weekly -w my-workspace
      workbench lab -w my-workspace
    """
    from workbench.reports import notebooks
    from workbench.reports.runner import workspace_folder

    folder = workspace_folder(workspace)
    file = notebooks.copy(name, folder, to)
    say("new_made", spoken(None, folder), file=file)


@command("version")
def version() -> None:
    """Print the version of the workbench and of Python."""
    import platform

    import workbench

    click.echo(f"workbench {workbench.__version__} · Python {platform.python_version()}")
