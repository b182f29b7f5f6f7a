"""The Attribution panel: its state, its regions, and the panel that joins them."""

from workbench.widgets.attribution.panel import Attribution

__all__ = ["Attribution"]
