"""CRM tables from PostgreSQL and MySQL or MariaDB: read-only, in batches, and only what is newer."""

from __future__ import annotations

from workbench.crm.databases.address import is_url
from workbench.crm.databases.load import load_database, load_table

__all__ = ["is_url", "load_database", "load_table"]
