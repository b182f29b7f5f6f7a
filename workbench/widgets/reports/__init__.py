"""The Reports panel: what was made, what went wrong, and making it again."""

from workbench.widgets.reports.panel import Reports

__all__ = ["Reports"]
