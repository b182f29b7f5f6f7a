"""The Customer value panel: its state, its regions, and the panel that joins them."""

from workbench.widgets.customer_value.panel import CustomerValue

__all__ = ["CustomerValue"]
