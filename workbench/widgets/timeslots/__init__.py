"""The Time slots panel: its state, its regions, and the panel that joins them."""

from workbench.widgets.timeslots.panel import TimeSlots

__all__ = ["TimeSlots"]
