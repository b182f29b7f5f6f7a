"""The Budget panel: its state, its regions, and the panel that joins them."""

from workbench.widgets.budget.panel import Budget

__all__ = ["Budget"]
