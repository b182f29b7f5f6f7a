"""The Monitor panel: its state, its regions, and the panel that joins them."""

from workbench.widgets.monitor.panel import Monitor

__all__ = ["Monitor"]
