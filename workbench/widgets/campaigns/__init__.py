"""The Campaigns panel: its state, its regions, and the panel that joins them."""

from workbench.widgets.campaigns.panel import Campaigns

__all__ = ["Campaigns"]
