"""Build hook: a wheel carries the notebooks; an editable install reads them where they stand."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class NotebooksHook(BuildHookInterface):
    """Puts `notebooks/` into wheels as `workbench/_notebooks`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folder, unless the install is editable: a copy would go stale there."""
        if version == "standard":
            build_data["force_include"]["notebooks"] = "workbench/_notebooks"
