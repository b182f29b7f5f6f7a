"""The Forecast panel: its state, its regions, and the panel that joins them."""

from workbench.widgets.forecast.panel import Forecast

__all__ = ["Forecast"]
