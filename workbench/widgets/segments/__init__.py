"""The Segments panel: its state, its regions, and the panel that joins them."""

from workbench.widgets.segments.panel import Segments

__all__ = ["Segments"]
