"""`workbench deploy`: files for a server that a team shares."""

from __future__ import annotations

import click

from workbench.cli.group import command, workspace_option

KINDS = ("systemd", "nginx", "jupyterhub")


@command("deploy")
@click.argument("kind", type=click.Choice(KINDS))
@workspace_option
@click.option("--public-url", metavar="URL", help="Address of the team, https://… Default: the setting.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port on 127.0.0.1. Default: the setting, 8866.")
@click.option("--seats", type=click.IntRange(1), default=20, show_default=True, help="Pages open at once.")
@click.option("--user", default="workbench", show_default=True, help="User of the system that runs the apps.")
@click.option("--read-only", is_flag=True, help="Nobody saves anything: the workspace is not written to.")
@click.option("--certificate", default="", metavar="FILE", help="Certificate. Default: certbot's.")
@click.option("--key", default="", metavar="FILE", help="Key of the certificate. Default: certbot's.")
def deploy(
    kind: str,
    workspace: str | None,
    public_url: str | None,
    port: int | None,
    seats: int,
    user: str,
    read_only: bool,
    certificate: str,
    key: str,
) -> None:
    """Print a file for a server that a team shares, with this installation's paths and limits in it.

    KIND is `systemd` (the apps as a service that can do little else), `nginx` (TLS in front of them) or
    `jupyterhub` (JupyterLab for analysts and the apps as a service of the hub). Nothing is installed; the
    first lines say where the file goes.

    \b
    Examples:
      workbench deploy systemd -w /srv/ads --public-url https://ads.example.com > workbench.service
      workbench deploy nginx -w /srv/ads --public-url https://ads.example.com > nginx.conf
      workbench deploy jupyterhub -w /srv/ads --public-url https://hub.example.com > jupyterhub_config.py
    """
    from workbench import deploy as files
    from workbench import settings
    from workbench.reports.runner import workspace_folder

    folder = workspace_folder(workspace)
    chosen = settings.load(folder)
    site = files.Site(
        workspace=folder,
        public_url=public_url or chosen.public_url,
        port=port or chosen.port,
        seats=seats,
        user=user,
        read_only=read_only,
        certificate=certificate,
        key=key,
        settings=chosen,
    )
    click.echo(files.written(kind, site), nl=False)
