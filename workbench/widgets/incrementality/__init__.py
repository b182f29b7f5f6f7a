"""The Incrementality panel: its state, its regions, and the panel that joins them."""

from workbench.widgets.incrementality.panel import Incrementality

__all__ = ["Incrementality"]
