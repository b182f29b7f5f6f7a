"""The Customer card panel: its state, its regions, and the panel that joins them."""

from workbench.widgets.customer_card.panel import CustomerCard

__all__ = ["CustomerCard"]
