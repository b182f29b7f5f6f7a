"""The apps: notebooks as pages for marketers, served by Voila on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.apps.address import Address

__all__ = ["serve"]


def serve(
    workspace: Path,
    started: Callable[[Address], None],
    port: int | None = None,
    public_url: str | None = None,
    seats: int | None = None,
    fresh_token: bool = False,
    debug: bool = False,
) -> None:
    """Serve all notebooks of a workspace as apps until interrupted.

    Args:
        workspace: Folder of the workspace.
        started: Called with the address once the server listens.
        port: Port on 127.0.0.1; None: the setting `port`. A taken one is replaced by the next free one.
        public_url: Address under which others reach the server; None: the setting `public_url`.
        seats: Pages open at once; None: 20.
        fresh_token: End all earlier links and logins.
        debug: Log to the terminal.

    Raises:
        SettingsError: for a port or address that cannot be used.
    """
    from workbench import settings
    from workbench.apps import address
    from workbench.apps.confined import Confinement
    from workbench.apps.hub import told
    from workbench.apps.server import SEATS, AppServer, Plan

    chosen = settings.load(workspace)
    hub = told(public_url=public_url or chosen.public_url) if chosen.identity == "hub" else None
    plan = Plan(
        workspace=workspace,
        wanted_port=hub.port if hub else chosen.port if port is None else port,
        public_url=hub.public
        if hub
        else address.checked_public_url(chosen.public_url if public_url is None else public_url),
        token=address.token(fresh_token),
        seats=seats or SEATS,
        rules=chosen,
        hub=hub,
        debug=debug,
    )
    Confinement(workspace, chosen, plan.public_url).check()
    AppServer.instance().serve(plan, started)
