"""The Contacts panel: its state, its regions, and the panel that joins them."""

from workbench.widgets.contacts.panel import Contacts

__all__ = ["Contacts"]
