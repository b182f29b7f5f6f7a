"""The Interactions panel: its state, its regions, and the panel that joins them."""

from workbench.widgets.interactions.panel import Interactions

__all__ = ["Interactions"]
