"""The Home panel: key figures, what changed, what could be better, and where to go on."""

from workbench.widgets.home.panel import Home

__all__ = ["Home"]
