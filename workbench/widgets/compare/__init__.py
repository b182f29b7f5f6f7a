"""The Compare panel: its state, its regions, and the panel that joins them."""

from workbench.widgets.compare.panel import Compare

__all__ = ["Compare"]
