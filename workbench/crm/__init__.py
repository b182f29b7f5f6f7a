"""The CRM tables: customers, orders, events, … from files and databases, merged by key."""

from __future__ import annotations

from workbench.crm.corrections import requeue
from workbench.crm.databases import load_database
from workbench.crm.front import load, suggest, tables
from workbench.sources.quarantine import export as export_quarantine
from workbench.sources.quarantine import kept as quarantine

__all__ = ["export_quarantine", "load", "load_database", "quarantine", "requeue", "suggest", "tables"]
