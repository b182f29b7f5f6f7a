"""How JupyterLab is started: on this machine, without news or updates from anywhere."""

from __future__ import annotations

from collections.abc import Mapping

QUIET: Mapping[str, object] = {
    "LabApp.news_url": None,
    "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    "LabApp.extension_manager": "readonly",
}
"""What keeps it from asking other computers."""


def arguments(settings: Mapping[str, object]) -> list[str]:
    """Words of a command line for settings, with those that keep JupyterLab quiet."""
    return [f"--{name}={value}" for name, value in {**settings, **QUIET}.items()]
